"""The public download of a result."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from ..models import Poll
from .formats import file_response
from .table import result_table


@require_safe
def result_export(request, slug, suffix):
    """Send what the rules publish of a result; not found before it may be seen."""
    poll = get_object_or_404(Poll.objects.public(), slug=slug)
    table = result_table(poll, public=True)
    if table is None:
        raise Http404
    return file_response(table, suffix)

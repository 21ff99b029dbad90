"""The desk's way of a list through a spreadsheet: download it, upload it, see what would change, apply."""

import io

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from .history import name_of
from .reasons import WhyForm, list_is_public
from .spreadsheet.example import EXAMPLE
from .spreadsheet.reading import MAX_FILE
from .spreadsheet.updating import ListChanged, apply_update, read_update
from .spreadsheet.writing import rows_of, write_workbook
from .uploaded import KEPT, Upload

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Spreadsheet (.xlsx or .csv)"),
        error_messages={"required": gettext_lazy("Choose the file first.")},
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE:
            raise forms.ValidationError(
                _("The file is larger than %(size)d MB.") % {"size": MAX_FILE // 1024**2}, code="too_large"
            )
        return file


class ApplyForm(WhyForm):
    """What was shown is what is applied."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)


def keep_upload(*, shortlist, file, who, at=None) -> Upload:
    """Keep an uploaded spreadsheet until it is applied; earlier ones of its list and stale ones go."""
    at = at or timezone.now()
    with transaction.atomic():
        Upload.objects.filter(shortlist=shortlist).delete()
        Upload.objects.filter(at__lt=at - KEPT).delete()
        name = file.name[-200:]
        return Upload.objects.create(shortlist=shortlist, name=name, data=file.read(), who=who, at=at)


@require_http_methods(["GET", "HEAD", "POST"])
def spreadsheet_page(request, desk, pk):
    """Offer the list as a spreadsheet, and take one."""
    shortlist = _list(request, desk, pk, change=True)
    posted = [request.POST, request.FILES] if request.method == "POST" else []
    form = UploadForm(*posted, label_suffix="")
    if form.is_valid():
        file = form.cleaned_data["file"]
        upload = keep_upload(shortlist=shortlist, file=file, who=name_of(request.user))
        return redirect("admin:shortlist_shortlist_upload", shortlist.pk, upload.pk)
    return _page(request, desk, shortlist, {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def upload_page(request, desk, pk, upload):
    """Show the faults of an uploaded spreadsheet, or what would change; apply it when that is posted."""
    shortlist = _list(request, desk, pk, change=True)
    fresh = timezone.now() - KEPT
    upload = Upload.objects.filter(pk=upload, shortlist=shortlist, at__gte=fresh).first()
    if upload is None:
        messages.warning(request, _("This file was applied, replaced or kept too long. Upload it again."))
        return redirect("admin:shortlist_shortlist_spreadsheet", shortlist.pk)
    difference, report = read_update(bytes(upload.data), upload.name, shortlist)
    public = list_is_public(shortlist)
    form = ApplyForm(request.POST or None, public=public, initial={"seen": difference and difference.digest})
    if request.method == "POST" and form.is_valid():
        try:
            return _apply(request, upload, form.cleaned_data)
        except ListChanged:
            form = ApplyForm({**request.POST.dict(), "seen": difference and difference.digest}, public=public)
            form.add_error(None, _("The list changed while you were reading. Check once more what follows."))
    context = {"upload": upload, "difference": difference, "report": report, "apply": form}
    return _page(request, desk, shortlist, context)


def _apply(request, upload, values):
    with transaction.atomic():
        difference = apply_update(
            data=bytes(upload.data),
            name=upload.name,
            shortlist=upload.shortlist,
            seen=values["seen"],
            who=name_of(request.user),
            reason=values["change_reason"] or _("Spreadsheet %(name)s") % {"name": upload.name},
        )
        upload.delete()
    count = len(difference.lines)
    messages.success(
        request,
        ngettext("%(count)d change was made.", "%(count)d changes were made.", count) % {"count": count},
    )
    return redirect("admin:shortlist_shortlist_change", upload.shortlist_id)


@require_safe
def download_page(request, desk, pk):
    """Send a list as a spreadsheet that can be uploaded again."""
    shortlist = _list(request, desk, pk)
    return _workbook(rows_of(shortlist), f"{shortlist.slug}.xlsx")


@require_safe
def template_page(request, desk):
    """Send the empty spreadsheet with its example."""
    if not desk.has_view_permission(request):
        raise PermissionDenied
    return _workbook(EXAMPLE, "list-template.xlsx")


def _workbook(rows, name):
    file = io.BytesIO()
    try:
        write_workbook(file, rows)
    except ValueError as error:
        return HttpResponse(str(error), status=409, content_type="text/plain; charset=utf-8")
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse(file.getvalue(), content_type=XLSX, headers=headers)


def _list(request, desk, pk, *, change=False):
    shortlist = get_object_or_404(desk.get_queryset(request), pk=pk)
    allowed = desk.has_change_permission if change else desk.has_view_permission
    if not allowed(request, shortlist):
        raise PermissionDenied
    return shortlist


def _page(request, desk, shortlist, context):
    context = {
        **desk.admin_site.each_context(request),
        "subtitle": None,
        "opts": desk.opts,
        "shortlist": shortlist,
        **context,
        "title": _("Spreadsheet"),
    }
    return TemplateResponse(request, "admin/shortlist/shortlist/spreadsheet.html", context)


URLS = [
    ("template.xlsx", template_page, "shortlist_shortlist_template"),
    ("<int:pk>/list.xlsx", download_page, "shortlist_shortlist_download"),
    ("<int:pk>/spreadsheet/", spreadsheet_page, "shortlist_shortlist_spreadsheet"),
    ("<int:pk>/spreadsheet/<int:upload>/", upload_page, "shortlist_shortlist_upload"),
]

from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class Desk(admin.AdminSite):
    """The staff's admin site."""

    site_header = _("Candidate list desk")
    site_title = _("Candidate list desk")
    index_title = _("Work")

    def each_context(self, request):
        """Say on every page whether this is the demo."""
        return {**super().each_context(request), "demo": settings.DEMO}

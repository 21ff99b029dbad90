"""Spreadsheets that were uploaded at the desk and wait for somebody to apply them."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

KEPT = timedelta(days=2)


class Upload(models.Model):
    """One uploaded spreadsheet, kept between its check and its application; good for `KEPT` at most.

    The bytes are read anew each time, so that nothing but them counts.
    """

    shortlist = models.ForeignKey(
        "shortlist.Shortlist", models.CASCADE, related_name="+", verbose_name=_("candidate list")
    )
    name = models.CharField(_("file"), max_length=200)
    data = models.BinaryField()
    who = models.CharField(_("who"), max_length=310)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("uploaded spreadsheet")
        verbose_name_plural = _("uploaded spreadsheets")
        ordering = ["-at"]
        default_permissions = ()

    def __str__(self):
        return self.name

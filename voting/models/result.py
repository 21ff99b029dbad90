from django.db import models
from django.utils.translation import gettext_lazy as _

from .poll import Poll


class Tally(models.Model):
    """What a count found, as canonical JSON with its hash."""

    poll = models.OneToOneField(Poll, models.PROTECT, related_name="tally")
    data = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    counted_at = models.DateTimeField()

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")

    def __str__(self):
        return self.sha256

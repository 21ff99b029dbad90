from django.db import models
from django.utils.translation import gettext_lazy as _

from .poll import Poll


class Entry(models.Model):
    """One item of the public ledger. A trigger refuses every update.

    `leaf` is RFC 8785 JSON of at most 65,535 bytes; `index` counts from 0 without a gap.
    """

    poll = models.ForeignKey(Poll, models.PROTECT, related_name="+")
    index = models.PositiveIntegerField()
    type = models.CharField(max_length=12)
    leaf = models.BinaryField()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["index"]
        constraints = [models.UniqueConstraint(fields=["poll", "index"], name="one_entry_per_index")]
        indexes = [
            models.Index(
                fields=["poll", "type"],
                condition=~models.Q(type="ballot"),
                name="entries_that_are_no_ballots",
            ),
            # A receipt names the places of its leaves. Other leaves may be longer than an index can hold.
            models.Index(
                fields=["poll", "leaf"], condition=models.Q(type="ballot"), name="places_of_ballots"
            ),
        ]

    def __str__(self):
        return f"{self.index} {self.type}"

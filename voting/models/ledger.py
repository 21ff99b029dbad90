from django.db import models
from django.utils.translation import gettext_lazy as _

from .poll import Poll


class Entry(models.Model):
    """One item of the public ledger. A trigger refuses every update.

    `leaf` is RFC 8785 JSON of at most 65,535 bytes; `index` counts from 0 without a gap.
    """

    poll = models.ForeignKey(Poll, models.PROTECT, db_index=False, related_name="+")
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


class Tile(models.Model):
    """Hashes of the ledger's tree, 256 to a tile (C2SP tlog-tiles), written with the leaves.

    `data` holds the hashes of the complete subtrees so far, 32 bytes each. A trigger lets it only
    grow: what was there stays in front.
    """

    poll = models.ForeignKey(Poll, models.PROTECT, db_index=False, related_name="+")
    level = models.PositiveSmallIntegerField()
    index = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        verbose_name = _("ledger tile")
        verbose_name_plural = _("ledger tiles")
        constraints = [models.UniqueConstraint(fields=["poll", "level", "index"], name="one_tile_per_place")]


class Checkpoint(models.Model):
    """A signed head of the ledger (存证摘要), as the signer returned it. A trigger refuses every update.

    `root` is the 32-byte hash of the tree over the first `size` leaves; `note` carries a plain
    Ed25519 signature and a timestamped cosignature/v1; `signed_at` is that timestamp.
    """

    poll = models.ForeignKey(Poll, models.PROTECT, db_index=False, related_name="+")
    size = models.PositiveIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        ordering = ["size"]
        constraints = [models.UniqueConstraint(fields=["poll", "size"], name="one_checkpoint_per_size")]

    def __str__(self):
        return f"{self.size}"

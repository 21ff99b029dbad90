from django.db import models
from django.utils.translation import gettext_lazy as _

from .poll import Poll

# Of a ballot's leaf the first 16 letters of its commitment: nearly always its own, and a sixth of the whole
# to keep in an index, whose pages every ballot writes at random. The numbers stand in the text, or SQLite
# would not know the index's expression again.
FROM, LETTERS = 30, 16
MARK = models.Func(
    "leaf",
    function="SUBSTR",
    template=f"%(function)s(%(expressions)s, {FROM + 1}, {LETTERS})",
    output_field=models.BinaryField(),
)


class Entries(models.QuerySet):
    """Queries of the ledger."""

    def of_ballots(self, poll, leaves):
        """Return those of a poll's entries that are these ballots' leaves, in no order, by their index.

        The index covers entries of ballots only, and an order by number would keep it from being used.
        """
        marks = {leaf[FROM : FROM + LETTERS] for leaf in leaves}
        found = self.annotate(mark=MARK).filter(poll=poll, type="ballot", mark__in=marks)
        return found.filter(leaf__in=list(leaves)).order_by()


class Entry(models.Model):
    """One item of the public ledger. A trigger refuses every update.

    `leaf` is RFC 8785 JSON of at most 65,535 bytes; `index` counts from 0 without a gap.
    """

    poll = models.ForeignKey(Poll, models.PROTECT, db_index=False, related_name="+")
    index = models.PositiveIntegerField()
    type = models.CharField(max_length=12)
    leaf = models.BinaryField()

    objects = Entries.as_manager()

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
            # A receipt names the places of its leaves.
            models.Index("poll", MARK, condition=models.Q(type="ballot"), name="ballots_by_mark"),
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

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .poll import Poll


class Participation(models.Model):
    """The guard against a second ballot: its primary key is the rule.

    It has no number of its own, no time, no address and no receipt, so that nothing in it leads to
    a ballot. `credential` and `retry_tag` are HMAC-SHA256 digests of 32 bytes under the poll's own
    keys. The poll is referred to without a database reference: checking one would lock the poll's
    row for each ballot, and no ballot may wait for another.
    """

    pk = models.CompositePrimaryKey("poll_id", "credential", "period")
    poll = models.ForeignKey(Poll, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    credential = models.BinaryField()
    period = models.CharField(max_length=10)
    retry_tag = models.BinaryField(null=True)

    class Meta:
        verbose_name = _("participation")
        verbose_name_plural = _("participations")


class PendingEnvelope(models.Model):
    """A ballot that was acknowledged and waits for the keeper, sealed to the keeper key.

    Few rows at any time, so the poll has no index, which every cast would have to write.
    """

    poll = models.ForeignKey(Poll, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    sealed = models.BinaryField()
    damaged = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("pending envelope")
        verbose_name_plural = _("pending envelopes")


class BallotQuerySet(models.QuerySet):
    def opened(self):
        """Ballots that were opened and break no rule, whether or not people excluded them."""
        return self.filter(marks__isnull=False, fault="")

    def excluded(self):
        """Ballots of held groups that people excluded: opened, and not counted."""
        return self.opened().filter(held__group__decision="excluded")

    def counted(self):
        """Ballots that count. What leaves a ballot out stands here and nowhere else."""
        held = self.model._meta.get_field("held").related_model
        excluded = held.objects.filter(group__decision="excluded")
        return self.opened().exclude(pk__in=excluded.values("ballot_id"))

    def unopened(self):
        """Ballots whose marks are still under seal."""
        return self.filter(marks__isnull=True, fault="")


class Ballot(models.Model):
    """One vote cast, as the keeper entered it.

    `number` follows the order of the smallest commitment within each batch, never that of arrival.
    `commitments` are 32 bytes for each category in the manifest's order. `inner` is sealed to the
    election key; `marks` are the picks as bits, one a candidate in the manifest's order, the first
    in the highest bit, known once the ballot is opened.
    """

    # The constraint of each number has an index that begins with the poll.
    poll = models.ForeignKey(Poll, models.PROTECT, db_index=False, related_name="+")
    number = models.PositiveIntegerField()
    channel = models.CharField(max_length=40)
    commitments = models.BinaryField()
    code = models.CharField(max_length=16, db_index=True)
    inner = models.BinaryField()
    marks = models.BinaryField(null=True)
    fault = models.CharField(max_length=40, blank=True)

    objects = BallotQuerySet.as_manager()

    class Meta:
        verbose_name = _("ballot")
        verbose_name_plural = _("ballots")
        constraints = [
            models.UniqueConstraint(fields=["poll", "number"], name="one_ballot_per_number"),
            models.CheckConstraint(
                condition=Q(fault="") | Q(marks__isnull=True), name="faulty_ballot_has_no_marks"
            ),
        ]


class ChannelFile(models.Model):
    """A file of ballots from another channel, and how far it has been read."""

    poll = models.ForeignKey(Poll, models.PROTECT, related_name="channel_files")
    channel = models.CharField(_("channel"), max_length=40)
    name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    rows_read = models.PositiveIntegerField(_("received"), default=0)
    accepted = models.PositiveIntegerField(_("valid"), default=0)
    refused = models.PositiveIntegerField(_("invalid"), default=0)
    complete = models.BooleanField(_("complete"), default=False)

    class Meta:
        verbose_name = _("channel file")
        verbose_name_plural = _("channel files")
        constraints = [
            models.UniqueConstraint(fields=["poll", "sha256"], name="a_channel_file_once_per_poll"),
            models.CheckConstraint(
                condition=Q(rows_read=models.F("accepted") + models.F("refused")),
                name="received_is_valid_plus_invalid",
            ),
        ]

    def __str__(self):
        return self.name

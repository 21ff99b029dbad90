from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .ballot import Ballot
from .desk import Proposal
from .poll import Poll


class BallotTag(models.Model):
    """Keyed cluster tags of a device poll's ballot (`holds/tags.py`), gone before any ballot is opened."""

    ballot = models.OneToOneField(Ballot, models.CASCADE, primary_key=True, related_name="tag")
    poll = models.ForeignKey(Poll, models.PROTECT, related_name="+")
    tags = models.BinaryField()

    class Meta:
        verbose_name = _("cluster tag")
        verbose_name_plural = _("cluster tags")


class HoldGroup(models.Model):
    """Ballots that one rule set aside together (待核查), and what became of them.

    `reviewed` is said of groups that stayed held when the opened ballots were looked at. `facts` are
    numbers for the staff's pictures, never of candidates. Undecided at the manifest's date means counted.
    An exclusion names the proposal that was approved.
    """

    class Decision(models.TextChoices):
        NONE = "", _("not decided")
        RELEASED = "released", _("released")
        EXCLUDED = "excluded", _("excluded")

    poll = models.ForeignKey(Poll, models.PROTECT, related_name="hold_groups", verbose_name=_("poll"))
    number = models.PositiveIntegerField(_("number"))
    rule = models.CharField(_("rule"), max_length=20)
    reviewed = models.BooleanField(default=False)
    facts = models.JSONField(default=dict)
    decision = models.CharField(
        _("decision"), max_length=8, choices=Decision.choices, default=Decision.NONE, blank=True
    )
    reason = models.TextField(_("reason"), blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    proposal = models.ForeignKey(Proposal, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("group of held ballots")
        verbose_name_plural = _("held ballots")
        ordering = ["poll", "number"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "number"], name="one_hold_group_a_number"),
            models.CheckConstraint(
                condition=Q(decision="") | (Q(decided_at__isnull=False) & ~Q(reason="")),
                name="a_decision_has_time_and_reason",
            ),
            models.CheckConstraint(
                condition=~Q(decision="excluded") | Q(proposal__isnull=False),
                name="an_exclusion_was_approved",
            ),
        ]

    def __str__(self):
        return f"{self.number}"


class HeldBallot(models.Model):
    """A ballot in a group of held ones; each ballot is in at most one group.

    Equal numbers say that ballots came from one place, program or ten minutes, and nothing of which.
    They go when the last group of the poll is decided.
    """

    ballot = models.OneToOneField(Ballot, models.CASCADE, primary_key=True, related_name="held")
    group = models.ForeignKey(HoldGroup, models.PROTECT, related_name="ballots")
    address = models.IntegerField(null=True)
    network = models.IntegerField(null=True)
    wide = models.IntegerField(null=True)
    client = models.IntegerField(null=True)
    bucket = models.IntegerField(null=True)
    signals = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("held ballot")
        verbose_name_plural = _("held ballots")

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .poll import Poll


class Proposal(models.Model):
    """A grave act that waits for enough different people, or was done with their approvals.

    `content` is what the act needs, as its form gave it; it never changes. `needed` is how many people
    must approve, counting who proposes. A trigger refuses `done_at` while there are fewer approvals.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for approval")
        DONE = "done", _("done")
        WITHDRAWN = "withdrawn", _("withdrawn")

    poll = models.ForeignKey(Poll, models.PROTECT, related_name="proposals", verbose_name=_("poll"))
    act = models.CharField(_("act"), max_length=20)
    content = models.JSONField(default=dict)
    reason = models.TextField(_("reason"), blank=True)
    needed = models.PositiveSmallIntegerField(_("approvals needed"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    proposed_at = models.DateTimeField(_("proposed at"))
    done_at = models.DateTimeField(_("done at"), null=True)

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(needed__gte=1), name="a_proposal_needs_somebody"),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False) | ~Q(state="done") & Q(done_at__isnull=True),
                name="a_done_proposal_says_when",
            ),
            models.UniqueConstraint(
                fields=["poll", "act"],
                condition=Q(state="waiting") & ~Q(act__in=["exclude", "correct"]),
                name="one_waiting_proposal_an_act",
            ),
        ]

    def __str__(self):
        return f"{self.act} {self.get_state_display()}"


class Approval(models.Model):
    """One person's yes to a proposal. `name` is how the public ledger names this person."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="approvals")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "person"], name="one_approval_a_person"),
            models.UniqueConstraint(fields=["proposal", "name"], name="one_approval_a_name"),
        ]

    def __str__(self):
        return self.name


class Event(models.Model):
    """One line of a poll's audit trail. Triggers refuse every change and removal.

    `sha256` is the hash over the line before it and this line's canonical JSON, so that the last one
    stands for all; the ledger anchors it (`audit` entries with act `trail`).
    """

    poll = models.ForeignKey(Poll, models.PROTECT, related_name="events", verbose_name=_("poll"))
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("time"))
    who = models.CharField(_("who"), max_length=150)
    act = models.CharField(_("act"), max_length=40)
    detail = models.JSONField(_("detail"), default=dict)
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("event of the audit trail")
        verbose_name_plural = _("audit trail")
        ordering = ["poll", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "number"], name="one_event_a_number"),
            models.UniqueConstraint(fields=["poll", "sha256"], name="one_event_a_hash"),
        ]

    def __str__(self):
        return f"{self.number} {self.act}"


class Holiday(models.Model):
    """A day that is not what its weekday says: a public holiday, or a weekend day that is worked (调休)."""

    date = models.DateField(_("date"), unique=True)
    working = models.BooleanField(_("worked"), default=False, help_text=_("A weekend day that is worked."))
    name = models.CharField(_("name"), max_length=40)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["date"]

    def __str__(self):
        return f"{self.date} {self.name}"

from django.db import models
from django.db.models import Q
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


class Result(models.Model):
    """The certified outcome (结果（已核定）) as canonical JSON. A trigger refuses every change.

    Its hash is in the ledger; `objections_until` is the last day on which objections are received.
    """

    poll = models.OneToOneField(Poll, models.PROTECT, related_name="result")
    data = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    certified_at = models.DateTimeField()
    objections_until = models.DateField()

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")

    def __str__(self):
        return self.sha256


class Correction(models.Model):
    """A public change after opening (更正), as canonical JSON; `number` counts from 1 in each poll."""

    poll = models.ForeignKey(Poll, models.PROTECT, related_name="corrections", verbose_name=_("poll"))
    number = models.PositiveIntegerField(_("number"))
    data = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["poll", "number"]
        constraints = [models.UniqueConstraint(fields=["poll", "number"], name="one_correction_a_number")]

    def __str__(self):
        return f"{self.number}"


class Objection(models.Model):
    """An objection to a result (异议), its answer, and whether both are published."""

    poll = models.ForeignKey(Poll, models.PROTECT, related_name="objections", verbose_name=_("poll"))
    received_on = models.DateField(_("received on"))
    way = models.CharField(_("how it came"), max_length=40, blank=True)
    about = models.TextField(_("what it is about"), help_text=_("Without names: this text can be published."))
    answer = models.TextField(_("answer"), blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    published = models.BooleanField(_("published"), default=False)

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        ordering = ["poll", "received_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="") | Q(answered_on__isnull=False), name="an_answer_has_a_day"
            ),
            models.CheckConstraint(
                condition=Q(answered_on__isnull=True) | Q(answered_on__gte=models.F("received_on")),
                name="answered_after_it_was_received",
            ),
        ]

    def __str__(self):
        return f"{self.received_on} {self.about[:30]}"

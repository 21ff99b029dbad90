from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .poll import Poll


class Holder(models.Model):
    """A key holder of a poll: the public half of the part that this person alone has."""

    poll = models.ForeignKey(Poll, models.PROTECT, related_name="key_holders", verbose_name=_("poll"))
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=80)
    public = models.CharField(max_length=64, validators=[RegexValidator(r"^[0-9a-f]{64}$")])
    proven_at = models.DateTimeField(_("opened the test envelope at"), null=True)

    class Meta:
        verbose_name = _("key holder")
        verbose_name_plural = _("key holders")
        ordering = ["poll", "number"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "number"], name="one_holder_per_number"),
            models.UniqueConstraint(fields=["poll", "public"], name="one_holder_per_part"),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=3), name="three_holders_at_most"),
        ]

    def __str__(self):
        return self.name

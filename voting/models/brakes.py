from django.db import models
from django.utils.translation import gettext_lazy as _

from .poll import Poll


class SpentChallenge(models.Model):
    """A proof of work that was used: its primary key is the rule “each once”.

    `used_by` is a digest of challenge and credential together, so that the same device may post again what
    it has posted (a lost reply, a reloaded page). The challenge itself is stored nowhere: without it neither
    column leads to a device.
    """

    pk = models.CompositePrimaryKey("poll_id", "digest")
    poll = models.ForeignKey(Poll, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    digest = models.BinaryField()
    used_by = models.BinaryField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("spent challenge")
        verbose_name_plural = _("spent challenges")


class Counter(models.Model):
    """How many reviews came under one key until the end of one window (Unix seconds).

    `key` is a keyed digest of a network and the window, never an address: two windows' rows of one network
    have nothing in common.
    """

    pk = models.CompositePrimaryKey("poll_id", "key", "window")
    poll = models.ForeignKey(Poll, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    key = models.BinaryField()
    window = models.PositiveBigIntegerField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")

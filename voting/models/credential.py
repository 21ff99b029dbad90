from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .poll import Poll


class CodeBatch(models.Model):
    """Codes that were issued together, with the serials from `first` on. Only digests stay here.

    `issued_at` is empty while they are being made; a batch that stays so was broken off and has no codes.
    """

    poll = models.ForeignKey(Poll, models.PROTECT, related_name="code_batches", verbose_name=_("poll"))
    number = models.PositiveIntegerField(_("number"))
    label = models.CharField(_("label"), max_length=80, blank=True)
    first = models.PositiveIntegerField(_("first number"))
    count = models.PositiveIntegerField(_("codes"))
    issued_at = models.DateTimeField(_("issued at"), null=True)

    class Meta:
        verbose_name = _("batch of codes")
        verbose_name_plural = _("batches of codes")
        ordering = ["poll", "number"]
        constraints = [models.UniqueConstraint(fields=["poll", "number"], name="one_batch_a_number")]

    def __str__(self):
        return f"{self.number}"

    @property
    def last(self):
        """Return the number on its last card."""
        return self.first + self.count - 1


class Code(models.Model):
    """One voting code (投票码), of which nobody can read the code.

    `serial` is printed on the card. The link code is the credential; `credential` is its digest under the
    poll's credential key, the same that `Participation` holds once it has voted: who has voted can be seen
    here, how never. The typed code opens `typed_mask`, the link code under a slow hash of the typed one.
    Triggers refuse to void what has voted, and to let a void code vote.
    """

    poll = models.ForeignKey(Poll, models.PROTECT, related_name="+", verbose_name=_("poll"))
    batch = models.ForeignKey(CodeBatch, models.PROTECT, related_name="codes", verbose_name=_("batch"))
    serial = models.PositiveIntegerField(_("number on the card"))
    credential = models.BinaryField()
    typed_salt = models.BinaryField()
    typed_mask = models.BinaryField()
    voided_at = models.DateTimeField(_("void since"), null=True)
    void_reason = models.CharField(_("why it is void"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("voting code")
        verbose_name_plural = _("voting codes")
        constraints = [
            models.UniqueConstraint(fields=["poll", "serial"], name="one_code_a_serial"),
            models.UniqueConstraint(fields=["poll", "credential"], name="one_code_a_credential"),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True) | ~Q(void_reason=""), name="a_void_code_says_why"
            ),
        ]

    def __str__(self):
        return f"{self.serial:06}"


class RollEntry(models.Model):
    """One person on the roll: keyed digests of what identifies and of where a password is sent."""

    poll = models.ForeignKey(Poll, models.PROTECT, related_name="+")
    person = models.BinaryField()
    contact = models.BinaryField()

    class Meta:
        verbose_name = _("roll entry")
        verbose_name_plural = _("roll entries")
        constraints = [models.UniqueConstraint(fields=["poll", "person"], name="once_on_the_roll")]


class OneTimePassword(models.Model):
    """The password that waits for one pair of a person and a place to send it to, as a keyed digest.

    `pair` is a digest of what was typed. Whoever asks gets a row, on the roll or not, so that neither
    the table nor the time it takes tells the two apart; only for those on the roll a password is sent.
    `sent` counts since `since`, at most five in 24 hours. The row goes when the password was used.
    """

    MOST_TRIES = 5
    MOST_SENT = 5

    pk = models.CompositePrimaryKey("poll_id", "pair")
    poll = models.ForeignKey(Poll, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    pair = models.BinaryField()
    digest = models.BinaryField()
    expires_at = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent = models.PositiveSmallIntegerField(default=1)
    since = models.DateTimeField()

    class Meta:
        verbose_name = _("one-time password")
        verbose_name_plural = _("one-time passwords")
        constraints = [
            models.CheckConstraint(condition=Q(tries__lte=5), name="five_tries_a_password"),
            models.CheckConstraint(condition=Q(sent__range=(1, 5)), name="five_passwords_a_day"),
        ]

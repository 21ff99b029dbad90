import secrets
import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shortlist.history import History
from shortlist.models import Shortlist

# What the program writes itself: no rule, so none of the history of rules.
UNRECORDED = [
    "uid",
    "state",
    "wrapped",
    "demo",
    "accepts_short_list",
    "manifest_sha256",
    "corrected",
    "public_acts",
    "opened_at",
    "closed_at",
    "closed_early",
    "ledger_alarm",
    "last_batch_at",
    "secrets_destroyed_at",
]


def new_uid():
    """Return 80 random bits in hex: what tells this poll's keys and ledger from all others."""
    return secrets.token_hex(10)


def validate_zone(name):
    """Refuse what is no IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is no time zone; write for example Asia/Shanghai."), params={"name": name}
        )


class PollQuerySet(models.QuerySet):
    def public(self):
        """Polls that citizens may see."""
        return self.exclude(state=Poll.State.DRAFT)

    def kept(self):
        """Polls whose ledger the keeper still writes; an annulled one's until its last ballot is entered."""
        going_on = [Poll.State.OPEN, Poll.State.PAUSED, Poll.State.CLOSED, Poll.State.ANNULLED]
        return self.filter(state__in=going_on).exclude(manifest_sha256="")

    def with_doomed_secrets(self):
        """Closed polls whose keeper key, retry key and retry tags wait for their end."""
        return self.filter(closed_at__isnull=False, secrets_destroyed_at__isnull=True)


class Poll(models.Model):
    """A vote on a shortlist: its rules, its times and its state.

    From opening on, rules and text are read from the manifest; the rule fields here are then only
    what the manifest was made from.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        ANNOUNCED = "announced", _("announced")
        OPEN = "open", _("open")
        PAUSED = "paused", _("paused")
        CLOSED = "closed", _("closed")
        COUNTED = "counted", _("counted")
        CERTIFIED = "certified", _("certified")
        ANNULLED = "annulled", _("annulled")

    class Eligibility(models.TextChoices):
        DEVICE = "device", _("one ballot per device")
        CODE = "code", _("whoever has a one-time code")
        ROLL = "roll", _("whoever stands on the roll")
        SIGN_IN = "sign_in", _("whoever signs in with the organiser's provider")

    class Publish(models.TextChoices):
        ALL = "all", _("all candidates with their votes")
        CHOSEN = "chosen", _("the chosen with their votes")
        CHOSEN_IN_LIST_ORDER = "chosen_in_list_order", _("the chosen in the order of the list, without votes")

    class Reveals(models.TextChoices):
        AUDITORS = "auditors", _("the auditors")
        EVERYONE = "everyone", _("everyone")

    class Holders(models.IntegerChoices):
        ONE = 1, _("one key holder")
        TWO_OF_THREE = 3, _("two of three key holders")

    class TieRule(models.TextChoices):
        ALL_IN = "all_in", _("all of the tied are chosen")
        ALL_OUT = "all_out", _("none of the tied is chosen")
        DECISION = "decision", _("the organiser decides on record")
        LOT = "lot", _("a lot is drawn")

    class Order(models.TextChoices):
        FIXED = "fixed", _("as the list has it")
        STROKES = "strokes", _("by the strokes of the title's characters")
        ROTATED = "rotated", _("rotated, so that each part of a category comes first for some voters")

    class ResultsFrom(models.TextChoices):
        COUNTED = "counted", _("when the count is done")
        CERTIFIED = "certified", _("when the result is certified")

    FROZEN_STATES = [State.OPEN, State.PAUSED, State.CLOSED, State.COUNTED, State.CERTIFIED]

    slug = models.SlugField(_("address"), max_length=60, unique=True)
    uid = models.CharField(max_length=20, unique=True, default=new_uid, editable=False)
    title = models.CharField(_("title"), max_length=200)
    shortlist = models.ForeignKey(
        Shortlist, models.PROTECT, related_name="+", verbose_name=_("candidate list")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.DRAFT, editable=False
    )
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(_("closes at"), help_text=_("The first moment at which it is too late."))
    zone = models.CharField(
        _("time zone"), max_length=40, default="Asia/Shanghai", validators=[validate_zone]
    )
    eligibility = models.CharField(
        _("who may vote"), max_length=10, choices=Eligibility.choices, default=Eligibility.DEVICE
    )
    daily = models.BooleanField(_("one ballot a day"), default=False)
    sealed = models.BooleanField(
        _("sealed"),
        default=True,
        help_text=_("Off: the server can count while the vote goes on; voters are told."),
    )
    holders = models.PositiveSmallIntegerField(
        _("who opens the ballots"), choices=Holders.choices, default=Holders.ONE
    )
    wrapped = models.JSONField(default=dict, editable=False)
    reveals = models.CharField(
        _("who gets the reveals"),
        max_length=10,
        choices=Reveals.choices,
        default=Reveals.AUDITORS,
        help_text=_("Marks and nonce behind each commitment. With “everyone” a receipt leads to its marks."),
    )
    publish = models.CharField(
        _("what is published"), max_length=24, choices=Publish.choices, default=Publish.ALL
    )
    results_from = models.CharField(
        _("results are shown"), max_length=10, choices=ResultsFrom.choices, default=ResultsFrom.COUNTED
    )
    tie_rule = models.CharField(
        _("a tie at the cut"), max_length=10, choices=TieRule.choices, default=TieRule.ALL_IN
    )
    lot_source = models.CharField(
        _("number for the lot"),
        max_length=200,
        blank=True,
        help_text=_("Which public number is drawn after the close, such as a named lottery draw."),
    )
    approvals = models.PositiveSmallIntegerField(
        _("people for each grave act"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(3)],
        help_text=_("So many different people must approve; who proposes is the first."),
    )
    objection_days = models.PositiveSmallIntegerField(
        _("working days for objections"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("Counted from the day after the result is certified, by the table of holidays."),
    )
    order_rule = models.CharField(
        _("order of the candidates"), max_length=10, choices=Order.choices, default=Order.FIXED
    )
    order_variants = models.PositiveSmallIntegerField(
        _("rotated orders"), default=1, validators=[MinValueValidator(1), MaxValueValidator(16)]
    )
    ballots_per_device = models.PositiveSmallIntegerField(
        _("ballots from one device"), default=1, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    brakes = models.JSONField(
        _("brakes against stuffing"),
        default=dict,
        blank=True,
        help_text=_("Thresholds that differ from the defaults; the manifest shows all. {} for none."),
    )
    holds_decided_by = models.DateTimeField(
        _("held ballots are decided by"),
        null=True,
        blank=True,
        help_text=_(
            "A held ballot that nobody has decided by then counts. Empty: three days after the close."
        ),
    )
    roll_question = models.CharField(
        _("what voters on the roll state"),
        max_length=80,
        blank=True,
        help_text=_("Such as “last six characters of the identity number”."),
    )
    purpose = models.TextField(
        _("purpose of personal data"),
        blank=True,
        help_text=_("Shown before anything personal is asked. Required for rolls and signing in."),
    )
    retention = models.JSONField(
        _("days until data are deleted"),
        default=dict,
        blank=True,
        help_text=_("Days that differ from the defaults; the privacy page shows all. {} for none."),
    )
    batch_minimum = models.PositiveSmallIntegerField(
        _("fewest ballots entered together"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(500)],
    )
    merge_delay = models.PositiveIntegerField(
        _("longest wait for entry"),
        default=3600,
        help_text=_("In seconds."),
        validators=[MinValueValidator(1)],
    )
    rehearsal = models.BooleanField(
        _("rehearsal"), default=False, help_text=_("Its ballots are test ballots and never a result.")
    )
    demo = models.BooleanField(_("demonstration"), default=False, editable=False)
    accepts_short_list = models.BooleanField(
        _("opens with fewer candidates than declared"), default=False, editable=False
    )
    manifest_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    # The last correction's SHA-256, and how many public acts the poll has seen: stored pages depend on both.
    corrected = models.CharField(max_length=64, blank=True, editable=False)
    public_acts = models.PositiveIntegerField(default=0, editable=False)
    opened_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_early = models.JSONField(default=dict, editable=False)
    ledger_alarm = models.CharField(max_length=400, blank=True, editable=False)
    last_batch_at = models.DateTimeField(null=True, editable=False)
    secrets_destroyed_at = models.DateTimeField(null=True, editable=False)

    objects = PollQuerySet.as_manager()
    # The rules before the opening; from then on they are frozen, and what is done stands in the audit trail.
    history = History(when=lambda poll: not poll.frozen, excluded_fields=UNRECORDED)

    class Meta:
        verbose_name = _("poll")
        verbose_name_plural = _("polls")
        ordering = ["-opens_at", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("closes_at")), name="poll_opens_before_it_closes"
            ),
            models.CheckConstraint(
                condition=(
                    Q(state__in=["draft", "announced"], manifest_sha256="")
                    | Q(state="annulled")
                    | (
                        Q(state__in=["open", "paused", "closed", "counted", "certified"])
                        & ~Q(manifest_sha256="")
                    )
                ),
                name="poll_has_a_manifest_from_opening_on",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["closed", "counted", "certified"]) | Q(closed_at__isnull=False),
                name="closed_poll_says_when",
            ),
            models.CheckConstraint(condition=Q(batch_minimum__gte=1), name="batch_of_one_or_more"),
            models.CheckConstraint(condition=Q(approvals__range=(1, 3)), name="one_to_three_approvals"),
            models.CheckConstraint(
                condition=Q(order_rule="rotated", order_variants__range=(2, 16)) | Q(order_variants=1),
                name="only_rotated_orders_have_variants",
            ),
            models.CheckConstraint(
                condition=Q(ballots_per_device__range=(1, 5)), name="one_to_five_ballots_per_device"
            ),
            models.CheckConstraint(
                condition=Q(publish="all") | Q(reveals="auditors"),
                name="reveals_show_no_more_than_is_published",
            ),
        ]

    def __str__(self):
        return self.title

    def clean(self):
        if self.opens_at and self.closes_at and self.opens_at >= self.closes_at:
            raise ValidationError(
                {"closes_at": _("The poll must close after it opens. Choose a later time.")}
            )

    def get_absolute_url(self):
        return reverse("voting:list", args=[self.slug])

    @property
    def frozen(self):
        """Whether rules and text are read from the manifest."""
        return bool(self.manifest_sha256)

    def phase(self, at=None):
        """Return where the poll stands at this moment.

        One of the states, or `waiting` between the freezing of the manifest and `opens_at`. The
        clock opens and closes: the interval is `[opens_at, closes_at)`, whoever has or has not
        noticed it yet.
        """
        at = at or timezone.now()
        if self.state == self.State.OPEN and at < self.opens_at:
            return "waiting"
        if self.state in (self.State.OPEN, self.State.PAUSED) and at >= self.closes_at:
            return self.State.CLOSED.value
        return str(self.state)

    def may_vote(self, at=None):
        """Say whether a ballot may be cast now. All else asks here."""
        return self.phase(at) == self.State.OPEN

    def may_see_results(self, what="counts", audience="public"):
        """Say whether what tells how people voted may leave the house. Every exit asks here.

        `what` is `counts`, `marks` (the published marks) or `reveals`; `audience` is `public` or
        `auditor`. Nobody sees anything before the manifest's rule says so. Marks go to everyone
        where all votes are published, reveals where the manifest gives them to everyone.
        """
        if self.state != self.State.CERTIFIED and (
            self.state != self.State.COUNTED or self.results_from == self.ResultsFrom.CERTIFIED
        ):
            return False
        if what == "counts" or audience == "auditor":
            return True
        everything = self.publish == self.Publish.ALL
        return everything and (what == "marks" or self.reveals == self.Reveals.EVERYONE)

    def period(self, at):
        """Return the period in which one ballot may be cast: a local date (daily polls) or ''."""
        return at.astimezone(zoneinfo.ZoneInfo(self.zone)).date().isoformat() if self.daily else ""


class Manifest(models.Model):
    """The canonical bytes that a poll was opened with. A trigger refuses every update."""

    poll = models.OneToOneField(Poll, models.PROTECT, primary_key=True, related_name="manifest")
    data = models.BinaryField()
    sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("manifest")
        verbose_name_plural = _("manifests")

    def __str__(self):
        return self.sha256

"""The candidate list and its evidence. Nothing here knows of voting."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .history import History
from .uploaded import Upload  # noqa: F401  (a table of this app, with a file of its own)


class Shortlist(models.Model):
    """A published list: what it is called, who publishes it and where it comes from."""

    slug = models.SlugField(_("address"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=200)
    language = models.CharField(_("language of the text"), max_length=16, default="zh-Hans")
    organiser = models.CharField(_("organiser"), max_length=200, blank=True)
    introduction = models.TextField(_("introduction"), blank=True)
    remarks = models.TextField(
        _("editor's remarks"),
        blank=True,
        help_text=_("What readers must know of the text: gaps, inferences, one remark a line."),
    )

    history = History()

    class Meta:
        verbose_name = _("candidate list")
        verbose_name_plural = _("candidate lists")
        ordering = ["slug"]

    def __str__(self):
        return self.title


class Category(models.Model):
    """One part of the list, and how many may be picked and chosen in it."""

    shortlist = models.ForeignKey(
        Shortlist, models.CASCADE, related_name="categories", verbose_name=_("candidate list")
    )
    code = models.CharField(
        _("digit"),
        max_length=1,
        validators=[RegexValidator(r"^[1-9]$", _("One digit from 1 to 9."))],
        help_text=_("The first digit of the codes of its candidates."),
    )
    ordinal = models.CharField(_("ordinal"), max_length=8, blank=True, help_text=_("As printed: 二"))
    name = models.CharField(_("name"), max_length=80)
    on_ballot = models.BooleanField(
        _("on the ballot"),
        default=True,
        help_text=_("Off for a category that the source only names: it is mentioned, never voted on."),
    )
    declared_count = models.PositiveSmallIntegerField(
        _("declared count"),
        null=True,
        blank=True,
        help_text=_("How many candidates the source says there are (“16项”)."),
    )
    places = models.PositiveSmallIntegerField(
        _("places"), default=10, validators=[MinValueValidator(1)], help_text=_("How many will be chosen.")
    )
    min_choices = models.PositiveSmallIntegerField(_("fewest choices"), default=0)
    max_choices = models.PositiveSmallIntegerField(
        _("most choices"), default=10, validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    inference = models.TextField(
        _("what is inferred"), blank=True, help_text=_("Shown to readers; empty if all is as printed.")
    )

    history = History()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["shortlist", "code"]
        constraints = [
            models.UniqueConstraint(fields=["shortlist", "code"], name="one_category_per_digit"),
            models.CheckConstraint(condition=Q(code__regex=r"^[1-9]$"), name="category_code_is_a_digit"),
            models.CheckConstraint(
                condition=Q(min_choices__lte=F("max_choices"), max_choices__gte=1),
                name="fewest_choices_within_most",
            ),
            models.CheckConstraint(condition=Q(places__gte=1), name="at_least_one_place"),
        ]

    def __str__(self):
        return f"{self.ordinal}、{self.name}" if self.ordinal else self.name


class Candidate(models.Model):
    """One achievement. `title` is the first sentence of the text, `body` all that follows it."""

    category = models.ForeignKey(
        Category, models.CASCADE, related_name="candidates", verbose_name=_("category")
    )
    code = models.CharField(
        _("code"),
        max_length=3,
        validators=[RegexValidator(r"^[1-9][0-9]{2}$", _("Three digits, the first not 0."))],
    )
    title = models.CharField(_("title"), max_length=200, help_text=_("The first sentence, as printed."))
    body = models.TextField(_("text"), blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    history = History()

    class Meta:
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        ordering = ["category__code", "order", "code"]
        constraints = [
            models.UniqueConstraint(fields=["category", "code"], name="one_candidate_per_code"),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[1-9][0-9]{2}$"), name="candidate_code_is_three_digits"
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.headline}"

    @property
    def text(self):
        """The whole text, to which quotes give their offsets: `title + body`."""
        return self.title + self.body

    @property
    def headline(self):
        """The title as a heading: without its full stop."""
        return self.title.removesuffix("。")


class Source(models.Model):
    """Where a list or a claim comes from. What is not known stays empty."""

    shortlist = models.ForeignKey(
        Shortlist, models.CASCADE, related_name="sources", verbose_name=_("candidate list")
    )
    title = models.CharField(_("title"), max_length=300)
    publisher = models.CharField(_("publisher"), max_length=200, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    page = models.CharField(_("page"), max_length=40, blank=True)
    url = models.URLField(_("web address"), blank=True)
    remarks = models.TextField(_("remarks"), blank=True)

    history = History()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["pk"]

    def __str__(self):
        return self.title


class Evidence(models.Model):
    """One claim that can be checked. Its figures are points, the words it stands on are quotes."""

    class Kind(models.TextChoices):
        RESULT = "result", _("result")
        STANDARD = "standard", _("standard")
        TARGET = "target", _("target")
        PLANNED = "planned", _("planned")
        CONTRACTED = "contracted", _("contracted")
        APPROVED = "approved", _("approved")
        COMPARISON = "comparison", _("comparison")
        QUALITATIVE = "qualitative", _("qualitative")

    candidate = models.ForeignKey(
        Candidate, models.CASCADE, related_name="evidence", verbose_name=_("candidate")
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    label = models.CharField(_("what is measured"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.RESULT)
    scope = models.CharField(_("scope"), max_length=80, blank=True, help_text=_("As printed: 全省, 沿黄地区"))
    headline = models.BooleanField(_("says most"), default=False)
    remarks = models.CharField(_("remarks"), max_length=300, blank=True)
    source = models.ForeignKey(
        Source,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="evidence",
        verbose_name=_("source"),
        help_text=_("Empty: the source of the list."),
    )

    history = History()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["candidate", "order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["candidate"], condition=Q(headline=True), name="one_headline_per_candidate"
            ),
        ]

    def __str__(self):
        return self.label


class Point(models.Model):
    """One figure as printed, and what it means.

    `value` is `raw` written out in `unit` (1.2亿吨 is 120000000 吨); `scale` (here 100000000)
    only says how a chart should label it.
    """

    class Bound(models.TextChoices):
        EQUAL = "equal", _("equal")
        ABOUT = "about", _("about")
        OVER = "over", _("more than")
        AT_LEAST = "at_least", _("at least")
        UNDER = "under", _("less than")
        AT_MOST = "at_most", _("at most")

    evidence = models.ForeignKey(Evidence, models.CASCADE, related_name="points", verbose_name=_("evidence"))
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    raw = models.CharField(_("as printed"), max_length=40)
    value = models.DecimalField(_("value"), max_digits=24, decimal_places=6)
    bound = models.CharField(_("bound"), max_length=8, choices=Bound.choices, default=Bound.EQUAL)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    per = models.CharField(_("per"), max_length=20, blank=True, help_text=_("人·月, 套, 年"))
    period = models.CharField(_("period"), max_length=60, blank=True, help_text=_("As printed: 截至2018年底"))
    start = models.DateField(_("from"), null=True, blank=True)
    end = models.DateField(_("until"), null=True, blank=True, help_text=_("The last day, included."))
    inferred = models.CharField(
        _("what is inferred"), max_length=200, blank=True, help_text=_("Shown to readers; empty if printed.")
    )
    scale = models.DecimalField(_("scale"), max_digits=15, decimal_places=0, default=1)

    history = History()

    class Meta:
        verbose_name = _("data point")
        verbose_name_plural = _("data points")
        ordering = ["evidence", "order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(start__isnull=True) | Q(end__isnull=True) | Q(start__lte=F("end")),
                name="period_starts_before_it_ends",
            ),
            models.CheckConstraint(condition=Q(scale__gte=1), name="scale_at_least_one"),
        ]

    def __str__(self):
        return self.raw


class Quote(models.Model):
    """The words of the text that a claim stands on; `offset` counts characters in `Candidate.text`."""

    class Role(models.TextChoices):
        VALUE = "value", _("value")
        PERIOD = "period", _("period")
        SCOPE = "scope", _("scope")

    evidence = models.ForeignKey(Evidence, models.CASCADE, related_name="quotes", verbose_name=_("evidence"))
    offset = models.PositiveIntegerField(_("offset"))
    text = models.CharField(_("exact text"), max_length=400)
    role = models.CharField(_("role"), max_length=8, choices=Role.choices, default=Role.VALUE)

    history = History()

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        ordering = ["evidence", "offset"]

    def __str__(self):
        return self.text

    @property
    def end(self):
        """The offset behind the last character."""
        return self.offset + len(self.text)


class Attachment(models.Model):
    """A file beside a candidate, known by its SHA-256."""

    candidate = models.ForeignKey(
        Candidate, models.CASCADE, related_name="attachments", verbose_name=_("candidate")
    )
    title = models.CharField(_("title"), max_length=200)
    alt = models.CharField(
        _("description"), max_length=300, help_text=_("What one sees, for those who cannot see it.")
    )
    file = models.FileField(_("file"), upload_to="attachments/")
    media_type = models.CharField(_("type"), max_length=60, editable=False)
    size = models.PositiveIntegerField(_("size in bytes"), editable=False)
    sha256 = models.CharField(
        "SHA-256", max_length=64, editable=False, validators=[RegexValidator(r"^[0-9a-f]{64}$")]
    )
    source = models.ForeignKey(
        Source, models.SET_NULL, null=True, blank=True, related_name="attachments", verbose_name=_("source")
    )

    history = History()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["candidate", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["candidate", "sha256"], name="a_file_once_per_candidate"),
        ]

    def __str__(self):
        return self.title

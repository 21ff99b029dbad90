"""History of every change of a list, and spreadsheets uploaded at the desk."""

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shortlist", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalShortlist",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("slug", models.SlugField(max_length=60, verbose_name="address")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                (
                    "language",
                    models.CharField(default="zh-Hans", max_length=16, verbose_name="language of the text"),
                ),
                ("organiser", models.CharField(blank=True, max_length=200, verbose_name="organiser")),
                ("introduction", models.TextField(blank=True, verbose_name="introduction")),
                (
                    "remarks",
                    models.TextField(
                        blank=True,
                        help_text="What readers must know of the text: gaps, inferences, one remark a line.",
                        verbose_name="editor's remarks",
                    ),
                ),
                ("history_user_id", models.CharField(blank=True, max_length=310, verbose_name="who")),
                (
                    "history_change_reason",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="reason"),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
            ],
            options={
                "verbose_name": "historical candidate list",
                "verbose_name_plural": "historical candidate lists",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "default_permissions": (),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalAttachment",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                (
                    "alt",
                    models.CharField(
                        help_text="What one sees, for those who cannot see it.",
                        max_length=300,
                        verbose_name="description",
                    ),
                ),
                ("file", models.TextField(max_length=100, verbose_name="file")),
                ("media_type", models.CharField(editable=False, max_length=60, verbose_name="type")),
                ("size", models.PositiveIntegerField(editable=False, verbose_name="size in bytes")),
                (
                    "sha256",
                    models.CharField(
                        editable=False,
                        max_length=64,
                        validators=[django.core.validators.RegexValidator("^[0-9a-f]{64}$")],
                        verbose_name="SHA-256",
                    ),
                ),
                ("history_user_id", models.CharField(blank=True, max_length=310, verbose_name="who")),
                (
                    "history_change_reason",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="reason"),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "candidate",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="shortlist.candidate",
                        verbose_name="candidate",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="shortlist.source",
                        verbose_name="source",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical attachment",
                "verbose_name_plural": "historical attachments",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "default_permissions": (),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalCandidate",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=3,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[1-9][0-9]{2}$", "Three digits, the first not 0."
                            )
                        ],
                        verbose_name="code",
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        help_text="The first sentence, as printed.", max_length=200, verbose_name="title"
                    ),
                ),
                ("body", models.TextField(blank=True, verbose_name="text")),
                ("order", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
                ("history_user_id", models.CharField(blank=True, max_length=310, verbose_name="who")),
                (
                    "history_change_reason",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="reason"),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="shortlist.category",
                        verbose_name="category",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical candidate",
                "verbose_name_plural": "historical candidates",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "default_permissions": (),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalCategory",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "code",
                    models.CharField(
                        help_text="The first digit of the codes of its candidates.",
                        max_length=1,
                        validators=[
                            django.core.validators.RegexValidator("^[1-9]$", "One digit from 1 to 9.")
                        ],
                        verbose_name="digit",
                    ),
                ),
                (
                    "ordinal",
                    models.CharField(
                        blank=True, help_text="As printed: 二", max_length=8, verbose_name="ordinal"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "on_ballot",
                    models.BooleanField(
                        default=True,
                        help_text="Off for a category that the source only names: it is mentioned, never voted on.",
                        verbose_name="on the ballot",
                    ),
                ),
                (
                    "declared_count",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="How many candidates the source says there are (“16项”).",
                        null=True,
                        verbose_name="declared count",
                    ),
                ),
                (
                    "places",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="How many will be chosen.",
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="places",
                    ),
                ),
                ("min_choices", models.PositiveSmallIntegerField(default=0, verbose_name="fewest choices")),
                (
                    "max_choices",
                    models.PositiveSmallIntegerField(
                        default=10,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(99),
                        ],
                        verbose_name="most choices",
                    ),
                ),
                (
                    "inference",
                    models.TextField(
                        blank=True,
                        help_text="Shown to readers; empty if all is as printed.",
                        verbose_name="what is inferred",
                    ),
                ),
                ("history_user_id", models.CharField(blank=True, max_length=310, verbose_name="who")),
                (
                    "history_change_reason",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="reason"),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "shortlist",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="shortlist.shortlist",
                        verbose_name="candidate list",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical category",
                "verbose_name_plural": "historical categories",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "default_permissions": (),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalEvidence",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("order", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
                ("label", models.CharField(max_length=120, verbose_name="what is measured")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("result", "result"),
                            ("standard", "standard"),
                            ("target", "target"),
                            ("planned", "planned"),
                            ("contracted", "contracted"),
                            ("approved", "approved"),
                            ("comparison", "comparison"),
                            ("qualitative", "qualitative"),
                        ],
                        default="result",
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        blank=True,
                        help_text="As printed: 全省, 沿黄地区",
                        max_length=80,
                        verbose_name="scope",
                    ),
                ),
                ("headline", models.BooleanField(default=False, verbose_name="says most")),
                ("remarks", models.CharField(blank=True, max_length=300, verbose_name="remarks")),
                ("history_user_id", models.CharField(blank=True, max_length=310, verbose_name="who")),
                (
                    "history_change_reason",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="reason"),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "candidate",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="shortlist.candidate",
                        verbose_name="candidate",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Empty: the source of the list.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="shortlist.source",
                        verbose_name="source",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical evidence",
                "verbose_name_plural": "historical evidence",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "default_permissions": (),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalPoint",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("order", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
                ("raw", models.CharField(max_length=40, verbose_name="as printed")),
                ("value", models.DecimalField(decimal_places=6, max_digits=24, verbose_name="value")),
                (
                    "bound",
                    models.CharField(
                        choices=[
                            ("equal", "equal"),
                            ("about", "about"),
                            ("over", "more than"),
                            ("at_least", "at least"),
                            ("under", "less than"),
                            ("at_most", "at most"),
                        ],
                        default="equal",
                        max_length=8,
                        verbose_name="bound",
                    ),
                ),
                ("unit", models.CharField(blank=True, max_length=20, verbose_name="unit")),
                (
                    "per",
                    models.CharField(
                        blank=True, help_text="人·月, 套, 年", max_length=20, verbose_name="per"
                    ),
                ),
                (
                    "period",
                    models.CharField(
                        blank=True, help_text="As printed: 截至2018年底", max_length=60, verbose_name="period"
                    ),
                ),
                ("start", models.DateField(blank=True, null=True, verbose_name="from")),
                (
                    "end",
                    models.DateField(
                        blank=True, help_text="The last day, included.", null=True, verbose_name="until"
                    ),
                ),
                (
                    "inferred",
                    models.CharField(
                        blank=True,
                        help_text="Shown to readers; empty if printed.",
                        max_length=200,
                        verbose_name="what is inferred",
                    ),
                ),
                (
                    "scale",
                    models.DecimalField(decimal_places=0, default=1, max_digits=15, verbose_name="scale"),
                ),
                ("history_user_id", models.CharField(blank=True, max_length=310, verbose_name="who")),
                (
                    "history_change_reason",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="reason"),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "evidence",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="shortlist.evidence",
                        verbose_name="evidence",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical data point",
                "verbose_name_plural": "historical data points",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "default_permissions": (),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalQuote",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("offset", models.PositiveIntegerField(verbose_name="offset")),
                ("text", models.CharField(max_length=400, verbose_name="exact text")),
                (
                    "role",
                    models.CharField(
                        choices=[("value", "value"), ("period", "period"), ("scope", "scope")],
                        default="value",
                        max_length=8,
                        verbose_name="role",
                    ),
                ),
                ("history_user_id", models.CharField(blank=True, max_length=310, verbose_name="who")),
                (
                    "history_change_reason",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="reason"),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "evidence",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="shortlist.evidence",
                        verbose_name="evidence",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical quote",
                "verbose_name_plural": "historical quotes",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "default_permissions": (),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalSource",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("title", models.CharField(max_length=300, verbose_name="title")),
                ("publisher", models.CharField(blank=True, max_length=200, verbose_name="publisher")),
                ("published_on", models.DateField(blank=True, null=True, verbose_name="published on")),
                ("page", models.CharField(blank=True, max_length=40, verbose_name="page")),
                ("url", models.URLField(blank=True, verbose_name="web address")),
                ("remarks", models.TextField(blank=True, verbose_name="remarks")),
                ("history_user_id", models.CharField(blank=True, max_length=310, verbose_name="who")),
                (
                    "history_change_reason",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="reason"),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "shortlist",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="shortlist.shortlist",
                        verbose_name="candidate list",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical source",
                "verbose_name_plural": "historical sources",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "default_permissions": (),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="file")),
                ("data", models.BinaryField()),
                ("who", models.CharField(max_length=310, verbose_name="who")),
                ("at", models.DateTimeField(verbose_name="time")),
                (
                    "shortlist",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="shortlist.shortlist",
                        verbose_name="candidate list",
                    ),
                ),
            ],
            options={
                "verbose_name": "uploaded spreadsheet",
                "verbose_name_plural": "uploaded spreadsheets",
                "ordering": ["-at"],
                "default_permissions": (),
            },
        ),
    ]

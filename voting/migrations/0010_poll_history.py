"""The history of a poll's rules before its opening."""

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.db import migrations, models

import voting.models.poll


class Migration(migrations.Migration):
    dependencies = [
        ("shortlist", "0002_history_and_uploads"),
        ("voting", "0009_desk_triggers"),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalPoll",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("slug", models.SlugField(max_length=60, verbose_name="address")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("opens_at", models.DateTimeField(verbose_name="opens at")),
                (
                    "closes_at",
                    models.DateTimeField(
                        help_text="The first moment at which it is too late.", verbose_name="closes at"
                    ),
                ),
                (
                    "zone",
                    models.CharField(
                        default="Asia/Shanghai",
                        max_length=40,
                        validators=[voting.models.poll.validate_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "eligibility",
                    models.CharField(
                        choices=[
                            ("device", "one ballot per device"),
                            ("code", "whoever has a one-time code"),
                            ("roll", "whoever stands on the roll"),
                            ("sign_in", "whoever signs in with the organiser's provider"),
                        ],
                        default="device",
                        max_length=10,
                        verbose_name="who may vote",
                    ),
                ),
                ("daily", models.BooleanField(default=False, verbose_name="one ballot a day")),
                (
                    "sealed",
                    models.BooleanField(
                        default=True,
                        help_text="Off: the server can count while the vote goes on; voters are told.",
                        verbose_name="sealed",
                    ),
                ),
                (
                    "holders",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "one key holder"), (3, "two of three key holders")],
                        default=1,
                        verbose_name="who opens the ballots",
                    ),
                ),
                (
                    "reveals",
                    models.CharField(
                        choices=[("auditors", "the auditors"), ("everyone", "everyone")],
                        default="auditors",
                        help_text="Marks and nonce behind each commitment. With “everyone” a receipt leads to its marks.",
                        max_length=10,
                        verbose_name="who gets the reveals",
                    ),
                ),
                (
                    "publish",
                    models.CharField(
                        choices=[
                            ("all", "all candidates with their votes"),
                            ("chosen", "the chosen with their votes"),
                            ("chosen_in_list_order", "the chosen in the order of the list, without votes"),
                        ],
                        default="all",
                        max_length=24,
                        verbose_name="what is published",
                    ),
                ),
                (
                    "results_from",
                    models.CharField(
                        choices=[
                            ("counted", "when the count is done"),
                            ("certified", "when the result is certified"),
                        ],
                        default="counted",
                        max_length=10,
                        verbose_name="results are shown",
                    ),
                ),
                (
                    "tie_rule",
                    models.CharField(
                        choices=[
                            ("all_in", "all of the tied are chosen"),
                            ("all_out", "none of the tied is chosen"),
                            ("decision", "the organiser decides on record"),
                            ("lot", "a lot is drawn"),
                        ],
                        default="all_in",
                        max_length=10,
                        verbose_name="a tie at the cut",
                    ),
                ),
                (
                    "lot_source",
                    models.CharField(
                        blank=True,
                        help_text="Which public number is drawn after the close, such as a named lottery draw.",
                        max_length=200,
                        verbose_name="number for the lot",
                    ),
                ),
                (
                    "approvals",
                    models.PositiveSmallIntegerField(
                        default=2,
                        help_text="So many different people must approve; who proposes is the first.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(3),
                        ],
                        verbose_name="people for each grave act",
                    ),
                ),
                (
                    "objection_days",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="Counted from the day after the result is certified, by the table of holidays.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(60),
                        ],
                        verbose_name="working days for objections",
                    ),
                ),
                (
                    "order_rule",
                    models.CharField(
                        choices=[
                            ("fixed", "as the list has it"),
                            ("strokes", "by the strokes of the title's characters"),
                            (
                                "rotated",
                                "rotated, so that each part of a category comes first for some voters",
                            ),
                        ],
                        default="fixed",
                        max_length=10,
                        verbose_name="order of the candidates",
                    ),
                ),
                (
                    "order_variants",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(16),
                        ],
                        verbose_name="rotated orders",
                    ),
                ),
                (
                    "ballots_per_device",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="ballots from one device",
                    ),
                ),
                (
                    "brakes",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Thresholds that differ from the defaults; the manifest shows all. {} for none.",
                        verbose_name="brakes against stuffing",
                    ),
                ),
                (
                    "holds_decided_by",
                    models.DateTimeField(
                        blank=True,
                        help_text="A held ballot that nobody has decided by then counts. Empty: three days after the close.",
                        null=True,
                        verbose_name="held ballots are decided by",
                    ),
                ),
                (
                    "roll_question",
                    models.CharField(
                        blank=True,
                        help_text="Such as “last six characters of the identity number”.",
                        max_length=80,
                        verbose_name="what voters on the roll state",
                    ),
                ),
                (
                    "purpose",
                    models.TextField(
                        blank=True,
                        help_text="Shown before anything personal is asked. Required for rolls and signing in.",
                        verbose_name="purpose of personal data",
                    ),
                ),
                (
                    "retention",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Days that differ from the defaults; the privacy page shows all. {} for none.",
                        verbose_name="days until data are deleted",
                    ),
                ),
                (
                    "batch_minimum",
                    models.PositiveSmallIntegerField(
                        default=20,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(500),
                        ],
                        verbose_name="fewest ballots entered together",
                    ),
                ),
                (
                    "merge_delay",
                    models.PositiveIntegerField(
                        default=3600,
                        help_text="In seconds.",
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="longest wait for entry",
                    ),
                ),
                (
                    "rehearsal",
                    models.BooleanField(
                        default=False,
                        help_text="Its ballots are test ballots and never a result.",
                        verbose_name="rehearsal",
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
                "verbose_name": "historical poll",
                "verbose_name_plural": "historical polls",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "default_permissions": (),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]

"""Triggers: the audit trail, results and corrections never change, a proposal is done with its approvals alone.

The newer rules are frozen with the others; the closing time of an opened poll can only move later.
"""

import importlib

from django.db import migrations

before = importlib.import_module("voting.migrations.0007_frozen_heads")
NEWER = [
    "lot_source",
    "approvals",
    "objection_days",
    "brakes",
    "holds_decided_by",
    "roll_question",
    "purpose",
    "retention",
]
NEVER_CHANGED = {
    "voting_event": "the audit trail is frozen",
    "voting_result": "a certified result is frozen",
    "voting_correction": "a correction is frozen",
    "voting_approval": "an approval is frozen",
}
PROPOSAL = "voting_proposal"
TOO_FEW = (
    "NEW.state = 'done' AND (SELECT count(*) FROM voting_approval WHERE proposal_id = NEW.id) < NEW.needed"
)
CODE, GUARD = "voting_code", "voting_participation"
CODE_IS = ("poll_id", "batch_id", "serial", "credential", "typed_salt", "typed_mask")
VOID = "OLD.voided_at IS NOT NULL"
USED = f"EXISTS (SELECT 1 FROM {GUARD} AS g WHERE g.poll_id = OLD.poll_id AND g.credential = OLD.credential)"


def add_triggers(apps, schema_editor):
    for table, message in NEVER_CHANGED.items():
        refuse(schema_editor, table, "is_frozen", "UPDATE", message)
        refuse(schema_editor, table, "is_kept", "DELETE", message)
    fixed = " OR ".join(f"OLD.{name} <> NEW.{name}" for name in ("poll_id", "act", "content", "needed"))
    over = "OLD.state <> 'waiting'"
    refuse(schema_editor, PROPOSAL, "is_frozen", "UPDATE", "a proposal is frozen", f"{over} OR {fixed}")
    refuse(
        schema_editor, PROPOSAL, "is_approved", "UPDATE", "too few people have approved", TOO_FEW, query=True
    )
    refuse(
        schema_editor, PROPOSAL, "begins", "INSERT", "a proposal begins by waiting", "NEW.state <> 'waiting'"
    )
    refuse(
        schema_editor,
        "voting_poll",
        "closes_later",
        "UPDATE",
        "an opened poll can only close later",
        "OLD.manifest_sha256 <> '' AND NEW.closes_at < OLD.closes_at",
    )
    guard_codes(schema_editor)
    before.freeze_rules(schema_editor, [*before.RULES, *NEWER])


def refuse(schema_editor, table, name, act, message, condition="1 = 1", *, query=False):
    """Add a trigger that refuses `act` on rows for which the condition holds; a `query` looks at other tables."""
    trigger = f"{table}_{name}"
    if schema_editor.connection.vendor == "postgresql":
        complaint = f"RAISE EXCEPTION '{message}' USING ERRCODE = '23514'"
        # A trigger's own condition may hold no query, and a function must return the row to let it pass.
        body = f"IF {condition} THEN {complaint}; END IF; RETURN NEW" if query else complaint
        schema_editor.execute(
            f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {body}; END$$"
        )
        when = "" if query else f"WHEN ({condition}) "
        schema_editor.execute(
            f"CREATE TRIGGER {trigger} BEFORE {act} ON {table} FOR EACH ROW {when}EXECUTE FUNCTION {trigger}()"
        )
    else:
        schema_editor.execute(
            f"CREATE TRIGGER {trigger} BEFORE {act} ON {table} "
            f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def guard_codes(schema_editor):
    """Let a code either vote or be void, never both, whichever of two at once comes first.

    A guard row of a void code is skipped, which casting reads as “not stored”. On PostgreSQL a cast holds
    the code's row until it commits, and voiding waits for it before it looks; SQLite has one writer.
    """
    changed = " OR ".join(f"OLD.{name} <> NEW.{name}" for name in CODE_IS)
    refuse(schema_editor, CODE, "is_frozen", "UPDATE", "a code is frozen", f"{changed} OR {VOID}")
    refuse(schema_editor, CODE, "has_voted", "UPDATE", "this code has voted", USED, query=True)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE OR REPLACE FUNCTION {GUARD}_void() RETURNS trigger LANGUAGE plpgsql AS $$"
            f"DECLARE since timestamptz; BEGIN SELECT voided_at INTO since FROM {CODE}"
            " WHERE poll_id = NEW.poll_id AND credential = NEW.credential FOR SHARE;"
            " IF since IS NOT NULL THEN RETURN NULL; END IF; RETURN NEW; END$$"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {GUARD}_void BEFORE INSERT ON {GUARD} FOR EACH ROW EXECUTE FUNCTION {GUARD}_void()"
        )
    else:
        schema_editor.execute(
            f"CREATE TRIGGER {GUARD}_void BEFORE INSERT ON {GUARD} WHEN EXISTS (SELECT 1 FROM {CODE}"
            " WHERE poll_id = NEW.poll_id AND credential = NEW.credential AND voided_at IS NOT NULL)"
            " BEGIN SELECT RAISE(IGNORE); END"
        )


def drop_triggers(apps, schema_editor):
    added = [(table, name) for table in NEVER_CHANGED for name in ("is_frozen", "is_kept")]
    added += [(PROPOSAL, name) for name in ("is_frozen", "is_approved", "begins")]
    added += [("voting_poll", "closes_later")]
    added += [(CODE, "is_frozen"), (CODE, "has_voted"), (GUARD, "void")]
    for table, name in added:
        before.drop_trigger(schema_editor, table, name)
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP FUNCTION {table}_{name}()")
    before.freeze_rules(schema_editor, before.RULES)


class Migration(migrations.Migration):
    dependencies = [("voting", "0008_desk_eligibility_holds")]
    operations = [migrations.RunPython(add_triggers, drop_triggers)]

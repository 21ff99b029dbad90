"""Put people on a poll's roll: all good rows of a file or none. Only keyed digests are stored."""

from datetime import UTC
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shortlist.spreadsheet.faults import Place, Report

from ..casting import has_voted
from ..keeper import append_act, locked_poll
from ..keyring import early_digest, keys_of
from ..manifest import plan_of
from ..models import Poll, RollEntry
from ..refusals import ActRefused
from ..trail import record
from .digests import contact_digest, person_digest, roll_digest, voter_of
from .reading import read_roll


class Draft(NamedTuple):
    """What a file would add: pairs of digests (person, contact), and what is wrong with it."""

    entries: list[tuple[bytes, bytes]]
    report: Report
    known: int


def check_roll(*, poll, data: bytes, name: str, replace=False) -> Draft:
    """Read a file and say what importing it would do; nothing is stored.

    Who stands twice in the file, or on the roll already, is named by row and by nothing else. With
    `replace` the present roll does not count.
    """
    report = Report()
    people = read_roll(data, name, poll.roll_question, report)
    digest = roll_digest(keys_of(poll, plan_of(poll))) if poll.frozen else early_digest(poll.uid, "roll")
    here = RollEntry.objects.filter(poll=poll)
    known = set() if replace else {bytes(person) for person in here.values_list("person", flat=True)}
    rows, entries = {}, []
    for person in people:
        who = person_digest(digest, person.identity)
        if who in rows:
            report.fault(
                Place(row=person.row),
                "twice",
                _("This is the same person as in row %(row)d.") % {"row": rows[who]},
                _("Delete one of the two rows."),
            )
        elif who in known:
            report.fault(
                Place(row=person.row),
                "known",
                _("This person stands on the roll already."),
                _("Delete the row."),
            )
        else:
            rows[who] = person.row
            entries.append((who, contact_digest(digest, person.contact)))
    if not entries and not report.faults:
        report.fault(Place(), "empty", _("The file holds nobody."), _("Fill in one row a person."))
    return Draft(entries, report, len(known))


def import_roll(*, poll, data, name, who, reason="", replace=False, at=None) -> int:
    """Add the people of a file to the poll's roll and return how many; all or nothing.

    Before the opening the present roll can be replaced. After it people can only be added, for a reason
    that everyone can read in the ledger, where the number stands too. Raises ActRefused.
    """
    at = at or timezone.now()
    with transaction.atomic():
        poll = locked_poll(poll)
        _check_state(poll, replace, reason)
        draft = check_roll(poll=poll, data=data, name=name, replace=replace)
        if draft.report.faults:
            raise ActRefused(_("The file has faults; nothing was imported. Correct them and try again."))
        removed = RollEntry.objects.filter(poll=poll).delete()[0] if replace else 0
        try:
            with transaction.atomic():
                RollEntry.objects.bulk_create(
                    [
                        RollEntry(poll=poll, person=person, contact=contact)
                        for person, contact in draft.entries
                    ],
                    batch_size=1000,
                )
        except IntegrityError:
            raise ActRefused(_("The roll was changed at the same moment. Please try again.")) from None
        count = len(draft.entries)
        record(poll, who, "import roll", at, added=count, removed=removed, reason=reason)
        if poll.frozen:
            enter_roll(poll, count, reason, at)
    return count


def has_person_voted(*, poll, identity: str, who, at=None) -> bool | None:
    """Say whether somebody on the roll has cast the ballot of this period, None for nobody on the roll.

    Never how. That somebody looked stands in the audit trail, whom they looked for does not.
    """
    at = at or timezone.now()
    keys = keys_of(poll, plan_of(poll))
    digest = roll_digest(keys)
    person = person_digest(digest, identity)
    record(poll, who, "look up roll", at)
    if not RollEntry.objects.filter(poll=poll, person=person).exists():
        return None
    return has_voted(poll, keys, voter_of(digest, person), at)


def enter_roll(poll, count, reason, at):
    """Enter how many people may vote, or were added. Call it in a transaction on the locked poll."""
    append_act(
        poll,
        "credentials",
        at=f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        issued=count,
        void=0,
        reason=reason,
    )


def enter_roll_at_opening(poll, at):
    """Enter how many stand on the roll. Call it right after the manifest's entry."""
    if poll.eligibility == Poll.Eligibility.ROLL:
        enter_roll(poll, RollEntry.objects.filter(poll=poll).count(), "", at)


def _check_state(poll, replace, reason):
    if poll.eligibility != Poll.Eligibility.ROLL:
        raise ActRefused(_("In this vote nobody votes by roll. Set that first, under who may vote."))
    if poll.phase() not in ("draft", "announced", "waiting", "open", "paused"):
        raise ActRefused(_("Voting has ended; its roll stays as it is."))
    if poll.frozen and replace:
        raise ActRefused(_("After the opening nobody is taken off the roll; people can only be added."))
    if poll.frozen and not reason.strip():
        raise ActRefused(_("Say why people are added after the opening; everyone can read it."))

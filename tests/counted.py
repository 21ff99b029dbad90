"""One counted poll, its auditors' bundle and a voter's papers, for tests of the verifier."""

from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from voting.bundle import Folder, write_bundle
from voting.heads import latest_head, node_of
from voting.keeper import ballot_leaf, keep_poll
from voting.ledger.note import parse_note
from voting.ledger.pledge import parse_pledge
from voting.ledger.proof import Proof, format_proof
from voting.ledger.tree import inclusion_proof
from voting.manifest import plan_of
from voting.models import Entry, Poll

from .factories import cast, make_open_poll
from .tallies import count, settle

PICKS = (["101", "102", "203"], ["104"], [], ["101", "201", "202"], ["105", "203"])


def make_counted(folder: Path, *, batches=6, each=7):
    """Return a counted poll, its bundle's folder, and the pledge and proof file of one voter."""
    poll = make_open_poll()
    parts, pledges, number = poll.parts, [], 0
    for batch in range(batches):
        for _ in range(each):
            pledges.append(cast(poll, codes=PICKS[number % len(PICKS)]).pledge)
            number += 1
        keep_poll(Poll.objects.get(pk=poll.pk), timezone.now() + timedelta(minutes=batch + 1), {})
    poll = Poll.objects.get(pk=poll.pk)
    poll.parts = parts
    poll = count(settle(poll))
    keep_poll(Poll.objects.get(pk=poll.pk), timezone.now(), {})
    bundle = folder / "honest"
    for _count in write_bundle(poll, plan_of(poll), Folder(bundle), "auditor"):
        pass
    return poll, bundle, pledges[10], proof_file(poll, pledges[10])


def proof_file(poll, pledge) -> str:
    """Return the proof file of a pledge's ballot in its first category."""
    category, value = next(iter(parse_pledge(parse_note(pledge)[0]).commitments.items()))
    index = Entry.objects.of_ballots(poll, [ballot_leaf(category, value)]).get().index
    head = latest_head(poll)
    return format_proof(Proof(index, inclusion_proof(index, head.size, node_of(poll)), head.note))

"""Voting codes: issued in batches, handed out once, voided one by one; what is public of it are numbers.

A code leaves the house in the answer to the act that makes it. What stays (`models.Code`) can tell a
good code from a bad one and whether it has voted, but nobody can read a code from it.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from .eligibility.code import make_code
from .eligibility.code_text import MOST_SERIAL
from .keeper import append_act, locked_poll
from .keyring import early_digest, keys_of
from .manifest import plan_of
from .models import Code, CodeBatch, Participation, Poll
from .refusals import ActRefused
from .trail import record

MOST = 100_000  # in one batch
# hashlib's scrypt lets other threads run; each takes 16 MiB.
THREADS = 4


class Issued(NamedTuple):
    """A new code as it goes on its card: the number, the link code and the typed code."""

    serial: int
    link: str
    typed: str


class Standing(NamedTuple):
    """How many codes were issued and what became of them: issued = used + unused + void."""

    issued: int
    used: int
    void: int

    @property
    def unused(self) -> int:
        return self.issued - self.used - self.void


def issue_codes(*, poll, label, count, who, number=None, at=None, progress=None) -> list[Issued]:
    """Make a batch of codes and return them, the only time that anybody can.

    Their digests are stored, and entered in the ledger of an opened poll, before this returns. `number`
    is the batch that the caller expects to make: a page that is sent again does not make another.
    `progress` is called with each code made. Raises ActRefused.
    """
    at = at or timezone.now()
    batch = _reserve(poll, label, count, number)
    made = _make(poll, batch, progress)
    with transaction.atomic():
        poll = _issuing(poll)
        _store(batch, made, at)
        record(poll, who, "issue codes", at, batch=batch.number, count=count, label=label)
        _enter(poll, at, issued=count)
    return [issued for issued, _row in made]


def void_code(*, poll, serial, reason, who, reissue=False, at=None) -> list[Issued]:
    """Void one code that has not voted, for a reason that becomes public; return its successor, if asked for.

    A code that votes at the same moment is either void or has voted, never both: triggers see to it.
    Raises ActRefused.
    """
    at = at or timezone.now()
    code = Code.objects.filter(poll=poll, serial=serial).select_related("batch").first()
    if code is None:
        raise ActRefused(_("There is no card %(number)s in this vote.") % {"number": f"{serial:06}"})
    batch, made = None, []
    if reissue:
        batch = _reserve(poll, _("for %(number)s") % {"number": code}, 1)
        made = _make(poll, batch)
    with transaction.atomic():
        poll = _issuing(poll)
        _void(Code.objects.filter(pk=code.pk), reason, at)
        if batch:
            _store(batch, made, at)
        new = [issued.serial for issued, _row in made]
        record(poll, who, "void code", at, serial=serial, reason=reason, reissued=new)
        _enter(poll, at, issued=len(made), void=1, reason=reason)
    return [issued for issued, _row in made]


def void_batch(*, poll, number, reason, who, at=None) -> int:
    """Void all codes of a batch that have not voted, and return how many. Raises ActRefused."""
    at = at or timezone.now()
    with transaction.atomic():
        poll = _issuing(poll)
        unused = Code.objects.filter(poll=poll, batch__number=number, voided_at=None).exclude(_has_voted())
        count = _void(unused, reason, at)
        record(poll, who, "void batch", at, batch=number, reason=reason, count=count)
        _enter(poll, at, void=count, reason=reason)
    return count


def enter_codes_at_opening(poll, at):
    """Enter what was issued and voided before the opening. Call it right after the manifest's entry."""
    standing = standing_of_codes(Code.objects.filter(poll=poll))
    if standing.issued and poll.eligibility == Poll.Eligibility.CODE:
        _enter(poll, at, issued=standing.issued, void=standing.void)


def standing_of_codes(codes) -> Standing:
    """Count what became of these codes (a queryset)."""
    used = codes.filter(_has_voted()).count()
    return Standing(codes.count(), used, codes.exclude(voided_at=None).count())


def state_of_code(code) -> str:
    """Return `void`, `used` or `unused`: that it has voted, never how."""
    if code.voided_at:
        return "void"
    return "used" if Code.objects.filter(_has_voted(), pk=code.pk).exists() else "unused"


def _has_voted():
    rows = Participation.objects.filter(poll_id=OuterRef("poll_id"), credential=OuterRef("credential"))
    return Q(Exists(rows))


def _issuing(poll):
    """Return the locked poll; ActRefused where its codes can no longer change."""
    poll = locked_poll(poll)
    if poll.eligibility != Poll.Eligibility.CODE:
        raise ActRefused(_("In this vote nobody votes by code. Set that first, under who may vote."))
    if poll.phase() not in ("draft", "announced", "waiting", "open", "paused"):
        raise ActRefused(_("Voting has ended; its codes stay as they are."))
    return poll


def _reserve(poll, label, count, number=None):
    """Set the numbers of a new batch aside, so that the slow work needs no lock."""
    with transaction.atomic():
        poll = _issuing(poll)
        last = CodeBatch.objects.filter(poll=poll).aggregate(
            number=Max("number"), to=Max(F("first") + F("count"))
        )
        batch = CodeBatch(poll=poll, number=(last["number"] or 0) + 1, label=label, count=count)
        batch.first = last["to"] or 1
        if number not in (None, batch.number):
            raise ActRefused(
                _(
                    "This batch was made already and its codes cannot be shown again. If its cards did not "
                    "arrive, void it and issue another."
                )
            )
        if not 0 < count <= MOST or batch.first + count > MOST_SERIAL:
            raise ActRefused(_("A batch has 1 to %(most)d codes.") % {"most": MOST})
        batch.save()
    return batch


def _make(poll, batch, progress=None):
    """Return the codes of a batch and their rows, unsaved."""
    if poll.frozen:
        keys = keys_of(poll, plan_of(poll))

        def digest(text):
            return keys.digest("credential", text)
    else:
        digest = early_digest(poll.uid, "credential")

    def make(serial):
        link, typed, row = make_code(digest, serial)
        row.poll, row.batch = poll, batch
        return Issued(serial, link, typed), row

    made = []
    with ThreadPoolExecutor(THREADS) as pool:
        for one in pool.map(make, range(batch.first, batch.first + batch.count)):
            made.append(one)
            if progress:
                progress(len(made))
    return made


def _store(batch, made, at):
    Code.objects.bulk_create([row for _issued, row in made], batch_size=1000)
    batch.issued_at = at
    batch.save(update_fields=["issued_at"])


def _void(codes, reason, at):
    """Void these codes; ActRefused where none can be, or one votes at this moment."""
    try:
        with transaction.atomic():
            count = codes.filter(voided_at=None).update(voided_at=at, void_reason=reason)
    except IntegrityError:
        raise ActRefused(_("A ballot was cast with this code; it can no longer be voided.")) from None
    if not count:
        raise ActRefused(_("There is no code left here that could be voided."))
    return count


def _enter(poll, at, *, issued=0, void=0, reason=""):
    """Enter the numbers, where the poll has a ledger already."""
    if poll.frozen:
        append_act(
            poll,
            "credentials",
            at=f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            issued=issued,
            void=void,
            reason=reason,
        )

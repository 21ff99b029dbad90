"""Brakes against stuffing in device polls: what review notices of a caller, and how much it lets through.

Nothing here refuses a ballot. Above a soft limit, and where something else is odd, review sets bits
(`SIGNALS`) that ride unreadable in the ticket and lie in the ballot's envelope with its cluster tags; what
becomes of them is the business of the rules on held ballots, in public. Only above a hard ceiling
(`CEILING_TIMES` the soft limit) does review send a caller away for a while, so that the service stands.

Counters are rows whose keys are digests under the poll's `tag` key, the window being part of what is
digested: no address is stored, rows of two windows cannot be told to be one network, and once the key is
destroyed nobody can try addresses on what an old backup holds. Losing counts in a crash does no harm, so
no commit here waits for the disk where the database can be told so.
"""

import secrets
from typing import NamedTuple

from django import forms
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy

from .client import client_address, is_known, networks_of
from .holds import SIGNALS
from .keyring import keys_of
from .limits import limits_of
from .manifest import plan_of
from .models import Counter, Poll, SpentChallenge
from .ticket import TicketError, read_ticket
from .work import LONGEST, read_proof, spend

TEN_MINUTES, DAY = 600, 24 * 3600  # seconds
WIDER = 10  # how many times the tries of one address its network may have
SHARE = 1_000  # reviews in ten minutes from which the poll's own count is spread over several rows
MOST_SHARES = 16
SHORTEST, LONGEST_WAIT = 30, 600  # seconds of Retry-After


class Look(NamedTuple):
    """What review noticed: bits of `SIGNALS`."""

    signals: int


class Overloaded(Exception):
    """So much comes from one place, or at all, that this request is not served now."""

    def __init__(self, retry_after):
        super().__init__(f"Try again in {retry_after} seconds.")
        self.retry_after = retry_after


class Limit(NamedTuple):
    """One thing that is counted: the bytes it is counted under, the window in seconds, the soft limit.

    `shares` is the number of rows that the count is spread over, one of which is met by chance.
    """

    signal: str
    counted: bytes
    seconds: int
    soft: int
    shares: int = 1


class BrakesForm(forms.Form):
    """What the ballot carries beside the picks: the solution, and a field that nobody sees."""

    work = forms.CharField(required=False, max_length=LONGEST)
    remark = forms.CharField(required=False, label=gettext_lazy("Leave this field empty"))


def look(*, request, poll, plan, keys, credential, at) -> Look:
    """Count a review of a device poll and return what is odd about it; Overloaded above a hard ceiling.

    Who comes back from the page to confirm brings the ticket's own signals and is not counted again.
    """
    if plan.rules["eligibility"] != Poll.Eligibility.DEVICE:
        return Look(0)
    carried = _carried(request, poll, keys, credential)
    if carried is not None:
        return Look(carried)
    limits, form = limits_of(plan), BrakesForm(request.POST)
    form.is_valid()
    sent = form.cleaned_data.get("work", "")
    proof = read_proof(plan.uid, sent, at)
    with transaction.atomic():
        _do_not_wait()
        found = {
            # The page's script puts something there at once, and the solution later.
            "no_script": not form.data.get("work"),
            "no_work": proof is None or not spend(poll, proof, credential),
            "fast": proof is not None and (at - proof.issued_at).total_seconds() < limits["fast_seconds"],
            "honeypot": bool(form.data.get("remark")),
        }
        # Last, for everybody meets in these rows, and each is locked until the commit.
        over, crowded = _count(poll, keys, _limits_for(request, limits), at)
    if crowded:
        raise Overloaded(_wait(at, crowded))
    found |= dict.fromkeys(over, True)
    return Look(sum(SIGNALS[name] for name, seen in found.items() if seen))


def signals_named(signals: int) -> list[str]:
    """Return the names of the bits that are set."""
    return [name for name, bit in SIGNALS.items() if signals & bit]


def count_try(request, poll, name: str, at) -> bool:
    """Count one wrong try at an entrance under `name`; say whether this caller has had enough of them."""
    keys, limits = _limits_of_tries(request, poll, name)
    with transaction.atomic():
        _do_not_wait()
        over, _crowded = _count(poll, keys, limits, at)
    return bool(over)


def over_tries(request, poll, name: str, at) -> bool:
    """Say, without counting, whether this caller's next try is not to be judged."""
    keys, limits = _limits_of_tries(request, poll, name)
    if keys.tag is None:
        return False
    rows = {_row(keys, limit, at): limit for limit in limits}
    counts = Counter.objects.filter(poll_id=poll.pk, key__in=[key for key, _window in rows])
    return any(row.count >= rows[bytes(row.key), row.window].soft for row in counts)


def forget_old(at):
    """Remove the counters and spent challenges whose time is over."""
    Counter.objects.filter(window__lte=int(at.timestamp())).delete()
    SpentChallenge.objects.filter(expires_at__lte=at).delete()


def _carried(request, poll, keys, credential):
    """Return the signals of the ticket that this caller posts, None without one."""
    try:
        ticket = read_ticket(poll, request.POST.get("ticket", ""))
    except TicketError:
        return None
    return ticket.signals if ticket.credential == keys.digest("credential", credential) else None


def _limits_for(request, limits):
    """Return what a review is counted under."""
    shares = min(max(limits["burst_10_minutes"] // SHARE, 1), MOST_SHARES)
    every = [Limit("burst", b"", TEN_MINUTES, limits["burst_10_minutes"], shares)]
    address = client_address(request)
    if is_known(address):
        near, wide = networks_of(address)
        every += [
            Limit("over_address", near, TEN_MINUTES, limits["address_10_minutes"]),
            Limit("over_address", near, DAY, limits["address_day"]),
            Limit("over_network", wide, TEN_MINUTES, limits["network_10_minutes"]),
            Limit("over_network", wide, DAY, limits["network_day"]),
        ]
    return every


def _limits_of_tries(request, poll, name):
    """Return the poll's keys and what a try is counted under: nothing where nobody can be told apart."""
    plan = plan_of(poll)
    limits, address = limits_of(plan), client_address(request)
    if not is_known(address):
        return keys_of(poll, plan), []
    near, wide = networks_of(address)
    windows = ((TEN_MINUTES, limits["tries_10_minutes"]), (DAY, limits["tries_day"]))
    return keys_of(poll, plan), [
        Limit(f"try {name}", network, seconds, soft * times)
        for network, times in ((near, 1), (wide, WIDER))
        for seconds, soft in windows
    ]


def _count(poll, keys, limits, at):
    """Add one to each count in one statement; return the signals over their soft limits, and the limits
    over their ceilings. Without the tag key, which goes with the poll, nothing is counted."""
    if keys.tag is None or not limits:
        return set(), []
    # All come in one order, so that no two callers wait for each other's rows.
    rows = dict(sorted((_row(keys, limit, at), limit) for limit in limits))
    values = [value for key, window in rows for value in (poll.pk, key, window)]
    statement = COUNT % {"table": Counter._meta.db_table, "rows": ", ".join(["(%s, %s, %s, 1)"] * len(rows))}
    over, crowded = set(), []
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for key, window, count in cursor.fetchall():
            limit = rows[bytes(key), window]
            if count * limit.shares > limit.soft:
                over.add(limit.signal)
            if count * limit.shares > limit.soft * settings.CEILING_TIMES:
                crowded.append(limit)
    return over, crowded


COUNT = """
INSERT INTO %(table)s AS c (poll_id, key, "window", count) VALUES %(rows)s
ON CONFLICT (poll_id, key, "window") DO UPDATE SET count = c.count + 1 RETURNING key, "window", count
"""


def _row(keys, limit, at):
    """Return the key and the window's end under which a count is kept now."""
    end = _end(at, limit.seconds)
    share = secrets.randbelow(limit.shares)
    parts = (limit.signal.encode(), b"%d %d %d" % (limit.seconds, end, share), limit.counted)
    return keys.digest("tag", b"shortlist/counter/v1", *parts)[:16], end


def _end(at, seconds):
    return (int(at.timestamp()) // seconds + 1) * seconds


def _wait(at, crowded):
    """Return the seconds until the first of the crowded windows ends, within reason."""
    left = min(_end(at, limit.seconds) for limit in crowded) - int(at.timestamp())
    return min(max(left, SHORTEST), LONGEST_WAIT)


def _do_not_wait():
    """Let this transaction's commit wait neither for the disk nor for a standby. SQLite cannot."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO OFF")

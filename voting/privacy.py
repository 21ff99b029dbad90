"""What is kept of a voter, where and for how long: sentences made from the poll's own rules.

A rule that is not in the plan makes no sentence; a sentence that stands here is what the code does.
"""

from typing import NamedTuple

from django.conf import settings
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from .eligibility import device, kind_of
from .order import variants_of
from .templatetags.voting_pages import moment
from .views import order

DAY = 24 * 3600


class Part(NamedTuple):
    """One heading of the privacy page with its sentences."""

    name: str
    heading: str
    sentences: list[str]


def privacy_in_short(plan) -> str:
    """Return the footer's sentence on personal data."""
    words = [
        _("This vote asks for no name, telephone number or identity card, and stores no network address.")
    ]
    if plan.rules["eligibility"] == "device":
        words.append(_("A random number in a cookie limits ballots per device."))
    words.append(_("Your choices are stored without anything that names you."))
    return _joined(words)


def privacy_parts(poll, plan) -> list[Part]:
    """Return the whole text: purpose, what is kept where and how long, what is public, your rights."""
    return [
        Part("purpose", _("What for"), _purpose(plan)),
        Part("device", _("On your device"), _on_device(plan)),
        Part("server", _("On the server"), _on_server(plan)),
        Part("public", _("What is public"), _public(plan)),
        Part("end", _("How long"), _how_long(poll, plan)),
        Part("not", _("What is not collected"), _not_collected()),
    ]


def _purpose(plan):
    words = [
        _(
            "Data are used for this vote alone: to take each ballot once, "
            "to count it and to let everyone check."
        )
    ]
    if plan.rules["daily"]:
        words.append(
            _("The rule is one ballot per device and day, so the day of taking part is stored with it.")
        )
    return words


def _on_device(plan):
    words = []
    if plan.rules["eligibility"] == "device":
        words.append(
            _(
                "A cookie with a random number, made when you check your first ballot, kept for up to "
                "%(days)d days. It says nothing of who you are; clearing cookies removes it."
            )
            % {"days": device.MAX_AGE // DAY}
        )
    if kind_of(plan).ballots(plan) > 1:
        words.append(
            _(
                "A cookie with the number of the present voter, "
                "as up to %(most)d people may vote on one device."
            )
            % {"most": kind_of(plan).ballots(plan)}
        )
    if variants_of(plan.rules):
        words.append(
            _("A cookie with the number of the order in which you see the list, kept for %(days)d days.")
            % {"days": order.MAX_AGE // DAY}
        )
    minutes = settings.RECEIPT_SECONDS // 60
    words += [
        ngettext(
            "The receipt, encrypted in a cookie for %(count)d minute. It does not hold your choices.",
            "The receipt, encrypted in a cookie for %(count)d minutes. It does not hold your choices.",
            minutes,
        )
        % {"count": minutes},
        _(
            "A ballot that is not sent yet, what you have read, and whether you use large print, in the "
            "browser's own store. It is sent to nobody; the unsent ballot is removed once the receipt is "
            "there, and “Next voter” clears it."
        ),
        _("A cookie that protects forms against forged requests."),
    ]
    return words


def _on_server(plan):
    words = [_("That somebody has taken part, as a keyed digest: no name, no time, no address, no receipt.")]
    if plan.rules["sealed"]:
        words.append(_("The ballot, sealed with a key that the server does not have until the count."))
    else:
        words.append(_("The ballot. In this vote the server can open it while the vote goes on."))
    words += [
        _("No row leads from the one to the other."),
        _("The server sees your choices while you send them; it writes them into no log."),
        _("Network addresses stand neither in the database nor in the program's logs."),
    ]
    return words


def _public(plan):
    words = [
        _(
            "The public ledger holds a sealed code for each ballot and category, "
            "without a name or time of its own."
        )
    ]
    if plan.rules["publish"] == "all":
        words.append(
            _(
                "After the count the choices of all counted ballots are published "
                "by category, sorted and unlinked."
            )
        )
    if plan.rules["reveals"] == "everyone":
        words.append(
            _(
                "In this vote the reveals are published: "
                "whoever holds your receipt can then find what your ballot chose."
            )
        )
    if plan.rules["batch_minimum"] == 1:
        words.append(
            _("Ballots may be entered one by one: whoever watches the ledger can tell when somebody voted.")
        )
    return words


def _how_long(poll, plan):
    minutes = settings.TICKET_SECONDS // 60
    words = []
    if poll.secrets_destroyed_at:
        words.append(
            _("The keys that could join a voter to a ballot were destroyed on %(time)s.")
            % {"time": moment(poll.secrets_destroyed_at, poll)}
        )
    else:
        words.append(
            ngettext(
                "Once the last ballot is entered, and not before %(count)d minute after the close, the keys "
                "that could join a voter to a ballot are destroyed by themselves. The ledger says so.",
                "Once the last ballot is entered, and not before %(count)d minutes after the close, the keys "
                "that could join a voter to a ballot are destroyed by themselves. The ledger says so.",
                minutes,
            )
            % {"count": minutes}
        )
    words += [
        _("Digests of who took part and ballots are kept with the files of the vote."),
        _("Entries of the public ledger are never removed: that nobody can remove one is its purpose."),
    ]
    return words


def _not_collected():
    return [
        _("No name, telephone number, identity card, position, photograph or account of another service."),
        _("No statistics of visitors; pages load nothing from other sites."),
        _("A proxy in front of this site may keep logs of its own, which this program cannot switch off."),
    ]


def _joined(sentences):
    """Write sentences one behind the other; Chinese ones without a blank between."""
    return ("" if get_language() == "zh-hans" else " ").join(sentences)

"""What is kept of a voter, where and for how long: sentences made from the poll's own rules.

A rule that is not in the plan makes no sentence; a sentence that stands here is what the code does.
"""

from typing import NamedTuple

from django.conf import settings
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from .eligibility import device, kind_of, right
from .holds.tags import has_tags
from .order import variants_of
from .privacy_ends import how_long
from .signing_in import GOOD_FOR
from .views import order

DAY = 24 * 3600


class Part(NamedTuple):
    """One heading of the privacy page with its sentences."""

    name: str
    heading: str
    sentences: list[str]


def privacy_in_short(plan) -> str:
    """Return the footer's sentence on personal data."""
    kind = plan.rules["eligibility"]
    if kind == "roll":
        words = [
            _(
                "This vote asks for “%(question)s” and a mobile number or e-mail address; "
                "it keeps digests alone."
            )
            % {"question": plan.rules["roll_question"]}
        ]
    elif kind == "sign_in":
        words = [_("This vote asks you to sign in; of your account it keeps a digest alone.")]
    else:
        words = [
            _("This vote asks for no name, telephone number or identity card, and stores no network address.")
        ]
    if kind == "device":
        words.append(_("A random number in a cookie limits ballots per device."))
    elif kind == "code":
        words.append(_("A voting code limits ballots; this server does not know who was given which."))
    words.append(_("Your choices are stored without anything that names you."))
    return _joined(words)


def privacy_parts(poll, plan) -> list[Part]:
    """Return the whole text: purpose, what is kept where and how long, what is public, your rights."""
    return [
        Part("purpose", _("What for"), _purpose(plan)),
        Part("device", _("On your device"), _on_device(plan)),
        Part("server", _("On the server"), _on_server(plan)),
        Part("public", _("What is public"), _public(plan)),
        Part("end", _("How long"), how_long(poll, plan)),
        Part("not", _("What is not collected"), _not_collected(plan)),
    ]


def _purpose(plan):
    words = [
        _(
            "Data are used for this vote alone: to take each ballot once, "
            "to count it and to let everyone check."
        )
    ]
    if plan.rules["eligibility"] in ("roll", "sign_in"):
        words.append(plan.rules["purpose"])
    if plan.rules["daily"]:
        words.append(
            _("The rule is one ballot per device and day, so the day of taking part is stored with it.")
            if plan.rules["eligibility"] == "device"
            else _("The rule is one ballot a day, so the day of taking part is stored with it.")
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
    if plan.rules["eligibility"] == "device":
        words.append(
            _(
                "While you choose, your device does a calculation that slows down programs which stuff "
                "ballots. It says nothing of you or your device, voting works without it, and its result "
                "stays in the window until the receipt is there."
            )
        )
    if kind_of(plan).ENTRANCE:
        minutes = right.MAX_AGE // 60
        words.append(
            ngettext(
                "That you may vote, encrypted in a cookie for %(count)d minute; “Next voter” clears it.",
                "That you may vote, encrypted in a cookie for %(count)d minutes; “Next voter” clears it.",
                minutes,
            )
            % {"count": minutes}
        )
    if plan.rules["eligibility"] == "sign_in":
        words.append(
            ngettext(
                "While you are at the sign-in service: what its answer is held against, and your choices so "
                "far, encrypted in a cookie for %(count)d minute.",
                "While you are at the sign-in service: what its answer is held against, and your choices so "
                "far, encrypted in a cookie for %(count)d minutes.",
                GOOD_FOR // 60,
            )
            % {"count": GOOD_FOR // 60}
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
    if has_tags(plan):
        words.append(
            _(
                "Under the seal of each ballot, until the vote is closed: keyed digests of the network "
                "address, the kind of browser and the ten minutes, from which nobody can read them. They "
                "show when many ballots come from one hand, and are destroyed with their key before any "
                "ballot is opened. Of ballots in large clusters it stays noted, until these are decided, "
                "which have something in common, never what."
            )
        )
    if plan.rules["eligibility"] == "code":
        words.append(
            _(
                "For each voting code its number and digests from which nobody can read the code; from these "
                "staff can tell whether a code has voted, never what it chose."
            )
        )
    if plan.rules["eligibility"] == "roll":
        words += [
            _(
                "Of each person on the organiser's roll two keyed digests: of what identifies, and of where "
                "a password is sent. Neither can be read back."
            ),
            _(
                "Of whoever asks for a one-time password, on the roll or not, keyed digests of what was "
                "typed and of the password, until it was used. The number or address itself is handed to "
                "whoever sends messages for the organiser, and kept nowhere here."
            ),
        ]
    if plan.rules["eligibility"] == "sign_in":
        words.append(
            _(
                "Of your account at the sign-in service only the digest of taking part: no name, no number "
                "of the account, no picture and no token is stored."
            )
        )
    if plan.rules["eligibility"] == "code":
        words.append(
            _(
                "Against guessing: how many voting codes were typed from one network, under a keyed "
                "digest of the network, for at most a day."
            )
        )
    if plan.rules["eligibility"] == "roll":
        words.append(
            _(
                "Against guessing: how many one-time passwords were typed from one network, under a keyed "
                "digest of the network, for at most a day."
            )
        )
    if plan.rules["eligibility"] == "device":
        words.append(
            _(
                "To notice programs that stuff ballots: how many ballots were checked from one network, "
                "under a keyed digest of the network, for at most a day."
            )
        )
    if plan.rules["sealed"]:
        words.append(_("The ballot, sealed with a key that the server does not have until the count."))
    else:
        words.append(_("The ballot. In this vote the server can open it while the vote goes on."))
    words += [
        _("No row leads from the one to the other."),
        _("The server sees your choices while you send them; it writes them into no log."),
        _("Voters' network addresses stand neither in the database nor in the program's logs."),
        _(
            "Objections to the result, written down without names. They are published where the organiser "
            "decides so, and kept with the files of the vote."
        ),
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


def _not_collected(plan):
    kind = plan.rules["eligibility"]
    words = [
        _("No name, position or photograph, nothing beyond the two things asked for.")
        if kind == "roll"
        else _("No name, telephone number, identity card, position or photograph.")
        if kind == "sign_in"
        else _(
            "No name, telephone number, identity card, position, photograph or account of another service."
        )
    ]
    return words + [
        _("No statistics of visitors; pages load nothing from other sites."),
        _(
            "Network addresses are logged by the proxy in front of this site alone, for as long as the law "
            "asks for it; this program reads none of these logs and cannot switch them off."
        ),
    ]


def _joined(sentences):
    """Write sentences one behind the other; Chinese ones without a blank between."""
    return ("" if get_language() == "zh-hans" else " ").join(sentences)

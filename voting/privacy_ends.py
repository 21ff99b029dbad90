"""When what of a voter's data goes: the plan of deletion (`forget.py`) in sentences with dates."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .forget import (
    ACCOUNTS,
    BRAKES,
    CODES,
    PARTICIPATIONS,
    PASSWORDS,
    ROLL,
    TAGS,
    days_of,
    plan_of_deletion,
)
from .templatetags.voting_pages import moment

WHAT = {
    PASSWORDS: gettext_lazy("Digests of one-time passwords"),
    BRAKES: gettext_lazy("Counters of tries from one network, under keyed digests"),
    TAGS: gettext_lazy("Digests of what ballots of one network or program have in common, and their key"),
    ROLL: gettext_lazy("The roll's digests of persons and addresses, and their key"),
    ACCOUNTS: gettext_lazy("The key under which accounts are digested"),
    CODES: gettext_lazy("Digests of the voting codes"),
    PARTICIPATIONS: gettext_lazy("Digests of who took part, and their key; only their number stays"),
}


def how_long(poll, plan) -> list[str]:
    """Return how long everything is kept, the keys that could join voter and ballot first."""
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
    words += ends(poll, plan)
    words += [
        _("Ballots, which name nobody, are kept with the files of the vote."),
        _("Entries of the public ledger are never removed: that nobody can remove one is its purpose."),
    ]
    return words


def ends(poll, plan) -> list[str]:
    """Return a sentence for each thing that goes: on which date, at the latest when, or when it went."""
    words = []
    for item in plan_of_deletion(poll, plan):
        values = {"what": WHAT[item.what], "time": moment(item.done or item.due, poll)}
        if item.done:
            words.append(_("%(what)s: deleted on %(time)s.") % values)
        elif item.what == TAGS:
            sentence = _("%(what)s: after the close, before any ballot is opened; at the latest on %(time)s.")
            words.append(sentence % values)
        elif item.latest:
            days = days_of(plan.rules)[ROLL if item.what == ACCOUNTS else item.what]
            sentence = ngettext(
                "%(what)s: %(days)d day after the end of objections, at the latest on %(time)s.",
                "%(what)s: %(days)d days after the end of objections, at the latest on %(time)s.",
                days,
            )
            words.append(sentence % {**values, "days": days})
        else:
            words.append(_("%(what)s: on %(time)s.") % values)
    return words

"""Ten likely challenges to a vote, each answered from the poll's own data, with where it can be checked."""

from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from shortlist.wording import separated

from ..exports.table import TallyError
from ..heads import latest_head, size_of
from ..models import Correction, Participation, PendingEnvelope
from ..register import acts_of
from ..sheets import reconcile_at_once
from ..templatetags.voting_pages import grouped
from .facts import joined, limits_of, seal_sentence, tie_rule_sentence, who_votes
from .outcome import hold_groups, not_counted_rows, tie_sentences

CHANGES = ("pause", "resume", "extend", "correction", "close", "annulled")


class Answer(NamedTuple):
    """A question as it is asked, the answer in sentences, and pages that show it: (name, address)."""

    question: str
    sentences: list[str]
    links: list[tuple[str, str]]

    @property
    def text(self) -> str:
        """Return the answer as one paragraph."""
        return joined(self.sentences)


def answers_of(facts) -> list[Answer]:
    """Return the ten answers for a poll that was opened; no count stands in them before the embargo ends."""
    return [
        _several_ballots(facts),
        _figures(facts),
        _voted_already(facts),
        _altered(facts),
        _secrecy(facts),
        _candidates(facts),
        _not_counted(facts),
        _ties(facts),
        _rules(facts),
        _lost(facts),
    ]


def numbers_of(poll) -> dict[str, int]:
    """Return how many ballots were received, and how many still wait or cannot be opened."""
    pending = PendingEnvelope.objects.filter(poll_id=poll.pk)
    return {
        "received": Participation.objects.filter(poll_id=poll.pk).count(),
        "waiting": pending.filter(damaged=False).count(),
        "damaged": pending.filter(damaged=True).count(),
    }


def _several_ballots(facts):
    words = [*who_votes(facts.plan)]
    words.append(
        _(
            "The database holds one mark of taking part for each right to vote; a second ballot with the "
            "same right is refused, even when both are sent at one moment. "
            "Ballots received online so far: %(received)d."
        )
        % numbers_of(facts.poll)
    )
    if facts.plan.rules["eligibility"] == "device":
        words.append(
            _(
                "Whoever has several devices can vote on each. Therefore every page speaks of ballots and "
                "devices, never of persons."
            )
        )
    groups = hold_groups(facts.poll)
    if groups:
        words.append(
            _("Set aside for checking by published rules: %(groups)d groups, %(ballots)d ballots.")
            % {"groups": len(groups), "ballots": sum(each.ballots for each in groups)}
        )
    return Answer(
        _("Can one person cast several ballots?"), words, [(_("The rules in short"), facts.address("list"))]
    )


def _figures(facts):
    evidence = [each for candidate in facts.plan.candidates for each in candidate.evidence]
    words = [
        _(
            "The list holds %(evidence)d statements with %(points)d figures. Each is quoted from the text of "
            "its candidate and marked there; what this site worked out itself is marked as such."
        )
        % {"evidence": len(evidence), "points": sum(len(each.points) for each in evidence)}
    ]
    for source in facts.plan.shortlist.sources:
        known = [source.publisher, str(source.published_on or ""), source.page, source.url]
        words.append(
            _("Source: %(title)s. %(details)s")
            % {
                "title": source.title,
                "details": separated(filter(None, known))
                or _("Neither publisher nor date is known; the page says so."),
            }
        )
    if not facts.plan.shortlist.sources:
        words.append(_("The list names no source."))
    words.append(
        _("Text and figures have been final since %(at)s.") % {"at": facts.time(facts.poll.opened_at)}
    )
    return Answer(_("Where do the figures come from?"), words, [(_("The list"), facts.address("list"))])


def _voted_already(facts):
    kind, most = facts.plan.rules["eligibility"], facts.plan.rules.get("ballots_per_device", 1)
    if kind == "device":
        words = [_("A ballot was cast from this device before, perhaps by somebody of the household.")]
        if most > 1:
            words.append(_("Up to %(most)d people may vote on it: press “Next voter”.") % {"most": most})
    elif kind == "code":
        words = [
            _("A wrong code and a used one get the same answer. Compare it with the card, then call us."),
            _("An unused code can be made void and issued anew, with a reason on record; a used one cannot."),
        ]
    else:
        words = [_("A ballot was cast with this right to vote before.")]
    words.append(_("We keep a keyed digest of it, without a name or a time. No ballot can be taken back."))
    words.append(
        _("The desk can look up whether a card was used; that somebody looked stands in the audit trail.")
        if kind == "code"
        else _("Nobody at the desk can look up who took part.")
    )
    if facts.poll.secrets_destroyed_at:
        words.append(
            _("The keys that could join a voter to a ballot were destroyed on %(time)s.")
            % {"time": facts.time(facts.poll.secrets_destroyed_at)}
        )
    words.append(_("Whoever has the receipt code can look up whether the ballot was entered and counted."))
    return Answer(
        _("The system says that I have voted, but I have not."),
        words,
        [(_("Find a ballot by its receipt code"), facts.address("find"))],
    )


def _altered(facts):
    head = latest_head(facts.poll)
    words = []
    if head:
        words.append(
            _(
                "The public ledger has %(size)d entries; its head was signed at %(at)s and begins with "
                "%(root)s. If any entry were altered or removed, the head would be another one."
            )
            % {"size": head.size, "at": facts.time(head.signed_at), "root": grouped(bytes(head.root).hex())}
        )
    words.append(seal_sentence(facts.plan))
    words.append(
        _("Once the result is shown, everyone can count again from the published choices.")
        if facts.plan.rules["publish"] == "all"
        else _("In this poll the public cannot recount; the auditors can.")
    )
    words.append(_("Two programs written independently check the ledger; neither needs our server."))
    return Answer(
        _("Can the votes be changed afterwards?"), words, [(_("Public ledger"), facts.address("ledger"))]
    )


def _secrecy(facts):
    words = [
        _("The server sees your choices while you send them; it writes them into no log."),
        _("No row leads from whoever took part to a ballot."),
        seal_sentence(facts.plan),
    ]
    if facts.plan.rules["reveals"] == "everyone":
        words.append(
            _(
                "In this vote the reveals are published: "
                "whoever holds your receipt can then find what your ballot chose."
            )
        )
    else:
        words.append(_("The receipt does not tell what was chosen; only the auditors get the reveals."))
    return Answer(
        _("Who can see what I chose?"), words, [(_("Privacy in this vote"), facts.address("privacy"))]
    )


def _candidates(facts):
    words = []
    for category in facts.plan.sections:
        listed = _("%(category)s: %(count)d candidates are listed; %(limits)s.")
        words.append(
            listed
            % {"category": category.name, "count": len(category.candidates), "limits": limits_of(category)}
        )
        if category.missing_count:
            words.append(
                _("The source declares %(declared)d; the list has what its text has.")
                % {"declared": category.declared_count}
            )
    words.append(_("No candidate is added after the opening."))
    corrections = Correction.objects.filter(poll=facts.poll).count()
    words.append(
        ngettext(
            "%(count)d correction was made since; old and new stand side by side for everyone.",
            "%(count)d corrections were made since; old and new stand side by side for everyone.",
            corrections,
        )
        % {"count": corrections}
        if corrections
        else _("No correction was made since.")
    )
    return Answer(
        _("Why is my candidate not on the list, or its text wrong?"),
        words,
        [(_("The list"), facts.address("list"))],
    )


def _not_counted(facts):
    table = _public_table(facts)
    if table is None:
        words = [_("Numbers and reasons are published with the result; nobody sees them before.")]
    elif not table.not_counted:
        words = [_("Every ballot in the public ledger was counted.")]
    else:
        words = [
            _("%(reason)s: %(count)d.") % {"reason": reason, "count": count}
            for reason, count in not_counted_rows(table)
        ]
    for group in hold_groups(facts.poll):
        words.append(
            _("Group %(number)d (%(rule)s), %(ballots)d ballots: %(decision)s. %(reason)s") % group._asdict()
        )
    words.append(_("Each voter finds by the receipt code whether the ballot was counted, and can object."))
    return Answer(
        _("Which ballots were not counted, and why?"),
        words,
        [
            (_("Result"), facts.address("result")),
            (_("Objections and answers"), facts.address("objections")),
        ],
    )


def _ties(facts):
    words = [
        tie_rule_sentence(facts.plan),
        _("This rule has been fixed since %(at)s.") % {"at": facts.time(facts.poll.opened_at)},
    ]
    table = _public_table(facts)
    names = {category.code: category.name for category in facts.plan.sections}
    told = [(part, tie_sentences(facts, part, public=True)) for part in (table.sections if table else ())]
    settled = [
        pgettext("a category and what is said of it", "%(category)s: %(words)s")
        % {"category": names[part.code], "words": joined(sentences)}
        for part, sentences in told
        if sentences
    ]
    words += settled or [
        _("There is no tie at a cut.") if table else _("The count will show whether there is one.")
    ]
    return Answer(_("What happens with equal votes?"), words, [(_("Result"), facts.address("result"))])


def _rules(facts):
    acts = [
        each
        for each in acts_of(facts.poll, size_of(facts.poll))
        # The clock's own closing is no change; it has no reason.
        if each.kind in CHANGES and (each.kind != "close" or each.reason)
    ]
    words = [
        _("List and rules were made final on %(at)s. Their check code: %(code)s.")
        % {"at": facts.time(facts.poll.opened_at), "code": facts.code},
        ngettext(
            "Each grave act needs %(count)d person.",
            "Each grave act needs %(count)d different people.",
            facts.plan.rules["approvals"],
        )
        % {"count": facts.plan.rules["approvals"]},
    ]
    for act in acts:
        at = facts.time(act.at) if act.at else ""
        told = [part for part in (act.label, at, act.reason) if part]
        words.append(
            _("Entry %(number)d: %(told)s.")
            % {"number": act.number, "told": pgettext("between rules", ", ").join(told)}
        )
    if not acts:
        words.append(_("Nothing was paused, extended, corrected or closed since."))
    return Answer(
        _("Were the rules changed on the way?"), words, [(_("Public ledger"), facts.address("ledger"))]
    )


def _lost(facts):
    lines = reconcile_at_once(facts.poll, facts.plan)
    unequal = sum(1 for line in lines if line.difference)
    words = [
        _("A ballot is confirmed only once it is stored for good. Pressing again never casts a second one."),
        _(
            "Received online: %(received)d; of these waiting to be entered: %(waiting)d; "
            "kept aside because they cannot be opened: %(damaged)d."
        )
        % numbers_of(facts.poll),
        _("%(count)s equations do not close. Do not sign; find out why.") % {"count": unequal}
        if unequal
        else _("All equations of the reconciliation sheet close to zero."),
    ]
    if facts.poll.ledger_alarm:
        words.append(_("The public ledger is stopped until it is repaired. Ballots already cast are kept."))
    return Answer(
        _("What if the server broke down, or a ballot was lost?"),
        words,
        [
            (_("Find a ballot by its receipt code"), facts.address("find")),
            (_("Check a saved confirmation"), facts.address("check")),
        ],
    )


def _public_table(facts):
    try:
        return facts.public
    except TallyError:
        return None

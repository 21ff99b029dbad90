"""The words by which a figure of a list is cited."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shortlist.templatetags.list_pages import source_or_own

register = template.Library()


@register.simple_tag
def citation(plan, candidate, evidence):
    """Write title, figures, kind, source, poll and check code as one text to copy, without an address.

    The list's own words carry the list's language, so that a page in another language reads them well.
    """
    document = plan.shortlist

    def own(words):
        return format_html('<span lang="{}">{}</span>', document.language, words)

    comma = pgettext("in a citation", ", ")

    def figure(point):
        bound = "" if point.bound == "equal" else point.bound_label
        raw = own(f"{point.raw}/{point.per}" if point.per else point.raw)
        parts = [part for part in (point.period and own(point.period), bound, raw) if part]
        return format_html_join(" ", "{}", ((part,) for part in parts))

    figures = format_html_join("", "{}{}", ((comma, figure(point)) for point in evidence.points))
    source = source_or_own(evidence, document)
    kind = [evidence.kind_label, own(evidence.scope)] if evidence.scope else [evidence.kind_label]
    words = {
        "candidate": own(f"{candidate.code} {candidate.headline}"),
        "measure": own(evidence.label),
        "figures": figures,
        "kind": format_html_join(comma, "{}", ((part,) for part in kind)),
    }
    # The English sentences end in a blank and the Chinese do not.
    sentences = [format_html(_("{candidate}: {measure}{figures} ({kind}). "), **words)]
    if source:
        sentences.append(format_html(_("Source: {source}. "), source=own(source.title)))
    sentences.append(format_html(_("Published with the vote {poll}. "), poll=own(plan.title)))
    if plan.sha256:
        sentences.append(format_html(_("Check code of the voting plan: {code}. "), code=plan.sha256[:16]))
    return format_html_join("", "{}", ((sentence,) for sentence in sentences))

"""The desk's page for pasting a list: read a text, show what was understood, store what is confirmed."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from .history import name_of
from .paste.forms import ConfirmForm, PasteForm
from .paste.reading import read
from .paste.saving import PasteRefused, save_pasted


@require_http_methods(["GET", "HEAD", "POST"])
def paste_page(request, desk):
    """Take a text, or the page that was made of one; a list is stored only by the button that says so."""
    if not (desk.has_add_permission(request) and request.user.has_perm("shortlist.add_candidate")):
        raise PermissionDenied
    if "do" in request.POST:
        return _second_step(request, desk)
    posted = [request.POST, request.FILES] if request.method == "POST" else []
    form = PasteForm(*posted, initial={"shortlist": request.GET.get("list")})
    if not form.is_valid():
        return _page(request, desk, "paste.html", {"form": form})
    reading = read(form.cleaned_data["text"])
    shortlist = form.cleaned_data["shortlist"]
    values = {
        "title": form.cleaned_data["title"] or _title_of(reading),
        "slug": form.cleaned_data["slug"],
        "shortlist": shortlist.pk if shortlist else "",
    }
    return _review(request, desk, reading, ConfirmForm(initial=values), set(reading.keys))


def _second_step(request, desk):
    """Read the text again, then tick, untick or store."""
    form = ConfirmForm(request.POST)
    form.full_clean()
    text = form.cleaned_data.get("text")
    if text is None:
        # Too long to be read: the form goes back as it came.
        return _page(request, desk, "paste.html", {"form": PasteForm(request.POST)})
    reading = read(text, form.starts())
    ticked = _ticked(form, reading, request.POST["do"])
    if request.POST["do"] == "store" and form.check(reading):
        try:
            return _store(request, desk, form, reading, ticked)
        except PasteRefused as refusal:
            form.add_error(None, str(refusal))
    return _review(request, desk, reading, form, ticked)


def _ticked(form, reading, act):
    """Return the proposals that are ticked: those posted, new ones, and all or none of one candidate."""
    posted = {"keep": set(), "shown": "", **form.cleaned_data}
    ticked, shown = posted["keep"], set(posted["shown"].split())
    ticked = {key for key in reading.keys if key in ticked or key not in shown}
    verb, _space, code = act.partition(" ")
    keys = {claim.key for claim in reading.claims.get(code, [])}
    return ticked | keys if verb == "tick" else ticked - keys if verb == "untick" else ticked


def _store(request, desk, form, reading, ticked):
    shortlist = save_pasted(
        reading=reading,
        keep=ticked,
        by=name_of(request.user),
        **{name: form.cleaned_data[name] for name in ("shortlist", "title", "slug")},
    )
    counts = {"items": len(reading.outline.items), "claims": len(ticked)}
    desk.log_change(request, shortlist, _("Pasted from a text"))
    messages.success(
        request,
        ngettext(
            "Stored: %(items)d candidate, with %(claims)d confirmed evidence.",
            "Stored: %(items)d candidates, with %(claims)d confirmed evidence.",
            counts["items"],
        )
        % counts,
    )
    return redirect("admin:shortlist_shortlist_change", shortlist.pk)


def _title_of(reading):
    return reading.outline.title.text if reading.outline.title else ""


def _review(request, desk, reading, form, ticked):
    outline = reading.outline
    context = {
        "form": form,
        "reading": reading,
        "outline": outline,
        "sections": [
            (section, [(item, _rows(item, reading, ticked)) for item in section.items])
            for section in outline.sections
        ],
        "questions": _questions(outline),
        "ticked": len(ticked),
        "aware": form.is_bound and "aware" in form.data and form.data.get("seen") == reading.digest,
        "shown": " ".join(reading.keys),
    }
    return _page(request, desk, "paste_review.html", context)


def _rows(item, reading, ticked):
    """Return the proposals of a candidate as the page shows them: claim, whether ticked, marked quotes."""
    return [
        (claim, claim.key in ticked, [_marked(quote, claim.points) for quote in claim.quotes])
        for claim in reading.claims_of(item)
    ]


def _marked(quote, points):
    """Return the words of a quote as (words, whether they are a figure of the claim)."""
    pieces, rest = [], quote.text
    for point in points if quote.role == "value" else ():
        before, found, rest_of_it = rest.partition(point.raw)
        if found:
            pieces += [(before, False), (found, True)]
            rest = rest_of_it
    return [*pieces, (rest, False)]


def _questions(outline):
    """Return each heading at the end with the number of its first item and the choices."""
    question = outline.question
    if question is None:
        return []
    choices = [(at, item.title) for at, item in enumerate(question.items)]
    return list(zip(question.headings, question.starts, [choices] * len(question.starts), strict=True))


def _page(request, desk, template, context):
    context = {
        **desk.admin_site.each_context(request),
        "title": _("Paste a list"),
        "subtitle": None,
        "opts": desk.opts,
        **context,
    }
    return TemplateResponse(request, f"admin/shortlist/shortlist/{template}", context)


URLS = [("paste/", paste_page, "shortlist_shortlist_paste")]

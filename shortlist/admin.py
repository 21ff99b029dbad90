"""The list in the admin site: lists with categories and sources, candidates, their evidence."""

import functools

from django.contrib import admin
from django.db.models import Count
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from . import paste_admin, preview_admin, spreadsheet_admin
from .checks import warnings_of
from .evidence_forms import EvidenceForm, PointForm, PointFormSet, QuoteForm, QuoteFormSet
from .forms import AttachmentForm, AttachmentFormSet, CandidateForm
from .history import update_all
from .history_admin import HistoryAdmin
from .models import Attachment, Candidate, Category, Evidence, Point, Quote, Shortlist, Source
from .uses import uses_of

# The pages of a list beyond its form: (route, view, name).
PAGES = [*paste_admin.URLS, *preview_admin.URLS, *spreadsheet_admin.URLS]


class CategoryInline(admin.StackedInline):
    model = Category
    extra = 0
    fields = [
        ("code", "ordinal", "name"),
        ("on_ballot", "declared_count"),
        ("places", "min_choices", "max_choices"),
        "inference",
    ]


class SourceInline(admin.StackedInline):
    model = Source
    extra = 0
    fields = ["title", ("publisher", "published_on", "page"), "url", "remarks"]


@admin.register(Shortlist)
class ShortlistAdmin(HistoryAdmin, admin.ModelAdmin):
    list_display = ["title", "slug", "organiser", "candidate_count"]
    search_fields = ["title", "slug", "organiser"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [CategoryInline, SourceInline]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(candidates=Count("categories__candidates"))

    @admin.display(description=_("candidates"), ordering="candidates")
    def candidate_count(self, shortlist):
        return shortlist.candidates

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Say on the list's page what uses it and what is missing in it."""
        shortlist = self.get_queryset(request).filter(pk=object_id).first() if object_id.isdecimal() else None
        context = {**(extra_context or {})}
        if shortlist:
            context |= {
                "standing": True,
                "uses": uses_of(shortlist),
                "warnings": warnings_of(shortlist),
            }
        return super().change_view(request, object_id, form_url, context)

    def get_urls(self):
        def view(page):
            return self.admin_site.admin_view(functools.partial(page, desk=self))

        return [*(path(route, view(page), name=name) for route, page, name in PAGES), *super().get_urls()]


class EvidenceInline(admin.TabularInline):
    """What evidence a candidate has; each is edited on its own page, with figures and quotes."""

    model = Evidence
    extra = max_num = 0
    can_delete = False
    show_change_link = True
    fields = readonly_fields = ["kind", "scope", "figures", "headline"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("points")

    def has_add_permission(self, request, obj=None):
        return False

    @admin.display(description=_("figures"))
    def figures(self, evidence):
        return "、".join(point.raw for point in evidence.points.all()) or "–"


class OwnSources:
    """Offer the sources of the same list, fetched once however many rows a page has."""

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        field = formset.form.base_fields.get("source")
        if field is not None:
            sources = sources_for(obj)
            field.queryset = sources
            field.choices = [("", "---------"), *((source.pk, str(source)) for source in sources)]
        return formset


def sources_for(candidate):
    """Return the sources of a candidate's list, all of them for a candidate that is still to be made."""
    return (
        Source.objects.filter(shortlist__categories=candidate.category_id)
        if candidate
        else Source.objects.all()
    )


class AttachmentInline(OwnSources, admin.StackedInline):
    model = Attachment
    form = AttachmentForm
    formset = AttachmentFormSet
    extra = 0
    fields = ["title", "alt", "file", ("media_type", "size"), "sha256", "source"]
    readonly_fields = ["media_type", "size", "sha256"]


@admin.register(Candidate)
class CandidateAdmin(HistoryAdmin, admin.ModelAdmin):
    form = CandidateForm
    list_display = ["code", "headline", "category", "shortlist", "evidence_count"]
    list_display_links = ["code", "headline"]
    list_filter = ["category__shortlist", "category"]
    list_select_related = ["category__shortlist"]
    search_fields = ["code", "title", "body"]
    fields = [("category", "code", "order"), "title", "body", "more"]
    readonly_fields = ["more"]
    inlines = [EvidenceInline, AttachmentInline]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(evidences=Count("evidence"))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Lead to the pages on which citizens will read this candidate."""
        candidate = self.get_queryset(request).filter(pk=object_id).first() if object_id.isdecimal() else None
        context = {**(extra_context or {})}
        if candidate:
            shortlist = candidate.category.shortlist
            uses = [use._replace(page=use.candidate(candidate.code)) for use in uses_of(shortlist)]
            context |= {"shortlist": shortlist, "uses": uses}
        return super().change_view(request, object_id, form_url, context)

    @admin.display(description=_("title"), ordering="title")
    def headline(self, candidate):
        return candidate.headline

    @admin.display(description=_("candidate list"), ordering="category__shortlist")
    def shortlist(self, candidate):
        return candidate.category.shortlist

    @admin.display(description=_("evidence"), ordering="evidences")
    def evidence_count(self, candidate):
        return candidate.evidences

    def get_fields(self, request, obj=None):
        """Show the way to new evidence to whom it is open."""
        return self.fields if request.user.has_perm("shortlist.add_evidence") else self.fields[:-1]

    @admin.display(description=_("evidence"))
    def more(self, candidate):
        if candidate.pk is None:
            return _("Save the candidate first, then add its evidence.")
        address = f"{reverse('admin:shortlist_evidence_add')}?candidate={candidate.pk}"
        return format_html('<a class="addlink" href="{}">{}</a>', address, _("Add evidence"))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "category":
            kwargs["queryset"] = Category.objects.select_related("shortlist")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        """Save the text together with the quotes that move with it; the admin's transaction holds both."""
        super().save_model(request, obj, form, change)
        if form.moved_quotes:
            update_all(Quote, form.moved_quotes, ["offset"])


class QuoteInline(admin.TabularInline):
    model = Quote
    form = QuoteForm
    formset = QuoteFormSet
    extra = 1


class PointInline(admin.StackedInline):
    model = Point
    form = PointForm
    formset = PointFormSet
    extra = 0
    fields = [
        ("raw", "bound", "value"),
        ("unit", "per", "scale"),
        ("period", "start", "end"),
        ("inferred", "order"),
    ]


@admin.register(Evidence)
class EvidenceAdmin(HistoryAdmin, admin.ModelAdmin):
    form = EvidenceForm
    list_display = ["label", "candidate", "kind", "scope", "figures", "headline"]
    list_filter = ["kind", "headline", "candidate__category"]
    list_select_related = ["candidate"]
    search_fields = ["label", "candidate__code", "candidate__title", "points__raw"]
    autocomplete_fields = ["candidate"]
    fields = ["candidate", ("label", "order"), ("kind", "scope", "headline"), "remarks", "source"]
    # Quotes come first: the figures are checked against them.
    inlines = [QuoteInline, PointInline]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("points")

    @admin.display(description=_("figures"))
    def figures(self, evidence):
        return "、".join(point.raw for point in evidence.points.all()) or "–"

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Show the candidate's text beside the form, since quotes are copied from it."""
        known = {"evidence": object_id} if object_id else {"pk": request.GET.get("candidate", "")}
        if all(str(value).isdecimal() for value in known.values()):
            extra_context = {**(extra_context or {}), "candidate": Candidate.objects.filter(**known).first()}
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        if obj is not None and "source" in form.base_fields:
            form.base_fields["source"].queryset = sources_for(obj.candidate)
        return form

    def get_formset_kwargs(self, request, obj, inline, prefix):
        """Give both formsets of one page the same draft, through which the points see the quotes."""
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if not hasattr(request, "evidence_draft"):
            request.evidence_draft = {}
        return {**kwargs, "draft": request.evidence_draft}

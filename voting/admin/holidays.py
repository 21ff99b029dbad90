"""The organiser's own table of holidays and of weekend days that are worked (调休)."""

from django.contrib import admin

from ..models import Holiday


@admin.register(Holiday)
class HolidayAdmin(admin.ModelAdmin):
    actions = None
    list_display = ["date", "name", "working"]
    list_editable = ["name", "working"]
    list_filter = ["working"]
    date_hierarchy = "date"
    search_fields = ["name"]

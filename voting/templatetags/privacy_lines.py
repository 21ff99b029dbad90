"""The footer's sentence on personal data."""

from django import template

from ..privacy import privacy_in_short

register = template.Library()
register.simple_tag(privacy_in_short, name="privacy_line")

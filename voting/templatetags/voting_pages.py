"""How pages write times, hashes and codes."""

import re
import zoneinfo
from datetime import timedelta

from django import template
from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ..eligibility import kind_of
from ..exports.table import channel_label
from ..ledger.code import format_code

register = template.Library()


@register.simple_tag
def how_limited(plan):
    """Say what limits the ballots of this poll: 每台设备限投 1 张."""
    return kind_of(plan).how_limited(plan)


@register.filter
def moment(at, poll):
    """Write a time in the poll's zone, with the year: 2026年11月24日 9:00（北京时间）."""
    return _in_zone(at, poll, pgettext("date format", "j F Y, G:i"))


@register.filter
def local(at, poll):
    """Write a time in the poll's zone, without naming the zone."""
    return _written(at, poll, pgettext("date format", "j F Y, G:i"))


@register.filter
def unbroken(words):
    """Keep a date or a number on one line."""
    return format_html('<span class="nowrap">{}</span>', words)


@register.filter
def zone_name(poll):
    """Name the poll's zone."""
    return _("Beijing time") if poll.zone == "Asia/Shanghai" else poll.zone


@register.filter
def day_and_hour(at, poll):
    """Write a time in the poll's zone, without the year: 11月24日 9:00（北京时间）."""
    return _in_zone(at, poll, pgettext("date format", "j F, G:i"))


@register.filter
def exact(at, poll):
    """Write a time in the poll's zone to the second, the zone first: 北京时间2026年11月24日 9:00:00."""
    time = _written(at, poll, pgettext("date format", "j F Y, G:i:s"))
    return _("%(zone)s %(time)s") % {"zone": zone_name(poll), "time": time}


@register.filter
def day_end(at, poll):
    """Write when the local day of `at` ends, as scripts read it; '' where the poll is not daily."""
    if not poll.daily:
        return ""
    midnight = at.astimezone(zoneinfo.ZoneInfo(poll.zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + timedelta(days=1)).isoformat()


@register.filter
def grouped(digest):
    """Write the beginning of a hash in groups of four for the eye: the first 16 digits."""
    return " ".join(digest[at : at + 4] for at in range(0, 16, 4))


@register.filter
def dialled(telephone):
    """Write a telephone number as a link dials it."""
    return re.sub(r"[^+0-9]", "", telephone)


@register.filter
def police_address(number):
    """Return where the public security register (公安备案) shows a number: its digits are the key."""
    return "https://beian.mps.gov.cn/#/query/webSearch?code=" + re.sub(r"[^0-9]", "", number)


@register.filter
def code_groups(code):
    """Write a receipt code as it is printed."""
    return format_code(code)


def _in_zone(at, poll, form):
    return _("%(time)s (%(zone)s)") % {"time": _written(at, poll, form), "zone": zone_name(poll)}


def _written(at, poll, form):
    return formats.date_format(at.astimezone(zoneinfo.ZoneInfo(poll.zone)), form)


@register.filter
def channel_name(channel):
    """Name a channel in words."""
    return channel_label(channel)

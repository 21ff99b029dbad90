"""Working days, by the organiser's own table of holidays and of weekend days that are worked (调休)."""

from datetime import date, timedelta

from .models import Holiday

SATURDAY = 5


def is_working_day(day: date, exceptions: dict[date, bool]) -> bool:
    """Say whether a day is worked; `exceptions` are days with what they are instead of their weekday."""
    return exceptions.get(day, day.weekday() < SATURDAY)


def add_working_days(day: date, count: int) -> date:
    """Return the `count`-th working day after a day, which itself is not counted."""
    exceptions = dict(Holiday.objects.filter(date__gt=day).values_list("date", "working"))
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, exceptions)
    return day

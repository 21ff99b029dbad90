"""The thresholds of the brakes: a poll's own or the defaults; the manifest holds what is in force."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Each may differ in a poll (`Poll.brakes`). Generous: a school of 500 behind one address in one lesson,
# 20,000 phones behind one /24 of a carrier in an hour.
DEFAULTS = {
    "address_10_minutes": 500,  # reviews from one /32 or /64
    "address_day": 5_000,
    "network_10_minutes": 5_000,  # reviews from one /24 or /48
    "network_day": 100_000,
    "burst_10_minutes": 20_000,  # reviews of the whole poll
    "tries_10_minutes": 200,  # wrong tries at the entrance from one /32 or /64; ten times that from its /24
    "tries_day": 2_000,
    "fast_seconds": 5,  # from the page to its review
    "work": 1_000_000,  # the largest number to be found; half as many tries on the average
}


def effective_limits(poll) -> dict[str, int]:
    """Return the thresholds that hold for a poll, for its manifest."""
    return _over_defaults(poll.brakes or {})


def limits_of(plan) -> dict[str, int]:
    """Return the thresholds that a manifest holds, the defaults where it is older than they are."""
    return _over_defaults(plan.document.get("brakes") or {})


def check_limits(values: dict):
    """Refuse thresholds that are no whole numbers from 1 on; names that are not ours are not looked at."""
    for name in DEFAULTS.keys() & values.keys():
        if not _is_limit(values[name]):
            raise ValidationError(
                _("“%(name)s” must be a whole number from 1 on."), params={"name": name}, code="limit"
            )


def _over_defaults(values):
    return {
        name: values[name] if _is_limit(values.get(name)) else default for name, default in DEFAULTS.items()
    }


def _is_limit(value):
    return type(value) is int and 1 <= value < 2**31

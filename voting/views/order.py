"""Rotated orders: the address says which one a page shows, and whoever asks for none is sent to one."""

import functools
import secrets

from django.conf import settings
from django.shortcuts import redirect

from ..order import variants_of

COOKIE = "order-"
MAX_AGE = 60 * 24 * 3600  # seconds


def in_some_order(view):
    """Decorator under `of_poll`: hand the view the plan in the order that the address asks for.

    A reader without an order is sent to one chosen by chance, and from then on, by a cookie that does
    nothing else, to the same one. A post is never sent away, for it would lose what it carries: without
    a valid order it is in none (0), and its ballot says nothing of the order's effect.
    """

    @functools.wraps(view)
    def arranged(request, poll, plan, **rest):
        count = variants_of(plan.rules)
        variant = _number(request.GET.get("order"), count)
        if variant or not count or request.method not in ("GET", "HEAD"):
            return view(request, poll, plan.in_variant(variant), **rest)
        remembered = _number(request.COOKIES.get(COOKIE + plan.uid), count)
        query = request.GET.copy()
        query["order"] = remembered or 1 + secrets.randbelow(count)
        response = redirect(f"{request.path}?{query.urlencode()}")
        response["Cache-Control"] = "private, no-store"
        response.set_cookie(
            COOKIE + plan.uid,
            query["order"],
            max_age=MAX_AGE,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
        return response

    return arranged


def _number(text, count):
    """Return the number of an order, 0 where the text names none of them."""
    return int(text) if text in {str(number) for number in range(1, count + 1)} else 0

"""Many voters' confirmed ballots, ready to be posted, a line each as `load.lua` reads them."""

import random
import secrets
from urllib.parse import urlencode

DRAWN = 7
# The browser sends the token as it stands in the cookie, or masked; both are accepted.
TOKEN = secrets.token_hex(16)


def write_posts(poll, plan, count, path, *, seed=1):
    """Write `count` posts of different devices, each with picks at random."""
    from django.http import HttpResponse
    from django.utils import timezone

    from voting.eligibility import device
    from voting.keyring import keys_of
    from voting.ticket import issue_ticket

    chance, keys, at = random.Random(seed), keys_of(poll, plan), timezone.now()
    with open(path, "w", encoding="ascii") as file:
        for _voter in range(count):
            number = secrets.token_bytes(16)
            held = HttpResponse()
            held.set_signed_cookie(device.COOKIE, number.hex(), salt=device.SALT)
            signed = held.cookies[device.COOKIE].value
            codes = []
            for category in plan.sections:
                drawn = chance.sample(category.candidates, min(DRAWN, category.max_choices))
                codes += [candidate.code for candidate in drawn]
            body = {
                "csrfmiddlewaretoken": TOKEN,
                "codes": " ".join(codes),
                "ticket": issue_ticket(poll, keys, number, at=at),
                "nonces_by": "device",
                **{f"nonce-{category.code}": secrets.token_hex(32) for category in plan.sections},
            }
            cookies = f"{device.COOKIE}={signed}; csrftoken={TOKEN}"
            file.write(f"/p/{poll.slug}/cast/\t{cookies}\t{urlencode(body)}\n")

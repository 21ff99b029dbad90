"""The entrance of polls by signing in: the way to the provider, and the way back.

Going there loses what was posted, so the picks go along in the same sealed cookie as what the provider's
answer is held against. It lives for ten minutes and goes once the voter is on a page again. No session
is opened, and no row is written.
"""

import hmac
import json
import time

from django.conf import settings
from django.core import signing
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language, override
from django.views.decorators.http import require_GET
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from ..eligibility import sign_in
from ..eligibility.right import remember_right
from ..keyring import KeyringError, keys_of
from ..manifest import ManifestError, plan_of
from ..mode import in_other_mode, is_elder
from ..models import Poll
from ..signing_in import GOOD_FOR, SignInFailed, not_believed, provider
from .entrance import draw_step, entrance_address
from .papers import site_address
from .public import draw

COOKIE = "sign-in"


def draw_way_out(request, poll, plan, codes, *, sentence="", status=200):
    """Draw what the data are for and the way to the provider, and remember what must come back."""
    waiting = recall_start(request)
    if waiting and waiting["poll"] == plan.uid and not codes:
        codes, sentence = waiting["codes"], sentence or waiting["sentence"]
    try:
        start = provider().start(back_address(request))
    except SignInFailed as failure:
        context = {"url": ""}
        return draw_step(
            request,
            poll,
            plan,
            "voting/enter_sign_in.html",
            codes,
            context,
            sentence=str(failure),
            status=503,
        )
    response = draw_step(
        request,
        poll,
        plan,
        "voting/enter_sign_in.html",
        codes,
        {"url": start.url},
        sentence=sentence,
        status=status,
    )
    _remember(response, poll, plan, codes, kept=start.kept)
    return response


@require_GET
def come_back(request):
    """Read the provider's answer; lead to the entrance, which goes on with the picks or says why not."""
    waiting = recall_start(request)
    ours = waiting["kept"].get("state", "") if waiting else ""
    if not ours or not hmac.compare_digest(ours.encode(), request.GET.get("state", "").encode()):
        return draw(request, "voting/sign_in_lost.html", {"where": waiting and waiting["where"]}, status=400)
    response = redirect(waiting["where"])
    response.status_code = 303
    response["Cache-Control"] = "private, no-store"
    # The provider knows one address for all languages; what is to be said is for the page that follows.
    with override(waiting["language"]):
        try:
            poll = Poll.objects.get(uid=waiting["poll"])
            plan = plan_of(poll)
            subject = provider().finish(back_address(request), request.GET.dict(), waiting["kept"])
            remember_right(response, plan, sign_in.voter_of(keys_of(poll, plan), *subject))
        except (Poll.DoesNotExist, KeyringError, ManifestError):
            return _lead_back(response, waiting, not_believed())
        except SignInFailed as failure:
            return _lead_back(response, waiting, str(failure))
    return _lead_back(response, waiting)


def back_address(request):
    """Return the one address that the provider knows: that of no poll, language or mode."""
    with override("zh-hans"):
        path = reverse("voting:sign_in")
    return site_address(request, in_other_mode(request, path) if is_elder(request) else path)


def picks_waiting(request, plan):
    """Return the picks that were made before the voter went to sign in."""
    waiting = recall_start(request)
    if waiting and waiting["poll"] == plan.uid:
        return [code for code in waiting["codes"] if code in plan.index]
    return []


def recall_start(request):
    """Return what the cookie has kept, None where it is absent, older than ten minutes or not ours."""
    try:
        sealed = signing.b64_decode(request.COOKIES[COOKIE].encode())
        waiting = json.loads(_box().decrypt(sealed))
    except (KeyError, ValueError, CryptoError):
        return None
    return waiting if 0 <= time.time() - waiting["since"] < GOOD_FOR else None


def forget_start(response):
    """Let the voter's side forget what waited for the way back."""
    response.delete_cookie(COOKIE, samesite="Lax")


def _lead_back(response, waiting, sentence=""):
    """Keep picks and sentence for the entrance, and nothing that a second answer could be held against."""
    if waiting["codes"] or sentence:
        _set(response, {**waiting, "kept": {}, "sentence": sentence})
    else:
        forget_start(response)
    return response


def _remember(response, poll, plan, codes, *, kept):
    waiting = {"poll": plan.uid, "where": entrance_address(poll, plan), "codes": codes, "kept": kept}
    waiting["language"] = get_language()
    _set(response, {**waiting, "sentence": "", "since": int(time.time())})


def _set(response, waiting):
    response.set_cookie(
        COOKIE,
        signing.b64_encode(_box().encrypt(json.dumps(waiting).encode())).decode(),
        max_age=GOOD_FOR,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _box():
    return SecretBox(salted_hmac("voting.views.sign_in", "cookie", algorithm="sha256").digest())

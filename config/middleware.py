"""Response headers (Content-Security-Policy, what public copies may vary by), and the elder mode."""

from django.conf import settings
from django.urls import get_script_prefix, set_script_prefix

from voting.mode import ELDER


def content_security_policy(get_response):
    """Send `SECURE_CSP` with every response that does not bring a policy of its own."""
    policy = "; ".join(f"{name} {' '.join(values)}" for name, values in settings.SECURE_CSP.items())

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware


def one_copy_for_everyone(get_response):
    """Let public pages vary by their packing at most: what they say depends on the address alone."""

    def middleware(request):
        response = get_response(request)
        if response.headers.get("Cache-Control", "").startswith("public"):
            packed = "Accept-Encoding" in response.headers.get("Vary", "")
            del response.headers["Vary"]
            if packed:
                response.headers["Vary"] = "Accept-Encoding"
        return response

    return middleware


def elder_mode(get_response):
    """Serve `/elder/…` as the page behind it, in large print (`request.elder`).

    The prefix goes into Django's script prefix, so that every address made for the answer keeps the
    reader inside; whatever comes, the thread's own prefix is back before its next request. The desk has
    no such mode: its addresses are left as they are, and lead nowhere.
    """

    def middleware(request):
        request.elder = request.path_info.startswith(f"/{ELDER}/")
        inside = request.path_info.removeprefix(f"/{ELDER}")
        if not request.elder or any(inside.startswith(desk) for desk in ("/admin/", "/en/admin/")):
            request.elder = False
            return get_response(request)
        prefix = get_script_prefix()
        request.path_info = inside
        set_script_prefix(f"{prefix}{ELDER}/")
        try:
            return get_response(request)
        finally:
            set_script_prefix(prefix)

    return middleware

"""Response headers: the Content-Security-Policy, and what public copies may vary by."""

from django.conf import settings


def content_security_policy(get_response):
    """Send `SECURE_CSP` with every response that does not bring a policy of its own."""
    policy = "; ".join(f"{name} {' '.join(values)}" for name, values in settings.SECURE_CSP.items())

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware


def one_copy_for_everyone(get_response):
    """Take `Vary` from public pages: their bytes depend on the address alone, language included."""

    def middleware(request):
        response = get_response(request)
        if response.headers.get("Cache-Control", "").startswith("public"):
            del response.headers["Vary"]
        return response

    return middleware

"""The Content-Security-Policy header, by the setting name that Django 6 gives it."""

from django.conf import settings


def content_security_policy(get_response):
    """Send `SECURE_CSP` with every response that does not bring a policy of its own."""
    policy = "; ".join(f"{name} {' '.join(values)}" for name, values in settings.SECURE_CSP.items())

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware

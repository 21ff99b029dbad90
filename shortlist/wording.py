"""How several words stand one behind the other in the reader's language."""

from django.utils.translation import pgettext


def separated(names) -> str:
    """Write names or codes one behind the other, with what stands between them in the reader's language."""
    return pgettext("between names", ", ").join(names)

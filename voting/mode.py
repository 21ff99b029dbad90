"""Elder mode (长辈版): the same pages in large print, at addresses that begin with /elder/.

The middleware `config.middleware.elder_mode` takes the prefix off before the address is looked up, and
has every address that is made on the way begin with it.
"""

from django.urls import get_script_prefix

ELDER = "elder"


def is_elder(request) -> bool:
    """Say whether the request came to an address of the elder mode."""
    return getattr(request, "elder", False)


def in_other_mode(request, here: str) -> str:
    """Return the address of the same page in the other mode, normal or for elders."""
    prefix = get_script_prefix()
    plain, other = (prefix.removesuffix(f"{ELDER}/"), "") if is_elder(request) else (prefix, f"{ELDER}/")
    return f"{plain}{other}{here.removeprefix(prefix)}"

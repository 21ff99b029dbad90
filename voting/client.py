"""Where a request comes from: its network address, the networks around it, and a coarse kind of browser.

All of it is worked out for the moment and written down nowhere; what is kept are keyed digests.
"""

import ipaddress
import re

from django.conf import settings

# What a request comes from whose address nobody knows, such as one over a socket without a proxy.
UNKNOWN = ipaddress.IPv4Address(0)
NEAR = {4: 32, 6: 64}  # bits: one connection. A phone or a household has a /64 of its own.
WIDE = {4: 24, 6: 48}  # bits: an office, a school, a small part of a carrier's network
LONGEST = 1000  # characters of a header that are looked at

# The first that fits. Browsers name those that they descend from too, so the particular ones come first.
BROWSERS = (
    ("wechat", r"MicroMessenger/(\d{1,3})"),
    ("alipay", r"AlipayClient/(\d{1,3})"),
    ("qq", r"M?QQBrowser/(\d{1,3})"),
    ("uc", r"UC?Browser/(\d{1,3})|UCWEB/?(\d{1,3})"),
    ("huawei", r"HuaweiBrowser/(\d{1,3})"),
    ("miui", r"MiuiBrowser/(\d{1,3})"),
    ("edge", r"Edg(?:e|A|iOS)?/(\d{1,3})"),
    ("opera", r"OPR/(\d{1,3})"),
    ("firefox", r"(?:Firefox|FxiOS)/(\d{1,3})"),
    ("chrome", r"(?:Chrome|CriOS)/(\d{1,3})"),
    ("safari", r"Version/(\d{1,3})\S* (?:Mobile/\S+ )?Safari/"),
    ("msie", r"MSIE (\d{1,3})|Trident/.*rv:(\d{1,3})"),
)
SYSTEMS = (
    ("harmony", r"HarmonyOS|OpenHarmony"),
    ("android", r"Android"),
    ("ios", r"iPhone|iPad|iPod"),
    ("desktop", r"Windows NT|Macintosh|X11|CrOS"),
)


def client_address(request):
    """Return the client's address as `TRUSTED_PROXIES` lets us know it, `UNKNOWN` where nothing does.

    Each proxy in front adds the address of its own caller at the right end of X-Forwarded-For, so behind
    n of them the n-th from the right was written by the outermost one that we trust. Whatever stands
    further left was sent by the client and is not looked at. Without proxies, or where the header
    is not as they write it, it is the address of the connection.
    """
    proxies = settings.TRUSTED_PROXIES
    if proxies:
        # Commas join the lines of a header that comes more than once; WSGI does it in their order.
        stations = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(stations) >= proxies and (address := _parsed(stations[-proxies])):
            return address
    return _parsed(request.META.get("REMOTE_ADDR", "")) or UNKNOWN


def is_known(address) -> bool:
    """Say whether an address tells callers apart: neither unknown nor this machine's own.

    Behind a proxy on the same machine that `TRUSTED_PROXIES` does not count, everybody has the latter.
    """
    return not (address.is_loopback or address.is_unspecified)


def networks_of(address) -> tuple[bytes, bytes]:
    """Return the networks of an address as bytes: its /32 and /24 of IPv4, its /64 and /48 of IPv6."""
    return network_of(address, NEAR[address.version]), network_of(address, WIDE[address.version])


def network_of(address, bits: int) -> bytes:
    """Return the first `bits` (whole bytes) of an address, behind its version and their number."""
    return bytes([address.version, bits]) + address.packed[: bits // 8]


def client_kind(request) -> str:
    """Return browser, major version and system in a few words, such as `wechat 8 android`.

    `other` stands for a browser that is not known here, `none` for a request that names none. Many people
    share each kind: it is coarse so that it can join ballots of one program, and name nobody.
    """
    agent = request.META.get("HTTP_USER_AGENT", "")[:LONGEST].strip()
    if not agent:
        return "none"
    system = next((name for name, pattern in SYSTEMS if re.search(pattern, agent)), "other")
    for name, pattern in BROWSERS:
        if found := re.search(pattern, agent):
            return f"{name} {next(filter(None, found.groups()))} {system}"
    return "other" if system == "other" else f"other {system}"


def _parsed(text):
    """Return an address, None for what is none; an IPv4 one that is written as IPv6 comes out as IPv4."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address

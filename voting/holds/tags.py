"""Cluster tags: what ballots of one hand have in common, as keyed digests that name nobody.

They lie under the keeper's seal with the ballot, stand in the database until the poll is closed and
looked through, and go before a single ballot is opened; so does their key. Sealed device polls
alone have them: where the server could open ballots meanwhile, address and choices would meet.
"""

import hmac
import re
from typing import NamedTuple

from ..client import client_address, is_known, network_of, networks_of

TAG_BYTES = 8
PARTS = ("address", "network", "wide", "client", "bucket")
# The same length for every ballot of every poll, so that an envelope's length tells nothing.
LENGTH = len(PARTS) * TAG_BYTES + 1
NO_TAGS = bytes(LENGTH)
BUCKET_SECONDS = 600
WIDER = {4: 16, 6: 32}  # bits: a carrier's part of a city
# How a phone is connected at the moment is no trait of its browser.
CONNECTION = re.compile(r"\s*NetType/\S+")
LONGEST = 400


class Traits(NamedTuple):
    """What a request tells of its sender, as bytes; b"" for what is not known. Never stored as it is."""

    address: bytes
    network: bytes
    wide: bytes
    client: bytes


NOTHING_KNOWN = Traits(b"", b"", b"", b"")


def traits_of(request) -> Traits:
    """Return what a request has in common with others from the same place or program."""
    agent = CONNECTION.sub("", request.META.get("HTTP_USER_AGENT", "")[:LONGEST])
    client = "\n".join([agent, request.META.get("HTTP_ACCEPT_LANGUAGE", "")[:LONGEST]]).encode()
    address = client_address(request)
    if not is_known(address):
        return Traits(b"", b"", b"", client)
    return Traits(*networks_of(address), network_of(address, WIDER[address.version]), client)


def has_tags(plan) -> bool:
    """Say whether ballots of this poll carry tags."""
    return plan.rules["eligibility"] == "device" and plan.rules["sealed"]


def cluster_tags(plan, keys, traits: Traits, signals: int, at) -> bytes:
    """Return the tags of one ballot: 8 bytes for each of `PARTS` and one of signals, or zeros.

    Each is a truncated HMAC-SHA256 under the poll's tag key, told apart by its part's name; an unknown
    trait is zeros. The bucket is the number of the ten minutes since 1970.
    """
    if not has_tags(plan) or keys.tag is None or traits == NOTHING_KNOWN:
        return NO_TAGS
    values = (*traits, bucket_bytes(int(at.timestamp()) // BUCKET_SECONDS))
    digests = [
        tag_of(keys.tag, part, value) if value else bytes(TAG_BYTES)
        for part, value in zip(PARTS, values, strict=True)
    ]
    return b"".join(digests) + bytes([signals])


def tag_of(key: bytes, part: str, value: bytes) -> bytes:
    """Return the tag of one trait."""
    return hmac.digest(key, part.encode() + b"\n" + value, "sha256")[:TAG_BYTES]


def bucket_bytes(number: int) -> bytes:
    """Return the number of ten minutes as bytes."""
    return number.to_bytes(8, "big")

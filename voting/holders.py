"""The key holders: who can open the ballots, and the proof beforehand that they can.

The election secret is made once and kept nowhere in clear. It is wrapped for a single holder, or
for each pair of three: sealed to the one holder's part and the result sealed to the other's, so
that any two open it and none alone does. Each ballot is sealed once, to the one election key.
"""

import itertools

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from shortlist.wording import separated

from .envelope import open_inner, seal_inner
from .keyring import election_public, has_election_key, load_keyring, make_election_key, make_keys
from .models import Holder, Poll
from .parts import new_part


class HolderError(Exception):
    """The parts do not open the ballots, or a holder cannot be added. The message says why."""


def public_half(part: bytes) -> str:
    """Return the public half of a part, in hex."""
    return bytes(PrivateKey(part).public_key).hex()


def groups(poll) -> list[tuple[int, ...]]:
    """Return the sets of holders that can open: the one, or each pair of the three."""
    return [(1,)] if poll.holders == 1 else list(itertools.combinations((1, 2, 3), 2))


def make_part(*, poll, name: str) -> bytes:
    """Make a part for a new holder and return it. The server keeps its public half alone."""
    part = new_part()
    add_holder(poll=poll, name=name, public=public_half(part))
    return part


def add_holder(*, poll, name: str, public: str) -> Holder:
    """Record a holder by the public half of a part that may have been made elsewhere.

    With the last holder the election secret is made, wrapped and forgotten. HolderError where the
    poll has all its holders, is sealed to them already, or knows this part.
    """
    with transaction.atomic():
        poll = Poll.objects.select_for_update(no_key=True).get(pk=poll.pk)
        known = list(poll.key_holders.all())
        if not poll.sealed:
            raise HolderError(_("An unsealed poll has no key holders."))
        if poll.frozen or len(known) >= poll.holders:
            raise HolderError(_("This poll has all its key holders already; they cannot be changed."))
        if any(holder.public == public for holder in known):
            raise HolderError(_("This part is recorded already. Each holder makes a part of their own."))
        holder = Holder.objects.create(poll=poll, number=len(known) + 1, name=name, public=public)
        if len(known) + 1 == poll.holders:
            _make_secret(poll)
    return holder


def lend_to_server(*, poll):
    """Make the election key of an unsealed poll, which the server keeps."""
    if poll.sealed:
        raise HolderError(_("The server may not keep the key of a sealed poll."))
    make_election_key(poll.uid, lend_to_server=True)


def recover_secret(poll, parts: list[bytes]) -> PrivateKey:
    """Return the election secret that the parts open; HolderError tells wrong from missing ones."""
    holders = {holder.public: holder for holder in poll.key_holders.all()}
    keys = {}
    for place, part in enumerate(parts, 1):
        holder = holders.get(public_half(part))
        if holder is None:
            raise HolderError(
                _("Part %(place)d belongs to none of this poll's key holders (%(names)s).")
                % {"place": place, "names": _names(holders.values())}
            )
        if holder.number in keys:
            raise HolderError(
                _("The part of %(name)s was given twice; a second holder's part is needed.")
                % {"name": holder.name}
            )
        keys[holder.number] = PrivateKey(part)
    for group in groups(poll):
        if set(group) <= keys.keys():
            return _unwrap(poll, group, keys)
    missing = [holder for holder in holders.values() if holder.number not in keys]
    raise HolderError(
        _("One more part is needed, from one of: %(names)s.") % {"names": _names(missing)}
        if parts
        else _("No key part was given.")
    )


def open_test_envelope(*, poll, parts: list[bytes], at=None) -> list[Holder]:
    """Seal a test ballot to the poll's key, open it with these parts, and record whose they were.

    A poll opens only when every holder has done so: a part that nobody has tried is no safety.
    """
    poll.refresh_from_db(fields=["wrapped"])
    secret = recover_secret(poll, parts)
    make_keys(poll.uid)
    nonce = new_part()
    sealed = seal_inner(load_keyring(poll.uid), b"test", [nonce])
    if open_inner(SealedBox(secret), sealed, marks_bytes=4, categories=1) != (b"test", [nonce], 0):
        raise HolderError(_("The test envelope did not open. The key files do not belong together."))
    publics = [public_half(part) for part in parts]
    proven = poll.key_holders.filter(public__in=publics)
    proven.update(proven_at=at or timezone.now())
    return list(proven)


def holder_fault(poll) -> str:
    """Return what the holders still have to do before the poll may open; '' for nothing."""
    if not poll.sealed:
        return "" if has_election_key(poll.uid) else _("The key has not been lent to the server yet.")
    holders = list(poll.key_holders.all())
    if len(holders) < poll.holders:
        return _("%(missing)d key holders have not made their part yet.") % {
            "missing": poll.holders - len(holders)
        }
    unproven = [holder for holder in holders if holder.proven_at is None]
    if unproven:
        return _("The test envelope has not been opened yet by: %(names)s.") % {"names": _names(unproven)}
    return ""


def _make_secret(poll):
    secret = bytes.fromhex(make_election_key(poll.uid, lend_to_server=False))
    publics = dict(poll.key_holders.values_list("number", "public"))
    wrapped = {}
    for group in groups(poll):
        data = secret
        for number in group:
            data = SealedBox(PublicKey(bytes.fromhex(publics[number]))).encrypt(data)
        wrapped["-".join(map(str, group))] = data.hex()
    poll.wrapped = wrapped
    poll.save(update_fields=["wrapped"])


def _unwrap(poll, group, keys):
    data = bytes.fromhex(poll.wrapped["-".join(map(str, group))])
    try:
        for number in reversed(group):
            data = SealedBox(keys[number]).decrypt(data)
    except CryptoError:
        raise HolderError(_("The wrapped key is damaged. Take it from the manifest's copy.")) from None
    secret = PrivateKey(data)
    if bytes(secret.public_key) != election_public(poll.uid):
        raise HolderError(_("The key that these parts open is not the key of this poll's ballots."))
    return secret


def _names(holders):
    return separated(holder.name for holder in holders)

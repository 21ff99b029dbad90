"""A key holder's file: what stands in it, and how parts are found again."""

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from nacl.public import PrivateKey

from .holders import HolderError, recover_secret
from .keyring import keys_of, write_private
from .manifest import plan_of
from .parts import PartError, part_lines, read_part


def part_file(poll, name: str, part: bytes) -> bytes:
    """Write a part with its instructions, so that the oldest text editor on Windows shows it.

    `poll` is None where the part is made away from the server, before anybody knows for which.
    """
    lines = [
        _("KEY FILE of the key holder %(name)s") % {"name": name},
        *([_("Poll: %(title)s (%(slug)s)") % {"title": poll.title, "slug": poll.slug}] if poll else []),
        "",
        who_opens(poll) if poll else _("This part was made on this computer. No server has a copy."),
        _("- Copy this file to two memory sticks, print it on paper, and lock them away in two places."),
        _("- Delete it from this computer, also from the download folder and the waste bin."),
        _("- Show it to nobody and do not send it, before the count or after."),
        _("- Bring it when the poll is closed: without it nobody can count."),
        _("- The four lines below are the key. They can also be typed in from paper."),
        "",
        *part_lines(part),
        "",
    ]
    return "\r\n".join(lines).encode("utf-8-sig")


def who_opens(poll) -> str:
    """Say how many parts open the ballots of a poll."""
    if poll.holders == 1:
        return _("Whoever has this file can open all ballots of this poll. The server keeps no copy.")
    return _("Two of the three key holders together can open all ballots. The server keeps no copy.")


def keep_on_this_machine(poll, number: int, text: bytes):
    """Keep a holder's file in `HOLDER_DIR`, where there is one: on the demo, never in production."""
    if settings.HOLDER_DIR:
        write_private(settings.HOLDER_DIR / f"{poll.uid}-{number}.txt", text.decode())


def parts_on_this_machine(poll) -> list[bytes]:
    """Return the parts that the demo keeps of a poll."""
    if not settings.HOLDER_DIR:
        return []
    return [read_part(path.read_bytes()) for path in sorted(settings.HOLDER_DIR.glob(f"{poll.uid}-*.txt"))]


def known_secret(poll) -> PrivateKey | None:
    """Return the election secret where this machine has it: kept by the demo, or lent by an unsealed poll."""
    plan = plan_of(poll)
    if not plan.rules["sealed"]:
        return keys_of(poll, plan).election_secret
    try:
        return recover_secret(poll, parts_on_this_machine(poll))
    except (HolderError, PartError):
        return None


def read_part_file(path: Path) -> bytes:
    """Read a holder's file from a path; PartError with a sentence where that fails."""
    try:
        return read_part(path.read_bytes())
    except OSError as error:
        raise PartError(
            _("The key file %(path)s cannot be read: %(why)s.") % {"path": path, "why": error.strerror}
        ) from None

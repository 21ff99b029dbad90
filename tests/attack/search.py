"""Looking for known bytes in what was taken: raw, in hex and in base64."""

import base64

import numpy


def forms(value: bytes) -> set[bytes]:
    """Return how a value may be written down."""
    return {
        value,
        value.hex().encode(),
        value.hex().upper().encode(),
        base64.b64encode(value).rstrip(b"="),
        base64.urlsafe_b64encode(value).rstrip(b"="),
    }


def find_all(data: bytes, needles):
    """Yield (offset, needle) for every place of every needle; each needle has eight bytes or more."""
    heads = {}
    for needle in needles:
        heads.setdefault(int.from_bytes(needle[:8], "little"), []).append(needle)
    if not heads:
        return
    wanted = numpy.array(sorted(heads), dtype="<u8")
    for shift in range(min(8, max(0, len(data) - 7))):
        words = numpy.frombuffer(data, dtype="<u8", offset=shift, count=(len(data) - shift) // 8)
        at = numpy.searchsorted(wanted, words)
        at[at == len(wanted)] = 0
        for index in numpy.flatnonzero(wanted[at] == words):
            offset = int(index) * 8 + shift
            for needle in heads[int(words[index])]:
                if data.startswith(needle, offset):
                    yield offset, needle


def find_any(disk, values):
    """Return the values that stand on the disk in any form."""
    written = {form: value for value in values for form in forms(value)}
    return {written[needle] for _at, needle in find_all(disk, written)}


def around(disk, values, near):
    """Yield (value, its place in the window, window) for each place of each value, `near` bytes each way.

    Where the value is written in hex, as in a dump, the window holds the line's hex decoded.
    """
    written = {value: value for value in values} | {value.hex().encode(): value for value in values}
    for offset, needle in find_all(disk, written):
        value = written[needle]
        start = max(0, offset - near)
        if needle == value:
            yield value, offset - start, disk[start : offset + len(needle) + near]
            continue
        line = disk[offset : disk.find(b"\n", offset)]
        words = [word.removeprefix(rb"\\x") for word in line.split(b"\t")]
        yield value, 0, b"".join(bytes.fromhex(word.decode()) for word in words if is_hex(word))


def is_hex(word):
    return len(word) % 2 == 0 and all(c in b"0123456789abcdef" for c in word)

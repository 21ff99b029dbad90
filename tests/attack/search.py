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
    if not heads or len(data) < 8:
        return
    wanted = numpy.array(sorted(heads), dtype="<u8")
    words = numpy.ndarray(len(data) - 7, dtype="<u8", buffer=data, strides=(1,))
    # Two bytes rule out nearly every place, and cost far less than a search for eight.
    begins = numpy.zeros(1 << 16, dtype=bool)
    begins[wanted & 0xFFFF] = True
    for shift in (0, 1):
        pairs = numpy.frombuffer(data, dtype="<u2", offset=shift, count=(len(words) - shift + 1) // 2)
        offsets = numpy.flatnonzero(begins[pairs]) * 2 + shift
        found = words[offsets]
        at = numpy.searchsorted(wanted, found)
        at[at == len(wanted)] = 0
        for index in numpy.flatnonzero(wanted[at] == found):
            offset = int(offsets[index])
            for needle in heads[int(found[index])]:
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

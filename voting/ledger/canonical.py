"""Canonical JSON (RFC 8785) for objects of strings, integers, booleans, lists and null."""

import json


def canonical(value) -> bytes:
    """Write `value` as RFC 8785 JSON.

    Floats and integers beyond 2**53-1 are refused with ValueError: they are where JSON writers differ.
    """
    _check(value)
    return _write(value).encode()


def parse_canonical(data: bytes):
    """Read what `canonical` writes and nothing else; ValueError for any other bytes."""
    data = bytes(data)
    try:
        value = json.loads(data)
        same = canonical(value) == data
    except RecursionError:
        raise ValueError("The JSON is nested too deeply.") from None
    if not same:
        raise ValueError("The JSON is not in canonical form (RFC 8785).")
    return value


def _check(value):
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return
    if isinstance(value, int):
        if abs(value) > 2**53 - 1:
            raise ValueError(f"{value} is beyond the integers that JSON keeps exactly.")
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError(f"The key {key!r} is not a string.")
            _check(item)
    else:
        raise ValueError(f"{type(value).__name__} has no place in canonical JSON.")


def _write(value):
    if isinstance(value, dict):
        # RFC 8785 3.2.3 sorts by UTF-16 code units, which differs from Python's order beyond the BMP.
        items = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be"))
        return "{" + ",".join(f"{_write(key)}:{_write(item)}" for key, item in items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_write, value)) + "]"
    return json.dumps(value, ensure_ascii=False)

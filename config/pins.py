"""Compare the folders that hold packages with a lock file; standard library only."""

import os
import sys


def missing(files, folders):
    """Yield what the lock files `files` pin and the folders do not hold in exactly that version."""
    import importlib.metadata

    for file in files:
        for package, version in pins(file.read_text(encoding="utf-8")):
            found = importlib.metadata.distributions(name=package, path=[str(f) for f in folders])
            if next((d.version for d in found), None) != version:
                yield f"{package}=={version}"


def pins(text):
    """Yield (package, version) for each line of a lock file whose marker holds here."""
    import re

    for line in text.splitlines():
        pin = re.match(r"([A-Za-z0-9][\w.-]*)(?:\[[\w,.-]+\])?==([^\s;\\]+)\s*(?:;([^\\]*))?", line)
        if pin and (not pin[3] or applies(pin[3])):
            yield pin[1], pin[2]


def applies(marker):
    """Evaluate the markers that lock files use: plain comparisons joined by `and` and `or`.

    Raises ValueError for any other form (PEP 508 allows more).
    """
    import operator
    import platform
    import re

    values = {
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
        "os_name": os.name,
        "platform_system": platform.system(),
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "implementation_name": sys.implementation.name,
    }
    signs = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}

    def holds(term):
        parts = re.fullmatch(r"\s*(\w+)\s*([=!<>]+)\s*['\"]([^'\"]*)['\"]\s*", term)
        if not parts or parts[1] not in values or parts[2] not in signs:
            raise ValueError(f"This marker cannot be read: {marker}")
        ours, theirs = values[parts[1]], parts[3]
        if parts[1].startswith("python"):
            ours, theirs = ([int(n) for n in re.findall(r"\d+", v)[:3]] for v in (ours, theirs))
        return getattr(operator, signs[parts[2]])(ours, theirs)

    return any(
        all(holds(term) for term in re.split(r"\band\b", part)) for part in re.split(r"\bor\b", marker)
    )

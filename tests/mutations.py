"""One changed byte in a bundle, a proof file or a pledge, and whether the verifier notices it.

The short version is in the tests. The long run, with as many changes as it is told:

    MUTATIONS=10000 python3 manage.py test --sqlite tests.test_ledger_mutations
"""

import os
import random
import shutil
from collections import Counter
from pathlib import Path

from voting.ledger.verify import LISTING, verify
from voting.ledger.verify.source import open_bundle

from .forger import write_files

COUNT = int(os.environ.get("MUTATIONS", "400"))


def mutated(data: bytes, chance) -> bytes:
    """Return data with one byte changed to another."""
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ chance.randrange(1, 256)]) + data[at + 1 :]


def accepted(folder: Path, pledge: str, proof: str) -> bool:
    """Say whether the verifier finds nothing wrong with a bundle and a voter's papers."""
    with open_bundle(folder) as bundle:
        return verify(bundle, pledges=[pledge], proofs=[proof]).good


def run(honest: Path, uid: str, pledge: str, proof: str, *, count=COUNT, seed=1) -> tuple[Counter, list]:
    """Change one byte `count` times; return how often each kind of file was tried, and what was accepted.

    Of a bundle's files every second one gets a listing that fits it, as a forger would make.
    """
    chance, tried, passed = random.Random(seed), Counter(), []
    files = {
        path.relative_to(honest).as_posix(): path.read_bytes() for path in honest.rglob("*") if path.is_file()
    }
    names = sorted(files)
    work = honest.with_name("mutated")
    for number in range(count):
        kind = chance.choice(["file", "file", "listed file", "listed file", "pledge", "proof"])
        name, papers = "", {"pledge": pledge, "proof": proof}
        shutil.rmtree(work, ignore_errors=True)
        changed = dict(files)
        if kind.endswith("file"):
            name = chance.choice(names)
            changed[name] = mutated(files[name], chance)
        else:
            papers[kind] = mutated(papers[kind].encode(), chance).decode("utf-8", "surrogateescape")
        if kind == "listed file" and name != LISTING:
            del changed[LISTING]
            write_files(work, uid, changed)
        else:
            for path, data in changed.items():
                (work / path).parent.mkdir(parents=True, exist_ok=True)
                (work / path).write_bytes(data)
        tried[name.split("/")[0].split("-")[0] if name else kind] += 1
        if accepted(work, **papers):
            passed.append((number, kind, name))
    return tried, passed

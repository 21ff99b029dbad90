"""The scene: polls with known voters, played through the real code in a process of its own.

It leaves `scene.pickle` in a folder and all log output in its `logs`. The sound poll is played as a
poll is run in earnest, and so is one by code; each of the others has one protection taken away, for the
controls.
"""

import contextlib
import pickle
import shutil
import time
from unittest import mock

from django.core.management import call_command
from django.db import connection

from tests.factories import make_list, make_open_poll
from voting import keeper, keyring
from voting.ledger.code import receipt_code

from . import people
from .disk import Copier, data_directory, read_waldump
from .run import Run
from .web import Visitor, look_up, table_away, web_server

SMALL = 50  # voters of a poll without a protection, and of those of other kinds
KNOWN = 40  # people on a roll, accounts


def play_all(folder, voters):
    """Play every poll and write down what there was to see."""
    begun = time.monotonic()
    call_command("migrate", verbosity=0)
    copier = Copier()
    provider = people.provider_here()
    people.environment(provider)
    with provider or contextlib.nullcontext(), web_server(folder / "logs" / "gunicorn.log") as port:
        planted = plant_code(port)
        runs = [Run("sound", voters, copier)]
        runs[0].cast_all(port=port)
        runs.append(Run("by_code", SMALL, copier, kind="code"))
        runs[-1].cast_all(port=port)
        runs.append(Run("by_roll", KNOWN, copier, people=people.OnTheRoll(KNOWN)))
        runs[-1].cast_all(port=port)
        if provider:
            provider.back = f"http://127.0.0.1:{port}/sign-in/"
            runs.append(Run("by_sign_in", KNOWN, copier, people=people.SignedIn(KNOWN, provider)))
            runs[-1].cast_all(port=port)
        for name in weaknesses():
            runs.append(Run(name, SMALL, copier, batch=1 if name == "batches_of_one" else 20))
            keyring.forget_loaded()  # The opening has made sound boxes, which would be used again.
            with weaknesses()[name]:
                runs[-1].cast_all()
        copier.take("open")
        for run in runs:
            with weaknesses().get(run.name, contextlib.nullcontext()):
                run.end()
        copier.take("after")
    scene = {
        "vendor": connection.vendor,
        "plays": {run.name: run.play() for run in runs},
        "statuses": runs[0].statuses,
        "pieces": copier.pieces,
        "waldump": read_waldump(),
        "planted": planted,
        "seconds": time.monotonic() - begun,
    }
    if connection.vendor == "postgresql":
        shutil.copy(data_directory().parent / "log", folder / "logs" / "postgresql.log")
    (folder / "scene.pickle").write_bytes(pickle.dumps(scene))


def weaknesses():
    """Return what takes one protection away, by the name of the poll that it is tried on."""

    def digest(self, role, *parts):
        # A key's fingerprint, of one part, stays as the manifest names it.
        return b"".join(parts[1:]) if role == "retry" and parts[1:] else sound_digest(self, role, *parts)

    sound_digest = keyring.Keyring.digest
    return {
        "not_sealed": mock.patch.multiple(keyring.Keyring, election_box=Clear, keeper_box=Clear),
        "tags_in_clear": mock.patch.object(keyring.Keyring, "digest", digest),
        "not_sorted": mock.patch.object(keeper, "sorted", lambda items, key=None: list(items), create=True),
        "weak_nonces": mock.patch("tests.attack.run.token_bytes", bytes),
        "batches_of_one": contextlib.nullcontext(),
    }


class Clear:
    """A sealed box that seals nothing."""

    encrypt = decrypt = staticmethod(bytes)


def plant_code(port):
    """Let a look-up fail while PostgreSQL logs failed statements, as it does unless told otherwise.

    From then on it is told otherwise, as the threat model asks. Returns the receipt code.
    """
    poll = make_open_poll(shortlist=make_list(candidates=(2, 2)))
    code = receipt_code({"1": b"planted"})
    with table_away("voting_ballot"):
        look_up(Visitor(port, 200), poll, code)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ALTER SYSTEM SET log_min_error_statement = 'panic'")
            cursor.execute("SELECT pg_reload_conf()")
        time.sleep(1)  # The sessions take it up between two statements, once the signal has arrived.
    return code

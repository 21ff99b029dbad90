"""Keys: files outside the database, each the one that the manifest names."""

import runpy
import stat
from unittest import mock

from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connections
from django.test import TestCase
from django.utils.translation import override

from voting.checks import keys_are_private
from voting.keyring import (
    ROLES,
    KeyringError,
    _loaded,
    load_keyring,
    make_election_key,
    make_keys,
    write_private,
)

from .factories import make_open_poll, secret_of, temporary_keys


@temporary_keys
class KeyFiles(TestCase):
    def setUp(self):
        self.enterContext(override("en"))
        _loaded.clear()
        self.addCleanup(_loaded.clear)
        self.poll = make_open_poll()
        self.folder = settings.KEY_DIR / self.poll.uid
        self.prints = load_keyring(self.poll.uid).fingerprints
        _loaded.clear()

    def test_every_role_has_a_file_that_the_owner_alone_can_read(self):
        files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in self.folder.iterdir()}
        self.assertEqual(files.keys(), {f"{role}.key" for role in ROLES} | {"election.pub", "ledger.pub"})
        self.assertEqual(set(files.values()), {0o600})
        self.assertEqual(stat.S_IMODE(self.folder.stat().st_mode), 0o700)

    def test_the_servers_folder_of_a_sealed_poll_never_holds_the_election_secret(self):
        content = "".join(path.read_text() for path in self.folder.iterdir())
        self.assertNotIn(bytes(secret_of(self.poll)).hex(), content)
        self.assertIsNone(load_keyring(self.poll.uid).election_secret)

    def test_an_unsealed_poll_lends_it_to_the_server(self):
        self.assertIsNotNone(load_keyring(make_open_poll(sealed=False).uid).election_secret)

    def test_the_manifest_names_every_key_and_no_two_polls_share_one(self):
        other = load_keyring(make_open_poll().uid).fingerprints
        self.assertEqual(self.prints.keys(), {*ROLES, "election"})
        self.assertFalse(set(self.prints.values()) & set(other.values()))

    def test_the_process_that_workers_are_forked_from_keeps_no_key(self):
        run_checks(databases=["default"])
        self.assertIn(self.poll.uid, _loaded, "the control: looking at the keys loads them")
        gunicorn = runpy.run_path(settings.BASE_DIR / "config" / "gunicorn.conf.py")
        with mock.patch.object(connections, "close_all"):
            gunicorn["on_starting"](None)
        self.assertNotIn(self.poll.uid, _loaded)

    def test_a_missing_key_is_named(self):
        (self.folder / "credential.key").unlink()
        with self.assertRaisesMessage(KeyringError, "credential.key is missing"):
            load_keyring(self.poll.uid, self.prints)

    def test_a_damaged_key_is_named(self):
        for content in ("", "zz", "00"):
            (self.folder / "keeper.key").write_text(content)
            with self.assertRaisesMessage(KeyringError, "keeper.key"):
                load_keyring(self.poll.uid, self.prints)

    def test_another_key_in_its_place_is_named(self):
        # The signer alone reads the ledger key, and compares it itself.
        for role in sorted(set(ROLES) - {"ledger"}):
            _loaded.clear()
            path = self.folder / f"{role}.key"
            kept = path.read_text()
            path.write_text("11" * 32)
            with self.assertRaisesMessage(KeyringError, role):
                load_keyring(self.poll.uid, self.prints)
            path.write_text(kept)
        _loaded.clear()
        self.assertEqual(load_keyring(self.poll.uid, self.prints).uid, self.poll.uid)

    def test_making_keys_again_replaces_none(self):
        make_keys(self.poll.uid)
        self.assertEqual(load_keyring(self.poll.uid).fingerprints, self.prints)
        with self.assertRaises(KeyringError):
            make_election_key(self.poll.uid, lend_to_server=False)

    def test_the_start_up_check_names_a_key_that_others_can_read(self):
        self.assertEqual(keys_are_private(None), [])
        (self.folder / "retry.key").chmod(0o644)
        self.addCleanup((self.folder / "retry.key").chmod, 0o600)
        (error,) = keys_are_private(None)
        self.assertIn("retry.key", error.msg)

    def test_the_start_up_check_names_a_missing_a_wrong_and_an_uncopied_key(self):
        self.assertEqual(run_checks(databases=["default"]), [])
        path = self.folder / "credential.key"
        kept = path.read_text()
        path.write_text("11" * 32)
        self.assert_start_refused("credential")
        path.unlink()
        self.assert_start_refused("credential.key is missing")
        path.write_text(kept)
        path.chmod(0o600)
        (settings.KEY_COPY_DIR / self.poll.uid / "keeper.key").unlink()
        self.assert_start_refused("second place")

    def assert_start_refused(self, words):
        _loaded.clear()
        with self.assertRaisesMessage(SystemCheckError, words):
            call_command("keep_ledger", "--once")

    def test_a_private_file_is_never_readable_by_others(self):
        path = settings.HOLDER_DIR / "part.key"
        write_private(path, "secret")
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(path.read_text(), "secret\n")

    def test_digests_tell_parts_apart(self):
        keys = load_keyring(self.poll.uid)
        self.assertNotEqual(keys.digest("retry", b"ab", b"c"), keys.digest("retry", b"a", b"bc"))
        self.assertNotEqual(keys.digest("retry", b"a"), keys.digest("credential", b"a"))

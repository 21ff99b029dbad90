"""The signer signs what extends the last head, remembers before it answers, and nothing else."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import TestCase, mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from voting import signer as signing
from voting.ledger.head import open_head
from voting.ledger.tree import Frontier, consistency_proof, leaf_hash
from voting.signer import Refused, Signer, alone, begin_memory, restore_memory

UID, ORIGIN = "0123456789abcdef0123", "demo.invalid/a/0123456789abcdef0123"


def root_of(hashes):
    """Return the root over leaf hashes."""
    tree = Frontier()
    for value in hashes:
        tree.append(value)
    return tree.root()


def node_of(hashes):
    """Return the function that gives the hash of any complete subtree over these leaf hashes."""
    return lambda level, index: root_of(hashes[index << level : (index + 1) << level])


class SignerCase(TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.keys, self.memory = Path(folder.name, "keys"), Path(folder.name, "memory")
        key = Ed25519PrivateKey.generate()
        self.public = key.public_key().public_bytes_raw()
        (self.keys / UID).mkdir(parents=True)
        (self.keys / UID / "ledger.key").write_text(key.private_bytes_raw().hex() + "\n")
        (self.keys / UID / "ledger.pub").write_text(self.public.hex() + "\n")
        begin_memory(self.memory, UID, ORIGIN)
        self.signer = Signer(self.keys, self.memory)
        self.hashes = [leaf_hash(f"leaf {number}".encode()) for number in range(40)]

    def root(self, size, hashes=None):
        return root_of((hashes or self.hashes)[:size])

    def proof(self, old, new, hashes=None):
        return consistency_proof(old, new, node_of(hashes or self.hashes)) if old else []

    def sign(self, old, new, hashes=None):
        return self.signer.sign(UID, new, self.root(new, hashes), self.proof(old, new, hashes))


class WhatIsSigned(SignerCase):
    def test_each_head_that_extends_the_last_one_is_signed(self):
        for old, new in ((0, 1), (1, 7), (7, 8), (8, 40)):
            head = open_head(self.sign(old, new), ORIGIN, self.public)
            self.assertEqual((head.checkpoint.size, head.checkpoint.root), (new, self.root(new)))

    def test_the_last_head_is_answered_again_as_it_was(self):
        note = self.sign(0, 5)
        self.assertEqual(self.sign(0, 5), note)
        self.assertEqual(self.signer.last(UID), note)

    def test_what_is_smaller_is_refused(self):
        self.sign(0, 8)
        with self.assertRaisesRegex(Refused, "does not extend"):
            self.sign(0, 5)

    def test_another_history_of_the_same_length_is_refused(self):
        self.sign(0, 8)
        with self.assertRaisesRegex(Refused, "does not extend"):
            self.sign(0, 8, [leaf_hash(b"other"), *self.hashes[1:]])

    def test_another_history_that_is_longer_is_refused_with_its_own_proof(self):
        self.sign(0, 8)
        with self.assertRaisesRegex(Refused, "does not extend"):
            self.sign(8, 12, [leaf_hash(b"other"), *self.hashes[1:]])

    def test_the_control_without_the_look_at_the_proof_the_other_history_is_signed(self):
        self.sign(0, 8)
        with mock.patch.object(signing, "verify_consistency"):
            self.sign(8, 12, [leaf_hash(b"other"), *self.hashes[1:]])

    def test_another_key_in_the_place_of_the_right_one_signs_nothing(self):
        path = self.keys / UID / "ledger.key"
        path.write_text(Ed25519PrivateKey.generate().private_bytes_raw().hex())
        with self.assertRaisesRegex(Refused, "does not belong"):
            self.sign(0, 3)
        self.assertNotIn("—", self.signer.last(UID))

    def test_a_size_of_nothing_is_never_signed(self):
        with self.assertRaises(Refused):
            self.sign(0, 0)


class WhatIsRemembered(SignerCase):
    def test_the_memory_is_on_disk_before_the_answer(self):
        steps = []
        real_sync, real_replace = os.fsync, Path.replace

        def replace(path, target):
            steps.append("named")
            return real_replace(path, target)

        with (
            mock.patch("os.fsync", lambda handle: steps.append("flushed") or real_sync(handle)),
            mock.patch.object(Path, "replace", replace),
        ):
            self.sign(0, 3)
        self.assertEqual(steps, ["flushed", "named", "flushed"])

    def test_a_signer_that_is_killed_before_the_answer_gives_the_same_head_again(self):
        note = self.sign(0, 3)
        self.assertEqual(Signer(self.keys, self.memory).sign(UID, 3, self.root(3), []), note)

    def test_without_memory_nothing_is_signed(self):
        self.sign(0, 3)
        (self.memory / f"{UID}.head").unlink()
        with self.assertRaisesRegex(Refused, "no memory"):
            self.sign(0, 3)

    def test_a_memory_that_was_tampered_with_is_noticed(self):
        path = self.memory / f"{UID}.head"
        self.sign(0, 8)
        lines = path.read_text().split("\n")
        path.write_text("\n".join([lines[0], "2", *lines[2:]]))
        with self.assertRaisesRegex(Refused, "damaged"):
            self.sign(0, 5)
        path.write_text("\n".join([*lines[:3], ""]))
        with self.assertRaisesRegex(Refused, "damaged"):
            self.sign(0, 5)

    def test_a_memory_is_never_begun_or_restored_over_another(self):
        note = self.sign(0, 3)
        begin_memory(self.memory, UID, ORIGIN)
        self.assertEqual(self.signer.last(UID), note)
        with self.assertRaisesRegex(Refused, "never replaced"):
            restore_memory(self.memory, UID, note)

    def test_a_poll_that_is_no_uid_reaches_no_file(self):
        with self.assertRaisesRegex(Refused, "no poll"):
            self.signer.last("../keys")


class TheProcess(SignerCase):
    def start(self):
        command = [sys.executable, "-m", "voting.signer", "--keys", self.keys, "--memory", self.memory]
        child = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ["PATH"]},
        )
        self.addCleanup(child.wait)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.stdin.close)
        return child

    def ask(self, child, line):
        child.stdin.write(line + "\n")
        child.stdin.flush()
        return json.loads(child.stdout.readline())

    def test_it_answers_line_by_line_and_refuses_nonsense_in_a_sentence(self):
        child = self.start()
        self.assertEqual(
            self.ask(child, json.dumps({"act": "last", "poll": UID}))["head"], self.signer.last(UID)
        )
        halves = json.dumps({"act": "sign", "poll": UID})
        for line in ("nonsense", "[]", "{}", '{"act": "burn"}', halves):
            self.assertIn("refused", self.ask(child, line))
        child.stdin.close()
        self.assertEqual(child.wait(timeout=10), 0)

    def test_a_second_signer_on_one_memory_does_not_start(self):
        with alone(self.memory):
            child = self.start()
            self.assertIn("Another signer", json.loads(child.stdout.readline())["refused"])
            self.assertEqual(child.wait(timeout=10), 1)

    def test_it_needs_no_django(self):
        code = "import sys; sys.modules['django'] = None; import voting.signer"
        done = subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)

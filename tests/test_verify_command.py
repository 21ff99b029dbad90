"""`python -m voting.ledger verify`: what it says, in which language, and with which exit status."""

import io
import json
import random
import subprocess
import sys
import tempfile
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import TestCase, mock

from django.conf import settings

from benchmarks import make_bundle
from voting.ledger.__main__ import main
from voting.ledger.pledge import Pledge, sign_pledge

from . import spec_example as example
from .homes import at_home

load_tests = at_home("sqlite", __name__)

BALLOTS = 60


class Terminal(io.StringIO):
    """Takes text as a terminal does."""

    def isatty(self):
        return True


def run(*arguments, terminal=False):
    """Run the command in this process; return exit status, output and errors."""
    out, err = io.StringIO(), Terminal() if terminal else io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(["verify", *map(str, arguments)])
    return status, out.getvalue(), err.getvalue()


def write_zip(path, files):
    """Write a ZIP file from pairs of names and bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return path


class VerifyCommand(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.bundle = cls.home / "counted"
        make_bundle.main(BALLOTS, cls.bundle)
        cls.files = [
            (path.relative_to(cls.bundle).as_posix(), path.read_bytes())
            for path in sorted(cls.bundle.rglob("*"))
            if path.is_file()
        ]
        cls.zip = write_zip(cls.home / "counted.zip", cls.files)
        cls.example = cls.home / "example"
        for name, data in example.bundle_files().items():
            path = cls.example / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def put(self, name, data):
        path = self.home / f"{self.id().rpartition('.')[2]}-{name}"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def test_a_folder_and_a_zip_file_of_it_are_accepted_with_the_same_report(self):
        status, report, errors = run(self.bundle, "--language", "en")
        self.assertEqual((status, errors), (0, ""))
        self.assertIn(f"✓ The count was repeated: {BALLOTS} ballots.", report)
        self.assertTrue(report.endswith("All that can be checked is right.\n"))
        self.assertEqual({line[0] for line in report.splitlines()[:-1]}, {"✓", "–"})
        self.assertEqual(run(self.zip, "--language", "en"), (0, report, ""))

    def test_it_speaks_chinese_unless_the_machine_speaks_english(self):
        for lang, said in (
            ("zh_CN.UTF-8", "凡能核验的均已通过。"),
            ("en_GB.UTF-8", "All that can be checked"),
        ):
            with mock.patch.dict("os.environ", LANG=lang):
                self.assertIn(said, run(self.bundle)[1])
                self.assertIn("凡能核验的", run(self.bundle, "--language", "zh")[1])

    def test_a_program_reads_the_same_as_json(self):
        status, out, _errors = run(self.bundle, "--json")
        report = json.loads(out)
        self.assertEqual((status, report["good"]), (0, True))
        for line in report["lines"]:
            self.assertEqual(line.keys(), {"check", "state", "en", "zh"})
            self.assertIn(line["state"], ("passed", "unchecked"))

    def test_it_takes_what_voters_and_newspapers_keep(self):
        pledge, proof = self.put("pledge.txt", example.PLEDGE), self.put("a.tlog-proof", example.PROOF)
        papers = ["--pledge", pledge, "--proof", proof, "--head", example.HEADLINE.lower()]
        status, report, _errors = run(
            self.example, *papers, "--manifest", example.SHA256.upper(), "--language", "en"
        )
        self.assertEqual(status, 0)
        for said in ("✓ A pledge was kept", "✓ A proof file shows entry 3", "✓ 1 heads from elsewhere"):
            self.assertIn(said, report)
        self.assertIn("✓ The manifest is the one named", report)

    def test_a_pledge_or_proof_that_is_no_good_fails_and_the_rest_is_still_checked(self):
        pledge, proof = (
            example.PLEDGE.replace("45:00Z", "46:00Z"),
            example.PROOF.replace("index 2", "index 1"),
        )
        cases = (
            ("--pledge", pledge, "The pledge is not signed as it should be"),
            ("--proof", proof, "A proof file does not hold"),
            ("--pledge", "", "The pledge is not signed as it should be"),
            ("--proof", "", "The proof file cannot be used"),
        )
        for option, text, said in cases:
            status, report, _errors = run(
                self.example, option, self.put("paper.txt", text), "--language", "en"
            )
            self.assertEqual(status, 1, said)
            self.assertIn(f"✗ {said}", report)
            self.assertIn("✓ All tiles and all heads belong to one tree of 3 entries.", report)
            self.assertIn("1 of these checks failed", report)

    def test_a_pledge_that_is_not_due_yet_is_neither_kept_nor_broken(self):
        later = Pledge(example.UID, example.SHA256, example.moment(59, 0), {"1": bytes(32)})
        pledge = self.put("pledge.txt", sign_pledge(later, example.PLEDGE_KEY))
        status, report, _errors = run(self.example, "--pledge", pledge, "--language", "en")
        self.assertEqual(status, 0)
        self.assertIn("– The ballot of the pledge due at", report)

    def test_two_pledges_for_one_ballot_are_pointed_out(self):
        again = Pledge(example.UID, example.SHA256, example.moment(46, 0), {"1": example.COMMITMENT})
        first, same = self.put("1.txt", example.PLEDGE), self.put("2.txt", example.PLEDGE)
        other = self.put("3.txt", sign_pledge(again, example.PLEDGE_KEY))
        for papers, sign in (((first, same), None), ((first, other), "–")):
            options = [word for path in papers for word in ("--pledge", path)]
            status, report, _errors = run(self.example, *options, "--language", "en")
            self.assertEqual(status, 0)
            lines = [line for line in report.splitlines() if "pledges" in line.lower() and "entry" in line]
            self.assertEqual(bool(lines), sign is not None)
            self.assertTrue(all(line.startswith(sign) for line in lines))

    def test_one_changed_byte_ends_with_1_and_a_sentence_in_either_language(self):
        files = dict(self.files)
        files["documents/marks-2.txt"] = files["documents/marks-2.txt"].replace(b"201", b"202", 1)
        path = write_zip(self.home / "changed.zip", files.items())
        for language, said in (
            ("en", "✗ documents/marks-2.txt is not the file"),
            ("zh", "✗ documents/marks-2.txt 与清单"),
        ):
            status, report, errors = run(path, "--language", language)
            self.assertEqual((status, errors), (1, ""))
            self.assertIn(said, report)

    def test_an_auditor_is_told_when_one_category_lacks_its_reveals(self):
        report = self.without("documents/reveals-3.jsonl")
        self.assertIn("✓ Category 2: 60 reveals", report)
        self.assertIn("– reveals-3.jsonl is not in these files", report)
        self.assertNotIn("– reveals-2.jsonl", report)

    def test_without_all_marks_the_count_is_not_called_repeated(self):
        report = self.without("documents/marks-3.txt", "documents/reveals-3.jsonl")
        self.assertIn("– marks-3.txt is not in these files", report)
        self.assertIn("– The marks are not all in these files", report)
        self.assertNotIn("The count was repeated", report)

    def without(self, *names):
        files = {name: data for name, data in self.files if name not in names}
        listing = json.loads(files[make_bundle.LISTING])
        listing["files"] = [file for file in listing["files"] if file["name"] in files]
        files[make_bundle.LISTING] = make_bundle.canonical(listing)
        path = self.home / f"{self.id().rpartition('.')[2]}.zip"
        status, report, _errors = run(write_zip(path, files.items()), "--language", "en")
        self.assertEqual(status, 0)
        return report

    def test_what_is_no_bundle_gets_a_sentence_and_2(self):
        whole = self.zip.read_bytes()
        inside = write_zip(self.home / "inside.zip", [(f"bundle/{name}", data) for name, data in self.files])
        with mock.patch("warnings.warn"):
            twice = write_zip(self.home / "twice.zip", [*self.files, self.files[0]])
        cases = (
            (self.home / "nothing.zip", "There is no file", "没有文件"),
            (self.put("text", "Trust us."), "is neither a folder nor a ZIP file", "也不是可读的 ZIP 文件"),
            (self.put("empty", ""), "is neither a folder nor a ZIP file", "也不是可读的 ZIP 文件"),
            (self.put("cut.zip", whole[: len(whole) // 2]), "is neither a folder nor a ZIP", "也不是可读的"),
            (self.home, "it has no bundle.json at its top", "最上层没有 bundle.json"),
            (inside, "it has no bundle.json at its top", "最上层没有 bundle.json"),
            (twice, "holds two files of one name", "有重名文件"),
        )
        for path, english, chinese in cases:
            for language, said in (("en", english), ("zh", chinese)):
                status, out, errors = run(path, "--language", language)
                self.assertEqual((status, out), (2, ""), path)
                self.assertIn(said, errors)
                self.assertEqual(errors.count("\n"), 1, errors)

    def test_papers_that_cannot_be_read_get_a_sentence_and_2(self):
        for path in (self.home / "nothing.txt", self.home, self.put("binary", b"\xff\xfe")):
            status, out, errors = run(self.bundle, "--pledge", path, "--language", "en")
            self.assertEqual((status, out), (2, ""))
            self.assertEqual(errors, f"The file {path} cannot be read as text.\n")

    def test_a_damaged_zip_file_is_refused_or_holds_the_same_files(self):
        whole, chance = self.zip.read_bytes(), random.Random(4)
        refused = 0
        for _ in range(150):
            at = chance.randrange(len(whole))
            data = whole[:at] + bytes([whole[at] ^ chance.randrange(1, 256)]) + whole[at + 1 :]
            path = self.put("damaged.zip", data)
            status, _out, _errors = run(path)
            refused += status != 0
            if status == 0:
                with zipfile.ZipFile(path) as archive:
                    self.assertEqual(dict(self.files), {n: archive.read(n) for n in archive.namelist()})
        self.assertGreater(refused, 75)

    def test_the_bar_is_drawn_only_where_it_is_wanted_and_wiped_at_the_end(self):
        bar = run(self.bundle, "--progress")[2]
        self.assertIn("] 0/", bar)
        self.assertTrue(bar.endswith("\r"))
        self.assertEqual(bar.split("\r")[-2].strip(), "")
        self.assertIn("] 0/", run(self.bundle, terminal=True)[2])
        self.assertEqual(run(self.bundle)[2], "")

    def test_it_runs_where_django_is_not_installed(self):
        code = (
            "import runpy, sys; sys.modules['django'] = None; "
            "runpy.run_module('voting.ledger', run_name='__main__', alter_sys=True)"
        )
        command = [sys.executable, "-c", code, "verify", self.bundle, "--language", "en"]
        found = subprocess.run(
            command, env={"PYTHONPATH": str(settings.BASE_DIR), "PYTHONUTF8": "1"}, capture_output=True
        )
        self.assertEqual((found.returncode, found.stderr), (0, b""))
        self.assertIn(b"All that can be checked is right.", found.stdout)

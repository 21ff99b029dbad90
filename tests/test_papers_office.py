"""LibreOffice opens every paper: no empty page, the mark on each, tables inside the page."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from unittest import skipUnless

from django.test import TestCase

from tests.factories import temporary_keys
from tests.homes import at_home
from tests.papers import BASE, certified_poll, somebody
from voting.papers import PAPERS, make_paper

load_tests = at_home("sqlite", __name__)

OFFICE = shutil.which("soffice")
TOOLS = OFFICE and shutil.which("pdftotext") and shutil.which("pdfinfo")
A4 = "pts (A4)"


@skipUnless(TOOLS, "LibreOffice or poppler-utils is not installed, so no paper is opened by another program.")
@temporary_keys
class OfficeTest(TestCase):
    def test_it_opens_all_of_them_and_every_page_carries_mark_and_number(self):
        poll = certified_poll(demo=True)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for paper in PAPERS:
                _name, data = make_paper(paper, poll, somebody(), BASE)
                Path(folder, f"{paper.name}.docx").write_bytes(data)
            command = [
                OFFICE,
                f"-env:UserInstallation=file://{folder}/office",
                "--headless",
                "--convert-to",
                "pdf",
                "--outdir",
                name,
                *sorted(map(str, folder.glob("*.docx"))),
            ]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
            for paper in PAPERS:
                with self.subTest(paper.name):
                    self.assert_pages(Path(folder, f"{paper.name}.pdf"), done)

    def assert_pages(self, file, done):
        self.assertTrue(file.exists(), done.stdout + done.stderr)
        info = subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout
        self.assertIn(A4, info)
        text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True)
        pages = text.stdout.split("\f")[:-1]
        self.assertEqual(len(pages), int(re.search(r"Pages:\s+(\d+)", info)[1]))
        for number, page in enumerate(pages, 1):
            self.assertIn("演示，非正式投票", page)
            self.assertRegex(page, rf"— ?{number} ?—")
            self.assertGreater(
                len("".join(page.split())), 45, f"page {number} of {file.name} is as good as empty"
            )
        if file.stem == "zero":
            self.assertEqual(len(pages), 1)

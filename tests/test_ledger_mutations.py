"""No byte of a bundle, of a proof file or of a pledge can be changed unnoticed."""

import shutil
import sys
import tempfile
from pathlib import Path
from unittest import mock

from django.test import TestCase

from voting.ledger import verify as verifier
from voting.ledger.verify import LISTING

from .counted import make_counted
from .factories import temporary_keys
from .homes import at_home
from .mutations import COUNT, accepted, run

load_tests = at_home("sqlite", __name__)


@temporary_keys
class OneByte(TestCase):
    @classmethod
    def setUpTestData(cls):
        home = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        poll, *cls.papers = make_counted(home, batches=3, each=5)
        cls.uid = poll.uid

    def test_is_noticed_wherever_it_is(self):
        self.assertTrue(accepted(*self.papers))
        honest, *papers = self.papers
        tried, passed = run(honest, self.uid, *papers)
        if COUNT > 1000:
            print(f"{COUNT} changes of one byte, by file: {dict(tried)}", file=sys.stderr)
        self.assertEqual(passed, [])
        self.assertGreater(len(tried), 7)

    def test_a_listing_for_another_audience_is_noticed(self):
        """One letter of the audience, which nothing else in a bundle depends on."""
        honest, *papers = self.papers
        work = honest.with_name("audience")
        shutil.copytree(honest, work)
        listing = (work / LISTING).read_bytes()
        (work / LISTING).write_bytes(listing.replace(b"auditor", b"auditop"))
        self.assertFalse(accepted(work, *papers))

    def test_the_control_a_verifier_that_does_not_look_accepts_some(self):
        honest, *papers = self.papers
        with mock.patch.object(
            verifier, "check_marks", lambda bundle, section: verifier_reveals[section.code]
        ):
            verifier_reveals = {}
            real = verifier.check_reveals

            def keep(bundle, plan, section, *rest):
                verifier_reveals[section.code] = real(bundle, plan, section, *rest)
                return verifier_reveals[section.code]

            blind = mock.patch.object(verifier, "_check_names")
            with mock.patch.object(verifier, "check_reveals", keep), blind:
                _tried, passed = run(honest, self.uid, *papers, count=400)
        self.assertTrue(passed)
        self.assertTrue(all("marks-" in name for _number, _kind, name in passed))

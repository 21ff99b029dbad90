"""A voter in a real browser: the steps that many browser tests take."""

from voting.models import Participation, PendingEnvelope

from .browser import BrowserCase
from .factories import make_open_poll
from .pages import english

CONFIRM = "Confirm my ballot"
NEXT = "Next: check the ballot"


class VoterCase(BrowserCase):
    """A browser test with an open poll, in English."""

    home = "postgresql"

    def setUp(self):
        super().setUp()
        self.poll = make_open_poll()

    def at(self, name, *arguments):
        return self.live_server_url + english(name, self.poll, *arguments)

    def open(self, name, *arguments, **options):
        page = self.new_page(**options)
        page.goto(self.at(name, *arguments))
        return page

    def box(self, page, value):
        return page.locator(f"input[value='{value}']").first

    def pick(self, page, *codes):
        for code in codes:
            self.box(page, code).click()

    def picked(self, page):
        return [box.input_value() for box in page.locator("input[type=checkbox]:checked").all()]

    def review(self, page):
        page.get_by_role("button", name=NEXT).click()
        page.get_by_role("heading", name="not sent yet").wait_for()

    def confirm(self, page):
        page.get_by_role("button", name=CONFIRM).click()
        page.wait_for_url("**/receipt/")
        page.get_by_role("heading", name="Your vote is in").wait_for()

    def vote(self, page, *codes):
        page.goto(self.at("ballot"))
        self.pick(page, *codes)
        self.review(page)
        self.confirm(page)

    def part(self, page, name):
        """Return one of the notices that only this device's own script shows."""
        return page.locator(f"#on-device [data-part={name}]")

    def kept(self, page):
        """Return the names of all that this device keeps of the site."""
        return sorted(page.evaluate("() => Object.keys(localStorage).map((key) => key.split(':')[0])"))

    def assert_ballots(self, count):
        self.assertEqual(Participation.objects.filter(poll_id=self.poll.pk).count(), count)
        self.assertEqual(PendingEnvelope.objects.filter(poll_id=self.poll.pk).count(), count)

"""A card's picture in a real browser: the code behind `#` fills the form and leaves the address."""

from .browser import BrowserCase
from .cards import CheapCodes, make_code_poll
from .factories import temporary_keys
from .pages import english


@temporary_keys
class CardScanned(CheapCodes, BrowserCase):
    def test_the_code_is_taken_from_the_address_and_nothing_is_sent_until_one_presses(self):
        poll, (card,) = make_code_poll()
        page = self.new_page()
        asked = []
        page.on("request", lambda request: asked.append((request.method, request.url)))
        page.goto(self.live_server_url + english("enter", poll) + "#" + card.link)
        page.locator("#from-picture").wait_for()
        self.assertEqual(page.locator("#id_code").input_value(), card.link)
        self.assertNotIn("#", page.url)
        self.assertEqual({method for method, _url in asked}, {"GET"})
        page.get_by_role("button", name="Check whether I can vote").click()
        page.get_by_role("heading", name="You can vote").wait_for()
        self.assertEqual([url for _method, url in asked if card.link in url.partition("#")[0]], [])
        self.assertEqual(self.complaints, [])

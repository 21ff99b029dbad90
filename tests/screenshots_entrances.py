"""The entrances by roll and by signing in: python3 manage.py test --sqlite tests.screenshots_entrances

They lie with the others in docs/screenshots and are drawn in the same way.
"""

from django.test import override_settings

from shortlist.models import Shortlist
from voting.demo import prepare_demo
from voting.signing_in import openid

from . import screenshots
from .browser import PHONE, BrowserCase
from .factories import temporary_keys
from .pages import address
from .rolls import PASSWORD, Mailbox, mailbox, make_roll_poll
from .signing_in import CLIENT, SECRET, Provider, make_sign_in_poll

PERSON, NUMBER = "A-1001", "13800138000"
WHY_ROLL = "为确保每位职工代表投一票，需要核对您的工号，并向您留存的手机号发送验证码。信息只用于本次投票。"
WHY_SIGN_IN = "为确保每个账号投一票，需要您用统一身份认证登录。信息只用于本次投票。"


@temporary_keys
class Entrances(BrowserCase):
    shoot = screenshots.Screenshots.shoot

    def setUp(self):
        super().setUp()
        screenshots.FOLDER.mkdir(exist_ok=True)
        prepare_demo()
        self.shortlist = Shortlist.objects.get()
        self.page = self.new_page(PHONE)

    def at(self, name, poll):
        return self.live_server_url + address(name, poll)

    def test_draw_the_entrance_by_roll(self):
        mailbox(self)
        poll = make_roll_poll(
            [(PERSON, NUMBER)],
            shortlist=self.shortlist,
            title="重大成果评选（职工代表投票）",
            roll_question="工号",
            purpose=WHY_ROLL,
        )
        self.page.goto(self.at("enter", poll))
        self.shoot(self.page, "enter-roll-phone")
        self.page.fill("[name=person]", PERSON)
        self.page.fill("[name=contact]", NUMBER)
        self.page.locator("#enter [type=submit]").click()
        self.page.wait_for_selector("[name=password]")
        self.page.fill("[name=password]", PASSWORD.search(Mailbox.messages[-1].text)[0])
        self.shoot(self.page, "enter-password-phone")
        self.page.locator("#enter [type=submit]").click()
        self.page.wait_for_selector("[data-device=ready]")
        self.assertEqual(self.complaints, [])

    def test_draw_the_entrance_by_signing_in(self):
        provider = self.enterContext(Provider(f"{self.live_server_url}/sign-in/"))
        names = {"OIDC_ISSUER": provider.issuer, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET}
        self.enterContext(override_settings(**names))
        openid._clients.clear()
        poll = make_sign_in_poll(
            shortlist=self.shortlist, title="重大成果评选（统一身份认证）", purpose=WHY_SIGN_IN
        )
        self.page.goto(self.at("enter", poll))
        self.shoot(self.page, "enter-sign-in-phone")
        self.page.locator("a.button[href*='/authorize']").click()
        self.page.wait_for_selector("[data-device=ready]")
        self.assertEqual(self.complaints, [])

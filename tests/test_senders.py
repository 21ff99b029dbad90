"""How one-time passwords leave the house: what the gateway gets, and what is said when it does not."""

import contextlib
import io
import json
import logging
import stat
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs

from django.test import SimpleTestCase, override_settings
from django.utils.translation import override

from voting.senders import Message, SendFailed, sender, sender_fault

from .stub_server import StubServer

MESSAGE = Message("13800138000", "042917", 'Ihr “Passwort” ist 042917 & "gut".')


def good(*asked):
    return 200, {}, b'{"code": "OK"}'


class SenderCase(SimpleTestCase):
    def gateway(self, answer=good, **settings):
        """Start a gateway and let the settings lead to it."""
        stub = self.enterContext(StubServer(answer))
        names = {"URL": stub.url + "/send", "SECONDS": 1, **settings}
        values = {f"PASSWORD_GATEWAY_{name}": value for name, value in names.items()}
        self.enterContext(override_settings(ONE_TIME_PASSWORD_SENDER="http", **values))
        return stub

    def failure(self):
        with override("en"), self.assertRaises(SendFailed) as caught:
            sender().send(MESSAGE)
        text = str(caught.exception)
        for secret in (MESSAGE.contact, MESSAGE.password):
            self.assertNotIn(secret, text)
        return text


class Gateway(SenderCase):
    def test_it_gets_number_and_sentence_as_json_with_the_secret_in_its_header(self):
        stub = self.gateway(HEADER="Authorization: Bearer s3cret", BODY='{"to": "$contact", "text": "$text"}')
        sender().send(MESSAGE)
        ((method, path, headers, body),) = stub.asked
        self.assertEqual((method, path), ("POST", "/send"))
        self.assertEqual(headers["Authorization"], "Bearer s3cret")
        self.assertIn("application/json", headers["Content-Type"])
        self.assertEqual(json.loads(body), {"to": MESSAGE.contact, "text": MESSAGE.text})

    def test_a_body_that_is_a_form_is_escaped_as_one(self):
        stub = self.gateway(BODY="mobile=$contact&content=$text&code=$password")
        sender().send(MESSAGE)
        fields = parse_qs(stub.asked[0][3].decode())
        self.assertEqual(fields["content"], [MESSAGE.text])
        self.assertEqual((fields["mobile"], fields["code"]), ([MESSAGE.contact], [MESSAGE.password]))

    def test_a_gateway_that_is_slow_broken_or_gone_gets_a_sentence(self):
        def slow(*asked):
            time.sleep(1.5)
            return good()

        cases = {
            "did not answer within 1 seconds": slow,
            "answered 500": lambda *asked: (500, {}, b"13800138000"),
            "answered 302": lambda *asked: (302, {"Location": "http://127.0.0.1:9/"}, b""),
        }
        for words, answer in cases.items():
            with self.subTest(words):
                self.gateway(answer)
                self.assertIn(words, self.failure())
        with StubServer(good) as stub:
            url = stub.url
        self.gateway(URL=url)
        self.assertIn("cannot be reached", self.failure())

    def test_a_gateway_that_says_200_to_everything_is_read(self):
        self.gateway(lambda *asked: (200, {}, b'{"code": "isv.AMOUNT_NOT_ENOUGH"}'), SUCCESS='"code": "OK"')
        self.assertIn("said no", self.failure())
        self.gateway(SUCCESS='"code": "OK"')
        sender().send(MESSAGE)

    def test_numbers_are_not_sent_in_the_clear_to_other_machines(self):
        with override_settings(ONE_TIME_PASSWORD_SENDER="http", PASSWORD_GATEWAY_URL="http://sms.example/"):
            self.assertIn("https://", self.failure())


class Shipped(SenderCase):
    def test_the_console_prints_past_the_log(self):
        said = io.StringIO()
        with (
            override_settings(ONE_TIME_PASSWORD_SENDER="console"),
            contextlib.redirect_stdout(said),
            self.assertNoLogs(level=logging.DEBUG),
        ):
            sender().send(MESSAGE)
        self.assertIn(MESSAGE.text, said.getvalue())

    def test_the_file_is_for_its_owner_alone(self):
        with TemporaryDirectory() as folder, override_settings(VAR_DIR=Path(folder)):
            with override_settings(ONE_TIME_PASSWORD_SENDER="file"):
                sender().send(MESSAGE)
                sender().send(MESSAGE)
            path = Path(folder, "one-time-passwords.txt")
            self.assertEqual(path.read_text().count(MESSAGE.text), 2)
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)

    def test_a_real_vote_does_not_open_with_a_sender_that_sends_nothing(self):
        with override("en"), override_settings(PRODUCTION=True, ONE_TIME_PASSWORD_SENDER="file"):
            self.assertIn("only writes passwords down", sender_fault(trial=False))
            self.assertEqual(sender_fault(trial=True), "")
        with override_settings(ONE_TIME_PASSWORD_SENDER=""):
            self.assertIn("ONE_TIME_PASSWORD_SENDER", sender_fault(trial=True))
        with override_settings(ONE_TIME_PASSWORD_SENDER="no.such.Sender"):
            self.assertIn("no.such.Sender", sender_fault(trial=True))
        with override_settings(ONE_TIME_PASSWORD_SENDER="http", PASSWORD_GATEWAY_URL=""):
            self.assertIn("PASSWORD_GATEWAY_URL", sender_fault(trial=False))

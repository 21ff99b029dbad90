"""Our signer makes and takes exactly what Django's does."""

import itertools

from django.core import signing
from django.test import SimpleTestCase, override_settings
from django.utils.crypto import salted_hmac

from voting.signed import PlainSigner, Signer, mac

OTHER = "another secret of fifty characters, which nobody guesses"


class SignedTest(SimpleTestCase):
    def test_each_takes_what_the_other_signed(self):
        for salt in ("voting.ticket", "票"):
            pairs = ((Signer, signing.TimestampSigner), (PlainSigner, signing.Signer))
            for value, pair in itertools.product(("", "a:b", "山西", "x" * 500), pairs):
                ours, django = (kind(salt=salt) for kind in pair)
                with self.subTest(salt=salt, value=value, signer=pair[1]):
                    self.assertEqual(ours.signature(value), django.signature(value))
                    self.assertEqual(django.unsign(ours.sign(value)), value)
                    self.assertEqual(ours.unsign(django.sign(value)), value)

    def test_a_signature_with_and_one_without_a_time_are_two_things(self):
        with self.assertRaises(ValueError):
            Signer(salt="a").unsign(PlainSigner(salt="a").sign("value"))
        self.assertNotEqual(PlainSigner(salt="a").unsign(Signer(salt="a").sign("value")), "value")

    def test_another_salt_secret_or_letter_is_refused(self):
        signed = Signer(salt="a").sign("value")
        with override_settings(SECRET_KEY=OTHER):
            strangers = Signer(salt="a").sign("value")
        for salt, text in (("b", signed), ("a", strangers), ("a", signed.replace("value", "valve"))):
            with self.subTest(text), self.assertRaises(signing.BadSignature):
                Signer(salt=salt).unsign(text)

    def test_what_an_older_secret_signed_is_taken_where_the_settings_name_it(self):
        with override_settings(SECRET_KEY=OTHER):
            signed, told = Signer(salt="a").sign("value"), mac("a", "value")
        self.assertNotEqual(told, mac("a", "value"))
        with override_settings(SECRET_KEY_FALLBACKS=[OTHER]):
            self.assertEqual(Signer(salt="a").unsign(signed), "value")

    def test_the_digest_is_that_of_djangos_salted_hmac(self):
        for value in ("mask", b"bytes"):
            self.assertEqual(mac("a", value), salted_hmac("a", value, algorithm="sha256").digest())

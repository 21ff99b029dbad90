"""The client's address comes from the number of trusted proxies alone; what a client sends moves nothing."""

import ipaddress

from django.test import RequestFactory, SimpleTestCase, override_settings

from tests.homes import at_home
from voting.client import UNKNOWN, client_address, client_kind, is_known, networks_of

load_tests = at_home("postgresql", __name__)

FORGED = ("9.9.9.9, ", "127.0.0.1,", "nonsense,", ",", "9.9.9.9,8.8.8.8,7.7.7.7, ", "2001:db8::9, ", "é, ")


def address(forwarded=None, remote="10.0.0.1"):
    """Return what the code makes of a header and the connection's own address."""
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return str(client_address(RequestFactory().get("/", REMOTE_ADDR=remote, **headers)))


class ClientAddress(SimpleTestCase):
    @override_settings(TRUSTED_PROXIES=0)
    def test_without_proxies_the_header_is_not_read(self):
        for forwarded in (None, "1.2.3.4", "1.2.3.4, 5.6.7.8"):
            self.assertEqual(address(forwarded), "10.0.0.1")

    @override_settings(TRUSTED_PROXIES=1)
    def test_behind_one_proxy_it_is_the_last_and_a_forged_beginning_changes_nothing(self):
        self.assertEqual(address("1.2.3.4"), "1.2.3.4")
        for forged in FORGED:
            self.assertEqual(address(forged + "1.2.3.4"), "1.2.3.4", forged)

    @override_settings(TRUSTED_PROXIES=2)
    def test_behind_two_proxies_it_is_the_last_but_one(self):
        self.assertEqual(address("1.2.3.4, 10.0.0.9"), "1.2.3.4")
        for forged in FORGED:
            self.assertEqual(address(forged + "1.2.3.4, 10.0.0.9"), "1.2.3.4", forged)

    def test_the_leftmost_would_be_the_clients_own_word(self):
        """The control: with one more proxy believed than there is, the client writes its own address."""
        with override_settings(TRUSTED_PROXIES=2):
            self.assertEqual(address("9.9.9.9, 1.2.3.4"), "9.9.9.9")

    def test_what_no_proxy_would_write_falls_back_to_the_connection(self):
        for proxies, forwarded in (
            (1, ""),
            (1, "nonsense"),
            (1, "1.2.3.4,"),
            (1, "1.2.3.4:80"),
            (1, "1.2.3"),
            (1, "[2001:db8::1]"),
            (1, "unknown"),
            (2, "1.2.3.4"),
            (3, "1.2.3.4, 5.6.7.8"),
            (1, "1" * 10_000),
        ):
            with override_settings(TRUSTED_PROXIES=proxies):
                self.assertEqual(address(forwarded), "10.0.0.1", forwarded)

    @override_settings(TRUSTED_PROXIES=1)
    def test_one_address_in_two_spellings_is_one(self):
        self.assertEqual(address("::ffff:1.2.3.4"), "1.2.3.4")
        self.assertEqual(address("2001:DB8:0::1"), "2001:db8::1")

    @override_settings(TRUSTED_PROXIES=0)
    def test_a_connection_without_an_address_is_unknown(self):
        self.assertEqual(address(remote=""), str(UNKNOWN))
        for text, known in (("0.0.0.0", False), ("127.0.0.1", False), ("::1", False), ("10.0.0.1", True)):
            self.assertEqual(is_known(ipaddress.ip_address(text)), known, text)


class Networks(SimpleTestCase):
    def near_and_wide(self, text):
        return networks_of(ipaddress.ip_address(text))

    def test_ipv4_has_its_32_and_24_bits(self):
        here, neighbour, other = map(self.near_and_wide, ("1.2.3.4", "1.2.3.5", "1.2.4.4"))
        self.assertEqual(here, (bytes([4, 32, 1, 2, 3, 4]), bytes([4, 24, 1, 2, 3])))
        self.assertNotEqual(here[0], neighbour[0])
        self.assertEqual(here[1], neighbour[1])
        self.assertNotEqual(here[1], other[1])

    def test_ipv6_has_its_64_and_48_bits(self):
        here = self.near_and_wide("2001:db8:1:2:3::1")
        self.assertEqual(here, self.near_and_wide("2001:db8:1:2:ffff::9"))
        neighbour = self.near_and_wide("2001:db8:1:3::1")
        self.assertNotEqual(here[0], neighbour[0])
        self.assertEqual(here[1], neighbour[1])
        self.assertNotEqual(here[1], self.near_and_wide("2001:db8:2:2::1")[1])

    def test_no_network_of_one_family_or_size_is_one_of_another(self):
        every = [part for text in ("32.1.13.184", "2001:db8::") for part in self.near_and_wide(text)]
        self.assertEqual(len(set(every)), 4)


class Kinds(SimpleTestCase):
    def kind(self, agent):
        return client_kind(RequestFactory().get("/", HTTP_USER_AGENT=agent))

    def test_the_usual_ones_are_told_apart(self):
        android = "Mozilla/5.0 (Linux; Android 9; MI 6) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
        apple = (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        )
        windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
        for agent, kind in (
            (android + "Chrome/86.0.4240.99 XWEB/3 MQQBrowser/6.2 MicroMessenger/8.0.1", "wechat 8 android"),
            (android + "Chrome/61.0.3163.98 Mobile Safari/537.36", "chrome 61 android"),
            (apple + "Version/17.4 Mobile/15E148 Safari/604.1", "safari 17 ios"),
            (apple + "Mobile/15E148 MicroMessenger/8.0.49", "wechat 8 ios"),
            (windows + "AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36 Edg/120.0", "edge 120 desktop"),
            (windows + "Gecko/20100101 Firefox/128.0", "firefox 128 desktop"),
            (windows + "AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36", "chrome 120 desktop"),
            (windows, "other desktop"),
            ("curl/8.5", "other"),
            ("", "none"),
            ("   ", "none"),
        ):
            self.assertEqual(self.kind(agent), kind)

    def test_it_is_short_whatever_is_sent(self):
        for agent in ("Chrome/" + "9" * 500, "Version/1" * 5000, "Trident/" * 5000, "x" * 100_000):
            self.assertLess(len(self.kind(agent)), 40)

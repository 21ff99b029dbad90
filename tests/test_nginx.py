"""The nginx of deploy/ starts, keeps public pages, and hands the application true addresses."""

import http.client
import shutil
import signal
import ssl
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks import proxy
from tests.homes import at_home

load_tests = at_home("postgresql", __name__)

HEADERS = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Accept-Encoding", "Host")


class Application(BaseHTTPRequestHandler):
    """Stand in for gunicorn: say what came, and be public under /public/ alone."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Answer with a page, public or private, or 304."""
        public = self.path.startswith("/public/")
        self.server.asked.append((self.command, self.path, {name: self.headers[name] for name in HEADERS}))
        fresh = self.headers["If-None-Match"] == '"etag"'
        self.send_response(304 if fresh and public else 200)
        age = "0" if "short" in self.path else "60"
        self.send_header("Cache-Control", f"public, max-age={age}" if public else "private, no-store")
        self.send_header("ETag", '"etag"')
        self.send_header("Vary", "Accept-Encoding")
        body = b"" if fresh and public else f"page for {self.headers['Accept-Encoding']}".encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        """Answer as to a GET once the body is read."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *said):
        """Say nothing."""


@unittest.skipUnless(
    proxy.binary() and shutil.which("openssl") and Path(proxy.TYPES).exists(),
    "nginx or openssl is not installed, so that deploy/nginx.conf was not tried",
)
class NginxTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="nginx-")
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.folder = Path(folder)
        # Its workers run as another user when it is started by root.
        cls.folder.chmod(0o755)
        cls.application = ThreadingHTTPServer(("127.0.0.1", 0), Application)
        cls.application.asked = []
        threading.Thread(target=cls.application.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.application.server_close)
        cls.addClassCleanup(cls.application.shutdown)
        cls.ports = proxy.write_conf(cls.folder, upstream=f"127.0.0.1:{cls.application.server_port}")
        cls.faults = proxy.faults_of(cls.folder)
        if cls.faults:
            raise AssertionError(cls.faults)
        running = proxy.nginx(cls.folder, cls.ports)
        cls.process = running.__enter__()
        cls.addClassCleanup(running.__exit__, None, None, None)

    def setUp(self):
        self.application.asked.clear()

    def ask(self, path, *, method="GET", body=None, headers=()):
        """Ask through TLS; return status, headers and body."""
        context = ssl._create_unverified_context()
        line = http.client.HTTPSConnection("127.0.0.1", self.ports["tls"], context=context, timeout=10)
        try:
            line.request(method, path, body=body, headers={"Host": "vote.example", **dict(headers)})
            answer = line.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            line.close()

    def test_the_configuration_is_right_and_a_wrong_one_is_noticed(self):
        self.assertEqual(proxy.faults_of(self.folder), "")
        broken = self.folder / "broken"
        broken.mkdir(mode=0o755)
        proxy.write_conf(broken)
        conf = broken / "shortlist.conf"
        conf.write_text(conf.read_text().replace("gzip off;", "gzip of;"))
        self.assertIn("gzip", proxy.faults_of(broken))

    def test_a_public_page_is_asked_for_once_for_each_packing(self):
        for encoding in ("", "br", "gzip", "gzip, deflate, br", "br, GZIP;q=0.5", "gzip;q=0"):
            _status, _headers, body = self.ask("/public/list", headers={"Accept-Encoding": encoding})
            packed = "gzip" in encoding.lower() and not encoding.endswith("q=0")
            self.assertEqual(body, f"page for {'gzip' if packed else None}".encode(), encoding)
        self.assertEqual(len(self.application.asked), 2)

    def test_a_private_page_is_asked_for_each_time(self):
        for _time in range(3):
            self.ask("/private")
        self.assertEqual(len(self.application.asked), 3)

    def test_a_copy_that_is_past_is_asked_for_by_its_etag(self):
        bodies = [self.ask("/public/short")[2] for _time in range(2)]
        self.assertEqual(bodies[0], bodies[1])
        self.assertEqual(len(self.application.asked), 2)

    def test_what_a_caller_writes_of_its_address_does_not_reach_the_application(self):
        forged = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9"}
        forged["Forwarded"] = "for=203.0.113.9"
        self.ask("/private", headers={**forged, "X-Forwarded-Proto": "http"})
        self.ask("/admin/", headers=forged)
        for _method, _path, came in self.application.asked:
            self.assertEqual(came["X-Forwarded-For"], "127.0.0.1")
            self.assertEqual(came["X-Forwarded-Proto"], "https")
            self.assertEqual((came["X-Real-IP"], came["Forwarded"]), (None, None))
            self.assertEqual(came["Host"], "vote.example")

    def test_static_files_come_from_here_packed_where_there_is_a_packed_copy(self):
        static = self.folder / "static"
        (static / "site.0123456789ab.css").write_text("plain")
        (static / "site.0123456789ab.css.gz").write_bytes(b"packed")
        (static / "site.js").write_text("script")
        status, headers, body = self.ask("/static/site.0123456789ab.css")
        self.assertEqual((status, body), (200, b"plain"))
        self.assertIn("immutable", headers["Cache-Control"])
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        packed = self.ask("/static/site.0123456789ab.css", headers={"Accept-Encoding": "gzip"})
        self.assertEqual((packed[1]["Content-Encoding"], packed[2]), ("gzip", b"packed"))
        self.assertNotIn("immutable", self.ask("/static/site.js")[1]["Cache-Control"])
        self.assertEqual(self.application.asked, [])

    def test_a_large_post_reaches_the_desk_alone(self):
        large = b"x" * 300_000
        self.assertEqual(self.ask("/admin/roll/", method="POST", body=large)[0], 200)
        self.assertEqual(self.ask("/p/x/review/", method="POST", body=large)[0], 413)
        self.assertEqual(self.ask("/p/x/review/", method="POST", body=large[:200_000])[0], 200)

    def test_the_log_names_no_address_and_no_page_and_has_no_line_for_a_post(self):
        self.ask("/p/x/cast/", method="POST", body=b"x")
        # Nobody else here asks so: once its line is written, all before it are.
        self.ask("/private-page", method="HEAD")
        log = self.folder / "log" / "shortlist.log"
        for _try in range(100):
            self.process.send_signal(signal.SIGUSR1)
            time.sleep(0.1)
            lines = log.read_text().splitlines()
            if any(" HEAD " in line for line in lines):
                break
        else:
            self.fail("A page that was read has no line.")
        for never in ("127.0.0.1", "private", "POST", "/p/"):
            self.assertNotIn(never, "\n".join(lines))

    def test_plain_http_leads_to_https(self):
        line = http.client.HTTPConnection("127.0.0.1", self.ports["plain"], timeout=10)
        self.addCleanup(line.close)
        line.request("GET", "/p/x/?order=2", headers={"Host": "vote.example"})
        answer = line.getresponse()
        self.assertEqual(
            (answer.status, answer.headers["Location"]), (301, "https://vote.example/p/x/?order=2")
        )

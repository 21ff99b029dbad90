"""Voters who come through a real gunicorn, and requests that fail, so that there are logs to attack."""

import contextlib
import http.client
import os
import socket
import sys
import time
from http.cookies import SimpleCookie
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection

from tests.pages import FIELD, english
from voting import processes
from voting.ledger.code import format_code
from voting.receipt import recall_receipt

ROOT = Path(__file__).resolve().parent.parent.parent


@contextlib.contextmanager
def web_server(log):
    """Serve this environment's site with the project's gunicorn settings; yield the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config", ROOT / "config" / "gunicorn.conf.py"]
    command += ["--bind", f"127.0.0.1:{port}"]
    environment = {**os.environ, "WEB_CONCURRENCY": "1"}
    with open(log, "wb") as output:
        child = processes.start(
            "gunicorn",
            [str(word) for word in command],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        wait_for(port)
        yield port
    finally:
        processes.stop([child])


def wait_for(port, seconds=60):
    """Wait until the server takes connections."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError("gunicorn did not start.")


class Visitor:
    """A browser with an address, a name and cookies of its own.

    On Linux it really comes from another loopback address; everywhere it names one as a proxy would.
    """

    def __init__(self, port, number):
        self.port = port
        self.source = f"127.0.{number // 200 + 1}.{number % 200 + 2}" if sys.platform == "linux" else ""
        self.address = f"198.51.{number // 200 + 100}.{number % 200 + 2}"
        self.agent = f"Browser-of-voter-{number}"
        self.cookies = {}

    def ask(self, method, path, fields=None, body=None, **headers):
        """Send one request and return status and text; 0 where the server hung up before it was sent."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, 20, source_address=(self.source, 0))
        headers |= {"User-Agent": self.agent, "X-Forwarded-For": self.address}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if fields is not None:
            body = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            link.request(method, path, body, headers)
            answer = link.getresponse()
        except (BrokenPipeError, ConnectionResetError):
            return 0, ""
        for header in answer.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        self.cookies = {name: value for name, value in self.cookies.items() if value}
        text = answer.read().decode("utf-8", "replace")
        link.close()
        return answer.status, text

    def review(self, poll, codes):
        """Post the ballot; return status and the hidden fields of the page to confirm."""
        picks = [(f"picks-{code[0]}", code) for code in codes]
        status, text = self.ask("POST", english("review", poll), picks)
        return status, dict(FIELD.findall(text))

    def enter(self, poll, card):
        """Show at the entrance the code that a card's picture holds."""
        path = english("enter", poll)
        _status, text = self.ask("GET", path)
        status, text = self.ask("POST", path, {**dict(FIELD.findall(text)), "code": card.link})
        if status != 303:
            raise AssertionError(f"The code was answered with {status}: {text[:500]}")

    def vote(self, poll, codes, card=None):
        """Go the whole way; return the credential, the posted fields and the receipt."""
        if card:
            self.enter(poll, card)
        _status, fields = self.review(poll, codes)
        status, text = self.ask("POST", english("cast", poll), fields)
        if status != 303:
            raise AssertionError(f"The vote was answered with {status}: {text[:500]}")
        self.ask("GET", english("receipt", poll))
        receipt = recall_receipt(SimpleNamespace(COOKIES=self.cookies), poll)
        number = self.cookies.get("device", "").split(":")[0]
        return card.link.encode() if card else bytes.fromhex(number), fields, receipt

    def traces(self, fields, receipt):
        """Return all that this voter sent or was given and that no log may hold."""
        return (
            *filter(None, (self.address, self.source)),
            self.agent,
            *self.cookies.values(),
            *(fields[name] for name in fields if name not in ("nonces_by", "codes")),
            fields["codes"],
            fields["codes"].replace(" ", "+"),
            receipt.code,
            format_code(receipt.code),
        )


def look_up(visitor, poll, code):
    """Post a receipt code to be found; return the status."""
    fields = {"code": code}
    _status, text = visitor.ask("GET", english("find", poll))
    fields |= {name: value for name, value in FIELD.findall(text) if name == "csrfmiddlewaretoken"}
    return visitor.ask("POST", english("find", poll), fields)[0]


def fail_in_many_ways(visitor, poll, codes, fields, receipt):
    """Send requests that are refused or that break the server; return the set of statuses."""
    picks = fields["codes"]
    cast, find = english("cast", poll), english("find", poll)
    statuses = {
        visitor.ask("GET", f"/nowhere/?picks={picks.replace(' ', '+')}")[0],
        visitor.ask("GET", f"{find}?code={receipt.code}")[0],
        visitor.ask("GET", cast)[0],
        visitor.ask("POST", cast, fields | {"csrfmiddlewaretoken": "x" * 64})[0],
        without_token(poll, codes, visitor.port),
        visitor.ask("POST", cast, fields, Origin="http://elsewhere.example", Host="x y")[0],
        visitor.ask("POST", cast, fields | {"ticket": "none"})[0],
        visitor.ask("POST", cast, fields | {"codes": "101 999 " + picks})[0],
        visitor.ask("POST", cast, fields | {"codes": "131 231"})[0],
        visitor.ask("POST", cast, fields | {"more": picks * 200_000})[0],
        visitor.ask("POST", cast, body=f"--x\r\n{picks}", **{"Content-Type": "multipart/form-data"})[0],
        look_up(visitor, poll, receipt.code),
    }
    with table_away("voting_participation"):
        statuses.add(visitor.review(poll, codes)[0])
    with table_away("voting_ballot"):
        statuses.add(look_up(visitor, poll, receipt.code))
    folder = settings.KEY_DIR / poll.uid
    folder.rename(f"{folder}-away")
    try:
        statuses.add(visitor.ask("POST", cast, fields)[0])
    finally:
        Path(f"{folder}-away").rename(folder)
    for line in (f"GET /?{picks} HTTP/9.9", f"{picks} {receipt.code}", f"POST {cast} HTTP/1.1\r\n{picks}"):
        with socket.create_connection(("127.0.0.1", visitor.port), 5, (visitor.source, 0)) as link:
            link.sendall(f"{line}\r\n\r\n".encode())
            link.recv(1000)
    return statuses


def without_token(poll, codes, port):
    """Confirm a ballot without the CSRF token, on a device that has not voted; return the status."""
    stranger = Visitor(port, 201)
    _status, fields = stranger.review(poll, codes)
    fields.pop("csrfmiddlewaretoken")
    return stranger.ask("POST", english("cast", poll), fields)[0]


@contextlib.contextmanager
def table_away(table):
    """Rename a table for a moment, so that a request which needs it breaks."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO out_of_reach")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE out_of_reach RENAME TO {table}")

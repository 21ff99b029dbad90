"""Voters who arrive at a constant rate, whatever the server does: the load of soak.py, cheap in CPU time.

It is a process of its own and prints a JSON line for each window and one for the whole. Latency counts from
when a request was due, so that a server that stalls does not hide those who had to wait. Each request is a
connection of its own, as a new voter's is.
"""

import argparse
import collections
import json
import resource
import select
import socket
import statistics
import sys
import time

CLIENTS = 16  # at once where the limit is looked for
MOST_OPEN = 2_000
PATIENCE = 30  # seconds
# Between a voter's review and the cast, in voters; a receipt is kept for some time to be looked up.
THINKING, RECEIPTS = 50, 5_000
PROOF_AGE = 20  # seconds; a ballot this old is under a signed head
TAKEN, SHOWN = 303, 200  # what casts and all others are answered


class Mix:
    """What voters do: list, a candidate, ballot, review and cast each, and every second looks at a receipt.

    Every tenth takes a proof file, once there is a ballot old enough. The file has a line for each voter:
    path of the poll, candidate's code, category, cookies, body of the review, body of the cast.
    """

    def __init__(self, lines, host):
        self.lines, self.host = lines, host
        self.reviewed = collections.deque()
        self.receipts = collections.deque(maxlen=RECEIPTS)
        self.voters = 0

    def requests(self):
        """Yield kind and bytes of one request after the other, as long as there are voters."""
        for line in self.lines:
            poll, candidate, category, cookies, review, cast = line.rstrip("\n").split("\t")
            self.voters += 1
            number = self.voters
            address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            yield "list", self.get(poll, address)
            yield "candidate", self.get(f"{poll}{candidate}/", address)
            yield "ballot", self.get(f"{poll}ballot/", address)
            yield "review", self.post(f"{poll}review/", address, cookies, review)
            self.reviewed.append((f"{poll}cast/", address, cookies, cast))
            if len(self.reviewed) > THINKING:
                yield "cast", self.post(*self.reviewed.popleft())
            if number % 2 == 0 and self.receipts:
                kind, inside, cookie = "receipt", "receipt/", self.receipts[-1][1]
                if number % 10 == 0 and time.perf_counter() - self.receipts[0][0] > PROOF_AGE:
                    kind, inside = "proof", f"receipt/proof-{category}.tlog-proof"
                    cookie = self.receipts[0][1]
                yield kind, self.get(poll + inside, address, cookie)

    def get(self, path, address, cookies=""):
        """Return the bytes of a GET."""
        return f"GET {path} HTTP/1.1\r\n{self.head(address, cookies)}\r\n".encode()

    def post(self, path, address, cookies, body):
        """Return the bytes of a POST."""
        kind = "Content-Type: application/x-www-form-urlencoded"
        length = f"Content-Length: {len(body)}"
        head = self.head(address, cookies)
        return f"POST {path} HTTP/1.1\r\n{head}{kind}\r\n{length}\r\n\r\n{body}".encode()

    def head(self, address, cookies):
        """Return the lines that all requests have."""
        cookie = f"Cookie: {cookies}\r\n" if cookies else ""
        return (
            f"Host: {self.host}\r\nConnection: close\r\nAccept-Encoding: gzip\r\n"
            f"X-Forwarded-For: {address}\r\n{cookie}"
        )

    def remember(self, answer):
        """Keep the receipt that came with a cast."""
        start = answer.find(b"Set-Cookie: receipt-")
        if start >= 0:
            cookie = answer[start + len(b"Set-Cookie: ") : answer.index(b";", start)].decode()
            self.receipts.append((time.perf_counter(), cookie))


class Call:
    """One request under way."""

    __slots__ = ("answer", "due", "kind", "line", "request")

    def __init__(self, kind, request, due):
        self.kind, self.request, self.due = kind, request, due
        self.answer, self.line = b"", None


class Crowd:
    """Send the requests and take the answers, in one loop."""

    def __init__(self, address, mix, windows):
        self.address, self.mix, self.windows = address, mix, windows
        self.poller, self.open = select.epoll(), {}

    def run(self, seconds, rate):
        """Send for some time: `rate` requests a second, or with 16 at once where it is 0."""
        requests, begin = self.mix.requests(), time.perf_counter()
        due, end, looked = begin, begin + seconds, begin
        while True:
            now = time.perf_counter()
            sending = now < end
            while sending and (due <= now if rate else len(self.open) < CLIENTS):
                following = next(requests, None)
                if following is None:
                    raise SystemExit("More voters are needed: the file has no more of them")
                self.send(*following, due if rate else time.perf_counter())
                if rate:
                    due += 1 / rate
            if not sending and not self.open:
                break
            wait = max(0.0, min(due - time.perf_counter(), 0.1)) if rate and sending else 0.1
            for number, _event in self.poller.poll(wait):
                self.progress(number)
            if now - looked > 1:
                looked = now
                self.give_up(now - PATIENCE)
            self.windows.tick(now, len(self.open))
        self.windows.close(time.perf_counter(), 0)

    def send(self, kind, request, due):
        """Open a connection and send a request."""
        if len(self.open) >= MOST_OPEN:
            self.windows.failed(kind, "not sent: too many are waiting")
            return
        call = Call(kind, request, due)
        call.line = socket.socket()
        call.line.setblocking(False)
        call.line.connect_ex(self.address)
        self.open[call.line.fileno()] = call
        self.poller.register(call.line.fileno(), select.EPOLLOUT)

    def progress(self, number):
        """Send what is not sent yet, or take what has come."""
        call = self.open[number]
        try:
            if call.request:
                call.request = call.request[call.line.send(call.request) :]
                if not call.request:
                    self.poller.modify(number, select.EPOLLIN)
                return
            piece = call.line.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError as error:
            self.end(number, type(error).__name__)
            return
        if piece:
            call.answer += piece
        else:
            self.end(number)

    def end(self, number, why=""):
        """Note how a request ended."""
        call = self.open.pop(number)
        self.poller.unregister(number)
        call.line.close()
        status = int(call.answer[9:12]) if call.answer[9:12].isdigit() else 0
        if why or status != (TAKEN if call.kind == "cast" else SHOWN):
            self.windows.failed(call.kind, why or f"{status}")
            return
        self.windows.done(call.kind, 1000 * (time.perf_counter() - call.due))
        if call.kind == "cast":
            self.mix.remember(call.answer)

    def give_up(self, before):
        """End what has waited too long."""
        for number, call in list(self.open.items()):
            if call.due < before:
                self.end(number, "timeout")


class Windows:
    """Counts and latencies of each window, printed when it is over."""

    def __init__(self, seconds, begin):
        self.seconds, self.begin, self.start = seconds, begin, begin
        self.counts, self.errors = collections.Counter(), collections.Counter()
        self.casts, self.all_casts, self.accepted = [], [], 0
        self.all_counts, self.all_errors = collections.Counter(), collections.Counter()

    def done(self, kind, milliseconds):
        """Count a request that was answered as it should be."""
        self.counts[kind] += 1
        if kind == "cast":
            self.casts.append(milliseconds)

    def failed(self, kind, why):
        """Count a request that was not."""
        self.errors[f"{kind}: {why}"] += 1

    def tick(self, now, waiting):
        """Print the window where it is over."""
        if now - self.start >= self.seconds:
            self.close(now, waiting)

    def close(self, now, waiting):
        """Print the window and begin the next."""
        line = {
            "at": round(now - self.begin, 2),
            "seconds": round(now - self.start, 2),
            "rate": round(self.counts.total() / (now - self.start), 1),
            "casts": self.counts["cast"],
            "errors": dict(self.errors),
            "waiting": waiting,
            **percentiles(self.casts),
        }
        print(json.dumps(line), flush=True)
        self.all_counts += self.counts
        self.all_errors += self.errors
        self.all_casts += self.casts
        self.counts.clear(), self.errors.clear(), self.casts.clear()
        self.start = now

    def whole(self, voters):
        """Return what the whole run found."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "whole": dict(self.all_counts),
            "errors": dict(self.all_errors),
            "seconds": self.start - self.begin,
            "voters": voters,
            "cpu": used.ru_utime + used.ru_stime,
            **percentiles(self.all_casts),
        }


def percentiles(values):
    """Return median and 99th percentile in milliseconds, nothing without values."""
    if len(values) < 2:
        return {}
    cuts = statistics.quantiles(values, n=100)
    return {"p50_ms": round(cuts[49], 1), "p99_ms": round(cuts[98], 1)}


def main(port, voters, skip, seconds, rate, window):
    """Run the load and print its lines."""
    with open(voters, encoding="ascii") as lines:
        for _line in range(skip):
            next(lines)
        mix = Mix(lines, f"127.0.0.1:{port}")
        windows = Windows(window, time.perf_counter())
        Crowd(("127.0.0.1", port), mix, windows).run(seconds, rate)
    print(json.dumps(windows.whole(mix.voters)), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("port", type=int)
    parser.add_argument("voters")
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--window", type=float, required=True)
    sys.exit(main(**vars(parser.parse_args())))

"""How fast the pages of an open poll are handed out, against a bare view and against nginx on a file.

.venv/bin/python benchmarks/pages.py [ROUNDS [SECONDS]]

List, ballot and a candidate's page, as a reader gets them who takes gzip: from gunicorn against a bare
Django view behind the same gunicorn, and from the nginx of deploy/nginx.conf, by TLS, against the same bytes
as a file of its static folder, logged as pages are. Interleaved rounds, 16 connections. Needs PostgreSQL,
nginx, openssl and wrk. Prints medians and ratios, and checks first that the file and both ways to a page give
the same bytes, and in the end that nginx answered from its cache.
"""

import collections
import gzip
import http.client
import ssl
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import proxy  # noqa: E402
from benchmarks.stage import (  # noqa: E402
    judge,
    load,
    median,
    memory_of,
    open_poll_on_the_real_list,
    server,
    stage,
    table,
    write_json,
)

CLIENTS = 16
ACCEPTS = ("Accept-Encoding: gzip",)


def main(rounds=5, seconds=3):
    """Run the rounds and print what came of them."""
    with stage() as folder:
        from voting.manifest import plan_of

        poll = open_poll_on_the_real_list()
        code = plan_of(poll).candidates[0].code
        paths = {"list": "", "ballot": "ballot/", "candidate": f"{code}/"}
        paths = {name: f"/p/{poll.slug}/{inside}" for name, inside in paths.items()}
        folder.chmod(0o755)  # nginx's workers run as another user when it is started by root.
        with server("benchmarks.peers.bare") as bare, server() as (site, gunicorn):
            ports = proxy.write_conf(folder, upstream=urlsplit(site).netloc)
            log_files_too(folder / "shortlist.conf")
            with proxy.nginx(folder, ports) as running:
                front = f"https://127.0.0.1:{ports['tls']}"
                sizes = {name: check(site, front, path, name, folder) for name, path in paths.items()}
                acts = {"bare view": (f"{bare[0]}/", bare[1])}
                for name, path in paths.items():
                    acts[f"{name}, gunicorn"] = (site + path, gunicorn)
                    acts[f"{name}, nginx"] = (front + path, running)
                    acts[f"{name}, static file"] = (f"{front}/static/{name}.html", running)
                found = {name: [] for name in acts}
                for _round in range(rounds):
                    for name, (address, process) in acts.items():
                        done = load(address, process, seconds=seconds, connections=CLIENTS, headers=ACCEPTS)
                        found[name].append(done)
                memory = max(memory_of(gunicorn))
                time.sleep(6)  # By then nginx has written its log.
                hits = cached_share(folder)
        report(found, sizes, hits, memory)


def log_files_too(conf):
    """Let the file have its line in the log, so that both sides do the same work but for where bytes lie."""
    text = conf.read_text()
    inside = text.index("location /static/")
    off = text.index("        access_log off;\n", inside)
    conf.write_text(text[:off] + text[off:].replace("        access_log off;\n", "", 1))


def check(site, front, path, name, folder):
    """Put a page's bytes into the static folder; return their number once all ways give the same ones."""
    status, headers, body = ask(site, path)
    if status != 200 or headers["Content-Encoding"] != "gzip":
        raise SystemExit(f"{path} answered {status}, packed as {headers['Content-Encoding']}")
    (folder / "static" / f"{name}.html").write_bytes(gzip.decompress(body))
    (folder / "static" / f"{name}.html.gz").write_bytes(body)
    for address in (path, path, f"/static/{name}.html"):
        status, headers, same = ask(front, address)
        if (status, headers["Content-Encoding"], same) != (200, "gzip", body):
            raise SystemExit(f"nginx gives other bytes for {address} ({status}, {len(same)} of {len(body)})")
    return len(body)


def ask(address, path):
    """Return status, headers and the bytes as they came."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        context = ssl._create_unverified_context()  # The certificate was made for this run.
        line = http.client.HTTPSConnection(parts.netloc, context=context, timeout=10)
    else:
        line = http.client.HTTPConnection(parts.netloc, timeout=10)
    line.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer.status, answer.headers, body


def cached_share(folder):
    """Return which part of the pages nginx answered from its cache, by its own log."""
    states = collections.Counter()
    with open(folder / "log" / "shortlist.log") as lines:
        for line in lines:
            states[line.rstrip().rpartition(" ")[2]] += 1
    del states["-"]  # Files.
    return 1 - (states["MISS"] + states["EXPIRED"]) / max(1, states.total())


def report(found, sizes, hits, memory):
    """Print figures and ratios, and keep them."""
    table(
        [
            [
                name,
                sizes.get(name.partition(",")[0], ""),
                f"{median([each.rate for each in rounds]):.0f}",
                f"{median([each.per_cpu for each in rounds]):.0f}",
                f"{median([each.p99 for each in rounds]):.1f}",
                sum(each.errors + each.refused for each in rounds),
            ]
            for name, rounds in found.items()
        ],
        ["", "bytes", "a second", "per CPU second", "p99 ms", "errors"],
    )
    ratios = {"errors": sum(each.errors + each.refused for rounds in found.values() for each in rounds)}
    for name in sizes:
        ratios[f"{name}: gunicorn/bare view"] = ratio(found, f"{name}, gunicorn", "bare view")
        ratios[f"{name}: nginx/its static file"] = ratio(found, f"{name}, nginx", f"{name}, static file")
    for name in sizes:
        pairs = zip(found[f"{name}, gunicorn"], found["bare view"], strict=True)
        ratios[f"{name}: the first, per CPU second"] = median(
            [own.per_cpu / bare.per_cpu for own, bare in pairs]
        )
    ratios["part that nginx had in its cache"] = hits
    wanted = {}
    for name in sizes:
        wanted[f"{name}: gunicorn/bare view"] = wanted[f"{name}: the first, per CPU second"] = ("≥", 0.7)
        wanted[f"{name}: nginx/its static file"] = ("≥", 0.8)
    wanted |= {"part that nginx had in its cache": ("≥", 0.999), "errors": ("≤", 0)}
    print()
    kept = judge(ratios, wanted)
    print(f"\nLargest web worker {memory:.0f} MB.")
    content = {
        name: {
            "rates": [round(each.rate, 1) for each in rounds],
            "per_cpu": [round(each.per_cpu, 1) for each in rounds],
            "p99_ms": [each.p99 for each in rounds],
        }
        for name, rounds in found.items()
    }
    write_json(
        "pages", {"kept": kept, "ratios": ratios, "bytes": sizes, "memory_mb": memory, "rounds": content}
    )


def ratio(found, name, peer):
    """Return the median over the rounds of one rate to the other's."""
    return median([one.rate / other.rate for one, other in zip(found[name], found[peer], strict=True)])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""Where the time of one cast goes: the same posts through the application in this process.

.venv/bin/python benchmarks/profile_cast.py [POSTS]

Prints milliseconds a cast, without and with the profiler, and the profiler's table.
"""

import cProfile
import io
import pstats
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.stage import open_poll_on_the_real_list, stage  # noqa: E402

LINES = 45


def main(count=2000):
    """Cast half of the posts as they are and half under the profiler."""
    with stage() as folder:
        from benchmarks.posts import write_posts
        from voting.manifest import plan_of

        poll = open_poll_on_the_real_list()
        write_posts(poll, plan_of(poll), count, folder / "posts")
        from config.wsgi import application

        lines = [line.split("\t") for line in (folder / "posts").read_text("ascii").splitlines()]
        requests = [environ(*line) for line in lines]
        for request in requests[:50]:
            send(application, request)
        half = len(requests) // 2
        begin, cpu = time.perf_counter(), time.process_time()
        for request in requests[50:half]:
            send(application, request)
        took, busy = time.perf_counter() - begin, time.process_time() - cpu
        each = 1000 / (half - 50)
        print(f"{took * each:.2f} ms a cast, {busy * each:.2f} ms of them this process's")
        profile = cProfile.Profile()
        profile.enable()
        for request in requests[half:]:
            send(application, request)
        profile.disable()
        text = io.StringIO()
        pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(LINES)
        print(text.getvalue())
        text = io.StringIO()
        pstats.Stats(profile, stream=text).sort_stats("cumtime").print_stats(LINES * 2)
        print(text.getvalue())


def environ(path, cookies, body):
    """Return what gunicorn would hand to the application."""
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_COOKIE": cookies,
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body.encode()),
        "wsgi.errors": sys.stderr,
    }


def send(application, request):
    """Send one request and make sure that the ballot was taken."""
    status = []
    response = application(request, lambda line, headers, *_: status.append(line))
    b"".join(response)
    getattr(response, "close", lambda: None)()
    if not status[0].startswith("303"):
        raise SystemExit(f"The ballot was not taken: {status[0]}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

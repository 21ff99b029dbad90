"""A small HTTP server on this machine that stands for somebody else's, started by a test."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StubServer:
    """Serves `answer(method, path, headers, body) -> (status, headers, body)` and keeps what was asked."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one(self):
                length = int(self.headers.get("Content-Length") or 0)
                asked = (self.command, self.path, dict(self.headers), self.rfile.read(length))
                stub.asked.append(asked)
                status, headers, body = stub.answer(*asked)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(BrokenPipeError):  # Whoever asked may have given up.
                    self.wfile.write(body)

            do_GET = do_POST = handle_one

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *arguments):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

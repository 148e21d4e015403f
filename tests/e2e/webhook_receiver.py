# SPDX-License-Identifier: Apache-2.0
"""A receiver of webhooks under test: takes what comes, refuses it, or lets it hang."""

import http.server
import json
import threading


class Receiver:
    """`messages` are what came to each path. What stands in `moods` for a path decides: "take" (the default), "refuse",
    "hang", or a function that is called before the answer."""

    def __init__(self):
        self.messages, self.moods = {}, {}
        self.closing = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server.server_port}/{path}"

    def told(self, path, event=None):
        """Messages that came to a path, of one event when given."""
        return [body for _, body in self.messages.get(path, []) if event in (None, body.get("event"))]

    def keys(self, path):
        return [headers["Idempotency-Key"] for headers, _ in self.messages.get(path, [])]

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def handler(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                path = self.path.strip("/")
                receiver.messages.setdefault(path, []).append((dict(self.headers), body))
                mood = receiver.moods.get(path, "take")
                if callable(mood):
                    mood()
                if mood == "hang":
                    receiver.closing.wait()
                try:
                    self.send_response(503 if mood == "refuse" else 200)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    pass

        return Handler

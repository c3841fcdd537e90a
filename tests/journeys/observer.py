"""A reverse proxy between a node and a network: it knows every request, and can act at one of them."""

import collections
import http.client
import http.server
import re
import threading
import time

from waiting import until

Request = collections.namedtuple("Request", "method path authorization status begun_us")

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


class Observer:
    """Forwards to `target`, "http://host:port". `requests` is what went by."""

    def __init__(self, target):
        self.target = target
        self.host, self.target_port = re.fullmatch(r"http://([^:/]+):(\d+)", target).groups()
        self.lock = threading.Lock()
        self.requests = []
        self.wanted = self.held = None
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def lose_answer(self, method, path, then):
        """The next such request reaches the network and is answered by it; `then` runs, and the node never hears."""
        with self.lock:
            self.wanted = (method, re.compile(path), then)

    def hold_answer(self, method, path, status, until_true):
        """The first answer with this status to such a request is passed on only when `until_true` holds."""
        with self.lock:
            self.held = (method, re.compile(path), status, until_true)

    def seen(self, method, path):
        with self.lock:
            return [r for r in self.requests if r.method == method and re.match(path, r.path)]

    def forget(self):
        with self.lock:
            self.requests.clear()

    def _action(self, method, path):
        with self.lock:
            if self.wanted and self.wanted[0] == method and self.wanted[1].match(path):
                then, self.wanted = self.wanted[2], None
                return then
        return None

    def _hold(self, method, path, status):
        with self.lock:
            if not self.held or self.held[0] != method or self.held[2] != status or not self.held[1].match(path):
                return
            until_true, self.held = self.held[3], None
        until("what an answer is held back for", until_true, 60)

    def _forward(self, method, path, headers, body):
        c = http.client.HTTPConnection(self.host, int(self.target_port), timeout=60)
        try:
            c.request(method, path, body, headers)
            answer = c.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            c.close()

    def _handler(self):
        observer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_one(self):
                begun_us = time.time_ns() // 1000
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
                headers["Host"] = f"{observer.host}:{observer.target_port}"
                then = observer._action(self.command, self.path)
                try:
                    status, answered, data = observer._forward(self.command, self.path, headers, body)
                except (OSError, http.client.HTTPException):
                    status, answered, data = 0, [], b""
                with observer.lock:
                    observer.requests.append(
                        Request(self.command, self.path, self.headers.get("Authorization", ""), status, begun_us))
                observer._hold(self.command, self.path, status)
                if then:
                    then()
                if then or status == 0:
                    self.close_connection = True  # nobody is there any more
                    return
                self.send_response_only(status)
                for name, value in answered:
                    if name.lower() not in HOP_BY_HOP:
                        # Where the network names itself, it is to be reached through us.
                        self.send_header(name, value.replace(observer.target, observer.url))
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_one

        return Handler

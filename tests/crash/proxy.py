"""A TCP proxy between a node and PostgreSQL that can lose the answer of one chosen commit."""

import selectors
import socket
import threading

SYNC, READY = b"S\x00\x00\x00\x04", b"Z\x00\x00\x00\x05"


class Proxy:
    """Forwards bytes. After `lose_answer(b"name")` the first connection whose client sends a message that contains
    these bytes gets no answer any more; once the server has answered all that was sent until then (a ReadyForQuery for
    each Sync), both ends are cut: the server has committed, and the client will never hear it."""

    def __init__(self, server_port):
        self.server_port = server_port
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.wanted = None
        self.lost = 0
        self.open = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_answer(self, text):
        with self.lock:
            self.wanted = text

    def close(self):
        self.listener.close()
        with self.lock:
            for s in self.open:
                s.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _strikes(self, data):
        with self.lock:
            if self.wanted is None or self.wanted not in data:
                return False
            self.wanted = None
            return True

    def _serve(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.server_port), timeout=10)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        with self.lock:
            self.open |= {client, server}
        try:
            self._pump(client, server)
        except (OSError, ValueError):
            pass
        finally:
            with self.lock:
                self.open -= {client, server}
            for s in (client, server):
                s.close()

    def _pump(self, client, server):
        """Bytes both ways until one side ends. `recent` is what the client sent last, so that a name which was cut
        in two by the network is found."""
        chosen, recent = False, b""
        asked, answered = Counter(SYNC), Counter(READY)
        with selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in ready.select():
                    data = key.fileobj.recv(65536)
                    if not data:
                        return
                    if key.fileobj is client:
                        # Before the first Sync come the answers to the start of the session.
                        if asked.count == 0:
                            answered.count = 0
                        asked.add(data)
                        recent = (recent + data)[-200_000:]
                        chosen = chosen or self._strikes(recent)
                        server.sendall(data)
                        continue
                    answered.add(data)
                    if not chosen:
                        client.sendall(data)
                        recent = b""
                    elif answered.count >= asked.count and recent.endswith(SYNC):
                        with self.lock:
                            self.lost += 1
                        return


class Counter:
    """Counts a message in a stream that may be cut anywhere."""

    def __init__(self, message):
        self.message, self.count, self.rest = message, 0, b""

    def add(self, data):
        data = self.rest + data
        self.count += data.count(self.message)
        self.rest = data[-(len(self.message) - 1):]

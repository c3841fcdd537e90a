"""A Redis of our own, which keeps nothing: started, killed, frozen."""

import signal
import socket

import processes
from waiting import until


class Redis:
    def __init__(self, folder):
        self.folder = folder
        self.port = processes.free_port()
        self.log = f"{folder}/redis.log"
        self.process = None
        self.start()

    def start(self):
        """Also after `kill`: on the same port, and empty."""
        self.process = processes.spawn(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                                        "--appendonly", "no", "--dir", self.folder], self.log)
        until("Redis answers", self.answers, 60, lambda: processes.tail(self.log))

    def answers(self):
        assert self.process.poll() is None, processes.tail(self.log)
        try:
            return self.ask("PING") == "PONG"
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process.poll() is None:
            self.kill()

    def ask(self, *words):
        """Sends one command; answers what came: a text, a number, None, or a list of these."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as s, s.makefile("rb") as answer:
            coded = [str(w).encode() for w in words]
            s.sendall(b"*%d\r\n" % len(coded) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in coded))
            return read_reply(answer)


def read_reply(stream):
    line = stream.readline()
    if not line:
        raise ConnectionError("Redis ended the connection")
    kind, rest = line[:1], line[1:-2].decode()
    if kind == b"+":
        return rest
    if kind == b":":
        return int(rest)
    if kind == b"$":
        return None if rest == "-1" else stream.read(int(rest) + 2)[:-2].decode()
    if kind == b"*":
        return [read_reply(stream) for _ in range(int(rest))]
    raise AssertionError(f"Redis says {line!r}")

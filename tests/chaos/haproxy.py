"""HAProxy in front of the nodes, with what deploy/cluster writes for it."""

import http.client
import os

import processes
from waiting import until

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


class Haproxy:
    """Looks like a node to people: a host and a port that take requests."""

    name, host = "front", "127.0.0.1"

    def __init__(self, folder, nodes):
        self.http_port = processes.free_port()
        self.log = f"{folder}/haproxy.log"
        servers = [f"{n.name}={n.http_port}" for n in nodes]
        settings = processes.run([f"{ROOT}/deploy/lib/haproxy-settings", str(self.http_port), *servers], "haproxy-settings")
        with open(f"{folder}/haproxy.cfg", "w", encoding="ascii") as f:
            f.write(settings)
        self.process = processes.spawn(["haproxy", "-db", "-f", f"{folder}/haproxy.cfg"], self.log)
        until("HAProxy answers", self.answers, 30, lambda: processes.tail(self.log))

    def takes_requests(self):
        return True

    def answers(self):
        assert self.process.poll() is None, processes.tail(self.log)
        c = http.client.HTTPConnection(self.host, self.http_port, timeout=5)
        try:
            c.request("GET", "/readyz")
            return c.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            c.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

"""Networks that can be cut: each node in a network namespace of its own, with one wire to the database, one to the other nodes and one
to everybody else. All of it lives in a namespace of this program and goes with it. Needs root."""

import os
import socket
import subprocess
import sys
import threading

import processes
from waiting import until

WIRES = {"database": 0, "peers": 1, "public": 2}
INSIDE = "TROUPE_CHAOS_NETWORKS"


def enter():
    """Starts this program again in a network namespace of its own, unless it is there already."""
    if os.environ.get(INSIDE):
        return
    os.environ[INSIDE] = "1"
    os.execvp("unshare", ["unshare", "--net", "--", sys.executable, "-B", *sys.argv])


def available():
    return os.geteuid() == 0 and subprocess.run(["unshare", "--net", "--", "true"], check=False, capture_output=True).returncode == 0


def ip(*words):
    processes.run(["ip", *words], f"ip {' '.join(words)}")


class Networks:
    def __init__(self, folder):
        self.folder = folder
        self.inside = {}  # {node: pid that holds its namespace}
        ip("link", "set", "lo", "up")
        for wire, number in WIRES.items():
            ip("link", "add", f"tr-{wire}", "type", "bridge")
            ip("addr", "add", f"{self.here(wire)}/24", "dev", f"tr-{wire}")
            ip("link", "set", f"tr-{wire}", "up")

    @staticmethod
    def here(wire):
        return f"10.77.{WIRES[wire]}.1"

    def there(self, node, wire):
        return f"10.77.{WIRES[wire]}.{10 + list(self.inside).index(node)}"

    def add(self, node):
        holder = processes.spawn(["unshare", "--net", "--", "sleep", "infinity"], f"{self.folder}/networks.log")
        own = os.stat("/proc/self/ns/net").st_ino
        until("the namespace is there", lambda: os.stat(f"/proc/{holder.pid}/ns/net").st_ino != own, 10)
        self.inside[node] = holder.pid
        within = ["nsenter", f"--net=/proc/{holder.pid}/ns/net", "--", "ip"]
        for wire in WIRES:
            ip("link", "add", f"{node}-{wire}", "type", "veth", "peer", "name", wire, "netns", str(holder.pid))
            ip("link", "set", f"{node}-{wire}", "master", f"tr-{wire}", "up")
            processes.run([*within, "addr", "add", f"{self.there(node, wire)}/24", "dev", wire], "ip addr add")
            processes.run([*within, "link", "set", wire, "up"], "ip link set up")
        processes.run([*within, "link", "set", "lo", "up"], "ip link set lo up")

    def prefix(self, node):
        return ["nsenter", f"--net=/proc/{self.inside[node]}/ns/net", "--"]

    def cut(self, node, wire):
        """From now on every packet vanishes, without a word to either side."""
        processes.run(["bridge", "link", "set", "dev", f"{node}-{wire}", "state", "0"], "bridge link set state")

    def mend(self, node, wire):
        processes.run(["bridge", "link", "set", "dev", f"{node}-{wire}", "state", "3"], "bridge link set state")

    def forward(self, port):
        """What listens on loopback here is reached from the nodes too. Answers the port there."""
        server = socket.create_server((self.here("public"), 0), backlog=256)

        def copy(source, target):
            try:
                while data := source.recv(65536):
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)
            except OSError:
                for s in (source, target):
                    s.close()  # a connection that was cut is cut on the other side too

        def serve():
            while True:
                client, _ = server.accept()
                try:
                    upstream = socket.create_connection(("127.0.0.1", port))
                except OSError:
                    client.close()
                    continue
                for s in (client, upstream):
                    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for pair in ((client, upstream), (upstream, client)):
                    threading.Thread(target=copy, args=pair, daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        return server.getsockname()[1]

"""Who may not join, and what it is told: refusals_test.py BUILD. One node is alive; others try to."""

import os
import shutil
import socket
import sys
import types

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "crash"))
# pylint: disable=wrong-import-position
import processes
from clocks import HOUR_S, Clock
from cluster import DATABASE, Cluster, Member
from waiting import until


def changed(node, old, new):
    """In its configuration; there has to be such a line."""
    with open(node.config, encoding="utf-8") as f:
        text = f.read()
    assert old in text, old
    with open(node.config, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new))


class Door:
    def __init__(self, cluster):
        self.cluster, self.count = cluster, 0

    def candidate(self, name, shared=None, clock=None):
        self.count += 1
        folder = f"{self.cluster.folder}/candidate{self.count}"
        os.makedirs(folder)
        shared = shared or f"{self.cluster.folder}/shared"
        os.makedirs(f"{shared}/media", exist_ok=True)
        return Member(self.cluster.nodes[0].program, folder, name, self.cluster.postgres.dsn(DATABASE), self.cluster.sandbox_url, shared,
                      clock=clock)

    def refuses(self, node, *words):
        node.start(ready=False)
        code = processes.wait_dead(node.process, "the node that does not fit", 60)
        said = processes.tail(node.log)
        assert code == 2, f"ended with {code}: {said}"
        for word in words:
            assert word in said, f"{word!r} is not in what it was told: {said}"


def strangers(cluster, node, address):
    """Who is no node and talks to the cluster's port gets nothing, and does no harm."""
    host, port = address.rsplit(":", 1)
    kept = []
    for sent in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", os.urandom(4096), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\xff" * 100_000, b""):
        s = socket.create_connection((host, int(port)), timeout=10)
        kept.append(s)
        try:
            s.sendall(sent)
            s.settimeout(1)
            s.recv(4096)
        except (socket.timeout, ConnectionError, BrokenPipeError):
            pass  # to be ignored or cut off is both right
    assert node.alive() and node.not_ready() == [], processes.tail(node.log)
    for s in kept:
        s.close()
    assert cluster.calm(), cluster.picture()


def main():
    processes.clean_up_when_stopped(False)
    build = os.path.abspath(sys.argv[1])
    folder = processes.folder("troupe-refusals-")
    options = types.SimpleNamespace(build=build, troupe=f"{build}/system/node/troupe", nodes=2, networks=False, redis=False, clocks=False,
                                    pair=False)
    cluster = Cluster(options, folder)
    try:
        cluster.start()
        door = Door(cluster)
        before = cluster.owners()
        address = cluster.sql("SELECT cluster_address FROM node WHERE name = 'a'")[0][0]

        # Another key file, which is also what a node meets that was pointed at another cluster's database.
        os.makedirs(f"{folder}/other")
        door.refuses(door.candidate("x", shared=f"{folder}/other"), "node.key_file", "copy the key file", "database.dsn")
        door.refuses(door.candidate("a"), "node.name: a node 'a'", "choose another name")
        same = door.candidate("x")
        changed(same, 'address = "127.0.0.1:' + config_port(same), f'address = "{address}"#')
        door.refuses(same, "cluster.address", "is that of node 'a'")
        alone = door.candidate("x")
        changed(alone, "[cluster]\naddress = ", "[cluster]\n#address = ")
        door.refuses(alone, "give each node an address")
        os.makedirs(f"{folder}/elsewhere/media")
        shutil.copy2(f"{folder}/shared/secret.keys", f"{folder}/elsewhere/secret.keys")
        door.refuses(door.candidate("x", shared=f"{folder}/elsewhere"), "media.directory", "all nodes need the same one")
        less = door.candidate("x")
        changed(less, "[cluster]\n", "[cluster]\nshards = 64\n")
        door.refuses(less, "cluster.shards", "made with 256")
        # A program with a sanitizer insists on being first in its own process, where libfaketime would be.
        for hours in () if "libasan" in processes.run(["ldd", options.troupe], "ldd") else (-1, 1):
            clock = Clock(f"{folder}/clock{hours}")
            clock.set(hours * HOUR_S)
            door.refuses(door.candidate("x", clock=clock), "the clock of this machine says", "set it right first")
        strangers(cluster, cluster.nodes[0], address)

        assert cluster.owners() == before, "somebody who was refused has moved shards"
        # And who does fit is taken in.
        fits = door.candidate("x")
        fits.start()
        until("it owns shards", lambda: any(o == "x" for o, _, _ in cluster.owners().values()), 60, cluster.picture)
        fits.stop()
        cluster.stop()
        assert not cluster.surprises, cluster.surprises
    finally:
        cluster.remove()
        processes.remove(folder)
    print("good")


def config_port(node):
    with open(node.config, encoding="utf-8") as f:
        return next(line for line in f if line.startswith('address = "127.0.0.1:')).split(":")[1].strip().strip('"') + '"'


if __name__ == "__main__":
    main()

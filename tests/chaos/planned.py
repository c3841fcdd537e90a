"""What operators do to a cluster that runs: the same programs that they use, and what they need to be told about its nodes."""

import http.server
import os
import shutil
import threading

import processes
from faults import fault, shards_of, wait
from haproxy import ROOT
from waiting import now_us, until


class Hands:
    """Does to a node what deploy/rolling-upgrade asks for: POST /stop/a, /replace/a, /start/a on loopback."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.done = []  # (what, node), in order
        hands = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                _, what, name = self.path.split("/")
                try:
                    getattr(hands, what)(next(n for n in cluster.nodes if n.name == name))
                    hands.done.append((what, name))
                    self.send_response(204)
                except AssertionError as e:
                    cluster.note("broken", name, str(e)[-1000:])
                    self.send_response(500)
                self.end_headers()

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def command(self, what):
        return f'curl -fsS --noproxy "*" -m 60 -X POST "http://127.0.0.1:{self.server.server_port}/{what}/$TROUPE_NODE"'

    @staticmethod
    def stop(node):
        node.held, node.may_end = True, "told to stop"
        node.stop()

    def replace(self, node):
        new = f"{self.cluster.folder}/{node.name}/troupe.{now_us()}"
        try:
            os.link(node.program, new)
        except OSError:  # another file system
            shutil.copy2(node.program, new)
        node.program = new

    @staticmethod
    def start(node):
        node.held = False
        until(f"node {node.name} is started", node.alive, 60)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@fault
def rolling_upgrade(cluster, _dice):
    """deploy/rolling-upgrade, one node after the other."""
    begin, hands = now_us(), Hands(cluster)
    try:
        processes.run([f"{ROOT}/deploy/rolling-upgrade", "--config", cluster.nodes[0].config, "--program", cluster.nodes[0].program,
                       "--stop", hands.command("stop"), "--replace", hands.command("replace"), "--start", hands.command("start")],
                      "deploy/rolling-upgrade", env=cluster.nodes[0].env, seconds=300)
    finally:
        hands.close()
    wanted = [(what, n.name) for n in cluster.nodes for what in ("stop", "replace", "start")]
    assert hands.done == wanted, f"the nodes were replaced in another order: {hands.done}"
    for n in cluster.nodes:
        runs = os.readlink(f"/proc/{n.process.pid}/exe")
        assert runs == n.program, f"node {n.name} runs {runs}, not {n.program}"
    return {"nodes": "all", "begin_us": begin, "struck": {}, "planned": True}


@fault
def drain(cluster, dice):
    """A node's shards are handed to the others, and come back."""
    node = dice.choice(cluster.nodes)
    struck = shards_of(cluster.owners(), node)
    begin = now_us()
    cluster.nodes[0].command("drain", node.name)
    kept = shards_of(cluster.owners(), node)
    assert not kept, f"node {node.name} is drained and owns {len(kept)} shards"
    wait(dice.uniform(1, 2), "the others have its shards")
    cluster.nodes[0].command("rebalance")
    return {"nodes": node.name, "begin_us": begin, "struck": struck, "planned": True}

"""What operators see and order of a cluster, from any of its nodes: operators_test.py BUILD"""

import http.client
import json
import os
import sys
import types
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "crash"))
# pylint: disable=wrong-import-position
import processes
from cluster import DATABASE, Cluster
from node import fetch
from waiting import until


class Operator:
    """The admin listener of one node."""

    def __init__(self, node):
        self.node = node
        with open(f"{node.folder}/data/admin.token", encoding="ascii") as f:
            self.token = f.read().strip()

    def ask(self, method, path, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.node.admin_port, timeout=30)
        head = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            head["Content-Type"] = "application/json"
        try:
            c.request(method, f"/admin/v1{path}", json.dumps(body) if body is not None else None, head)
            answer = c.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            c.close()

    def must(self, status, method, path, body=None):
        got, answer = self.ask(method, path, body)
        assert got == status, f"node {self.node.name}: {method} {path} answered {got}, not {status}: {answer}"
        return answer

    def get(self, path):
        return self.must(200, "GET", path)


def quoted(path):
    return urllib.parse.quote(path, safe="")


def every_node_shows_every_tree(all_of_them):
    for o in all_of_them:
        items = o.get("/cluster/actors?depth=2")["items"]
        assert [n["name"] for n in items] == ["a", "b", "c"], items
        for n in items:
            assert n["answered"] and n["problem"] is None and n["self"] == (n["name"] == o.node.name), n
            assert n["tree"]["path"] == n["name"] and n["tree"]["children_count"] == 3, n


def another_nodes_actors_are_shown_in_depth(cluster, a, b):
    shard = next(s for s, (owner, _, _) in cluster.owners().items() if owner == "b")
    here, there = (o.get(f"/actors?path=b%2Fcontent%2F{shard}&depth=1") for o in (a, b))
    assert here["path"] == there["path"] == f"b/content/{shard}", (here, there)
    detail = a.get(f"/actors/{quoted(f'b/content/{shard}')}")
    assert "dispatcher" in detail["details"], detail
    assert a.ask("GET", f"/actors/{quoted('b/content/0/post:x')}")[0] == 404
    assert a.ask("GET", "/actors?path=nobody")[0] == 404
    assert a.ask("GET", "/actors?path=b&depth=9")[0] == 422
    nothing = f"b/content/{shard}/post:00000000-0000-4000-8000-000000000000"
    assert a.ask("POST", "/quarantine/lift", {"path": nothing})[0] == 404
    # One process may not be told to end by way of another one.
    assert a.ask("POST", "/nodes/b/drain", {"why": "not"})[0] == 422


def a_node_that_is_frozen_is_shown_as_such(cluster, a, frozen):
    frozen.may_end, process = "frozen", frozen.process
    frozen.freeze()
    items = a.get("/cluster/actors?depth=0")["items"]
    silent = [n for n in items if not n["answered"]]
    assert [n["name"] for n in silent] == [frozen.name] and silent[0]["problem"] and silent[0]["tree"] is None, items
    assert sum(n["answered"] for n in items) == 2, items
    status, answer = a.ask("GET", f"/actors?path={frozen.name}")
    # When its lease has run out meanwhile, it is no node any more.
    assert status in (503, 404), (status, answer)
    frozen.thaw()
    until("the frozen node has ended or is back", lambda: process.poll() is not None or cluster.calm(), 60, cluster.picture)
    cluster.wait_calm()


def a_node_that_leaves_answers_until_balancers_have_heard(cluster, leaving):
    """It says that it is not ready, has nothing any more, and still answers for its notice: five seconds here."""
    leaving.may_end = "told to stop"
    leaving.process.terminate()
    until("it has given its shards away", lambda: all(owner != leaving.name for owner, _, _ in cluster.owners().values()), 60)
    answers = [fetch(leaving.http_port, path)[0] for _ in range(25) for path in ("/readyz", "/v1/me")]
    assert answers == [503, 401] * 25, answers
    cluster.wait_calm()


def drains_and_rebalance(a, b, c):
    rows = {n["name"]: n for n in a.get("/nodes")["items"] if n["state"] == "active"}
    assert set(rows) == {"a", "b", "c"} and all(n["shards"] > 0 and n["epoch"] > 0 and n["lease_ms"] > 0 for n in rows.values()), rows
    assert all(n["cluster_address"] and n["version"] for n in rows.values()), rows
    left = a.must(202, "POST", "/nodes/b/drain")
    assert left["name"] == "b" and left["incarnation"] == rows["b"]["incarnation"] and left["shards_left"] > 0, left
    # Asked of another node, and of itself: the same progress.
    until("b is drained", lambda: c.must(202, "POST", "/nodes/b/drain")["shards_left"] == 0, 60)
    assert b.must(202, "POST", "/nodes/b/drain")["shards_left"] == 0
    row = next(n for n in b.get("/nodes")["items"] if n["name"] == "b" and n["state"] == "draining")
    assert row["shards"] == 0, row
    until("c is drained", lambda: a.must(202, "POST", "/nodes/c/drain")["shards_left"] == 0, 60)
    status, answer = a.ask("POST", "/nodes/a/drain")
    assert status == 409 and "no other node" in answer["detail"], (status, answer)
    assert a.ask("POST", "/nodes/nobody/drain")[0] == 404
    assert a.must(202, "POST", "/rebalance")["shards_left"] > 0
    until("all shards are where they belong", lambda: b.must(202, "POST", "/rebalance")["shards_left"] == 0, 60)
    return rows


def a_shard_tells_its_owners(cluster, a):
    for shard, (owner, run, epoch) in list(cluster.owners().items())[:8]:
        s = a.get(f"/shards/{shard}")
        assert (s["owner_node"], s["owner_incarnation"], s["epoch"]) == (owner, run, epoch), s
        epochs = [h["epoch"] for h in s["history"]]
        assert s["history"][0]["node"] == owner and epochs == sorted(epochs, reverse=True) and epochs[0] == epoch, s
    for wrong in ("256", "-1", "x", "99999999999999999999"):
        assert a.ask("GET", f"/shards/{wrong}")[0] == 404


def the_command_line_says_the_same(cluster, a):
    said = cluster.nodes[0].command("nodes").splitlines()[1:]
    rows = {(n["name"], str(n["incarnation"]), n["state"], str(n["shards"])) for n in a.get("/nodes")["items"]}
    told = {(w[0], w[1], w[2], w[4]) for w in (line.split() for line in said)}
    assert rows == told, (rows, told)
    said = cluster.nodes[0].command("shard", "7")
    s = a.get("/shards/7")
    assert f"node {s['owner_node']} (run {s['owner_incarnation']}) at epoch {s['epoch']}" in said, (said, s)


def strangers_are_refused(a):
    token, a.token = a.token, "wrong"
    for method, path in (("POST", "/nodes/b/drain"), ("POST", "/rebalance"), ("GET", "/cluster/actors"), ("GET", "/shards/0")):
        assert a.ask(method, path)[0] == 401, path
    a.token = token


def main():
    processes.clean_up_when_stopped(False)
    build = os.path.abspath(sys.argv[1])
    folder = processes.folder("troupe-operators-")
    cluster = Cluster(types.SimpleNamespace(build=build, troupe=f"{build}/system/node/troupe", nodes=3, networks=False,
                                            redis=False, clocks=False, pair=False), folder)
    try:
        cluster.nodes[2].env["TROUPE_NODE_LEAVE_NOTICE_MS"] = "5000"
        cluster.start()
        a, b, c = (Operator(n) for n in cluster.nodes)
        every_node_shows_every_tree([a, b, c])
        another_nodes_actors_are_shown_in_depth(cluster, a, b)
        strangers_are_refused(a)
        drains_and_rebalance(a, b, c)
        cluster.wait_calm()
        a_shard_tells_its_owners(cluster, a)
        the_command_line_says_the_same(cluster, a)
        a_node_that_is_frozen_is_shown_as_such(cluster, a, cluster.nodes[2])
        a_node_that_leaves_answers_until_balancers_have_heard(cluster, cluster.nodes[2])
        every_node_shows_every_tree([a, b, c])
        assert cluster.sql("SELECT count(*) FROM shard")[0] == ["256"], DATABASE
        cluster.stop()
        assert not cluster.surprises, cluster.surprises
    finally:
        cluster.remove()
        processes.remove(folder)
    print("good")


if __name__ == "__main__":
    main()

"""Figures of clusters: scale.py --build DIR [figure...] [--small]. See README.md."""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import types

TESTS = pathlib.Path(__file__).resolve().parents[2]
for folder in ("crash", "chaos", "perf"):
    sys.path.insert(0, str(TESTS / folder))
# pylint: disable=wrong-import-position
import processes
from cluster import DATABASE, Cluster
from node import Api
from recovery import percentiles
from waiting import clock_passes, now_us, until

IN_FLIGHT, LATENCY_MS = 1_000, 200


def say(figure, **values):
    print(json.dumps({"figure": figure, **values}), flush=True)


class Machine:
    """How much of the cores was free."""

    def __init__(self):
        self.before = self.read()

    @staticmethod
    def read():
        with open("/proc/stat", encoding="ascii") as f:
            return [int(n) for n in f.readline().split()[1:9]]

    def idle_percent(self):
        spent = [b - a for a, b in zip(self.before, self.read())]
        return round(100 * (spent[3] + spent[4]) / max(1, sum(spent)))


class World:
    def __init__(self, o, nodes, publish=""):
        self.o = o
        self.folder = processes.folder("troupe-scale-")
        self.cluster = Cluster(types.SimpleNamespace(build=o.build, troupe=f"{o.build}/system/node/troupe", nodes=nodes, networks=False,
                                                     redis=False, clocks=False, pair=False, publish=publish, fsync=True), self.folder)
        self.sql = self.cluster.sql

    def seed(self, posts, due_us, spread_us=0, workspaces=400, accounts=4, owner=None, prefix="seed"):
        command = [f"{self.o.build}/tests/perf/troupe_seed", f"--key-file={self.folder}/shared/secret.keys", f"--prefix={prefix}",
                   f"--sandbox-url={self.cluster.sandbox_url}", f"--posts={posts}", f"--workspaces={workspaces}", f"--accounts={accounts}",
                   f"--due-us={due_us}", f"--spread-us={spread_us}"]
        self.cluster.postgres.load(DATABASE, [*command, f"--owner={owner}"] if owner else command)
        self.sql("VACUUM ANALYZE")

    def close(self):
        self.cluster.remove()
        processes.remove(self.folder)


def nodes_figure(o):
    first = None
    for nodes in (1, 2, 3, 4):
        posts = (500 if o.small else 25_000) * nodes
        w = World(o, nodes, f"max_in_flight = {IN_FLIGHT}\n[outbound]\nmax_connections_per_host = {IN_FLIGHT}\n")
        try:
            w.cluster.sink.set(latency_ms=LATENCY_MS)
            # Before anybody runs: who is there learns of posts from people, not from the tables.
            due = now_us() + 25_000_000 + posts * 400
            w.seed(posts, due, workspaces=40 if o.small else 2_000)
            w.cluster.start()
            assert now_us() < due - 3_000_000, "seeding took longer than thought"
            clock_passes(due - 500_000, "half a second before", 120)
            machine = Machine()
            until("all of them are on the network", lambda: w.cluster.sink.record()["applied"] >= posts, 300, w.cluster.sink.record)
            idle = machine.idle_percent()
            until("all of them are stored", lambda: w.sql("SELECT count(*) FROM delivery WHERE is_open")[0][0] == "0", 120)
            record = w.cluster.sink.record()
            assert record["applied"] == posts and record["doubled"] == 0 and record["early"] == 0, record
            rate = posts / (record["last_us"] - due) * 1e6
            first = first or rate
            say("nodes", nodes=nodes, posts=posts, in_flight_per_node=IN_FLIGHT, latency_ms=LATENCY_MS, per_s=round(rate),
                times_one_node=round(rate / first, 2), repeated=record["repeated"], lateness_us=record["lateness_us"], idle_cpu_percent=idle)
            w.cluster.stop()
        finally:
            w.close()


def takeover_figure(o):
    for posts in (1_000, 5_000) if o.small else (10_000, 100_000, 1_000_000):
        w = World(o, 3)
        try:
            far = now_us() + 7_200_000_000
            w.seed(posts, far, spread_us=1_000)
            # So that every shard has something to commit all the time.
            rate, seconds = 300, 40
            w.seed(rate * seconds, now_us() + 20_000_000, spread_us=1_000_000 // rate, accounts=1, prefix="stream")
            w.cluster.start()
            until("the stream runs", lambda: w.cluster.sink.record()["applied"] > rate, 60, w.cluster.sink.record)
            w.cluster.wait_calm()
            node = w.cluster.nodes[1]
            struck = {s: epoch for s, (owner, _, epoch) in w.cluster.owners().items() if owner == node.name}
            node.held, node.may_end = True, "killed"
            killed = now_us()
            node.process.kill()
            node.process.wait()
            until("others own what it had", lambda: not any(o2 == node.name for o2, _, _ in w.cluster.owners().values()), 60)
            until("all of the stream is settled", lambda: w.sql(
                f"SELECT count(*) FROM delivery WHERE is_open AND due_at < to_timestamp({far / 1e6 - 60})")[0][0] == "0", 120)
            micro = "(extract(epoch FROM min(at)) * 1000000)::bigint"
            after = f"at > to_timestamp({killed / 1e6})"
            taken = {int(s): int(at) for s, at in w.sql(f"SELECT shard_id, {micro} FROM shard_history WHERE what = 'taken' AND {after} GROUP BY 1")}
            commits = {int(s): int(at) for s, at in w.sql(
                f"SELECT shard_id, {micro} FROM ledger WHERE node <> '{node.name}' AND epoch > 0 AND {after} GROUP BY 1")}
            millis = lambda found: percentiles([(found[s] - killed) // 1000 for s in struck if s in found])
            record = w.cluster.sink.record()
            assert record["doubled"] == 0 and record["early"] == 0, record
            say("takeover", scheduled=posts, shards=len(struck), next_owner_ms=millis(taken), first_commit_ms=millis(commits),
                stream_lateness_us=record["lateness_us"])
            w.cluster.stop()
        finally:
            w.close()


def cluster_bytes(w):
    """What all connections between the two nodes have carried so far, both ways."""
    ports = {n: int(address.rsplit(":", 1)[1]) for n, address in w.sql("SELECT name, cluster_address FROM node WHERE state = 'active'")}
    total = 0
    for port in ports.values():
        out = subprocess.run(["ss", "-tinH", f"( sport = :{port} )"], capture_output=True, text=True, check=True).stdout
        total += sum(map(int, re.findall(r"bytes_sent:(\d+)", out))) + sum(map(int, re.findall(r"bytes_received:(\d+)", out)))
    return total


def wrk(w, node, token, paths, connections, seconds):
    with open(f"{w.folder}/paths", "w", encoding="ascii") as f:
        f.write("\n".join(paths) + "\n")
    before = cluster_bytes(w)
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(TESTS / "perf/get.lua"),
                          f"http://127.0.0.1:{node.http_port}/", "--", token, f"{w.folder}/paths"], capture_output=True, text=True,
                         check=True).stdout
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return {"connections": connections, "per_s": round(float(re.search(r"Requests/sec:\s+(\S+)", out).group(1))),
            "p50": re.search(r"50%\s+(\S+)", out).group(1), "p99": re.search(r"99%\s+(\S+)", out).group(1),
            "refused": int(refused.group(1)) if refused else 0, "bytes_between_nodes": round((cluster_bytes(w) - before) / max(1, requests))}


def cross_figure(o):
    w = World(o, 2)
    try:
        w.cluster.start()
        api = Api(w.cluster.nodes[0].http_port)
        w.seed(2_000, now_us() + 86_400_000_000, workspaces=100, owner=api.user)
        owner_of = {s: owner for s, (owner, _, _) in w.cluster.owners().items()}
        rows = w.sql("SELECT workspace_id, id, shard_id FROM post")
        here, there = w.cluster.nodes
        paths = [f"/v1/workspaces/{ws}/posts/{p}" for ws, p, s in rows if owner_of[int(s)] == there.name]
        for path in paths:
            api.must(200, "GET", path)
        seconds = 2 if o.small else 10
        for connections in (1, 64):
            through_owner = wrk(w, there, api.token, paths, connections, seconds)
            through_other = wrk(w, here, api.token, paths, connections, seconds)
            say("cross", through_owner=through_owner, through_other=through_other)
        api.close()
        w.cluster.stop()
    finally:
        w.close()


FIGURES = {"nodes": nodes_figure, "takeover": takeover_figure, "cross": cross_figure}


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--build", required=True)
    p.add_argument("--small", action="store_true")
    p.add_argument("figures", nargs="*")
    o = p.parse_args()
    if unknown := set(o.figures) - set(FIGURES):
        p.error(f"{', '.join(sorted(unknown))}: there are {', '.join(FIGURES)}")
    o.build = os.path.abspath(o.build)
    processes.clean_up_when_stopped(False)
    began = time.monotonic()
    for name in o.figures or FIGURES:
        FIGURES[name](o)
    say("took", seconds=round(time.monotonic() - began))


if __name__ == "__main__":
    main()

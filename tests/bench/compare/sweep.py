"""Finds the peers' best settings: one option after the other, each kept where it is clearly fastest, and that twice over."""

import datetime
import json
import sys
import traceback

import rest
import works
from peers import SETTINGS

SENDING = {"connections": [32, 64, 128], "pipelining": [1, 4]}
BULLMQ = {"processes": [1, 2], "workers": [1, 2, 4], "concurrency": [50, 150, 300, 1000], **SENDING}
POSTS = {"lanes": [1, 2]}
GRAPHILE = {"local_queue": [-1, 200, 1000, 5000], "complete_delay_ms": [-1, 0, 20, 100], "concurrency": [24, 100, 300], "processes": [1, 2],
            "pool": [6, 10, 20], **SENDING}
PGBOSS = {"batch": [200, 500, 1000, 2500, 5000], "concurrency": [1, 2, 4], "processes": [1, 2], **SENDING}
GRIDS = {
    "bullmq": BULLMQ,
    "bullmq-always": {"concurrency": BULLMQ["concurrency"], "workers": BULLMQ["workers"]},
    "bullmq-posts": {**POSTS, "concurrency": BULLMQ["concurrency"]},
    "bullmq-pg": {"processes": [1, 2], "workers": [1, 2], "concurrency": [16, 64, 200], "pool": [5, 10, 20]},
    "graphile": GRAPHILE,
    "graphile-posts": {**POSTS, "local_queue": GRAPHILE["local_queue"], "concurrency": GRAPHILE["concurrency"]},
    "pgboss": PGBOSS,
    "pgboss-posts": {**POSTS, "batch": PGBOSS["batch"], "concurrency": PGBOSS["concurrency"]},
    "handmade": {"claim": ["mark", "lock"], "batch": [200, 500, 1000, 2000], "in_flight": [1000, 2000, 4000], "loops": [2, 4], "lanes": [1, 2],
                 "processes": [1, 2], **SENDING},
    "nothing": {"concurrency": [64, 256, 1000], "processes": [1, 2], **SENDING},
}
# The same queue with one thing more begins with what was found for it alone, and has only what that thing may change swept again.
BEGINS_WITH = {"bullmq-always": "bullmq", "bullmq-posts": "bullmq", "graphile-posts": "graphile", "pgboss-posts": "pgboss"}
# What makes a peer punctual rather than fast: measured by lateness under a steady load.
STEADY = {
    "graphile": {"poll_ms": [20, 50, 100], "local_queue": [-1, 200], "complete_delay_ms": [0, 20]},
    "handmade": {"claim": ["mark", "lock"], "poll_ms": [5, 20], "ahead_ms": [100, 500]},
    "pgboss": {"concurrency": [1, 2, 4], "batch": [200, 1000]},
    "bullmq": {"concurrency": [50, 300], "workers": [1, 2]},
    "bullmq-pg": {"concurrency": [16, 64], "workers": [1, 2]},
}
# Of each Fastify: the pool, by the sum of the three works' rates relative to the first.
POOLS = [8, 16, 32, 64]


def clearly(value):
    """Where better begins: below it is chance."""
    return value + 0.03 * abs(value) if value > float("-inf") else value


def load():
    with open(SETTINGS, encoding="utf-8") as f:
        return json.load(f)


def store(all_settings, path):
    all_settings["found"] = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    with open(path, "w", encoding="utf-8") as f:
        f.write("{\n" + f'  "found": {json.dumps(all_settings["found"])},\n  "peers": {{\n')
        peers = []
        for name, kinds in all_settings["peers"].items():
            lines = ",\n".join(f"      {json.dumps(kind)}: {json.dumps(values)}" for kind, values in kinds.items())
            peers.append(f"    {json.dumps(name)}: {{\n{lines}\n    }}")
        f.write(",\n".join(peers) + "\n  }\n}\n")


def descend(name, grid, start, measure):
    """The best of `grid` by coordinate descent; `measure(changes)` answers what is to be large, or None when it failed."""
    best, tried = dict(start), {}

    def value(changes):
        key = json.dumps(changes, sort_keys=True)
        if key not in tried:
            try:
                tried[key] = measure(changes)
            except Exception:  # pylint: disable=broad-except # settings that do not work are not the best
                traceback.print_exc()
                tried[key] = None
            print(f"sweep {name} {changes}: {tried[key]}", file=sys.stderr, flush=True)
        return tried[key] if tried[key] is not None else float("-inf")

    for _ in range(2):
        before = dict(best)
        for option, choices in grid.items():
            for choice in choices:
                if value({**best, option: choice}) > clearly(value(best)):
                    best[option] = choice
        if best == before:
            break
    return best


def run(tools, peers, count, path):
    for peer in peers:
        all_settings = load()
        mine = all_settings["peers"][peer]
        if peer.startswith("fastify"):
            processes = int(peer[-1])
            base = {}

            def all_three(changes):
                mine["default"] = changes
                store(all_settings, path)
                rows = rest.fastify(tools, processes, 3)
                rates = {k: r["per_s"] for k, r in rows.items()}
                base.setdefault("rates", rates)
                return round(sum(rates[k] / base["rates"][k] for k in rates), 3)

            mine["default"] = descend(peer, {"pool": POOLS}, mine["default"], all_three)
        else:
            base = all_settings["peers"].get(BEGINS_WITH.get(peer), {})
            mine["default"].update(base.get("default", {}))
            if "steady" in base:
                mine["steady"] = dict(base["steady"])
            mine["default"] = descend(f"{peer} burst", GRIDS[peer], mine["default"], lambda c: works.burst(peer, tools, count, c)["per_s"])
            store(all_settings, path)
            if peer in STEADY:
                start = {k: mine.get("steady", {}).get(k, mine["default"][k]) for k in STEADY[peer]}
                mine["steady"] = descend(f"{peer} steady", STEADY[peer], start,
                                         lambda c: -works.steady(peer, tools, 500, 5, changes=c)["lateness_ms"]["p99"])
        store(all_settings, path)

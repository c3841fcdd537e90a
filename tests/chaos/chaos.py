"""Real nodes, real PostgreSQL, a network that records; faults at random; and a checker that trusts none of them."""

import argparse
import json
import os
import random
import sys
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "crash"))
# pylint: disable=wrong-import-position
import processes
from checker import Facts, check
from cluster import DATABASE, Cluster, Front
from faults import FAULTS, wait
from people import People
from recovery import Recovery
from report import write_report
from waiting import clock_passes, now_us, until
from haproxy import Haproxy
import clocks
import failover
import planned  # pylint: disable=unused-import # its faults
import wires

SHORT = ["kill_9", "terminate", "freeze_3_s", "database_restart"]
PLANNED = ["drain", "rolling_upgrade"]
APART = {*clocks.NAMES, *failover.NAMES}  # only when asked for by name
TAIL_S = 20  # of each run, without new faults


def options():
    root = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--minutes", type=float, default=5)
    p.add_argument("--nodes", type=int, default=3)
    p.add_argument("--seed", type=int, default=None)
    p.add_argument("--report", default=None, help="folder of report.json and report.html")
    p.add_argument("--build", default=f"{root}/build/test")
    p.add_argument("--troupe", default=None, help="another program than that of the build")
    p.add_argument("--only", default=None, help=f"of {', '.join(FAULTS)}")
    p.add_argument("--each-once", action="store_true", help="each of the faults once, in the order given; then it ends")
    p.add_argument("--short", action="store_true", help=f"{', '.join(SHORT)}, once each")
    p.add_argument("--planned", action="store_true", help=f"{', '.join(PLANNED)}, once each, behind HAProxy")
    p.add_argument("--most-late-s", type=float, default=60, help="no first request may be later than this")
    p.add_argument("--rate", type=int, default=120, help="due deliveries per second")
    p.add_argument("--latency-ms", type=int, default=60, help="how long the network takes, so that faults meet calls under way")
    p.add_argument("--workspaces", type=int, default=24)
    p.add_argument("--people", type=int, default=6)
    p.add_argument("--front", action="store_true", help="people come through HAProxy, and nothing may have to be asked again: for planned "
                   "faults")
    p.add_argument("--break-keys", action="store_true", help="the network forgets its keys: to see the checker say no")
    p.add_argument("--keep", action="store_true", help="leave the folder with logs")
    o = p.parse_args()
    if o.short:
        o.minutes, o.rate, o.only, o.each_once = 1.1, 60, ",".join(SHORT), True
    if o.planned:
        o.minutes, o.rate, o.only, o.each_once, o.front, o.most_late_s = 0.8, 60, ",".join(PLANNED), True, True, 5
    o.troupe = os.path.abspath(o.troupe or f"{o.build}/system/node/troupe")
    o.build = os.path.abspath(o.build)
    if o.seed is None:
        o.seed = random.SystemRandom().randrange(1 << 32)
    # Cutting wires takes namespaces, which take root.
    o.only = o.only.split(",") if o.only else [f for f in FAULTS if f not in APART and (not f.startswith("cut_") or wires.available())]
    o.networks = any(f.startswith("cut_") for f in o.only)
    o.redis = "redis_killed" in o.only
    o.pair = "failover" in o.only
    if o.pair and len(o.only) > 1:
        p.error("failover goes alone: the other faults know one PostgreSQL")
    o.clocks = any(f in clocks.NAMES for f in o.only)
    if "database_clock" in o.only:
        o.people = 0  # their tokens and the times they ask for are of another hour
    if unknown := set(o.only) - set(FAULTS):
        p.error(f"--only: {', '.join(sorted(unknown))}; there are {', '.join(FAULTS)}")
    return o


def say(*words):
    print(time.strftime("%H:%M:%S", time.gmtime()), *words, flush=True)


class Run:
    def __init__(self, o):
        self.o = o
        self.dice = random.Random(f"{o.seed} faults")
        self.folder = processes.folder("troupe-chaos-")
        self.cluster = Cluster(o, self.folder)
        self.faults, self.broken = [], []
        self.seeded = 0
        self.people = self.front = None

    def seed(self):
        """What is due during the run, written before anybody runs: so that nobody can have acknowledged it."""
        self.seeded = int(self.o.minutes * 60 * self.o.rate)
        # Time to load them and to start all nodes, also on a machine that is busy.
        self.begin_us = now_us() + 25_000_000 + self.seeded * 400
        self.end_us = self.begin_us + int(self.o.minutes * 60_000_000)
        self.cluster.postgres.load(DATABASE, [
            f"{self.o.build}/tests/perf/troupe_seed", f"--key-file={self.folder}/shared/secret.keys",
            f"--sandbox-url={self.cluster.sandbox_url}", f"--posts={self.seeded}", f"--workspaces={self.o.workspaces}", "--accounts=3",
            f"--due-us={self.begin_us}", f"--spread-us={1_000_000 // self.o.rate}"])

    def strike(self, name):
        say(f"fault {len(self.faults) + 1}: {name}")
        self.cluster.note("fault", "", name)
        done = {"name": name, "begin_us": now_us(), "struck": {}, "nodes": ""}
        try:
            done.update(FAULTS[name](self.cluster, self.dice))
            self.cluster.wait_calm()
        except Exception as e:  # pylint: disable=broad-except # the run goes on, and ends red
            traceback.print_exc()
            done["broken"] = str(e)
            self.broken.append({"fault": name, "at_us": now_us(), "error": str(e)[-4000:]})
            self.mend()
        for node in self.cluster.nodes:
            node.may_end = ""
        done["end_us"] = now_us()
        self.faults.append(done)
        self.cluster.note("calm", "", name)
        say(f"  calm again after {(done['end_us'] - done['begin_us']) / 1e6:.1f} s")

    def mend(self):
        """After a fault whose end did not come as it should: what this program itself has broken is undone."""
        for node in self.cluster.nodes:
            if node.frozen_us:
                node.thaw()
            node.held = False
            for wire in ("database", "peers") if self.o.networks else ():
                self.cluster.networks.mend(node.name, wire)
        if self.cluster.postgres.process.poll() is not None:
            self.cluster.postgres.start()
        try:
            self.cluster.wait_calm()
        except AssertionError as e:
            self.broken.append({"fault": "never calm again", "at_us": now_us(), "error": str(e)[-4000:]})

    def go(self):
        self.seed()
        self.cluster.sink.set(latency_ms=self.o.latency_ms, honour_keys=not self.o.break_keys)
        self.cluster.start()
        self.front = Haproxy(self.folder, self.cluster.nodes) if self.o.front else None
        self.people = People(Front(self.front) if self.front else self.cluster, self.o.people, self.o.seed)
        self.people.start()
        say(f"{self.seeded} deliveries from now on, {self.o.people} people, {self.o.nodes} nodes")
        clock_passes(self.begin_us + 3_000_000, "the load has begun", (self.begin_us - now_us()) / 1e6 + 60)
        queue = list(self.o.only) if self.o.each_once else []
        while queue if self.o.each_once else now_us() < self.end_us - TAIL_S * 1_000_000:
            self.strike(queue.pop(0) if queue else self.next_fault())
            wait(self.dice.uniform(2, 5), "a pause between faults")
        if not self.o.each_once:
            clock_passes(self.end_us, "the end of the load", self.o.minutes * 60 + 60)
        self.people.end()
        say("waiting for what is left")
        clock_passes(self.end_us, "the last due time", self.o.minutes * 60 + 60)
        self.settle()
        facts = Facts.read(self.cluster, self.people, self.seeded)
        if self.front:
            self.front.stop()
        self.cluster.stop()
        return facts

    def next_fault(self):
        """Each in turn, shuffled, so that a short run has tried them all."""
        left = getattr(self, "left", [])
        if not left:
            left = list(self.o.only)
            self.dice.shuffle(left)
        self.left = left[1:]
        return left[0]

    def settle(self):
        try:
            until("no delivery is open", lambda: self.cluster.sql("SELECT count(*) FROM delivery WHERE is_open")[0][0] == "0", 120,
                  lambda: self.cluster.sql("SELECT state, count(*), min(due_at), max(next_attempt_at) FROM delivery WHERE is_open GROUP BY 1"))
        except AssertionError as e:
            self.broken.append({"fault": "not settled", "at_us": now_us(), "error": str(e)[-4000:]})


def main():
    o = options()
    if o.networks:
        wires.enter()
    processes.clean_up_when_stopped(o.keep)
    say(f"seed {o.seed}")
    run = Run(o)
    try:
        facts = run.go()
        verdict = check(facts, o.most_late_s)
        report = write_report(run, facts, verdict, Recovery(facts))
    finally:
        run.cluster.remove()
        if o.keep:
            say(f"kept: {run.folder}")
        else:
            processes.remove(run.folder)
    for line in report["summary"]:
        print(line)
    sys.exit(0 if report["good"] else 1)


if __name__ == "__main__":
    main()

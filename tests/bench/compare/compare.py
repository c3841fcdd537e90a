"""Troupe beside what people would use instead, in one run: compare.py --build DIR --modules DIR --node FILE [...]. See README.md."""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys
import time
import traceback
import types

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent.parent
sys.path[:0] = [str(TESTS / "crash"), str(TESTS / "perf")]

import load as load_by_wrk  # noqa: E402
import measure  # noqa: E402
import processes  # noqa: E402
import rest  # noqa: E402
import sweep  # noqa: E402
import table  # noqa: E402
import troupe  # noqa: E402
import works  # noqa: E402
import world as worlds  # noqa: E402
from peers import PEERS, SETTINGS  # noqa: E402
from postgres import Postgres  # noqa: E402

MAIN = ["bullmq", "bullmq-pg", "graphile", "pgboss", "handmade"]
# Where all of them would take too long: one of a kind.
BIG = ["bullmq", "bullmq-posts", "graphile", "pgboss", "handmade", "nothing"]
FAR = ["bullmq", "graphile", "pgboss", "handmade"]
QUEUES = ["bullmq", "bullmq-posts", "bullmq-pg", "graphile", "pgboss", "handmade"]


class Sizes:
    """How much of each work; small ones show that everything runs, not how fast."""

    def __init__(self, quick):
        self.burst = 2_000 if quick else 20_000
        self.big = 4_000 if quick else 50_000
        self.rate = 500
        self.seconds = 5 if quick else 30
        self.far = 20_000 if quick else 1_000_000
        self.kill = 1_000 if quick else 5_000
        self.schedule = 2_000 if quick else 20_000
        self.wrk = 2 if quick else 8
        self.idle = 3 if quick else 10


def plan(s, o, t):
    """{work: ([peers], how a peer does it, how Troupe does it)}"""
    return {
        "burst": ([*PEERS, "sink"], lambda p: rest.sink(t, s.wrk) if p == "sink" else works.burst(p, t, s.burst), lambda: troupe.burst(o, s.burst)),
        "burst_big": (BIG, lambda p: works.burst(p, t, s.big), lambda: troupe.burst(o, s.big)),
        "steady": (MAIN, lambda p: works.steady(p, t, s.rate, s.seconds), lambda: troupe.steady(o, s.rate, s.seconds)),
        "steady_far": (FAR, lambda p: works.steady(p, t, s.rate, s.seconds, s.far), lambda: troupe.steady(o, s.rate, s.seconds, s.far)),
        "kill": (MAIN, lambda p: works.kill(p, t, s.kill), lambda: troupe.kill(o, s.kill)),
        "schedule": (QUEUES, lambda p: works.schedule(p, t, s.schedule), lambda: troupe.schedule(o, s.schedule)),
        "rest": (["fastify-1", "fastify-2", "nginx", "pgbench"], lambda p: rest_of(p, s, t), lambda: rest.troupe(o, s.wrk, t)),
        "idle": (MAIN, lambda p: works.idle(p, t, s.idle), lambda: troupe.idle(o)),
    }


def rest_of(peer, s, t):
    if peer == "nginx":
        return rest.nginx(t, s.wrk)
    if peer == "pgbench":
        return rest.pgbench(t, s.wrk)
    return rest.fastify(t, int(peer.rsplit("-", 1)[1]), s.wrk)


def machine():
    info = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = next((line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), platform.machine())
    memory = int(pathlib.Path("/proc/meminfo").read_text(encoding="ascii").split()[1])
    return {"cpu": model, "cores": os.cpu_count(), "memory_gb": round(memory / 1e6, 1), "kernel": platform.release()}


def versions(node, modules):
    out = {"node": said([node, "--version"]), "redis": said(["redis-server", "--version"]).split(" ")[2],
           "postgres": said([f"{processes.POSTGRES_BIN}/postgres", "--version"]), "nginx": said(["nginx", "-v"])}
    for name in json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]:
        out[name] = json.loads(pathlib.Path(modules, "node_modules", name, "package.json").read_text(encoding="utf-8"))["version"]
    return out


def said(command):
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return (done.stdout or done.stderr).strip()


def load():
    return os.getloadavg()[0]


def run_one(name, what):
    """A row, or why there is none: one that fails leaves the others to go on."""
    began, before = time.monotonic(), load()
    try:
        with contextlib.redirect_stdout(sys.stderr):  # the functions of tests/perf print their figures too
            answer = what()
    except Exception as e:  # pylint: disable=broad-except # whatever a peer does, the next is measured
        traceback.print_exc()
        answer = {"failed": f"{type(e).__name__}: {e}"[:600]}
    took = round(time.monotonic() - began, 1)
    print(f"{name}: {took} s{', FAILED: ' + answer['failed'] if 'failed' in answer else ''}", file=sys.stderr, flush=True)
    return {**answer, "took_s": took, "load_before": round(before, 2)}


def arguments():
    p = argparse.ArgumentParser(prog="tests/bench/compare/run", description="Measures Troupe beside its peers; see README.md.")
    p.add_argument("--quick", action="store_true", help="small works: shows that all of it runs, not how fast")
    p.add_argument("--only", default="", help="works, separated by commas: burst, burst_big, steady, steady_far, kill, schedule, rest, idle")
    p.add_argument("--peers", default="", help="who is measured, separated by commas; troupe among them")
    p.add_argument("--out", default="", help="the file for the JSON; without it, below build/")
    p.add_argument("--sweep", action="store_true", help="find the peers' best settings and write them to settings.json")
    p.add_argument("--deadline", type=int, default=1500, help="seconds after which no further measurement begins")
    p.add_argument("--troupe", default=None, help="another program than that of the build")
    for hidden in ("--build", "--modules", "--node"):
        p.add_argument(hidden, required=True, help=argparse.SUPPRESS)
    return p.parse_args()


def chosen(text, all_of_them, what):
    some = [x for x in text.split(",") if x]
    wrong = sorted(set(some) - set(all_of_them))
    if wrong:
        sys.exit(f"{what}: {', '.join(wrong)} not known; there are {', '.join(all_of_them)}")
    return some or list(all_of_them)


def main():
    a = arguments()
    # What the functions of tests/perf and the worlds of tests/crash want to know.
    options = types.SimpleNamespace(build=a.build, troupe=a.troupe, more="", database="", statements=False, keep=False, posts=0, loaded=0)
    worlds.OPTIONS = options
    processes.clean_up_when_stopped(False)
    sizes = Sizes(a.quick)
    load_by_wrk.SECONDS_OF_WRK = sizes.wrk
    tools = types.SimpleNamespace(node=a.node, modules=a.modules, sink=worlds.program("tests/sink/troupe_sink"), postgres=None, sample='{"id":"0"}')
    all_works = plan(sizes, options, tools)
    names = chosen(a.only, all_works, "--only")
    wanted = chosen(a.peers, ["troupe", *PEERS, "fastify-1", "fastify-2", "nginx", "pgbench", "sink"], "--peers")
    tools.postgres = worlds._server = Postgres(fsync=True, settings=measure.POSTGRES)
    began = time.monotonic()
    try:
        if a.sweep:
            sweep.run(tools, [p for p in [*PEERS, "fastify-1", "fastify-2"] if p in wanted], 2_000 if a.quick else 10_000, SETTINGS)
            return 0
        report = {"at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "quick": a.quick, "machine": machine(),
                  "versions": versions(a.node, a.modules), "postgres_settings": measure.POSTGRES.split("\n"), "works": {}}
        for work in names:
            theirs, how, ours = all_works[work]
            rows = report["works"][work] = {}
            for peer in ["troupe", *theirs]:
                if peer not in wanted:
                    continue
                if time.monotonic() - began > a.deadline:
                    rows[peer] = {"failed": f"not begun: {a.deadline} s were over"}
                    continue
                rows[peer] = run_one(f"{work} {peer}", ours if peer == "troupe" else lambda p=peer: how(p))
        report["took_s"] = round(time.monotonic() - began)
        out = pathlib.Path(a.out or HERE.parent.parent.parent / "build" / "compare.json")
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        print(table.of(report))
        print(f"\n{report['took_s']} s; as JSON: {out}")
        return 1 if any("failed" in row for rows in report["works"].values() for row in rows.values()) else 0
    finally:
        tools.postgres.remove()
        processes.end_all()


if __name__ == "__main__":
    sys.exit(main())

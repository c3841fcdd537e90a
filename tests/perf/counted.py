"""Work, counted and not timed: counted.py --build DIR [--kind K] [--store] [--explain] [--skip-instructions]. See README.md."""

import argparse
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "crash"))

import instructions  # noqa: E402
import world as worlds  # noqa: E402
from checks import check_exactly_once  # noqa: E402
from postgres import Postgres  # noqa: E402
from waiting import now_us  # noqa: E402

STORED = HERE / "counted.json"
# Nothing that comes by itself may count: no vacuum, no checkpoint; pages are never written whole into the log (crash tests'
# setting), since how many are depends on when the last checkpoint was.
SETTINGS = ("shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track_utility = on\nautovacuum = off\n"
            "checkpoint_timeout = '1h'\nmax_wal_size = '8GB'\n")

# How much more than stored is let pass, as a factor. Bytes and rows are nearly the same however the work is cut into batches;
# statements are not: a machine that is busy makes larger batches, an idle one smaller ones. What must be seen there is a
# statement per delivery that was one per batch. Instructions vary with what the node does by itself meanwhile.
MARGINS = {"wal_bytes": 1.10, "rows": 1.03, "statements": 3.0, "instructions": 1.20, "allocations": 1.08}
# So small a number means nothing relative to itself.
FLOOR = {"statements": 0.02, "rows": 0.02, "wal_bytes": 8, "instructions": 5_000, "allocations": 2}

POSTS, WORKSPACES = 2_000, 40
REQUESTS = 300


class Counter:
    """What PostgreSQL did for one database since `begin`, without what comes by the clock and what we ask ourselves."""

    OF_OURS = ("dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query !~* "
               "'pg_stat_statements|lease_until|FROM shard |count\\(\\*\\) FROM delivery|^(begin|commit|end)'")

    def __init__(self, world):
        self.world = world
        self.begin()

    def begin(self):
        self.world.sql("SELECT pg_stat_statements_reset()")

    def per(self, count):
        statements, rows, wal = self.world.sql("SELECT coalesce(sum(calls), 0), coalesce(sum(rows), 0), coalesce(sum(wal_bytes), 0) "
                                               f"FROM pg_stat_statements WHERE {self.OF_OURS}")[0]
        return {"statements": round(int(statements) / count, 3), "rows": round(int(rows) / count, 3), "wal_bytes": round(int(wal) / count, 1)}

    def explain(self, count):
        for calls, rows, wal, query in self.world.sql(
                f"SELECT calls, rows, wal_bytes, left(regexp_replace(query, '\\s+', ' ', 'g'), 90) FROM pg_stat_statements WHERE {self.OF_OURS} "
                "ORDER BY wal_bytes DESC, calls DESC LIMIT 25"):
            print(f"{int(calls) / count:8.3f} calls {int(rows) / count:8.3f} rows {int(wal) / count:9.1f} B of WAL  {query}", flush=True)


def publishing(options):
    """A delivery from its due time to its stored outcome."""
    w = worlds.World(database="")
    try:
        w.sql("CREATE EXTENSION pg_stat_statements")
        w.node.start()
        w.node.stop()
        due = w.seed(POSTS, WORKSPACES, 1, due_in_ms=10_000)
        w.sql("VACUUM ANALYZE")
        w.node.start()
        counter = Counter(w)
        assert now_us() < due - 200_000, "the node was not ready in time to count from before the first delivery"
        w.wait_settled()
        counted = counter.per(POSTS)
        if options.explain:
            print("-- publish")
            counter.explain(POSTS)
        check_exactly_once(w, POSTS, most_raw=1)
        w.node.stop()
        return counted
    finally:
        w.close(False)


def serving(options):
    """One person's requests, one after the other, so that nothing shares a commit."""
    w = worlds.World(database="", more=instructions.READ_EACH_TIME)
    try:
        w.sql("CREATE EXTENSION pg_stat_statements")
        w.node.start()
        api = w.sign_up()
        w.node.stop()
        w.seed(REQUESTS, 10, 1, due_in_ms=86_400_000, owner=api.user)
        w.sql("VACUUM ANALYZE")
        w.node.start()
        posts = [f"/v1/workspaces/{ws}/posts/{p}" for ws, p in w.sql("SELECT workspace_id, id FROM post")]
        lists = sorted({p.rsplit("/", 1)[0] + "?limit=20" for p in posts})
        places = w.sql("SELECT workspace_id, id FROM account")
        for path in [*posts, *lists]:
            api.must(200, "GET", path)

        def create(i):
            workspace, account = places[i % len(places)]
            api.must(201, "POST", f"/v1/workspaces/{workspace}/posts", {"text": f"A draft {i}", "targets": [{"account_id": account}]})

        for i in range(len(places)):
            create(i)
        kinds = {"read": lambda i: api.must(200, "GET", posts[i % len(posts)]), "list": lambda i: api.must(200, "GET", lists[i % len(lists)]),
                 "create": create}
        out = {}
        counter = Counter(w)
        for name, ask in kinds.items():
            counter.begin()
            for i in range(REQUESTS):
                ask(i)
            out[name] = counter.per(REQUESTS)
            if options.explain:
                print(f"-- {name}")
                counter.explain(REQUESTS)
        w.node.stop()
        return out
    finally:
        w.close(False)


def judge(counted, stored):
    """What is more than it may be, and what is so much less that the stored number protects nothing any more."""
    worse, better = [], []
    for work, numbers in counted.items():
        for name, value in numbers.items():
            known = stored.get(work, {}).get(name)
            if known is None:
                continue
            most = max(known * MARGINS[name], known + FLOOR[name])
            if value > most:
                worse.append(f"{work}: {name} {value}, stored {known}, at most {round(most, 3)}")
            elif name != "statements" and known > value * MARGINS[name] and known - value > FLOOR[name]:
                better.append(f"{work}: {name} {value}, stored {known}")
    return worse, better


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--build", required=True)
    p.add_argument("--kind", default="", help="which instruction counts are compared: those of this kind of build")
    p.add_argument("--troupe", default=None)
    p.add_argument("--store", action="store_true", help="make what is counted now the stored numbers")
    p.add_argument("--explain", action="store_true", help="print the statements")
    p.add_argument("--skip-instructions", action="store_true", help="only what PostgreSQL counts, which is the same in any build")
    options = p.parse_args()
    options.more = options.database = ""
    options.keep = False
    worlds.OPTIONS = options
    worlds.processes.clean_up_when_stopped(False)
    stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {"postgres": {}, "instructions": {}}
    worlds._server = Postgres(settings=SETTINGS)
    try:
        counted = {"publish": publishing(options), **serving(options)}
        worse, better = judge(counted, stored["postgres"])
        report = {"postgres": counted}
        if not options.skip_instructions:
            report["instructions"] = instructions.count()
            of_kind = stored["instructions"].get(options.kind, {})
            more_worse, more_better = judge(report["instructions"], of_kind)
            worse, better = worse + more_worse, better + more_better
    finally:
        worlds._server.remove()
        worlds.processes.end_all()
    print(json.dumps(report, indent=1))
    if options.store:
        stored["postgres"] = counted
        if "instructions" in report and options.kind:
            stored["instructions"][options.kind] = report["instructions"]
        STORED.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
        return 0
    for line in better:
        print(f"less than stored, which is good; say so with --store: {line}")
    for line in worse:
        print(f"MORE WORK THAN STORED: {line}")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())

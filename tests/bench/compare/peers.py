"""The peers, and one of them set up to be measured: its store, its processes, the sink."""

import json
import os
import pathlib

import cost
import processes
from servers import DurableRedis, Lines
from sink import Sink
from waiting import now_us

HERE = pathlib.Path(__file__).resolve().parent
SETTINGS = HERE / "settings.json"

# What stands behind each: (what it is, Redis' appendfsync or None, whether it uses PostgreSQL)
PEERS = {
    "bullmq": ("BullMQ, Redis everysec", "everysec", False),
    "bullmq-always": ("BullMQ, Redis always", "always", False),
    "bullmq-posts": ("BullMQ, Redis everysec + posts table", "everysec", True),
    "bullmq-pg": ("BullMQ, its PostgreSQL backend", None, True),
    "graphile": ("Graphile Worker", None, True),
    "graphile-posts": ("Graphile Worker + posts table", None, True),
    "pgboss": ("pg-boss", None, True),
    "pgboss-posts": ("pg-boss + posts table", None, True),
    "handmade": ("hand-made Node worker", None, True),
    "nothing": ("Node that stores nothing", None, False),
}
# Off the shelf: what Troupe's targets are relative to.
SHELF = [p for p in PEERS if p not in ("handmade", "nothing")]


def settings_of(peer, work, changes=None):
    """The best that a sweep has found, for a work that may have its own."""
    with open(SETTINGS, encoding="utf-8") as f:
        all_settings = json.load(f)["peers"]
    mine = all_settings[peer]
    return {**mine["default"], **mine.get(work, {}), **(changes or {})}


def password_of(postgres):
    """For node-postgres, which no longer likes to read password files."""
    return pathlib.Path(postgres.passfile).read_text(encoding="ascii").strip().rsplit(":", 1)[1]


class PeerWorld:
    count = 0

    def __init__(self, peer, work, tools, changes=None):
        """`tools`: the shared PostgreSQL, the sink's program, node and its packages."""
        PeerWorld.count += 1
        self.peer, self.tools = peer, tools
        self.settings = settings_of(peer, work, changes)
        _, self.sync, self.on_postgres = PEERS[peer]
        self.folder = processes.folder("troupe-compare-")
        self.database = f"peer_{PeerWorld.count}"
        self.postgres = tools.postgres if self.on_postgres else None
        self.redis = self.sink = None
        self.workers, self.client = [], None
        try:
            if self.postgres:
                self.postgres.sql("postgres", f'CREATE DATABASE "{self.database}"')
            self.redis = DurableRedis(self.folder, self.sync) if self.sync else None
            self.sink = Sink(tools.sink, self.folder)
            self.client = self.spawn("client", 0)
            self.client.ask(60, do="setup")
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def spawn(self, role, number):
        config = {"peer": self.peer, "role": role, "number": number, "settings": self.settings,
                  "sink": {"origin": f"http://127.0.0.1:{self.sink.port}", "path": "/sandbox"}}
        env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        env.update(COMPARE_MODULES=self.tools.modules, NODE_ENV="production")
        if self.postgres:
            config["dsn"] = f"postgres://postgres@127.0.0.1:{self.postgres.port}/{self.database}"
            env["PGPASSWORD"] = password_of(self.postgres)
        if self.redis:
            config["redisPort"] = self.redis.port
        return Lines([self.tools.node, str(HERE / "peers" / "peer.mjs"), json.dumps(config)], f"{self.folder}/{role}.log", env)

    def fill(self, count, due_us, spread_us=0):
        """Schedules in bulk; answers the microseconds it took."""
        if self.peer == "nothing":
            self.share = (count, due_us, spread_us)
            return 0
        taken = self.client.ask(180, do="fill", count=count, due_ms=due_us / 1000, spread_us=spread_us)["us"]
        self.vacuum()
        return taken

    def vacuum(self):
        if self.postgres:
            self.postgres.sql(self.database, "VACUUM ANALYZE")

    def start(self):
        """The processes that publish."""
        self.workers = [self.spawn("work", i) for i in range(self.settings["processes"])]
        if self.peer == "nothing":
            count, due_us, spread_us = self.share
            for i, w in enumerate(self.workers):
                part = count // len(self.workers) + (i < count % len(self.workers))
                w.ask(60, do="fill", count=part, due_ms=due_us / 1000, spread_us=spread_us)
        for w in self.workers:
            w.tell(do="work")
        for w in self.workers:
            w.answer("work", 60)

    def kill(self):
        for w in self.workers:
            w.process.kill()
        for w in self.workers:
            w.kill()

    def settle(self, seconds, far=0):
        """Waits until nothing is pending; answers (what still is, when it was seen)."""
        asked = self.workers if self.peer == "nothing" else [self.client]
        answers = []
        for w in asked:
            w.tell(do="settle", far=far, seconds=seconds)
        for w in asked:
            answers.append(w.answer("settle", seconds + 30))
        return sum(a["pending"] for a in answers), max(a["at_us"] for a in answers)

    def pids(self):
        stores = [s.process.pid for s in (self.postgres, self.redis) if s]
        return {"client": [w.process.pid for w in self.workers], "store": stores, "sink": [self.sink.process.pid]}

    def peak_mb(self):
        store = (cost.peak_mb(self.redis.process.pid) if self.redis else 0) + (cost.share_mb(self.postgres.process.pid) if self.postgres else 0)
        return {"client": round(sum(cost.peak_mb(w.process.pid) for w in self.workers), 1), "store": round(store, 1)}

    def disk_mb(self):
        total = self.redis.disk_mb() if self.redis else 0
        if self.postgres:
            total += int(self.postgres.sql(self.database, "SELECT pg_database_size(current_database())")[0][0]) / 1e6
        return round(total, 1)

    def errors(self):
        """The end of what the processes complained about; empty when they did not."""
        return "; ".join(filter(None, (processes.tail(f"{self.folder}/{role}.log", 300).strip() for role in ("work", "client"))))

    def close(self):
        for w in [*self.workers, *([self.client] if self.client else [])]:
            w.kill()
        if self.sink:
            self.sink.stop()
        if self.redis:
            self.redis.stop()
        if self.postgres:
            self.postgres.sql("postgres", f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')
        processes.remove(self.folder)


class Spent:
    """CPU time that groups of processes, with their children, spend from now on."""

    def __init__(self, pids):
        self.pids, self.before = pids, self._read(pids)

    @staticmethod
    def _read(pids):
        return {k: sum(cost.tree_us(p) for p in each) for k, each in pids.items()}

    def seconds(self):
        return {k: (v - self.before[k]) / 1e6 for k, v in self._read(self.pids).items()}

    def per_1000(self, count):
        """CPU seconds per 1 000; `total` is the client's and the store's, without the network's."""
        spent = {k: round(v * 1000 / count, 4) for k, v in self.seconds().items()}
        return {**spent, "total": round(spent["client"] + spent["store"], 4)}


def soon(count, to_start_s):
    """A due time that leaves room to schedule so many and to start."""
    return now_us() + int((2 + to_start_s + count / 4000) * 1e6)

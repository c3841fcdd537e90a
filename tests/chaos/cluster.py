"""Several nodes on one PostgreSQL and one recording network, and a supervisor that starts again what has ended."""

import os
import signal
import threading
import time

import processes
from clocks import Clock
from failover import Pair
from redis_server import Redis
from wires import Networks
from node import Node
from postgres import Postgres
from sink import Sink
from waiting import now_us, until

DATABASE = "chaos"
# What hangs must come to its end while this runs; all else is as people have it.
MORE = """
[cluster]
address = "{host}:{port}"
[publish]
call_timeout_ms = 3000
send_window_ms = 5000
in_doubt_grace_ms = 300
retry_backoff_min_ms = 100
retry_backoff_max_ms = 2000
retry_limit = 100
receipt_interval_ms = 2000
{publish}
"""


REDIS = """
[redis]
enabled = true
address = "{host}"
port = {port}
"""


class Member(Node):
    """A node of the cluster, and whether it is meant to run just now."""

    def __init__(self, program, folder, name, dsn, sandbox_url, shared, networks=None, clock=None, more_settings="",
                 publish=""):
        peers, more = "127.0.0.1", {}
        if networks:
            networks.add(name)
            peers = networks.there(name, "peers")
            more = {"host": networks.there(name, "public"), "prefix": networks.prefix(name)}
        super().__init__(program, folder, dsn, sandbox_url, more=MORE.format(host=peers, port=processes.free_port(),
                                                                       publish=publish) + more_settings,
                         name=name, shared=shared, auth="access_token_ttl_s = 86400", **more)
        self.clock = clock
        if clock:
            self.prefix = [*self.prefix, *clock.prefix]
        self.wanted = False      # the supervisor starts it when it does not run
        self.arm = None          # the crash point of its next start
        self.may_end = ""        # why its end would be no surprise
        self.frozen_us = 0
        self.held = False        # the supervisor leaves it alone

    def takes_requests(self):
        """What a balancer's health checks would know: a node that is frozen is left out after a second."""
        frozen = self.frozen_us and now_us() - self.frozen_us > 1_000_000
        return self.wanted and not self.held and self.alive() and not frozen

    def freeze(self):
        self.frozen_us = now_us()
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)
        self.frozen_us = 0


class Front:
    """The cluster as people see it who come through a balancer."""

    def __init__(self, balancer):
        self.nodes = [balancer]


class Cluster:
    def __init__(self, options, folder):
        self.folder = folder
        self.events = []         # (when in us, what, node, detail)
        self.surprises = []
        self.begun_us = now_us()
        self.clocks = options.clocks
        self.networks = Networks(folder) if options.networks else None
        host = self.networks.here("database") if self.networks else "127.0.0.1"
        # First what may be missing, and ends with this process.
        self.sink = Sink(os.path.join(options.build, "tests/sink/troupe_sink"), folder)
        make = Pair if options.pair else Postgres
        self.postgres = make(settings=f"max_connections = 300\nlisten_addresses = '127.0.0.1,{host}'\n",
                             clock=Clock if options.clocks else None, **({"fsync": True} if getattr(options, "fsync", False) else {}))
        self.redis = Redis(folder) if options.redis else None
        if self.networks:
            with open(f"{self.postgres.folder}/data/pg_hba.conf", "a", encoding="ascii") as f:
                f.write("host all all 10.77.0.0/24 scram-sha-256\n")
            self.postgres.sql("postgres", "SELECT pg_reload_conf()")
        self.postgres.sql("postgres", f"CREATE DATABASE {DATABASE}")
        self.sandbox_url = self.sink.url
        if self.networks:
            self.sandbox_url = f"http://{self.networks.here('public')}:{self.networks.forward(self.sink.port)}/sandbox"
        shared = f"{folder}/shared"
        more = ""
        if self.redis:
            more = REDIS.format(host=self.networks.here("public") if self.networks else "127.0.0.1",
                                port=self.networks.forward(self.redis.port) if self.networks else self.redis.port)
        os.makedirs(f"{shared}/media")
        self.nodes = []
        for i in range(options.nodes):
            name = chr(ord("a") + i)
            os.makedirs(f"{folder}/{name}")
            self.nodes.append(Member(options.troupe, f"{folder}/{name}", name, self.postgres.dsn(DATABASE, host=host),
                                     self.sandbox_url, shared, self.networks,
                                     Clock(f"{folder}/{name}/clock") if options.clocks else None, more,
                                     getattr(options, "publish", "")))
        self.nodes[0].command("migrate")
        self.ended = threading.Event()
        # One thread starts all of them: they die with the thread that started them.
        self.supervisor = threading.Thread(target=self.supervise, daemon=True)

    def note(self, what, node="", detail=""):
        self.events.append((now_us(), what, node, detail))

    def sql(self, text):
        return self.postgres.sql(DATABASE, text)

    def supervise(self):
        while not self.ended.wait(0.02):
            for node in self.nodes:
                if not node.wanted or node.held or node.alive():
                    continue
                if node.process is not None:
                    code = node.process.returncode
                    self.note("ended", node.name, f"{code} {node.may_end}".strip())
                    if not node.may_end:
                        self.surprises.append({"node": node.name, "code": code, "at_us": now_us(),
                                               "log": processes.tail(node.log, 1500)})
                armed, node.arm = node.arm, None
                node.may_end = f"armed with {armed}" if armed else ""
                node.frozen_us = 0
                node.start(crash_at=armed, ready=False)
                self.note("started", node.name, armed or "")

    def start(self):
        self.supervisor.start()
        for node in self.nodes:
            node.wanted = True
        self.wait_calm(120)

    def owners(self):
        """{shard: (node, incarnation, epoch)}"""
        rows = self.sql("SELECT shard_id, coalesce(owner_node, ''), coalesce(owner_incarnation, 0), epoch FROM shard")
        return {int(r[0]): (r[1], int(r[2]), int(r[3])) for r in rows}

    def calm(self):
        """Everybody is ready and every shard has an owner that lives. Answers the view, or None."""
        for node in self.nodes:
            if node.wanted and not (node.process and node.alive() and not node.frozen_us and node.not_ready() == []):
                return None
        row = self.sql("""SELECT c.view, (SELECT count(*) FROM shard s LEFT JOIN node n ON n.name = s.owner_node
              AND n.incarnation = s.owner_incarnation AND n.state = 'active' AND n.lease_until > clock_timestamp()
              WHERE n.name IS NULL), (SELECT count(*) FROM node WHERE state = 'active'),
              (SELECT count(DISTINCT owner_node) FROM shard) FROM cluster c""")[0]
        wanted = sum(n.wanted for n in self.nodes)
        return row[0] if row[1] == "0" and int(row[2]) == wanted and int(row[3]) == wanted else None

    def wait_calm(self, seconds=90):
        """Calm, and nothing has moved for a second."""
        seen = {"view": None, "since": 0.0}

        def settled():
            try:
                view = self.calm()
            except AssertionError as e:  # the database is not back yet
                seen["error"] = str(e)
                view = None
            if view is None or view != seen["view"]:
                seen.update(view=view, since=time.monotonic())
                return False
            return time.monotonic() - seen["since"] > 1

        until("the cluster is calm", settled, seconds, lambda: (seen, self.picture()))

    def picture(self):
        nodes = {n.name: (n.wanted, n.held, n.alive(), n.not_ready() if n.alive() and not n.frozen_us else None) for n in self.nodes}
        try:
            rows = self.sql("SELECT name, incarnation, state, lease_until > now() FROM node ORDER BY 2 DESC LIMIT 8")
            shards = self.sql("SELECT owner_node, owner_incarnation, count(*) FROM shard GROUP BY 1, 2")
        except AssertionError as e:
            rows, shards = str(e), None
        return {"nodes": nodes, "rows": rows, "shards": shards, "logs": {n.name: processes.tail(n.log, 800) for n in self.nodes}}

    def stop(self):
        """Everybody at once, gracefully."""
        for node in self.nodes:
            node.held = True
        for node in self.nodes:
            try:
                node.stop()
            except AssertionError as e:
                self.surprises.append({"node": node.name, "code": "not clean at the end", "at_us": now_us(), "log": str(e)[-1500:]})

    def remove(self):
        for node in self.nodes:
            node.held = True
            node.end()
        self.ended.set()
        self.sink.stop()
        if self.redis:
            self.redis.stop()
        self.postgres.remove()

"""Everything one test needs: a fresh database, a network, a node."""

import argparse
import atexit
import os
import random
import sys
import time
import unittest

import processes
from checks import count_states, deliveries
from node import Api, Node, last_lines, sanitizer_reports, utc
from postgres import Postgres
from sink import Sink
from waiting import now_us, until


def arguments():
    p = argparse.ArgumentParser(add_help=False)
    p.add_argument("--build", required=True)
    p.add_argument("--troupe", default=None, help="another program than that of the build")
    p.add_argument("--seed", type=int, default=None)
    p.add_argument("--posts", type=int, default=1000)
    p.add_argument("--kills", type=int, default=6)
    p.add_argument("--keep", action="store_true")
    known, rest = p.parse_known_args()
    if known.seed is None:
        known.seed = random.SystemRandom().randrange(1 << 32)
    return known, rest


OPTIONS, REST = arguments() if "--build" in sys.argv else (None, [])
_server = None


def server():
    """The PostgreSQL of this program, made when it is first needed."""
    global _server
    if _server is None:
        _server = Postgres()
        atexit.register(_server.remove)
    return _server


def program(path):
    return os.path.abspath(os.path.join(OPTIONS.build, path))


class World:
    count = 0

    def __init__(self, proxy=None, redis=None, redis_settings="", more="", database="", sink=(), **node):
        World.count += 1
        self.folder = processes.folder("troupe-crash-")
        self.postgres = server()
        self.database = f"crash_{World.count}"
        self.postgres.sql("postgres", f'CREATE DATABASE "{self.database}"')
        self.sink = Sink(program("tests/sink/troupe_sink"), self.folder, sink)
        self.proxy = proxy(self.postgres.port) if proxy else None
        self.redis = redis(self.folder) if redis else None
        if self.redis:
            more += f"[redis]\nenabled = true\nport = {self.redis.port}\n{redis_settings}\n"
        dsn = self.postgres.dsn(self.database, self.proxy.port if self.proxy else None)
        self.node = Node(getattr(OPTIONS, "troupe", None) or program("system/node/troupe"), self.folder, dsn, self.sink.url, more, database,
                         **node)
        self.node.command("migrate")
        self.api = None

    def sign_up(self):
        self.api = Api(self.node.http_port)
        return self.api

    def sql(self, text):
        return self.postgres.sql(self.database, text)

    def seed(self, posts, workspaces=1, accounts=1, due_in_ms=0, spread_us=0, **more):
        """Fills the database as people would have. Answers when the first is due, in microseconds."""
        due_us = now_us() + due_in_ms * 1000
        command = [program("tests/perf/troupe_seed"), f"--key-file={self.folder}/data/secret.keys", f"--sandbox-url={self.sink.url}",
                   f"--posts={posts}", f"--workspaces={workspaces}", f"--accounts={accounts}", f"--due-us={due_us}",
                   f"--spread-us={spread_us}", *(f"--{k.replace('_', '-')}={v}" for k, v in more.items())]
        self.postgres.load(self.database, command)
        return due_us

    def shift_due(self, interval, where="true"):
        """Moves due times, while the node is down."""
        self.sql(f"UPDATE delivery SET due_at = due_at + interval '{interval}' WHERE {where};"
                 f"UPDATE post p SET scheduled_at = d.due_at FROM delivery d WHERE d.post_id = p.id")

    def wait_settled(self, seconds=120, left=0):
        """No delivery is the engine's business any more, except for `left` that are far away."""
        until("no delivery is open", lambda: int(self.sql("SELECT count(*) FROM delivery WHERE is_open")[0][0]) <= left, seconds,
              lambda: (count_states(deliveries(self)), self.sink.record(), last_lines(self.node.log, 10)))

    def close(self, failed):
        if self.api:
            self.api.close()
        self.node.end()
        self.sink.stop()
        if self.proxy:
            self.proxy.close()
        if self.redis:
            self.redis.stop()
        reports = [line for log in (self.node.log, self.sink.log) for line in sanitizer_reports(log)]
        if failed:
            sys.stderr.write(f"--- end of the node's log\n{last_lines(self.node.log)}---\n")
        if OPTIONS.keep:
            sys.stderr.write(f"kept: {self.folder}\n")
        else:
            processes.remove(self.folder)
        if self.postgres.process.poll() is None:
            self.postgres.sql("postgres", f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')
        assert not reports, "a sanitizer reported:\n" + "".join(reports)


class CrashTest(unittest.TestCase):
    """A test with worlds that end with it. Says how long it took."""

    def run(self, result=None):
        begin = time.monotonic()
        super().run(result)
        report(seconds=round(time.monotonic() - begin, 1))

    def world(self, **how):
        w = World(**how)
        self.addCleanup(lambda: w.close(self.has_failed()))
        return w

    def has_failed(self):
        result = self._outcome.result
        return any(case is self for case, _ in result.failures + result.errors)


def report(**figures):
    print("  " + ", ".join(f"{k} {v}" for k, v in figures.items()), flush=True)


def main():
    processes.clean_up_when_stopped(OPTIONS.keep)
    print(f"seed {OPTIONS.seed}", flush=True)
    unittest.main(argv=[sys.argv[0], *REST], verbosity=2)


__all__ = ["CrashTest", "OPTIONS", "World", "main", "processes", "report", "server", "utc"]

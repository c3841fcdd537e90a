"""What a journey needs: a network of tests/servers, a node on a PostgreSQL of its own, a person with a workspace."""

import argparse
import json
import os
import struct
import sys
import unittest
import urllib.error
import urllib.request
import zlib
from datetime import datetime

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "crash"))

# pylint: disable=wrong-import-position
import processes
from checks import TRANSITIONS
from node import Api, Node, utc
from observer import Observer
from postgres import Postgres
from waiting import now_us, until

# The networks are on loopback. A short grace and short waits, so that what is in doubt is found out soon.
CONFIGURATION = """
[outbound]
allow_private_networks = true
[publish]
in_doubt_grace_ms = 200
retry_backoff_min_ms = 200
retry_backoff_max_ms = 1000
retry_limit = 200
"""


def options():
    p = argparse.ArgumentParser(add_help=False)
    p.add_argument("--build", required=True)
    p.add_argument("--keep", action="store_true")
    return p.parse_known_args()


OPTIONS, REST = options()


class Network:
    """One server of tests/servers; `ready` is the line of JSON that it printed."""

    def __init__(self, name, folder, **environment):
        start = os.path.join(HERE, "..", "servers", name, "start")
        self.log = f"{folder}/{name}.log"
        self.process = processes.spawn([start, f"{folder}/{name}"], self.log, {**os.environ, **environment},
                                       "TERM", stdout=processes.subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise AssertionError(f"{name} does not start: {processes.tail(self.log)}")
        self.ready = json.loads(line)

    def pid(self):
        """Of the server itself, which comes back as another process when it is killed."""
        with open(self.ready["pid_file"], encoding="ascii") as f:
            return int(f.read())

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)
        self.process.stdout.close()


def fetch(method, url, body=None, headers=()):
    """(status, decoded JSON or bytes) of the network's own API."""
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    head = {"Content-Type": "application/json", **dict(headers)} if data is not None else dict(headers)
    request = urllib.request.Request(url, data, head, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            status, kind, text = answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as e:
        status, kind, text = e.code, e.headers.get_content_type(), e.read()
    return status, json.loads(text) if kind == "application/json" else text


def must_fetch(method, url, body=None, headers=()):
    status, answer = fetch(method, url, body, headers)
    assert 200 <= status < 300, f"{method} {url} answered {status}: {answer}"
    return answer


def picture(width=64, height=48):
    """A PNG with a gradient in it."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes(c for x in range(width) for c in (x * 3 % 256, y * 5 % 256, 120)) for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class JourneyTest(unittest.TestCase):
    network_name = network_health = None
    network_environment = {}
    configuration = ""

    @classmethod
    def setUpClass(cls):
        cls.folder = processes.folder("troupe-journey-")
        cls.addClassCleanup(lambda: OPTIONS.keep or processes.remove(cls.folder))
        cls.network = Network(cls.network_name, cls.folder, **cls.network_environment)
        cls.addClassCleanup(cls.network.stop)
        cls.url = cls.network.ready["url"]
        cls.observer = Observer(cls.url)
        cls.addClassCleanup(cls.observer.close)
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.remove)
        cls.postgres.sql("postgres", "CREATE DATABASE journey")
        program = os.path.abspath(os.path.join(OPTIONS.build, "system/node/troupe"))
        cls.node = Node(program, cls.folder, cls.postgres.dsn("journey"), "", CONFIGURATION + cls.configuration)
        cls.node.command("migrate")
        cls.node.start()
        cls.addClassCleanup(cls.node.end)

    def setUp(self):
        """Every test has a person of its own, and a network that is up."""
        until("the network answers", lambda: self.answers(self.url + self.network_health), 90,
              lambda: processes.tail(self.network.log))
        self.api = Api(self.node.http_port)
        self.addCleanup(lambda: self.api.local.connection.close())
        self.observer.forget()

    def tearDown(self):
        result = self._outcome.result
        if any(case is self for case, _ in result.failures + result.errors):
            sys.stderr.write(f"--- end of the node's log\n{processes.tail(self.node.log)}---\n")

    @staticmethod
    def answers(url):
        try:
            return fetch("GET", url)[0] == 200
        except OSError:
            return False

    def path(self, rest):
        return f"/v1/workspaces/{self.api.workspace}/{rest}"

    def connect(self, platform, status=201, **fields):
        return self.api.must(status, "POST", self.path("accounts"), {"platform": platform, "fields": fields})

    def account(self, account):
        return self.api.must(200, "GET", self.path(f"accounts/{account}"))

    def schedule(self, account, text, due_us, **more):
        """A post to one account; answers its delivery."""
        post = self.api.must(201, "POST", self.path("posts"), {
            "text": text, "targets": [{"account_id": account}], "schedule": {"at": utc(due_us)}, **more})
        self.assertEqual(post["state"], "scheduled")
        self.assertEqual(post["deliveries"][0]["state"], "scheduled")
        return post["deliveries"][0]["id"]

    def delivery(self, delivery):
        return self.api.must(200, "GET", self.path(f"deliveries/{delivery}"))

    def ledger(self, delivery):
        return self.api.must(200, "GET", self.path(f"deliveries/{delivery}/ledger?limit=200"))["items"]

    def wait_for(self, delivery, state="published", seconds=90):
        seen = []

        def there():
            seen[:] = [self.delivery(delivery)]
            assert seen[0]["state"] in (state, "scheduled", "sending", "in_doubt"), f"ended as {seen[0]}: {self.ledger(delivery)}"
            return seen[0]["state"] == state
        until(f"the delivery is {state}", there, seconds, lambda: (seen, self.ledger(delivery)))
        return seen[0]

    def check_published(self, delivery, due_us):
        """The delivery and its ledger tell of one publication, not before its time. Answers both."""
        shown, entries = self.delivery(delivery), self.ledger(delivery)
        self.assertEqual(shown["state"], "published")
        self.assertIsNone(shown["error"])
        self.assertEqual(datetime.fromisoformat(shown["due_at"]), datetime.fromisoformat(utc(due_us)))
        self.assertGreaterEqual(shown["lateness_ms"], 0)
        state = None
        for e in entries:
            self.assertTrue(e["from_state"] == state or state is None, entries)
            self.assertIn(e["to_state"], TRANSITIONS[e["from_state"] or "draft"], entries)
            self.assertTrue(e["node"])
            state = e["to_state"]
        self.assertEqual(state, "published", entries)
        return shown, entries


def main():
    processes.clean_up_when_stopped(OPTIONS.keep)
    unittest.main(argv=[sys.argv[0], *REST], verbosity=2)


__all__ = ["JourneyTest", "fetch", "main", "must_fetch", "now_us", "picture", "processes", "until", "utc"]

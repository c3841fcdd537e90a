"""Two PostgreSQL servers under Patroni, the standby synchronous, with one etcd to agree in. Stands where tests/crash has one server."""

import json
import os
import secrets
import shutil
import subprocess
import urllib.error
import urllib.request

import processes
from faults import epochs, fault, wait
from postgres import Postgres
from processes import POSTGRES_BIN, as_postgres, run
from waiting import now_us, until

NAMES = ("failover",)

# JSON is YAML. A machine that is busy must not lose its leader for nothing, so the figures are Patroni's smallest sensible ones.
TTL_S, LOOP_S = 6, 1


class Server:
    """One of the two."""

    def __init__(self, pair, name):
        self.pair, self.name = pair, name
        self.port, self.rest = processes.free_port(), processes.free_port()
        self.log, self.config = f"{pair.folder}/{name}.log", f"{pair.folder}/{name}.json"
        self.data = f"{pair.folder}/{name}"
        self.process = None
        login = {"superuser": {"username": "postgres", "password": pair.password},
                 "replication": {"username": "replicator", "password": pair.password}}
        settings = {
            "scope": "chaos", "name": name, "restapi": {"listen": f"127.0.0.1:{self.rest}", "connect_address": f"127.0.0.1:{self.rest}"},
            "etcd3": {"host": f"127.0.0.1:{pair.etcd_port}"},
            "bootstrap": {"dcs": {"ttl": TTL_S, "loop_wait": LOOP_S, "retry_timeout": 2, "maximum_lag_on_failover": 0, "synchronous_mode": True,
                                  "postgresql": {"use_pg_rewind": True, "parameters": {"max_connections": 300, "timezone": "UTC", "jit": "off",
                                                                                       "wal_log_hints": "on", "shared_buffers": "128MB"}}},
                          "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "data-checksums"]},
            "postgresql": {"listen": f"127.0.0.1:{self.port}", "connect_address": f"127.0.0.1:{self.port}", "data_dir": self.data,
                           "bin_dir": POSTGRES_BIN, "pgpass": f"{self.data}.pgpass", "authentication": login,
                           "remove_data_directory_on_diverged_timelines": True, "remove_data_directory_on_rewind_failure": True,
                           "parameters": {"unix_socket_directories": pair.folder},
                           "pg_hba": ["local all all scram-sha-256", "host all all 127.0.0.1/32 scram-sha-256",
                                      "host replication replicator 127.0.0.1/32 scram-sha-256"]}}
        with open(os.open(self.config, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as f:
            json.dump(settings, f)
        os.chown(self.config, *processes.postgres_ids())

    def start(self):
        env = {**os.environ, "HOME": self.pair.folder, "no_proxy": "*", "NO_PROXY": "*"}
        self.process = processes.spawn([*as_postgres(), "patroni", self.config], self.log, env=env, signal_name="TERM", cwd=self.pair.folder)

    def is_leader(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.rest}/primary", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def state(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.rest}/patroni", timeout=2) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as e:
            return json.load(e)
        except (urllib.error.URLError, OSError, ValueError):
            return {}

    def kill(self):
        """Patroni first, so that it does not start its server again."""
        self.process.kill()
        self.process.wait()
        try:
            with open(f"{self.data}/postmaster.pid", encoding="ascii") as f:
                server = int(f.readline())
        except (OSError, ValueError):
            return
        for pid in [server, *processes.children(server)]:
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()


class Pair(Postgres):
    """Both of them, as the one that takes writes just now."""

    def __init__(self, settings="", clock=None):  # pylint: disable=super-init-not-called # it is made in another way
        del settings, clock
        for program in ("patroni", "etcd"):
            assert shutil.which(program), f"{program} is missing: deploy/install-packages tests/chaos/packages-failover.txt"
        self.folder = processes.folder("troupe-chaos-pair-")
        os.chown(self.folder, *processes.postgres_ids())
        self.password = secrets.token_hex(16)
        self.passfile = f"{self.folder}/pgpass"
        with open(os.open(self.passfile, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as f:
            f.write(f"*:*:*:postgres:{self.password}\n")
        self.etcd_port, peer = processes.free_port(), processes.free_port()
        here = lambda port: f"http://127.0.0.1:{port}"
        self.etcd = processes.spawn(
            ["etcd", "--name", "one", "--data-dir", f"{self.folder}/etcd", "--listen-client-urls", here(self.etcd_port), "--advertise-client-urls",
             here(self.etcd_port), "--listen-peer-urls", here(peer), "--initial-advertise-peer-urls", here(peer), "--initial-cluster",
             f"one={here(peer)}"], f"{self.folder}/etcd.log")
        self.servers = [Server(self, "first"), Server(self, "second")]
        self.ports = ",".join(str(s.port) for s in self.servers)
        self.env = {**os.environ, "PGHOST": "127.0.0.1,127.0.0.1", "PGPORT": self.ports, "PGUSER": "postgres", "PGPASSFILE": self.passfile,
                    "PGCONNECT_TIMEOUT": "3", "PGTARGETSESSIONATTRS": "read-write"}
        self.start()

    @property
    def process(self):
        return self.etcd

    def start(self):
        self.servers[0].start()
        until("the first server leads", self.servers[0].is_leader, 90, lambda: processes.tail(self.servers[0].log))
        self.servers[1].start()
        self.wait_synchronous()

    def leader(self):
        return next((s for s in self.servers if s.is_leader()), None)

    def wait_synchronous(self):
        """Only then is nothing lost by a failover."""
        until("the standby is synchronous", lambda: self.synchronous(), 120,
              lambda: [(s.state(), processes.tail(s.log, 1500)) for s in self.servers])

    def synchronous(self):
        leader = self.leader()
        return leader and any(r.get("sync_state") == "sync" for r in leader.state().get("replication", []))

    def takes_writes(self):
        try:
            return self.sql("postgres", "SELECT pg_is_in_recovery()") == [["f"]]
        except AssertionError:
            return False

    def dsn(self, database, port=None, host="127.0.0.1"):
        return f"host={host},{host} port={port or self.ports} user=postgres dbname={database} passfile={self.passfile}"

    def kill(self):
        raise AssertionError("the servers of a pair are killed one by one")

    def remove(self):
        for s in self.servers:
            s.stop()
        self.etcd.kill()
        self.etcd.wait()
        processes.remove(self.folder)


@fault
def failover(cluster, dice):
    """The leading server dies with its machine; the synchronous standby is promoted; the dead one comes back as the standby."""
    pair, owners = cluster.postgres, cluster.owners()
    pair.wait_synchronous()
    dead = pair.leader()
    begin = now_us()
    dead.kill()
    try:
        until("the standby takes writes", pair.takes_writes, 90, lambda: [processes.tail(s.log, 1500) for s in pair.servers])
        back = now_us()
        wait(dice.uniform(1, 3), "the dead server stays away")
    finally:
        dead.start()
    pair.wait_synchronous()
    return {"nodes": f"PostgreSQL {dead.name}", "begin_us": begin, "struck": epochs(owners), "back_us": back, "same_owner": True,
            "promoted_in_ms": (back - begin) // 1000}

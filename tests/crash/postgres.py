"""A PostgreSQL of our own: started, stopped, killed, backed up."""

import os
import secrets
import signal
import subprocess

import processes
from processes import POSTGRES_BIN, as_postgres, run
from waiting import until

SETTINGS = """
listen_addresses = '127.0.0.1'
max_connections = 100
shared_buffers = '128MB'
max_wal_size = '2GB'
timezone = 'UTC'
jit = off
"""
# A killed server loses nothing by this: what it wrote stays with the operating system. Only a power cut would show.
NO_SYNC = "fsync = off\nfull_page_writes = off\n"


class Postgres:
    """One cluster in a folder of its own. `sql` and the tools never go through a proxy."""

    def __init__(self, fsync=False, settings="", clock=None):
        """`clock(path)`: makes what the server's clock is steered with, see tests/chaos/clocks.py."""
        self.folder = processes.folder("troupe-crash-pg-")
        self.port = processes.free_port()
        self.process = None
        self.log = f"{self.folder}/log"
        self.clock = clock(f"{self.folder}/clock") if clock else None
        password = secrets.token_hex(16)
        self.passfile = f"{self.folder}/pgpass"
        for path, text in ((f"{self.folder}/password", password), (self.passfile, f"*:*:*:postgres:{password}\n")):
            with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as f:
                f.write(text)
        os.chown(f"{self.folder}/password", *processes.postgres_ids())
        os.chown(self.folder, *processes.postgres_ids())
        run([*as_postgres(), "env", "-C", "/", f"{POSTGRES_BIN}/initdb", "-D", f"{self.folder}/data", "-U", "postgres", "-A",
             "scram-sha-256", f"--pwfile={self.folder}/password", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"], "initdb")
        with open(f"{self.folder}/data/postgresql.conf", "a", encoding="ascii") as f:
            f.write(SETTINGS + ("" if fsync else NO_SYNC) + settings + f"\nunix_socket_directories = '{self.folder}'\n")
        # The environment of libpq's programs.
        self.env = {**os.environ, "PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "postgres",
                    "PGPASSFILE": self.passfile, "PGCONNECT_TIMEOUT": "10"}
        self.start()

    def start(self):
        # The folder is the postgres user's; it may not be able to enter ours.
        self.process = processes.spawn([*as_postgres(), *(self.clock.prefix if self.clock else ()), f"{POSTGRES_BIN}/postgres", "-D", f"{self.folder}/data", "-p",
                                        str(self.port)], self.log, signal_name="QUIT", cwd="/")
        until("PostgreSQL takes connections", self.answers, 60, lambda: processes.tail(self.log))

    def answers(self):
        assert self.process.poll() is None, processes.tail(self.log)
        return subprocess.run([f"{POSTGRES_BIN}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                              check=False).returncode == 0

    def stop(self, how=signal.SIGINT):
        """SIGINT is the fast stop: open transactions are rolled back."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=60)

    def kill(self):
        processes.kill_tree(self.process)

    def remove(self):
        self.stop()
        processes.remove(self.folder)

    def dsn(self, database, port=None, host="127.0.0.1"):
        return f"host={host} port={port or self.port} user=postgres dbname={database} passfile={self.passfile}"

    def sql(self, database, text):
        """Runs SQL and answers the rows as lists of strings."""
        out = run(["psql", "-XAtq", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d", database], f"SQL {text[:200]!r}", text, self.env)
        return [line.split("\x1f") for line in out.splitlines()]

    def load(self, database, command):
        """Feeds what a program prints to psql."""
        maker = subprocess.Popen(command, stdout=subprocess.PIPE)
        taker = subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", database], stdin=maker.stdout, env=self.env,
                               capture_output=True, text=True, check=False)
        maker.stdout.close()
        assert maker.wait() == 0 and taker.returncode == 0, f"{command[0]} | psql: {taker.stderr[-2000:]}"

    def dump(self, database, path):
        run([f"{POSTGRES_BIN}/pg_dump", "-Fc", "-f", path, database], "pg_dump", env=self.env)

    def restore(self, database, path):
        self.sql("postgres", f'DROP DATABASE "{database}" WITH (FORCE)')
        self.sql("postgres", f'CREATE DATABASE "{database}"')
        run([f"{POSTGRES_BIN}/pg_restore", "-d", database, "--exit-on-error", path], "pg_restore", env=self.env)

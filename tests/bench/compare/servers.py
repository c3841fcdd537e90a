"""What peers store in and are limited by: a durable Redis, nginx, Fastify."""

import json
import os
import select
import subprocess

import processes
from redis_server import Redis
from waiting import until


class DurableRedis(Redis):
    """Redis that keeps what it was told: an append-only file, synced every second or at every write."""

    def __init__(self, folder, sync):
        self.sync = sync
        super().__init__(folder)

    def start(self):
        self.process = processes.spawn(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", self.sync,
             "--maxmemory-policy", "noeviction", "--dir", self.folder], self.log)
        until("Redis answers", self.answers, 60, lambda: processes.tail(self.log))

    def disk_mb(self):
        return folder_mb(f"{self.folder}/appendonlydir")


def folder_mb(path):
    total = 0
    for where, _, names in os.walk(path):
        for name in names:
            try:
                total += os.stat(os.path.join(where, name)).st_blocks * 512
            except OSError:
                pass
    return round(total / 1e6, 1)


class Lines:
    """A program that is told what to do in lines of JSON and answers each with one."""

    def __init__(self, command, log, env):
        self.log = log
        self.process = processes.spawn(command, log, env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def tell(self, **command):
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()

    def answer(self, what, seconds):
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        assert ready, f"{what}: no answer within {seconds} s; {processes.tail(self.log, 1500)}"
        line = self.process.stdout.readline()
        assert line, f"{what}: the program ended; {processes.tail(self.log, 1500)}"
        answer = json.loads(line)
        assert answer.get("ok"), f"{what}: {answer.get('error', '')[:1500]}"
        return answer

    def ask(self, seconds=60, **command):
        self.tell(**command)
        return self.answer(command["do"], seconds)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


NGINX = """
daemon off;
master_process on;
worker_processes {workers};
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{ default_type application/json; return 200 '{body}'; }}
  }}
}}
"""


class Nginx:
    """One static answer."""

    def __init__(self, folder, body, workers=2):
        self.port = processes.free_port()
        self.log = f"{folder}/nginx.log"
        path = f"{folder}/nginx.conf"
        with open(path, "w", encoding="ascii") as f:
            f.write(NGINX.format(workers=workers, folder=folder, port=self.port, body=body))
        # Workers end with their master, which a signal to us ends.
        self.process = processes.spawn(["nginx", "-c", path, "-e", "stderr", "-p", folder], self.log, signal_name="TERM")
        until("nginx answers", self.answers, 30, lambda: processes.tail(self.log))

    def answers(self):
        assert self.process.poll() is None, processes.tail(self.log)
        return subprocess.run(["curl", "-sf", "-o", "/dev/null", f"http://127.0.0.1:{self.port}/"], check=False).returncode == 0

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)

"""One Troupe node as a process."""

import http.client
import json
import os
import signal
import subprocess
import threading

import processes
from waiting import until

# Everything else stays at its default, so that what is proved is what people run.
CONFIGURATION = """
[node]
name = "{name}"
data_directory = "{folder}/data"
key_file = "{shared}/secret.keys"
shutdown_deadline_ms = 20000
[http]
address = "{host}"
port = {http_port}
public_url = "http://127.0.0.1:{http_port}"
[admin]
port = {admin_port}
token_file = "{folder}/data/admin.token"
[media]
directory = "{shared}/media"
[database]
dsn = "{dsn}"
{database}
[sandbox]
url = "{sandbox_url}"
[auth]
argon2_memory_kib = 8192
argon2_passes = 1
{auth}
[limits]
requests_per_user_per_minute = {requests_per_minute}
requests_per_address_per_minute = 1000000000
{more}
"""


class Node:
    def __init__(self, program, folder, dsn, sandbox_url, more="", database="", requests_per_minute=1_000_000_000, name="a",
                 shared=None, auth="", host="127.0.0.1", prefix=()):
        """`shared`: the folder of what all nodes of a cluster must have, keys and media; its own when left out. `prefix`: what
        `serve` is started through."""
        self.program = program
        self.name, self.host, self.prefix = name, host, prefix
        shared = shared or f"{folder}/data"
        self.folder = folder
        self.http_port, self.admin_port = processes.free_port(), processes.free_port()
        self.log = f"{folder}/node.log"
        self.config = f"{folder}/troupe.conf"
        self.process = None
        os.makedirs(f"{folder}/data", exist_ok=True)
        with open(os.open(f"{folder}/data/admin.token", os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as f:
            f.write(os.urandom(32).hex() + "\n")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(CONFIGURATION.format(name=name, host=host, folder=folder, shared=shared, http_port=self.http_port,
                                         admin_port=self.admin_port, dsn=dsn, sandbox_url=sandbox_url, more=more,
                                         database=database, auth=auth, requests_per_minute=requests_per_minute))
        # A node's environment is ours without what would configure it.
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("TROUPE_")}
        if not os.path.exists(f"{shared}/secret.keys"):
            self.command("keys", "init")

    def command(self, *words):
        return processes.run([self.program, *words, "--config", self.config], f"troupe {' '.join(words)}", env=self.env)

    def start(self, crash_at=None, ready=True):
        env = {**self.env, "TROUPE_CRASH_AT": crash_at} if crash_at else self.env
        self.process = processes.spawn([*self.prefix, self.program, "serve", "--config", self.config], self.log, env)
        if ready:
            self.wait_ready()

    def wait_ready(self, seconds=60):
        until("the node is ready", self.is_ready, seconds, lambda: processes.tail(self.log))

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the node ended with {self.process.returncode}: {processes.tail(self.log)}")
        return fetch(self.http_port, "/readyz", self.host)[0] == 200

    def not_ready(self):
        """The checks of /readyz that do not hold; None when nobody answers."""
        status, text = fetch(self.http_port, "/readyz", self.host)
        return [c["name"] for c in json.loads(text)["checks"] if not c["ok"]] if status in (200, 503) else None

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def wait_crashed(self, where, seconds=60):
        code = processes.wait_dead(self.process, f"the node, which was to crash at {where},", seconds)
        assert code == -signal.SIGKILL, f"the node ended with {code}: {processes.tail(self.log)}"

    def stop(self, seconds=60):
        """Graceful: nothing is left under way, in memory neither."""
        if self.alive():
            before = self.said("event=engine.stopped clean=true")
            self.process.terminate()
            code = processes.wait_dead(self.process, "the node, told to stop,", seconds)
            assert code == 0, f"the node ended with {code}: {processes.tail(self.log)}"
            clean = self.said("event=engine.stopped clean=true") > before
            assert clean, f"the node stopped with something left: {processes.tail(self.log)}"

    def end(self):
        if self.alive():
            self.process.send_signal(signal.SIGCONT)
            self.kill()

    def gauge(self, name):
        """A value of /metrics; None when there is no such line or nobody answers."""
        status, text = fetch(self.http_port, "/metrics", self.host)
        lines = [line.split() for line in text.splitlines() if line.startswith(f"{name} ")] if status == 200 else []
        return float(lines[0][1]) if lines else None

    def said(self, event):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return sum(event in line for line in f)


def fetch(port, path, host="127.0.0.1"):
    """(status, text) of a GET; 0 when nobody answers."""
    c = http.client.HTTPConnection(host, port, timeout=5)
    try:
        c.request("GET", path)
        answer = c.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        c.close()


class Api:
    """The REST API as one signed-in person. Thread-safe: one connection per thread."""

    def __init__(self, port):
        self.port = port
        self.token = None
        self.local = threading.local()
        self.connections = []
        answer = self.must(201, "POST", "/v1/auth/register", {
            "email": f"crash-{os.urandom(6).hex()}@example.org", "password": os.urandom(12).hex(), "display_name": "Crash",
            "workspace": {"name": "Crash", "time_zone": "UTC"}})
        self.token = answer["access_token"]
        self.user = answer["user"]["id"]
        self.workspace = answer["workspace"]["id"]

    def call(self, method, path, body=None, **more):
        """(status, decoded body)."""
        return self.call_all(method, path, body, **more)[:2]

    def call_all(self, method, path, body=None, content_type="application/json", headers=()):
        """(status, decoded body, headers). A connection that the server has closed meanwhile is replaced once."""
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        head = dict(headers)
        if self.token:
            head["Authorization"] = f"Bearer {self.token}"
        if data is not None:
            head["Content-Type"] = content_type
        if method == "POST":
            head["Idempotency-Key"] = os.urandom(16).hex()  # what makes the replacement safe
        for last in (False, True):
            c = getattr(self.local, "connection", None)
            if c is None:
                c = self.local.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                self.connections.append(c)
            try:
                c.request(method, path, data, head)
                answer = c.getresponse()
                text = answer.read()
                return answer.status, json.loads(text) if text else None, answer.headers
            except (OSError, http.client.HTTPException):
                c.close()
                self.local.connection = None
                if last:
                    raise
        raise AssertionError("unreachable")

    def close(self):
        for c in self.connections:
            c.close()

    def must(self, status, method, path, body=None, **more):
        got, answer = self.call(method, path, body, **more)
        assert got == status, f"{method} {path} answered {got}, not {status}: {answer}"
        return answer

    def connect(self, handle, behaviour="ok", workspace=None):
        return self.must(201, "POST", f"/v1/workspaces/{workspace or self.workspace}/accounts",
                         {"platform": "sandbox", "fields": {"handle": handle, "behaviour": behaviour}})["id"]

    def post(self, account, due_us, text="A post", media=(), workspace=None):
        """Creates a scheduled post; answers it."""
        return self.must(201, "POST", f"/v1/workspaces/{workspace or self.workspace}/posts", {
            "text": text, "targets": [{"account_id": account}], "schedule": {"at": utc(due_us)},
            **({"media": [{"media_id": m, "alt": "a square"} for m in media]} if media else {})})

    def upload(self, image):
        return self.must(201, "POST", f"/v1/workspaces/{self.workspace}/media", image, content_type="image/png")["id"]


def utc(us):
    import datetime
    t = datetime.datetime.fromtimestamp(us // 1_000_000, datetime.timezone.utc)
    return t.strftime("%Y-%m-%dT%H:%M:%S") + f".{us % 1_000_000:06}Z"


def last_lines(path, count=30):
    return subprocess.run(["tail", "-n", str(count), path], capture_output=True, text=True, check=False).stdout


def sanitizer_reports(path, most=200):
    """The first report in a log and what follows it; empty for a build without sanitizers."""
    found = []
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            if found or "Sanitizer: " in line or "runtime error: " in line:
                found.append(line)
            if len(found) == most:
                break
    return found

"""REST at 64 connections: Troupe, Fastify + pg, and what limits both."""

import json
import os
import pathlib
import re
import subprocess

import measure
import processes
from load import run_wrk
from peers import Spent, password_of, settings_of
from processes import POSTGRES_BIN
from servers import Lines, Nginx
from sink import Sink
from troupe import with_places

HERE = pathlib.Path(__file__).resolve().parent
WORKS = {"read": "get.lua", "list": "get.lua", "create": "post.lua"}


def figures(f, cpu=None):
    errors = dict(re.findall(r"(\w+) (\d+)", f["socket_errors"] or ""))
    # An answer after more than two seconds is a timeout to wrk; a few of them are a busy machine.
    late = int(errors.pop("timeout", 0))
    assert not any(int(n) for n in errors.values()) and late <= f["requests"] / 100, f["socket_errors"]
    assert f["refused"] == 0, f"{f['refused']} of {f['requests']} refused"
    return {"per_s": f["per_s"], "p50": f["p50"], "p99": f["p99"], "requests": f["requests"], "timeouts": late, "cpu_s_per_1000": cpu}


def measured(port, pids, script, arguments, seconds):
    # Once for a second before, so that everything is prepared that will be.
    run_wrk(port, script, arguments, seconds=1)
    spent = Spent(pids)
    f = run_wrk(port, script, arguments, seconds=seconds)
    return figures(f, spent.per_1000(max(f["requests"], 1)))


def write_paths(folder, pairs):
    """What the three works ask for; answers the arguments of their scripts without the token."""
    files = {"read": [f"/v1/workspaces/{ws}/posts/{p}" for ws, p in pairs],
             "list": sorted({f"/v1/workspaces/{ws}/posts?limit=20" for ws, _ in pairs})}
    for name, lines in files.items():
        pathlib.Path(f"{folder}/{name}").write_text("\n".join(lines) + "\n", encoding="ascii")
    return {"read": f"{folder}/read", "list": f"{folder}/list", "create": f"{folder}/places"}


def troupe(options, seconds, tools):
    """All three on one node; answers a row for each."""
    w, api = with_places(options, posts=2_500)
    try:
        paths = write_paths(w.folder, w.sql("SELECT workspace_id, id FROM post"))
        pids = {"client": [w.node.process.pid], "store": [w.postgres.process.pid]}
        rows = {}
        for work, script in WORKS.items():
            rows[work] = measured(w.node.http_port, pids, script, [api.token, paths[work]], seconds)
        rows["read"]["peak_mb"] = {"client": measure.peak_mb(w.node.process.pid)}
        path = pathlib.Path(paths["read"]).read_text(encoding="ascii").split("\n", 1)[0]
        tools.sample = json.dumps(api.must(200, "GET", path), separators=(",", ":"))
        w.node.stop()
        return rows
    finally:
        w.close(False)


def fastify(tools, count, seconds):
    """`count` processes of one Fastify server."""
    folder = processes.folder("troupe-compare-")
    database = f"fastify_{count}"
    postgres, server = tools.postgres, None
    postgres.sql("postgres", f'CREATE DATABASE "{database}"')
    try:
        settings = settings_of(f"fastify-{count}", "rest")
        config = {"dsn": f"postgres://postgres@127.0.0.1:{postgres.port}/{database}", "port": processes.free_port(), "processes": count,
                  "settings": settings, "folder": folder}
        env = {**os.environ, "COMPARE_MODULES": tools.modules, "NODE_ENV": "production", "PGPASSWORD": password_of(postgres)}
        server = Lines([tools.node, str(HERE / "peers" / "fastify.mjs"), json.dumps(config)], f"{folder}/fastify.log", env)
        started = server.answer("start", 60)
        postgres.sql(database, "VACUUM ANALYZE")
        paths = write_paths(folder, started["posts"])
        pathlib.Path(paths["create"]).write_text("".join(f"/v1/workspaces/{ws}/posts {a}\n" for ws, a in started["accounts"]), encoding="ascii")
        pids = {"client": started["pids"], "store": [postgres.process.pid]}
        rows = {}
        for work, script in WORKS.items():
            rows[work] = measured(config["port"], pids, script, [started["token"], paths[work]], seconds)
            rows[work]["settings"] = settings
        return rows
    finally:
        if server:
            server.kill()
        postgres.sql("postgres", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        processes.remove(folder)


def nginx(tools, seconds):
    """One static answer, as long as one post."""
    folder = processes.folder("troupe-compare-")
    server = None
    try:
        server = Nginx(folder, tools.sample.replace("'", ""))
        return {"read": measured(server.port, {"client": [server.process.pid], "store": []}, None, [], seconds)}
    finally:
        if server:
            server.stop()
        processes.remove(folder)


def sink(tools, seconds):
    """The network that all deliver to: what it takes from wrk."""
    folder = processes.folder("troupe-compare-")
    server = None
    try:
        server = Sink(tools.sink, folder)
        pids = {"sink": [server.process.pid]}
        spent = Spent(pids)
        f = run_wrk(server.port, str(HERE / "sink.lua"), [], "/sandbox/v1/posts", seconds=seconds)
        cpu = spent.seconds()["sink"] * 1000 / max(f["requests"], 1)
        return {**figures(f), "cpu_s_per_1000": {"sink": round(cpu, 4), "total": round(cpu, 4)}, "sent_again": 0}
    finally:
        if server:
            server.stop()
        processes.remove(folder)


INSERT = "INSERT INTO one VALUES (gen_random_uuid(), gen_random_uuid(), 'A draft of the benchmark, number 1', now());\n"


def pgbench(tools, seconds):
    """One row in one commit, 64 clients: what a store without group commit of its own is limited by."""
    database, postgres = "pgbench_one", tools.postgres
    folder = processes.folder("troupe-compare-")
    postgres.sql("postgres", f'CREATE DATABASE "{database}"')
    try:
        postgres.sql(database, "CREATE TABLE one (id uuid PRIMARY KEY, workspace_id uuid, text text, created_at timestamptz);"
                               "CREATE INDEX ON one (workspace_id, created_at, id)")
        pathlib.Path(f"{folder}/insert.sql").write_text(INSERT, encoding="ascii")
        spent = Spent({"store": [postgres.process.pid]})
        done = subprocess.run([f"{POSTGRES_BIN}/pgbench", "-n", "-M", "prepared", "-c", "64", "-j", "2", "-T", str(seconds), "-f",
                               f"{folder}/insert.sql", database], env=postgres.env, capture_output=True, text=True, timeout=seconds + 60, check=False)
        assert done.returncode == 0, done.stderr[-500:]
        requests = int(re.search(r"transactions actually processed: (\d+)", done.stdout).group(1))
        cpu = spent.seconds()["store"] * 1000 / requests
        return {"create": {"per_s": round(float(re.search(r"tps = (\S+)", done.stdout).group(1))), "requests": requests,
                           "p50": re.search(r"latency average = (\S+)", done.stdout).group(1) + "ms (mean)", "p99": None,
                           "cpu_s_per_1000": {"store": round(cpu, 4), "total": round(cpu, 4)}}}
    finally:
        postgres.sql("postgres", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        processes.remove(folder)

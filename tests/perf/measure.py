"""Figures of the whole program: measure.py --build DIR [figure...] [--posts N] [--workspaces N ...]. See README.md."""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "crash"))

import world as worlds  # noqa: E402
from checks import check_exactly_once  # noqa: E402
from cost import Meter, cpu_us, memory_mb, peak_mb, share_mb, tree_us  # noqa: E402
from node import fetch  # noqa: E402
from postgres import Postgres  # noqa: E402
from load import run_wrk  # noqa: E402
from waiting import clock_passes, now_us, until  # noqa: E402

# The database as people run it: durable, with ordinary memory.
POSTGRES = "shared_buffers = '512MB'\nmax_wal_size = '8GB'\ncheckpoint_timeout = '30min'\n"


def say(figure, **values):
    """Prints a figure, and answers it to whoever has called for one."""
    values = {"figure": figure, **values, "load_before": LOAD_BEFORE}
    print(json.dumps(values), flush=True)
    return values


def load_average():
    return float(pathlib.Path("/proc/loadavg").read_text(encoding="ascii").split()[0])


LOAD_BEFORE = load_average()


def new_world(more=""):
    o = worlds.OPTIONS
    w = worlds.World(more=o.more.replace("\\n", "\n") + more, database=o.database.replace("\\n", "\n"))
    if o.statements:
        w.sql("CREATE EXTENSION pg_stat_statements")
    return w


def say_statements(w, count):
    """What each statement cost PostgreSQL, per one of `count`."""
    rows = w.sql("SELECT total_exec_time, calls, rows, wal_bytes, left(regexp_replace(query, '\\s+', ' ', 'g'), 70) FROM pg_stat_statements "
                 "WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1 DESC LIMIT 12")
    for total_ms, calls, returned, wal, query in rows:
        print(f"{float(total_ms) * 1000 / count:8.2f} us  {calls:>7} calls  {returned:>7} rows  {int(wal) // count:>5} B of WAL  {query}", flush=True)


def metric(w, name):
    text = subprocess.run(["curl", "-s", f"http://127.0.0.1:{w.node.http_port}/metrics"], capture_output=True, text=True,
                          check=False).stdout
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found.group(1)) if found else 0.0


def burst(options, workspaces):
    """All due at one instant."""
    w = new_world()
    try:
        w.node.start()
        w.node.stop()
        due = w.seed(options.posts, workspaces, 1, due_in_ms=int(8_000 + options.posts / 4))
        w.sql("VACUUM ANALYZE")
        w.node.start()
        if options.statements:
            w.sql("SELECT pg_stat_statements_reset()")
        assert now_us() < due, "seeding took longer than thought"
        clock_passes(due - 500_000, "half a second before the burst")
        meter = Meter(w)
        until("all of them are on the network", lambda: w.sink.applied() >= options.posts, 300, w.sink.record)
        w.wait_settled()
        cost = meter.per(options.posts)
        record = check_exactly_once(w, options.posts)
        drained_us = record["last_us"] - due
        stored = float(w.sql("SELECT extract(epoch FROM max(at)) FROM ledger WHERE to_state = 'published'")[0][0]) * 1e6 - due
        figure = say("burst", workspaces=workspaces, posts=options.posts, per_s=round(options.posts / drained_us * 1e6),
            per_s_until_stored=round(options.posts / stored * 1e6), drained_ms=drained_us // 1000, repeated=record["repeated"],
            lateness_us=record["lateness_us"], cpu_us=cost, node_rss_mb=memory_mb(w.node.process.pid)[0],
            node_peak_mb=peak_mb(w.node.process.pid), postgres_mb=share_mb(w.postgres.process.pid))
        if options.statements:
            say_statements(w, options.posts)
        w.node.stop()
        return figure
    finally:
        w.close(False)


def steady(options, rate=500, seconds=30, behind=0):
    """The same number every second; `behind`: so many more that are due in a month."""
    w = new_world()
    try:
        w.node.start()
        w.node.stop()
        if behind:
            w.seed(behind, 300, 1, due_in_ms=30 * 86_400_000, spread_us=1_000, prefix="far")
            w.sql("VACUUM ANALYZE")
        w.seed(rate * seconds, 300, 1, due_in_ms=10_000, spread_us=1_000_000 // rate)
        w.sql("VACUUM ANALYZE")
        w.node.start()
        meter = Meter(w)
        until("all of them are on the network", lambda: w.sink.applied() >= rate * seconds, 120, w.sink.record)
        cost = meter.per(rate * seconds)
        w.wait_settled(left=behind)
        record = w.sink.record()
        if behind:  # whose ledgers would take longer to read than all the rest
            assert (record["applied"], record["doubled"], record["early"]) == (rate * seconds, 0, 0), record
        else:
            check_exactly_once(w, rate * seconds)
        figure = say("steady", rate=rate, seconds=seconds, behind=behind, lateness_us=record["lateness_us"], repeated=record["repeated"],
                     early=record["early"], cpu_us=cost, node_rss_mb=memory_mb(w.node.process.pid)[0],
                     node_peak_mb=peak_mb(w.node.process.pid), postgres_mb=share_mb(w.postgres.process.pid), database_mb=database_mb(w))
        w.node.stop()
        return figure
    finally:
        w.close(False)


def database_mb(w):
    return round(int(w.sql("SELECT pg_database_size(current_database())")[0][0]) / 1e6, 1)


def loaded(options):
    """Very many within the loaded window, with edits and cancels among them."""
    posts = options.loaded
    # So wide that all of them are within it from the start, also after the minutes that seeding takes.
    w = new_world("[publish]\nnear_window_ms = 1800000\n")
    try:
        w.node.start()
        api = w.sign_up()
        w.node.stop()
        began = time.monotonic()
        # Due from five to nine minutes after the node will be up.
        lead_ms = int(300_000 + posts / 1_000_000 * 240_000)
        due = w.seed(posts, 300, 1, due_in_ms=lead_ms, spread_us=240_000_000 // posts, owner=api.user)
        w.sql("VACUUM ANALYZE")
        seeded_s = round(time.monotonic() - began, 1)
        w.node.start()
        pid = w.node.process.pid
        shards = lambda: loaded_rows(w)
        until("all of them are in the heap", lambda: shards() >= posts, 240, shards)
        heap_ready_s = round(time.monotonic() - began - seeded_s, 1)
        rss, anonymous = memory_mb(pid)
        # People at work meanwhile.
        some = w.sql("SELECT p.workspace_id, p.id FROM post p TABLESAMPLE SYSTEM (0.2) LIMIT 1000")
        edited = cancelled = 0
        began = time.monotonic()
        for i, (workspace, post) in enumerate(some):
            path = f"/v1/workspaces/{workspace}/posts/{post}"
            if i % 2:
                edited += api.call("PATCH", path, {"text": f"Edited {i}"})[0] == 200
            else:
                cancelled += api.call("POST", f"{path}/cancel")[0] == 200
        took = time.monotonic() - began
        say("loaded", posts=posts, in_heap=shards(), rss_mb=rss, anonymous_mb=anonymous, seconds_to_load=heap_ready_s,
            seconds_to_seed=seeded_s, edited=edited, cancelled=cancelled, changes=len(some),
            changes_per_s_one_client=round(len(some) / took), rss_mb_after=memory_mb(pid)[0],
            seconds_left=round((due - now_us()) / 1e6))
        w.node.stop()
    finally:
        w.close(False)


def loaded_rows(w):
    """What the dispatchers hold, as operators see it."""
    with open(f"{w.folder}/data/admin.token", encoding="ascii") as f:
        token = f.read().strip()
    text = subprocess.run(["curl", "-s", "-H", f"Authorization: Bearer {token}", f"http://127.0.0.1:{w.node.admin_port}/admin/v1/shards"],
                          capture_output=True, text=True, check=False).stdout
    try:
        return sum(s["due"] or 0 for s in json.loads(text)["items"])
    except (ValueError, KeyError):
        return 0


def idle(options):
    """A node with nothing to do."""
    w = new_world()
    try:
        w.node.start()
        pid = w.node.process.pid
        clock_passes(now_us() + 5_000_000, "five seconds after the start")
        postgres = w.postgres.process.pid
        before, store_before, began = cpu_us(pid), tree_us(postgres), time.monotonic()
        clock_passes(now_us() + 10_000_000, "ten idle seconds")
        per_cent = 1 / (time.monotonic() - began) / 10_000
        rss, anonymous = memory_mb(pid)
        figure = say("idle", rss_mb=rss, anonymous_mb=anonymous, cpu_percent=round((cpu_us(pid) - before) * per_cent, 2),
                     postgres_cpu_percent=round((tree_us(postgres) - store_before) * per_cent, 2), postgres_mb=share_mb(postgres))
        w.node.stop()
        return figure
    finally:
        w.close(False)


def start(options):
    """From exec to ready, on a migrated database that the node has seen before."""
    w = new_world()
    try:
        w.node.start()
        w.node.stop()
        times = []
        for how in ("after a stop", "after a stop", "after a kill", "after a kill"):
            began = time.monotonic()
            w.node.start(ready=False)
            while fetch(w.node.http_port, "/readyz")[0] != 200:
                assert w.node.alive(), w.node.log
                time.sleep(0.002)
            times.append({how: round((time.monotonic() - began) * 1000)})
            if how == "after a stop" and len(times) < 2:
                w.node.stop()
            else:
                w.node.kill()
        say("start", ready_ms=times)
    finally:
        w.close(False)


def wrk(w, script, arguments, path="/", connections=64):
    # wrk shares the two cores with the node; that is part of the figure.
    meter = Meter(w)
    figures = run_wrk(w.node.http_port, script, arguments, path, connections)
    return {**figures, "cpu_us": meter.per(max(figures["requests"], 1))}


def with_people(options, workspaces, posts=1_000):
    w = new_world()
    w.node.start()
    api = w.sign_up()
    w.node.stop()
    w.seed(posts, workspaces, 1, due_in_ms=86_400_000, owner=api.user)
    w.sql("VACUUM ANALYZE")
    w.node.start()
    return w, api


def get_figure(options):
    w, api = with_people(options, 100)
    try:
        paths = [f"/v1/workspaces/{ws}/posts/{p}" for ws, p in w.sql("SELECT workspace_id, id FROM post")]
        pathlib.Path(f"{w.folder}/paths").write_text("\n".join(paths) + "\n", encoding="ascii")
        for path in paths:
            api.must(200, "GET", path)
        figure = say("get", **wrk(w, "get.lua", [api.token, f"{w.folder}/paths"]))
        w.node.stop()
        return figure
    finally:
        w.close(False)


def post_figure(options):
    w, api = with_people(options, 100)
    try:
        lines = [f"/v1/workspaces/{ws}/posts {a}" for ws, a in w.sql("SELECT workspace_id, id FROM account")]
        pathlib.Path(f"{w.folder}/places").write_text("\n".join(lines) + "\n", encoding="ascii")
        before = int(w.sql("SELECT count(*) FROM post")[0][0])
        if options.statements:
            w.sql("SELECT pg_stat_statements_reset()")
        figures = wrk(w, "post.lua", [api.token, f"{w.folder}/places"])
        stored = int(w.sql("SELECT count(*) FROM post")[0][0]) - before
        figure = say("post", stored=stored, **figures)
        if options.statements:
            say_statements(w, stored)
        w.node.stop()
        return figure
    finally:
        w.close(False)


FIGURES = {"start": start, "idle": idle, "get": get_figure, "post": post_figure, "steady": steady, "burst": burst, "loaded": loaded}


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--build", required=True)
    p.add_argument("figures", nargs="*")
    p.add_argument("--posts", type=int, default=20_000, help="of a burst")
    p.add_argument("--workspaces", type=int, nargs="+", default=[1, 300, 20_000], help="of a burst")
    p.add_argument("--loaded", type=int, default=1_000_000, help="posts within the loaded window")
    p.add_argument("--more", default="", help=r"more of the node's configuration, e.g. '[publish]\nmax_in_flight = 64'")
    p.add_argument("--database", default="", help="more of its [database] section, e.g. 'writers = 2'")
    p.add_argument("--statements", action="store_true", help="print what each statement of a burst or of creating posts cost PostgreSQL")
    p.add_argument("--troupe", default=None, help="another program than that of the build, to compare two in one run")
    p.add_argument("--keep", action="store_true")
    options = p.parse_args()
    worlds.OPTIONS = options
    preload = "shared_preload_libraries = 'pg_stat_statements'\n" if options.statements else ""
    worlds._server = Postgres(fsync=True, settings=POSTGRES + preload)
    try:
        for name in options.figures or FIGURES:
            if name == "burst":
                for workspaces in options.workspaces:
                    burst(options, workspaces)
            else:
                FIGURES[name](options)
    finally:
        worlds._server.remove()


if __name__ == "__main__":
    main()

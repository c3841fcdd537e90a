"""The same works, as Troupe does them, by the functions of tests/perf."""

import concurrent.futures
import json
import pathlib
import time

import measure
from checks import check_exactly_once
from waiting import now_us, until
from works import milliseconds

WORKSPACES = 300


def cpu_s(figure):
    """CPU seconds per 1 000 from microseconds for one."""
    us = figure["cpu_us"]
    out = {"client": us["node"], "store": us["postgres"], "sink": us["sink"]}
    out = {k: round(v / 1000, 4) for k, v in out.items()}
    return {**out, "total": round(out["client"] + out["store"], 4)}


def burst(options, count):
    options.posts = count
    f = measure.burst(options, WORKSPACES)
    return {"posts": count, "per_s": f["per_s_until_stored"], "per_s_sent": f["per_s"], "lateness_ms": milliseconds(f), "sent_again": f["repeated"],
            "early": 0, "doubled": 0, "cpu_s_per_1000": cpu_s(f), "peak_mb": {"client": f["node_peak_mb"], "store": f["postgres_mb"]}}


def steady(options, rate, seconds, far=0):
    f = measure.steady(options, rate, seconds, far)
    return {"posts": rate * seconds, "rate": rate, "behind": far, "lateness_ms": milliseconds(f), "early": f["early"], "sent_again": f["repeated"],
            "doubled": 0, "cpu_s_per_1000": cpu_s(f), "peak_mb": {"client": f["node_peak_mb"], "store": f["postgres_mb"]},
            "disk_mb": f["database_mb"]}


def kill(options, count, patience=20):
    w = measure.new_world()
    try:
        w.node.start()
        w.node.stop()
        due = w.seed(count, WORKSPACES, 1, due_in_ms=int(5_000 + count / 4))
        w.sql("VACUUM ANALYZE")
        w.node.start()
        assert now_us() < due, "not ready when the posts were due"
        until("half of them are on the network", lambda: w.sink.applied() >= count / 2, 60)
        before = w.sink.applied()
        w.node.kill()
        began = now_us()
        w.node.start(ready=False)
        until("no delivery is open", lambda: w.sink.applied() >= count and w.sql("SELECT count(*) FROM delivery WHERE is_open") == [["0"]],
              patience + 60)
        settled = now_us()
        record = check_exactly_once(w, count)
        answer = {"posts": count, "sent_before_kill": before, "drained_s": round((settled - began) / 1e6, 2), "still_pending": 0,
                  "not_sent": count - record["keys"], "sent_again": record["repeated"], "doubled": record["doubled"], "early": record["early"],
                  "lateness_ms": milliseconds(record), "patience_s": patience}
        w.node.wait_ready()
        w.node.stop()
        return answer
    finally:
        w.close(False)


def with_places(options, posts=1_000):
    """A node that serves somebody who has a hundred workspaces with posts in each."""
    w, api = measure.with_people(options, 100, posts)
    lines = [f"/v1/workspaces/{ws}/posts {a}" for ws, a in w.sql("SELECT workspace_id, id FROM account")]
    pathlib.Path(f"{w.folder}/places").write_text("\n".join(lines) + "\n", encoding="ascii")
    return w, api


IN_BULK, BULK_LANES = 500, 4


def in_bulk(api, places, count, at):
    """Posts by requests of 500, four at a time; answers how many a second. The bodies are made before."""
    requests = []
    for n in range(0, count, IN_BULK):
        path, account = places[n // IN_BULK % len(places)].split()
        posts = [{"text": f"A post of the benchmark, number {i}", "targets": [{"account_id": account}], "schedule": {"at": at}}
                 for i in range(n, min(n + IN_BULK, count))]
        requests.append((f"{path}/bulk", len(posts), json.dumps({"posts": posts}).encode()))

    def send(request):
        path, posts, body = request
        answer = api.must(200, "POST", path, body)
        assert answer["created"] == posts, f"{answer['failed']} of {posts} not made"

    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(BULK_LANES) as pool:
        list(pool.map(send, requests))
    return round(count / (time.monotonic() - began))


def schedule(options, count):
    """By the API: 64 connections, one durable request each; then in bulk."""
    w, api = with_places(options)
    try:
        before = int(w.sql("SELECT count(*) FROM post")[0][0])
        tomorrow = w.sql("SELECT to_char((now() + interval '1 day') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")[0][0]
        f = measure.wrk(w, "post.lua", [api.token, f"{w.folder}/places", tomorrow])
        stored = int(w.sql("SELECT count(*) FROM post")[0][0]) - before
        assert f["refused"] == 0 and stored >= f["requests"], f"{stored} stored of {f['requests']}, {f['refused']} refused"
        bulk = in_bulk(api, pathlib.Path(f"{w.folder}/places").read_text(encoding="ascii").splitlines(), count, tomorrow)
        w.node.stop()
        return {"posts": stored, "single_per_s": f["per_s"], "bulk_per_s": bulk, "cpu_s_per_1000": cpu_s(f)}
    finally:
        w.close(False)


def idle(options):
    f = measure.idle(options)
    return {"rss_mb": f["rss_mb"], "store_mb": f["postgres_mb"], "cpu_percent": f["cpu_percent"], "store_cpu_percent": f["postgres_cpu_percent"]}

"""The works, as a peer does them. Each answers a row: the same words as Troupe's own in troupe.py."""

import functools
import sys
import time

import cost
from peers import PeerWorld, Spent, soon
from waiting import clock_passes, now_us, until


def milliseconds(record):
    late = record["lateness_us"]
    return {k: round(late[k] / 1000, 1) for k in ("p50", "p99", "p999", "max")}


def row(w, record, **values):
    return {**values, "lateness_ms": milliseconds(record), "early": record["early"], "sent_again": record["repeated"], "doubled": record["doubled"],
            "settings": w.settings}


class NotReady(Exception):
    """The posts were due before everything was there to publish them."""


def patiently(work):
    """Does a work once more, with more time to get ready, when the machine was too slow for the first: `work(per_s)`."""

    @functools.wraps(work)
    def twice(*arguments, **more):
        try:
            return work(*arguments, **more)
        except NotReady as e:
            print(f"{e}; once more with more time", file=sys.stderr, flush=True)
            return work(*arguments, **more, room=4)

    return twice


def begin(w, count, room, spread_us=0):
    """Schedules and starts; answers when the first is due, with the clock a moment before it."""
    due = soon(count * room, 2 * room)
    w.fill(count, due, spread_us)
    w.start()
    if now_us() > due - 200_000:
        raise NotReady(f"{w.peer} was ready {round((now_us() - due) / 1e6, 1)} s after the posts were due")
    clock_passes(due - 200_000, "just before the first due time")
    return due


@patiently
def burst(peer, tools, count, changes=None, room=1):
    """All due at one instant."""
    with PeerWorld(peer, "burst", tools, changes) as w:
        due = begin(w, count, room)
        spent = Spent(w.pids())
        limit = 60 + count / 500
        until("all of them are on the network", lambda: w.sink.applied() >= count, limit, lambda: (w.sink.record()["applied"], w.errors()))
        pending, settled_at = w.settle(60)
        cpu = spent.per_1000(count)
        assert pending == 0, f"{pending} of {count} never became done: {w.errors()}"
        record = w.sink.record()
        return row(w, record, posts=count, per_s=round(count * 1e6 / (settled_at - due)), per_s_sent=round(count * 1e6 / (record["last_us"] - due)),
                   cpu_s_per_1000=cpu, peak_mb=w.peak_mb())


@patiently
def steady(peer, tools, rate, seconds, far=0, changes=None, room=1):
    """The same number every second, with `far` more that are due in a month."""
    with PeerWorld(peer, "steady", tools, changes) as w:
        filled_s = 0
        if far:
            filled_s = round(w.client.ask(400, do="far", count=far)["us"] / 1e6, 1)
            w.vacuum()
        count = rate * seconds
        begin(w, count, room, 1_000_000 // rate)
        spent = Spent(w.pids())
        until("all of them are on the network", lambda: w.sink.applied() >= count, seconds + 60, lambda: (w.sink.record()["applied"], w.errors()))
        pending, _ = w.settle(60, far)
        cpu = spent.per_1000(count)
        assert pending == 0, f"{pending} of {count} never became done: {w.errors()}"
        return row(w, w.sink.record(), posts=count, rate=rate, behind=far, behind_scheduled_in_s=filled_s, cpu_s_per_1000=cpu, peak_mb=w.peak_mb(),
                   disk_mb=w.disk_mb())


@patiently
def kill(peer, tools, count, patience=20, room=1):
    """SIGKILL when half of them are out, then at once the same again."""
    with PeerWorld(peer, "kill", tools) as w:
        begin(w, count, room)
        until("half of them are on the network", lambda: w.sink.applied() >= count / 2, 60 + count / 200, w.errors)
        before = w.sink.applied()
        w.kill()
        began = now_us()
        w.start()
        pending, settled_at = w.settle(patience)
        record = w.sink.record()
        drained = pending == 0 and record["keys"] == count
        return row(w, record, posts=count, sent_before_kill=before, drained_s=round((settled_at - began) / 1e6, 2) if drained else None,
                   still_pending=pending, not_sent=count - record["keys"], patience_s=patience, errors=w.errors()[-200:])


def schedule(peer, tools, count):
    """So many posts for tomorrow: one durable call each from 64 lanes, and in bulk."""
    tomorrow = (now_us() + 86_400_000_000) / 1000
    with PeerWorld(peer, "schedule", tools) as w:
        spent = Spent({"client": [w.client.process.pid], "store": w.pids()["store"]})
        single = w.client.ask(180, do="add", count=count, due_ms=tomorrow, lanes=64)["us"]
        cpu = spent.per_1000(count)
        bulk = w.client.ask(180, do="fill", count=count, due_ms=tomorrow, spread_us=0)["us"]
        return {"posts": count, "single_per_s": round(count * 1e6 / single), "bulk_per_s": round(count * 1e6 / bulk), "cpu_s_per_1000": cpu,
                "settings": w.settings}


def idle(peer, tools, seconds=10):
    """Nothing to do."""
    with PeerWorld(peer, "steady", tools) as w:
        w.client.ask(30, do="close")
        w.start()
        clock_passes(now_us() + 5_000_000, "five seconds after the start")
        spent, began = Spent(w.pids()), time.monotonic()
        clock_passes(now_us() + seconds * 1_000_000, "the idle seconds")
        share = 100 / (time.monotonic() - began)
        used = spent.seconds()
        return {"rss_mb": round(sum(cost.memory_mb(x.process.pid)[0] for x in w.workers), 1), "store_mb": w.peak_mb()["store"],
                "cpu_percent": round(used["client"] * share, 2), "store_cpu_percent": round(used["store"] * share, 2), "settings": w.settings}

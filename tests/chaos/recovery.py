"""How long service was away after a fault, shard by shard."""

from bisect import bisect_left
from collections import defaultdict


def percentiles(values):
    values = sorted(values)
    at = lambda share: values[min(len(values) - 1, int(share * len(values)))] if values else None
    return {"count": len(values), "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": values[-1] if values else None}


class Recovery:
    ARM_LEAD_US = 100_000

    def __init__(self, facts):
        self.commits = defaultdict(list)   # {shard: [(at, epoch)]}
        self.taken = defaultdict(list)
        self.pauses = []                   # [(at, ms)]: a shard without an owner between two that live
        released = {}
        self.armed = defaultdict(dict)     # {shard: {delivery: first time it was armed}}
        self.due = {i: d["due_us"] for i, d in facts.deliveries.items()}
        for at, delivery, shard, _, after, _, epoch, _, _ in facts.ledger:
            if epoch > 0:
                self.commits[shard].append((at, epoch))
            if after == "sending":
                self.armed[shard].setdefault(delivery, at)
        for at, shard, epoch, what, _, _ in facts.history:
            if what == "released":
                released[shard] = at
            if what == "taken":
                if shard in released:
                    self.pauses.append((at, (at - released.pop(shard)) // 1000))
                self.taken[shard].append((at, epoch))

    def first_need(self, shard, from_us):
        """When the shard first had something to send at or after a moment."""
        due = [self.due.get(d, 0) - self.ARM_LEAD_US for d, at in self.armed[shard].items() if at >= from_us]
        return max(from_us, min(due)) if due else from_us

    def of(self, fault):
        """`taken`: from the fault to the shard's next owner. `first_commit`: to the first commit under that owner (or the same one,
        where the fault takes nothing away). `in_service`: the same, counted from when there was something to commit."""
        begin, from_us = fault["begin_us"], fault.get("back_us") or fault["begin_us"]
        out = {"pause": [ms for at, ms in self.pauses if begin <= at <= fault["end_us"]],
               "taken": [], "first_commit": [], "in_service": [], "shards": len(fault["struck"]), "moved": 0, "silent": 0}
        for shard, epoch in fault["struck"].items():
            shard = int(shard)
            took = next((t for t in self.taken[shard] if t[0] >= begin and t[1] > epoch and t[0] < fault["end_us"]), None)
            if took:
                out["moved"] += 1
                out["taken"].append((took[0] - begin) // 1000)
                least = took[1] if not fault.get("same_owner") else epoch
            elif fault.get("same_owner") or fault.get("thawed_us"):
                least = epoch
            else:
                continue
            start = from_us if took or not fault.get("thawed_us") else fault["thawed_us"]
            rows = self.commits[shard]
            first = next((at for at, e in rows[bisect_left(rows, (start, 0)):] if e >= least), None)
            if first is None:
                out["silent"] += 1
                continue
            out["first_commit"].append((first - start) // 1000)
            out["in_service"].append(max(0, first - max(start, self.first_need(shard, start))) // 1000)
        return out

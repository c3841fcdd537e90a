"""What the network has on record, held against what the database says and what people were told. Knows nothing of the code
that it judges but the states of a delivery."""

from collections import Counter, defaultdict

from checks import FINAL, TRANSITIONS, UNSENT

# What may stand at the end, besides what goes on by itself (which is lost, for the run has waited for it).
SETTLED = FINAL | {"needs_review", "draft"}


class Facts:
    """Everything there is to know after a run."""

    @classmethod
    def read(cls, cluster, people, seeded):
        self = cls()
        micro = "(extract(epoch FROM {}) * 1000000)::bigint"
        sql = cluster.sql
        self.seeded = seeded
        self.deliveries = {r[0]: {"key": r[1], "post": r[2], "shard": int(r[3]), "due_us": int(r[4] or 0), "state": r[5],
                                  "attempt": int(r[6]), "remote_id": r[7], "error": r[8]}
                           for r in sql(f"""SELECT id, idempotency_key, post_id, shard_id, coalesce({micro.format('due_at')}, 0), state,
                               attempt, coalesce(remote_id, ''), coalesce(error_kind, '') FROM delivery""")}
        self.texts = {r[0]: r[1] for r in sql("SELECT id, text FROM post WHERE text LIKE 'person %'")}
        # (at, delivery, shard, from, to, node, epoch, attempt, reason), oldest first
        # What PostgreSQL wrote while its clock was an hour behind, at the time that it was.
        hour = 3_600_000_000
        when = lambda text: int(text) + hour * (cluster.clocks and int(text) < cluster.begun_us - hour // 2)
        self.ledger = [(when(r[0]), r[1], int(r[2]), r[3], r[4], r[5], int(r[6]), int(r[7]), r[8])
                       for r in sql(f"""SELECT {micro.format('at')}, delivery_id, shard_id, from_state, to_state, node, epoch, attempt,
                           reason FROM ledger ORDER BY at, attempt""")]
        self.ledger.sort(key=lambda line: line[0])
        self.history = [(when(r[0]), int(r[1]), int(r[2]), r[3], r[4], r[5]) for r in sql(
            f"SELECT {micro.format('at')}, shard_id, epoch, what, node, reason FROM shard_history ORDER BY at, epoch")]
        self.history.sort(key=lambda line: (line[0], line[2]))
        self.receipts = int(sql("SELECT count(*) FROM receipt")[0][0])
        self.arrivals = read_journal(f"{cluster.folder}/sink.journal")
        self.people = people
        return self


def read_journal(path):
    """[(at_us, scheduled_us, applied, body_hash, key)], oldest first."""
    out = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            at, scheduled, applied, body, *key = line.rstrip("\n").split(" ", 4)
            out.append((int(at), int(scheduled), applied == "1", body, key[0] if key else ""))
    return out


def check(facts, most_late_s=60):
    """Answers {"counts": ..., "findings": {rule: [evidence]}}; a run is good when every list is empty."""
    found = defaultdict(list)
    raw, applied = Counter(), defaultdict(list)
    first_raw, last_raw = {}, {}
    for at, scheduled, made, _, key in facts.arrivals:
        raw[key] += 1
        first_raw.setdefault(key, at)
        last_raw[key] = at
        if scheduled and at < scheduled:
            found["early"].append({"key": key, "at_us": at, "said_us": scheduled})
        if made:
            applied[key].append(at)
        if not key:
            found["without_key"].append({"at_us": at})
    by_key = {d["key"]: i for i, d in facts.deliveries.items()}
    for key, times in applied.items():
        if len(times) > 1:
            found["doubled"].append({"key": key, "at_us": times})
        if key not in by_key:
            found["unknown_to_the_database"].append({"key": key})
    chains = check_chains(facts, found)
    for i, d in facts.deliveries.items():
        times = applied.get(d["key"], [])
        if d["state"] == "published":
            if not times:
                found["lost"].append({"delivery": i, "why": "published here, not on the network"})
            elif not d["remote_id"]:
                found["lost"].append({"delivery": i, "why": "published without the network's id"})
        elif times and d["state"] != "needs_review":
            found["unadmitted"].append({"delivery": i, "state": d["state"], "ledger": chains[i]})
        if d["state"] not in SETTLED:
            found["lost"].append({"delivery": i, "why": f"still {d['state']}", "ledger": chains[i]})
        if d["state"] in ("failed", "needs_review") and not chains[i][-1][4]:
            found["lost"].append({"delivery": i, "why": f"{d['state']} without a reason"})
        if times and times[0] < d["due_us"] and not any(e["key"] == d["key"] for e in found.get("early", [])):
            found["early"].append({"key": d["key"], "at_us": times[0], "due_us": d["due_us"], "ledger": chains[i]})
        if d["state"] == "published" and first_raw.get(d["key"], 0) - d["due_us"] > most_late_s * 1_000_000:
            found["too_late"].append({"delivery": i, "late_ms": (first_raw[d["key"]] - d["due_us"]) // 1000, "ledger": chains[i]})
        unsent = sum(a in ("sending", "in_doubt") and reason in UNSENT for a, _, _, _, reason in chains[i])
        if raw[d["key"]] > d["attempt"] - unsent:
            found["behind_the_ledger"].append({"delivery": i, "raw": raw[d["key"]], "attempt": d["attempt"], "ledger": chains[i]})
    made_by_people = {p["id"] for p in facts.people.every("posts")}
    seeds = sum(d["post"] not in made_by_people and d["post"] not in facts.texts for d in facts.deliveries.values())
    if seeds != facts.seeded:
        found["lost"].append({"why": f"{facts.seeded} were scheduled beforehand, {seeds} are there"})
    check_epochs(facts, found)
    check_people(facts, found, applied, last_raw)
    states = Counter(d["state"] for d in facts.deliveries.values())
    return {"counts": {"deliveries": len(facts.deliveries), "states": dict(states), "raw": len(facts.arrivals),
                       "applied": sum(map(len, applied.values())), "raw_repeats": sum(n - 1 for n in raw.values()),
                       "repeated_keys": sum(n > 1 for n in raw.values()), "receipts": facts.receipts},
            "findings": dict(found)}


def check_chains(facts, found):
    """Every delivery's transitions follow the table without a gap, and end where the delivery stands."""
    chains = defaultdict(list)
    for _, delivery, _, before, after, _, epoch, attempt, reason in facts.ledger:
        chains[delivery].append((before, after, epoch, attempt, reason))
    for i, d in facts.deliveries.items():
        state, epoch = "draft", 0
        for before, after, its_epoch, _, _ in chains[i]:
            if before != state or after not in TRANSITIONS[before] or its_epoch < epoch:
                found["ledger"].append({"delivery": i, "at": [before, after], "ledger": chains[i]})
                break
            state, epoch = after, its_epoch
        else:
            if state != d["state"]:
                found["ledger"].append({"delivery": i, "state": d["state"], "ledger": chains[i]})
    for i in set(chains) - set(facts.deliveries):
        found["ledger"].append({"delivery": i, "why": "a ledger without its delivery"})
    return chains


def check_epochs(facts, found):
    """A shard's epochs only rise, each belongs to one node, and nothing was written under one that had ended."""
    taken, owner = defaultdict(list), {}
    for at, shard, epoch, what, node, _ in facts.history:
        if what != "taken":
            continue
        if taken[shard] and epoch <= taken[shard][-1][1]:
            found["epochs"].append({"shard": shard, "epoch": epoch, "after": taken[shard][-1][1]})
        taken[shard].append((at, epoch))
        owner[shard, epoch] = node
    newest = defaultdict(int)
    for at, delivery, shard, before, after, node, epoch, _, _ in facts.ledger:
        if epoch < newest[shard] and epoch > 0:
            found["stale_write"].append({"shard": shard, "delivery": delivery, "at_us": at, "epoch": epoch, "newest": newest[shard]})
        newest[shard] = max(newest[shard], epoch)
        if epoch > 0 and owner.get((shard, epoch), node) != node:
            found["stale_write"].append({"shard": shard, "epoch": epoch, "node": node, "owner": owner[shard, epoch]})


def check_people(facts, found, applied, last_raw):
    """What people were told is so: a post that was made is there once, a cancel holds, a change holds."""
    at_post = {d["post"]: i for i, d in facts.deliveries.items()}
    names = Counter()
    for text in facts.texts.values():
        names[text.split(" edit ")[0]] += 1
    for name, n in names.items():
        if n > 1:
            found["executed_twice"].append({"post": name, "rows": n})
    found_here = set(facts.texts)
    for p in facts.people.every("posts"):
        if p["id"] is None:
            continue
        if p["id"] not in found_here or at_post.get(p["id"]) != p["delivery"]:
            found["wrong_answer"].append({"why": "a 201 whose post is not there", "post": p})
            continue
        d = facts.deliveries[p["delivery"]]
        if p["cancelled_us"] is not None:
            if d["state"] != "cancelled" or applied.get(d["key"]) or last_raw.get(d["key"], 0) > p["cancelled_us"]:
                found["cancelled_and_sent"].append({"post": p, "state": d["state"], "applied_us": applied.get(d["key"])})
        elif not p["unsure"]:
            if facts.texts[p["id"]] != p["text"]:
                found["wrong_answer"].append({"why": "a change that was acknowledged is not there", "post": p, "text": facts.texts[p["id"]]})
            if d["due_us"] != p["due_us"]:
                found["wrong_answer"].append({"why": "an acknowledged time is not there", "post": p, "due_us": d["due_us"]})
    for w in facts.people.every("wrong"):
        found["wrong_answer"].append(w)

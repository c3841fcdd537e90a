"""What must hold after every fault: the record of the network and the ledger of the database agree."""

from collections import defaultdict

FINAL = {"published", "failed", "cancelled"}
# The same table as actors/content/types.cpp, said again: a change there must be meant.
TRANSITIONS = {
    "draft": {"awaiting_approval", "scheduled", "cancelled"},
    "awaiting_approval": {"scheduled", "draft", "cancelled"},
    "scheduled": {"sending", "draft", "cancelled", "scheduled", "failed", "needs_review", "in_doubt"},
    "sending": {"published", "failed", "in_doubt", "scheduled", "cancelled"},
    "in_doubt": {"published", "failed", "scheduled", "needs_review", "in_doubt"},
    "needs_review": {"published", "scheduled", "cancelled"},
    "failed": {"scheduled", "cancelled"},
    "published": set(),
    "cancelled": set(),
}

# Reasons that say of an attempt: its request never left.
UNSENT = {"not sent", "taken back before release", "armed by a node whose lease ended before the due time"}


def deliveries(world):
    """{id: (state, remote_id, attempt, is_open)}"""
    rows = world.sql("SELECT id, state, coalesce(remote_id, ''), attempt, is_open FROM delivery")
    return {r[0]: (r[1], r[2], int(r[3]), r[4] == "t") for r in rows}


def ledgers(world):
    """{delivery: [(from, to, epoch, attempt, reason)]}, oldest first."""
    rows = world.sql("SELECT delivery_id, from_state, to_state, epoch, attempt, reason FROM ledger ORDER BY at, attempt")
    out = defaultdict(list)
    for r in rows:
        out[r[0]].append((r[1], r[2], int(r[3]), int(r[4]), r[5]))
    return out


def check_ledger(world, allowed_ends=("published",)):
    """Every chain follows the table without a gap, ends where the delivery stands, and its epochs and attempts never
    fall. Answers the ledgers."""
    stand, books = deliveries(world), ledgers(world)
    assert set(books) == set(stand), f"deliveries without a ledger: {sorted(set(stand) - set(books))[:5]}"
    for delivery, chain in books.items():
        state, epoch, attempt = "draft", 0, 0
        for before, after, its_epoch, its_attempt, reason in chain:
            assert before == state, f"{delivery}: a gap, {state} then {before} -> {after}: {chain}"
            assert after in TRANSITIONS[before], f"{delivery}: no such transition {before} -> {after}: {chain}"
            # What an operator's command writes stands outside of epochs.
            assert its_epoch >= epoch or reason.startswith("restored"), f"{delivery}: the epoch fell: {chain}"
            assert its_attempt >= attempt, f"{delivery}: the attempt fell: {chain}"
            state, epoch, attempt = after, max(epoch, its_epoch), its_attempt
        assert state == stand[delivery][0], f"{delivery}: the ledger says {state}, the row {stand[delivery][0]}: {chain}"
        assert state in allowed_ends, f"{delivery}: ended as {state}: {chain}"
    return books


def check_exactly_once(world, expected, allowed_ends=("published",), most_raw=None):
    """Lost 0, doubled 0, early 0, and the ledger in order. `most_raw`: raw requests that one key may have cost. Answers
    the record."""
    record, keys = world.sink.record(), world.sink.keys()
    stand = deliveries(world)
    published = {d for d, row in stand.items() if row[0] == "published"}
    assert len(published) == expected, f"{len(published)} of {expected} published: {count_states(stand)}"
    books = check_ledger(world, allowed_ends)
    # An attempt is committed before its request leaves, and one that is said to be unsent has cost none: what was asked
    # more often went out behind the ledger's back.
    unknown = {}
    for delivery, (raw, _) in keys.items():
        book = books.get(delivery, [])
        unsent = sum(before in ("sending", "in_doubt") and reason in UNSENT for before, _, _, _, reason in book)
        if delivery not in stand or raw > stand[delivery][2] - unsent:
            unknown[delivery] = (raw, book)
    assert not unknown, f"{len(unknown)} with requests that the ledger does not know: {dict(list(unknown.items())[:3])}"
    assert record["doubled"] == 0, f"doubled: {record}"
    assert record["early"] == 0, f"early: {record}"
    assert record["without_key"] == 0, f"without a key: {record}"
    lost = [d for d in published if keys.get(d, (0, 0))[1] != 1]
    assert not lost, f"published here and not on the network: {lost[:5]}"
    extra = [k for k, (_, applied) in keys.items() if applied and k not in published]
    assert not extra, f"on the network and not published here: {[(k, stand.get(k)) for k in extra[:5]]}"
    unnamed = [d for d in published if not stand[d][1]]
    assert not unnamed, f"published without the network's id: {unnamed[:5]}"
    if most_raw is not None:
        over = {k: raw for k, (raw, _) in keys.items() if raw > most_raw}
        assert not over, f"asked more than {most_raw} times: {dict(list(over.items())[:5])}"
    return record


def count_states(stand):
    out = defaultdict(int)
    for row in stand.values():
        out[row[0]] += 1
    return dict(out)

"""Clocks that jump: a node's, and PostgreSQL's. With libfaketime in front of the programs, which is why these faults are apart from
the rest: everything that is started has it, from its start on, and one file each that says how far its clock is off."""

import os

import processes
from faults import epochs, fault, shards_of, wait
from waiting import now_us, until

HOUR_S = 3600
NAMES = ("node_clock", "database_clock")


def library():
    """Of Debian's package libfaketime, for this machine's kind of processor."""
    for root in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"):
        if os.path.exists(f"{root}/faketime/libfaketimeMT.so.1"):
            return f"{root}/faketime/libfaketimeMT.so.1"
    raise AssertionError("libfaketime is missing: apt-get install faketime")


class Clock:
    """Of one program: what it is to be started through, and a hand on it. Only the wall clock; steady clocks stay steady."""

    def __init__(self, path):
        self.path = path
        self.set(0)
        self.prefix = ["env", f"LD_PRELOAD={library()}", f"FAKETIME_TIMESTAMP_FILE={path}", "FAKETIME_NO_CACHE=1",
                       "DONT_FAKE_MONOTONIC=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"]

    def set(self, seconds):
        with open(f"{self.path}.new", "w", encoding="ascii") as f:
            f.write(f"{seconds:+d}s\n")
        os.chmod(f"{self.path}.new", 0o644)
        os.replace(f"{self.path}.new", self.path)


def database_is_off_by(cluster, seconds):
    """Whether PostgreSQL's clock stands where it was put: or the fault would prove nothing."""
    def reads():
        there = int(cluster.sql("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")[0][0])
        return abs(there - now_us() - seconds * 1_000_000) < 30_000_000
    until(f"PostgreSQL's clock is off by {seconds} s", reads, 10)


@fault
def node_clock(cluster, dice):
    """A node's clock jumps by an hour, either way, and back: nobody is to notice."""
    node, hours = dice.choice(cluster.nodes), dice.choice((-1, 1))
    owners, begin = cluster.owners(), now_us()
    with open(f"/proc/{node.process.pid}/maps", encoding="ascii") as f:
        assert "libfaketime" in f.read(), "the node has the true clock"
    node.clock.set(hours * HOUR_S)
    off = int(processes.run([*node.clock.prefix, "date", "+%s"], "date")) - now_us() // 1_000_000
    assert abs(off - hours * HOUR_S) < 30, f"the clock is off by {off} s"
    try:
        wait(dice.uniform(4, 7), "the node's clock is off")
    finally:
        node.clock.set(0)
    wait(2, "the clock is right again")
    moved = sum(owners[s] != o for s, o in cluster.owners().items())
    assert moved == 0, f"{moved} shards changed hands because of a node's wall clock"
    return {"nodes": f"{node.name} {hours:+d} h", "begin_us": begin, "struck": shards_of(owners, node), "same_owner": True, "moved": moved}


@fault
def database_clock(cluster, dice):
    """PostgreSQL's clock jumps back by an hour and stays there, then jumps to where it was. Dispatch pauses until the new time is
    confirmed; by that time nothing is due, and what has become due goes out when the clock is right again, never before."""
    owners, begin = cluster.owners(), now_us()
    for node in cluster.nodes:
        # When the clock jumps forward, every lease that was written before has run out.
        node.may_end = "PostgreSQL's clock jumped"
    cluster.postgres.clock.set(-HOUR_S)
    try:
        database_is_off_by(cluster, -HOUR_S)
        until("a node has confirmed the step", lambda: any(n.said("clock.step_confirmed") for n in cluster.nodes), 30)
        wait(dice.uniform(2, 5), "PostgreSQL's clock is an hour behind")
    finally:
        cluster.postgres.clock.set(0)
    back = now_us()
    database_is_off_by(cluster, 0)
    return {"nodes": "PostgreSQL -1 h", "begin_us": begin, "struck": epochs(owners), "back_us": back, "same_owner": True}

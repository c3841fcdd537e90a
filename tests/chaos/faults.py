"""What can go wrong, one function each. A fault answers what it did; the caller waits until the cluster is calm again.

`struck`: the shards whose service it may have interrupted, {shard: epoch}. `back_us`: from when on service can be expected
again, where that is not the moment of the fault itself (PostgreSQL's return)."""

import os
import signal
import subprocess

import processes
from waiting import clock_passes, now_us, until

FAULTS = {}


def fault(function):
    FAULTS[function.__name__] = function
    return function


def shards_of(owners, node):
    return {s: epoch for s, (owner, _, epoch) in owners.items() if owner == node.name}


def epochs(owners):
    return {s: epoch for s, (_, _, epoch) in owners.items()}


def wait(seconds, what):
    clock_passes(now_us() + int(seconds * 1_000_000), what, seconds + 30)


def started_again(node, ended):
    until(f"node {node.name} is started again", lambda: node.process is not ended and node.alive(), 60)


@fault
def kill_9(cluster, dice):
    """A node is killed, and started again after a while."""
    node = dice.choice(cluster.nodes)
    struck = shards_of(cluster.owners(), node)
    node.held, node.may_end = True, "killed"
    begin = now_us()
    node.process.kill()
    node.process.wait()
    wait(dice.uniform(1, 4), "the node stays away")
    node.held = False
    return {"nodes": node.name, "begin_us": begin, "struck": struck}


@fault
def terminate(cluster, dice):
    """A planned stop and start, as a rolling upgrade does it."""
    node = dice.choice(cluster.nodes)
    struck = shards_of(cluster.owners(), node)
    node.held, node.may_end = True, "told to stop"
    begin = now_us()
    try:
        node.stop()
    finally:
        ended = now_us()
        node.held = False
    return {"nodes": node.name, "begin_us": begin, "struck": struck, "stopped_in_ms": (ended - begin) // 1000, "planned": True}


@fault
def freeze_3_s(cluster, dice):
    """SIGSTOP for three seconds. Whether the lease outlives them is up to the machine."""
    node = dice.choice(cluster.nodes)
    struck = shards_of(cluster.owners(), node)
    node.may_end = "frozen"
    begin = now_us()
    node.freeze()
    wait(3, "three seconds in the ice")
    thawed = now_us()
    node.thaw()
    return {"nodes": node.name, "begin_us": begin, "struck": struck, "thawed_us": thawed}


@fault
def freeze_long(cluster, dice):
    """SIGSTOP beyond every deadline: others take over; thawed, the node finds itself dead, exits and is started again."""
    node = dice.choice(cluster.nodes)
    struck = shards_of(cluster.owners(), node)
    node.may_end, frozen = "frozen", node.process
    begin = now_us()
    node.freeze()
    wait(10, "every deadline")
    until("others own what it had", lambda: not shards_of(cluster.owners(), node), 60, cluster.picture)
    thawed = now_us()
    node.thaw()
    code = processes.wait_dead(frozen, "the node that was declared dead", 30)
    out = {"nodes": node.name, "begin_us": begin, "struck": struck, "thawed_us": thawed, "exited_in_ms": (now_us() - thawed) // 1000,
           "exit": code}
    started_again(node, frozen)
    return out


@fault
def database_restart(cluster, dice):
    """PostgreSQL is killed with all its processes, and started again."""
    struck = epochs(cluster.owners())
    begin = now_us()
    cluster.postgres.kill()
    wait(dice.uniform(0.3, 2), "PostgreSQL stays away")
    cluster.postgres.start()
    return {"nodes": "PostgreSQL", "begin_us": begin, "struck": struck, "back_us": now_us(), "same_owner": True}


@fault
def database_stall(cluster, dice):
    """All of PostgreSQL's processes are frozen for some seconds."""
    struck = epochs(cluster.owners())
    server = cluster.postgres.process
    begin = now_us()
    os.kill(server.pid, signal.SIGSTOP)
    frozen = processes.children(server.pid)
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        wait(dice.uniform(3, 10), "PostgreSQL stalls")
    finally:
        for pid in [*frozen, server.pid]:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass
    return {"nodes": "PostgreSQL", "begin_us": begin, "struck": struck, "back_us": now_us(), "same_owner": True}


@fault
def taker_killed(cluster, dice):
    """A node dies while shards change hands: when it has marked a dead one, when it has taken shards and not opened them (of a
    dead one, or its own share), or when it has closed some and not released them."""
    taker, victim = dice.sample(cluster.nodes, 2)
    point = dice.choice(["cluster.marked_dead", f"cluster.taken@{dice.randrange(2, 7)}", "cluster.closed"])
    taker.held, taker.may_end, taker.arm = True, "killed", point
    first = taker.process
    first.kill()
    first.wait()
    taker.held = False
    started_again(taker, first)
    armed = taker.process
    until("the armed node is there", lambda: armed.poll() is not None or cluster.calm(), 60, cluster.picture)
    begin, struck, kills = now_us(), shards_of(cluster.owners(), taker), 0
    while armed.poll() is None and kills < 5:
        kills += 1
        owners = cluster.owners()
        struck = {**shards_of(owners, victim), **shards_of(owners, taker)}
        victim.held, victim.may_end, killed = True, "killed", victim.process
        begin = now_us()
        killed.kill()
        killed.wait()
        until("its shards are taken or the taker has died", lambda: armed.poll() is not None or not shards_of(cluster.owners(), victim),
              60, cluster.picture)
        victim.held = False
        started_again(victim, killed)
        if armed.poll() is None:
            cluster.wait_calm()
    hit = armed.poll() is not None
    if not hit:  # another was faster each time: only the victim's end was a fault
        struck = shards_of(owners, victim)
        taker.held = True
        armed.kill()
        armed.wait()
        taker.held = False
    return {"nodes": f"{victim.name}, then {taker.name}", "begin_us": begin, "struck": struck, "point": point, "kills": kills,
            "hit": hit}


@fault
def redis_killed(cluster, dice):
    """Redis dies and comes back empty: nobody is to notice."""
    owners, begin = cluster.owners(), now_us()
    up = lambda: [n.gauge("troupe_redis_up") for n in cluster.nodes]
    cluster.redis.kill()
    try:
        until("every node has noticed", lambda: up() == [0] * len(cluster.nodes), 30, up)
        wait(dice.uniform(1, 3), "Redis stays away")
    finally:
        cluster.redis.start()
    until("every node uses it again", lambda: up() == [1] * len(cluster.nodes), 30, up)
    moved = sum(owners[s] != o for s, o in cluster.owners().items())
    assert moved == 0, f"{moved} shards changed hands because of Redis"
    return {"nodes": "Redis", "begin_us": begin, "struck": epochs(owners), "same_owner": True, "moved": moved}


@fault
def platform(cluster, dice):
    """The network applies and cuts, applies and answers 502, limits in every dialect, hangs, breaks down, talks nonsense."""
    modes = ["applied-then-cut:0.06", "applied-then-502:0.06", "429:0.01", "429-date:0.01", "429-reset:0.01", "429-silent:0.01",
             "429-wild:0.01", "hang:0.01", "applied-then-hang:0.01", "500:0.05", "cut-before:0.05", "garbage:0.03", "empty:0.03",
             "html:0.03", "not-http:0.03"]
    chosen = dice.sample(modes, 7)
    begin = now_us()
    cluster.sink.set(faults=[f"{m}:{dice.randrange(10_000)}" for m in chosen])
    try:
        wait(dice.uniform(4, 8), "the network misbehaves")
    finally:
        cluster.sink.set(faults=[])
    return {"nodes": "network", "begin_us": begin, "struck": {}, "modes": chosen}


@fault
def starve(cluster, dice):
    """Busy processes take the cores from all nodes."""
    begin, owners = now_us(), cluster.owners()
    busy = [subprocess.Popen(["setpriv", "--pdeathsig=KILL", "--", "sh", "-c", "while :; do :; done"])
            for _ in range(4 * (os.cpu_count() or 2))]
    try:
        wait(dice.uniform(8, 15), "the cores are busy")
    finally:
        for b in busy:
            b.kill()
            b.wait()
    return {"nodes": "all", "begin_us": begin, "struck": {}, "moved": sum(owners[s] != o for s, o in cluster.owners().items())}


@fault
def cut_database(cluster, dice):
    """A node's wire to PostgreSQL is cut: its lease runs out and others take over, while people and the network reach it as before."""
    node = dice.choice(cluster.nodes)
    struck = shards_of(cluster.owners(), node)
    node.may_end = "cut off"
    begin = now_us()
    cluster.networks.cut(node.name, "database")
    try:
        wait(dice.uniform(4, 9), "the wire is cut")
    finally:
        cluster.networks.mend(node.name, "database")
    return {"nodes": node.name, "begin_us": begin, "struck": struck, "thawed_us": now_us()}


@fault
def cut_peers(cluster, dice):
    """A node's wire to the other nodes is cut. Publishing goes on, nobody takes over."""
    node, owners = dice.choice(cluster.nodes), cluster.owners()
    begin = now_us()
    cluster.networks.cut(node.name, "peers")
    try:
        wait(dice.uniform(4, 9), "the wire is cut")
    finally:
        cluster.networks.mend(node.name, "peers")
    return {"nodes": node.name, "begin_us": begin, "struck": {}, "moved": sum(owners[s] != o for s, o in cluster.owners().items())}

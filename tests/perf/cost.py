"""What processes cost: CPU time and memory, read from /proc."""

import os

TICK_US = 1_000_000 // os.sysconf("SC_CLK_TCK")


def _cpu(path):
    with open(path, encoding="ascii", errors="replace") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * TICK_US


def cpu_us(pid):
    return _cpu(f"/proc/{pid}/stat")


def threads_us(pid):
    """CPU time by the names of threads; those of one name are added."""
    out = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/comm", encoding="ascii") as f:
                name = f.read().strip()
            out[name] = out.get(name, 0) + _cpu(f"/proc/{pid}/task/{task}/stat")
        except OSError:
            pass
    return out


def tree_us(pid):
    """A process with its living and its dead children."""
    total = 0
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    total += sum(int(fields[i]) for i in (11, 12, 13, 14)) * TICK_US
    for child in children(pid):
        try:
            total += cpu_us(child)
        except OSError:
            pass
    return total


def children(pid):
    out = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as f:
            out += f.read().split()
    return out


def memory_mb(pid):
    """(resident, of it anonymous)"""
    values = {}
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        for line in f:
            if line.startswith(("VmRSS", "RssAnon")):
                name, value = line.split(":")
                values[name] = int(value.split()[0]) / 1024
    return round(values["VmRSS"], 1), round(values["RssAnon"], 1)


def peak_mb(pid):
    """The most that was ever resident."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return round(next(int(line.split()[1]) for line in f if line.startswith("VmHWM")) / 1024, 1)


def share_mb(pid):
    """Resident memory of a process and its children, what they share counted once."""
    total = 0
    for each in [pid, *children(pid)]:
        try:
            with open(f"/proc/{each}/smaps_rollup", encoding="ascii") as f:
                total += next(int(line.split()[1]) for line in f if line.startswith("Pss:")) / 1024
        except (OSError, StopIteration):
            pass
    return round(total, 1)


class Meter:
    """CPU time that the node, PostgreSQL and the network spend from now on."""

    def __init__(self, world):
        self.world = world
        self.before = self._read()
        self.threads = threads_us(world.node.process.pid)

    def _read(self):
        w = self.world
        return {"node": cpu_us(w.node.process.pid), "postgres": tree_us(w.postgres.process.pid), "sink": cpu_us(w.sink.process.pid)}

    def per(self, count):
        """Microseconds per one of `count`, whole and by the node's threads."""
        now, threads = self._read(), threads_us(self.world.node.process.pid)
        out = {k: round((now[k] - self.before[k]) / count, 1) for k in now}
        spent = {k: round((v - self.threads.get(k, 0)) / count, 1) for k, v in threads.items()}
        out["node_threads"] = {k: v for k, v in sorted(spent.items(), key=lambda i: -i[1]) if v >= 0.1}
        return out

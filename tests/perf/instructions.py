"""Instructions and allocations of a node for one request and one delivery, counted by callgrind."""

import re
import subprocess

import processes
import world as worlds
from waiting import clock_passes, now_us, until

REQUESTS = 200
# The ways to get memory, however the linked allocator names them. One within another counts once.
ALLOCATES = re.compile(r"^(__libc_|mi_)?(malloc\w*|calloc\w*|realloc\w*|aligned_alloc\w*|posix_memalign|new\w*|heap_malloc\w*)(\(|$)|^operator new(\[\])?\(")


# Of [limits], in front of other sections. With kept pages it would be the time between two requests that decides what is counted.
READ_EACH_TIME = "page_cache_bytes = 0\n"

# Under callgrind a node is some twenty times slower: nothing that is meant for a dead peer may strike it.
PATIENT = {"database": "connect_timeout_s = 60\nqueue_deadline_ms = 60000", "more": READ_EACH_TIME + "[cluster]\nlease_ttl_min_ms = 30000\nlease_ttl_max_ms = 60000\n"}


class Counted:
    """A node under callgrind, which counts only between `begin` and `end`."""

    def __init__(self, world):
        self.world, self.dumps = world, 0
        self.out = f"{world.folder}/callgrind"
        world.node.prefix = ["valgrind", "--tool=callgrind", "--quiet", "--instr-atstart=no", f"--callgrind-out-file={self.out}"]

    def _control(self, *words):
        done = subprocess.run(["callgrind_control", *words, str(self.world.node.process.pid)], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"callgrind_control {' '.join(words)}: {done.stdout}{done.stderr}"

    def begin(self):
        self._control("-z")
        self._control("-i", "on")

    def end(self, count):
        self._control("-i", "off")
        self._control("-d")
        self.dumps += 1
        path = f"{self.out}.{self.dumps}"
        total, allocations = until("callgrind has written what it counted", lambda: read_dump(path), 60, lambda: processes.tail(path, 200))
        return {"instructions": round(total / count), "allocations": round(allocations / count, 1)}


def read_dump(path):
    """(instructions, calls that got memory); None while it is being written."""
    total, names, calls = None, {}, []
    caller = callee = None
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            for line in f:
                found = re.match(r"(c?fn)=\((\d+)\)(?: (.*))?", line)
                if found:
                    kind, number, name = found.groups()
                    if name:
                        names[number] = name.strip()
                    if kind == "fn":
                        caller = number
                    else:
                        callee = number
                elif line.startswith("calls="):
                    calls.append((caller, callee, int(line[6:].split()[0])))
                elif line.startswith("totals:"):
                    total = int(line.split()[1])
    except FileNotFoundError:
        return None
    if total is None:
        return None
    gets = {number for number, name in names.items() if ALLOCATES.match(name)}
    return total, sum(n for caller, callee, n in calls if callee in gets and caller not in gets)


def count():
    """{work: {instructions, allocations}} for one of each."""
    w = worlds.World(**PATIENT)
    try:
        w.node.start()
        api = w.sign_up()
        w.node.stop()
        w.seed(REQUESTS, 10, 1, due_in_ms=86_400_000, owner=api.user)
        w.sql("VACUUM ANALYZE")
        counted = Counted(w)
        w.node.start()
        posts = [f"/v1/workspaces/{ws}/posts/{p}" for ws, p in w.sql("SELECT workspace_id, id FROM post")]
        lists = sorted({p.rsplit("/", 1)[0] + "?limit=20" for p in posts})
        places = w.sql("SELECT workspace_id, id FROM account")

        def create(i, due_us=None):
            workspace, account = places[i % len(places)]
            schedule = {"schedule": {"at": worlds.utc(due_us)}} if due_us else {}
            api.must(201, "POST", f"/v1/workspaces/{workspace}/posts", {"text": f"A post {i}", "targets": [{"account_id": account}], **schedule})

        kinds = {"read": lambda i: api.must(200, "GET", posts[i % len(posts)]), "list": lambda i: api.must(200, "GET", lists[i % len(lists)]),
                 "create": create}
        out = {}
        for name, ask in kinds.items():
            for i in range(REQUESTS):  # once, so that all of it is in memory
                ask(i)
            counted.begin()
            for i in range(REQUESTS):
                ask(i)
            out[name] = counted.end(REQUESTS)
        due = now_us() + 20_000_000
        for i in range(REQUESTS):
            create(i, due)
        assert now_us() < due - 500_000, "scheduling took longer than thought"
        clock_passes(due - 300_000, "just before they are due")
        counted.begin()
        until("all of them are on the network", lambda: w.sink.applied() >= REQUESTS, 60, w.sink.record)
        until("their outcomes are stored", lambda: w.sql("SELECT count(*) FROM delivery WHERE state = 'published'") == [[str(REQUESTS)]], 60)
        out["publish"] = counted.end(REQUESTS)
        w.node.stop(seconds=120)
        return out
    finally:
        w.close(False)

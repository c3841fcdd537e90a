"""Child processes that end with this one."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile

from waiting import until

POSTGRES_BIN = "/usr/lib/postgresql/15/bin"

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

_spawned = []  # (process, the signal that ends it)
_folders = []


def as_postgres():
    """PostgreSQL refuses root; then its programs run as the system user of the package."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]


def postgres_ids():
    if os.geteuid() != 0:
        return os.getuid(), os.getgid()
    entry = pwd.getpwnam("postgres")
    return entry.pw_uid, entry.pw_gid


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def spawn(command, log, env=None, signal_name="KILL", **more):
    """Starts a program whose standard error goes to `log` and that dies with us."""
    with open(log, "ab") as errors:
        process = subprocess.Popen(["setpriv", f"--pdeathsig={signal_name}", "--", *command], stdin=more.pop("stdin", subprocess.DEVNULL),
                                   stdout=more.pop("stdout", errors), stderr=errors, env=env, **more)
    _spawned.append((process, signal.Signals[f"SIG{signal_name}"]))
    return process


def folder(prefix):
    """A temporary folder, which `remove` takes away."""
    _folders.append(tempfile.mkdtemp(prefix=prefix))
    return _folders[-1]


def remove(path):
    shutil.rmtree(path, ignore_errors=True)
    _folders.remove(path)


def end_all(keep=False):
    """Ends what still runs and takes away what is left, as after something that failed half-way."""
    # Programs before folders: what still runs would write into them.
    for process, ending in _spawned:
        if process.poll() is None:
            process.send_signal(ending)
    for process, _ in _spawned:
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
    for path in () if keep else _folders:
        shutil.rmtree(path, ignore_errors=True)
    if not keep:
        _folders.clear()


def clean_up_when_stopped(keep):
    """Whoever stops us with a signal finds neither programs nor folders of ours afterwards."""

    def stopped(number, _frame):
        for each in STOPPING:
            signal.signal(each, signal.SIG_IGN)
        end_all(keep)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    for number in STOPPING:
        signal.signal(number, stopped)


def run(command, what, text=None, env=None, seconds=300):
    """Runs a program to its end; AssertionError with its words when it fails. Answers what it printed."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, env=env, timeout=seconds, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{what} failed ({done.returncode}): {done.stderr[-2000:]}")
    return done.stdout


def children(pid):
    out = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as f:
                out += [int(p) for p in f.read().split()]
    except OSError:
        pass
    return out


def kill_tree(process):
    """SIGKILL to a program and its children, as a power cut would."""
    os.kill(process.pid, signal.SIGSTOP)  # so that it starts no more while we look
    for pid in children(process.pid):
        os.kill(pid, signal.SIGKILL)
    process.kill()
    process.wait()


def tail(path, size=4000):
    try:
        with open(path, "rb") as f:
            f.seek(0, os.SEEK_END)
            f.seek(max(0, f.tell() - size))
            return f.read().decode(errors="replace")
    except OSError:
        return ""


def wait_dead(process, what, seconds=60):
    until(f"{what} has ended", lambda: process.poll() is not None, seconds)
    return process.returncode

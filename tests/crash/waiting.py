"""Waiting for a named condition, never for time."""

import threading
import time

_never = threading.Event()


def until(what, condition, seconds=60, seen=None):
    """Polls `condition` until it answers something true, and answers that. After `seconds`: AssertionError, which
    says what was waited for and what `seen()`, or the last answer, was."""
    deadline = time.monotonic() + seconds
    pause = 0.002
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            shown = seen() if seen else answer
            raise AssertionError(f"waited {seconds} s for: {what}; seen at the end: {shown!r}")
        _never.wait(pause)
        pause = min(pause * 1.5, 0.05)


def clock_passes(moment_us, what, seconds=60):
    """Waits until the wall clock, which the sink and PostgreSQL share, has passed a moment."""
    until(f"the clock passes {what}", lambda: now_us() > moment_us, seconds)


def now_us():
    return time.time_ns() // 1000

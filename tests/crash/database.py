"""PostgreSQL at its worst: an answer that is lost, a row that is locked, a server that dies or is away."""

import os
import signal
import subprocess

from checks import check_exactly_once, ledgers
from processes import children
from proxy import Proxy
from waiting import clock_passes, now_us, until
from world import CrashTest, main, report

POSTS = 200


class LostAnswers(CrashTest):
    """The server commits; the node never hears it. It must find out, and neither send nor store twice."""

    def lose_the_answer_of(self, statement):
        w = self.world(proxy=Proxy)
        # Not the first start: only then a predecessor's lease is known, which recovery takes into account.
        w.node.start()
        w.node.stop()
        w.seed(POSTS, 3, 2, due_in_ms=2_000, spread_us=5_000)
        w.node.start()
        until("some are out", lambda: w.sink.record()["applied"] > 20)
        w.proxy.lose_answer(statement)
        until(f"the answer to a {statement.decode()} is lost", lambda: w.proxy.lost == 1, 60, lambda: w.sink.record())
        w.wait_settled()
        record = check_exactly_once(w, POSTS, most_raw=1)
        self.assertTrue(w.node.alive())
        # Whoever waited for that commit has been told what became of it: nothing is left to wait for.
        w.node.stop()
        self.assertGreater(w.node.said("journal.commit_unknown"), 0)
        report(statement=statement.decode(), repeated=record["repeated"], lateness_max_ms=record["lateness_us"]["max"] // 1000)

    def test_the_answer_to_an_arming_commit_is_lost(self):
        self.lose_the_answer_of(b"delivery_arm")

    def test_the_answer_to_the_commit_of_an_outcome_is_lost(self):
        self.lose_the_answer_of(b"delivery_published")


class LockedRow(CrashTest):
    def test_an_outcome_that_cannot_be_written_is_kept_and_not_sent_again(self):
        """Someone holds a lock on the row longer than the node waits for one, while the network has the post."""
        w = self.world(database="lock_timeout_ms = 300")
        w.node.start()
        w.node.stop()
        w.sink.set(latency_ms=1_500)
        w.seed(1, due_in_ms=1_500)
        w.node.start()
        until("the network has the request", lambda: w.sink.record()["raw"] == 1)
        holder = subprocess.Popen(["psql", "-XAtq", "-d", w.database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                  env=w.postgres.env)
        self.addCleanup(holder.communicate)
        holder.stdin.write("BEGIN; SELECT 1 FROM delivery FOR UPDATE;\n")
        holder.stdin.flush()
        self.assertEqual(holder.stdout.readline(), "1\n")
        until("the outcome is kept as a receipt", lambda: w.sql("SELECT count(*) FROM receipt")[0][0] == "1", 30,
              lambda: w.sql("SELECT state, version FROM delivery"))
        holder.stdin.write("ROLLBACK;\n")
        holder.stdin.flush()
        w.wait_settled()
        check_exactly_once(w, 1, most_raw=1)
        report(ledger=[f"{a} -> {b}" for a, b, *_ in next(iter(ledgers(w).values()))])


class ServerGone(CrashTest):
    def burst(self):
        w = self.world()
        w.sink.set(latency_ms=20)
        w.seed(POSTS * 3, 5, 2, due_in_ms=2_000, spread_us=8_000)
        w.node.start()
        until("some are out", lambda: w.sink.record()["applied"] > 60)
        return w

    def finish(self, w, what):
        w.wait_settled()
        # A call whose outcome could not be stored is in doubt; repeating it with its key is the way out.
        record = check_exactly_once(w, POSTS * 3, most_raw=3)
        self.assertTrue(w.node.alive(), "the node outlives its database")
        w.node.stop()
        report(what=what, repeated=record["repeated"], lateness_max_ms=record["lateness_us"]["max"] // 1000)

    def test_killed_and_started_again(self):
        w = self.burst()
        w.postgres.kill()
        w.postgres.start()
        self.finish(w, "killed")

    def test_stopped_for_a_while(self):
        w = self.burst()
        w.postgres.stop()
        before = w.node.said("lease.no_database")
        until("the node has tried to come back three times", lambda: w.node.said("lease.no_database") >= before + 3)
        w.postgres.start()
        self.finish(w, "away for a while")

    def test_frozen_for_a_while(self):
        w = self.burst()
        everyone = [w.postgres.process.pid, *children(w.postgres.process.pid)]
        for pid in everyone:
            os.kill(pid, signal.SIGSTOP)
        try:
            before = w.sink.record()["applied"]
            until("what was under way has come to a halt", lambda: still(w), 30)
            stood = w.sink.record()["applied"]
        finally:
            for pid in everyone:
                os.kill(pid, signal.SIGCONT)
        self.finish(w, f"frozen, {before} to {stood} of {POSTS * 3} out")


def still(w):
    """True when two looks a while apart see the same."""
    seen = w.sink.record()["raw"]
    clock_passes(now_us() + 2_000_000, "two seconds")
    return w.sink.record()["raw"] == seen


if __name__ == "__main__":
    main()

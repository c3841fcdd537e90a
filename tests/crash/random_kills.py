"""SIGKILL at random moments of a burst, again and again; and the same burst without any fault."""

import random

from checks import check_exactly_once
from waiting import clock_passes, now_us, until
from world import OPTIONS, CrashTest, main, report

WORKSPACES, ACCOUNTS = 7, 3


class Burst(CrashTest):
    def test_without_a_fault_nothing_is_asked_twice(self):
        w = self.world()
        w.seed(OPTIONS.posts, WORKSPACES, ACCOUNTS, due_in_ms=2_000)
        w.node.start()
        w.wait_settled()
        record = check_exactly_once(w, OPTIONS.posts, most_raw=1)
        self.assertEqual(record["repeated"], 0)
        self.assertEqual(w.sql("SELECT count(*) FROM receipt"), [["0"]])
        report(posts=OPTIONS.posts, lateness_us=record["lateness_us"], drained_ms=(record["last_us"] - record["first_us"]) // 1000)
        w.node.stop()

    def test_killed_again_and_again(self):
        self.killed_again_and_again("ok")

    def test_killed_again_and_again_with_a_slow_network(self):
        self.killed_again_and_again("slow network", latency_ms=80)

    def killed_again_and_again(self, name, **network):
        dice = random.Random(f"{OPTIONS.seed} {name}")
        w = self.world()
        if network:
            w.sink.set(**network)
        # Due times lie so close that every kill finds deliveries at every step.
        spread_us = 4_000_000 // OPTIONS.posts
        due = w.seed(OPTIONS.posts, WORKSPACES, ACCOUNTS, due_in_ms=1_500, spread_us=spread_us)
        moments = []
        for _ in range(OPTIONS.kills):
            w.node.start()
            # Once it has something to do. Most die while they publish, some while they still find out what was left.
            clock_passes(due, "the first due time")
            before = w.sink.record()
            done = before["applied"]
            if dice.random() < 0.75:
                until("it publishes", lambda: w.sink.record()["raw"] > before["raw"] or finished(w), 60)
            moment = now_us() + dice.randrange(0, 200_000)
            clock_passes(moment, "the moment of the kill")
            w.node.kill()
            after = w.sink.record()
            moments.append((done, after["applied"]))
            if after["applied"] == OPTIONS.posts:
                break
        w.node.start()
        w.wait_settled()
        record = check_exactly_once(w, OPTIONS.posts, most_raw=1 + len(moments))
        report(name=name, kills=len(moments), applied_around_kills=moments, repeated=record["repeated"], raw=record["raw"])
        w.node.stop()


def finished(w):
    return w.sql("SELECT count(*) FROM delivery WHERE is_open")[0][0] == "0"


if __name__ == "__main__":
    main()

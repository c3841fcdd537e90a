"""Time that is missing: a database put back to a backup, and a node that was down for days."""

from checks import check_exactly_once, check_ledger, count_states, deliveries
from waiting import clock_passes, now_us, until
from world import CrashTest, main, report


class Restore(CrashTest):
    POSTS = 40

    def test_a_restored_database_publishes_nothing_until_a_person_says_so(self):
        w = self.world()
        w.node.start()
        w.node.stop()
        w.seed(self.POSTS, 3, 2, due_in_ms=3_000, spread_us=10_000)
        w.seed(2, 1, 1, due_in_ms=600_000, prefix="later")
        w.postgres.dump(w.database, f"{w.folder}/backup")
        w.node.start()
        until("what was due is out", lambda: w.sink.record()["applied"] == self.POSTS)
        w.node.stop()
        w.postgres.restore(w.database, f"{w.folder}/backup")

        # The node sees by itself that the database does not know what it remembers.
        w.node.start(ready=False)
        until("it says so", lambda: w.node.not_ready() == ["restored"], 60, w.node.not_ready)
        self.assertEqual(w.node.said("cluster.restored_database"), 1)
        self.assertEqual(w.sql("SELECT restored FROM cluster"), [["t"]])
        clock_passes(now_us() + 3_000_000, "three seconds in which it could have published")
        self.assertEqual(w.sink.record()["raw"], self.POSTS)
        # Also after another start, and whatever it dies of.
        w.node.kill()
        w.node.start(ready=False)
        until("it still says so", lambda: w.node.not_ready() == ["restored"], 60, w.node.not_ready)
        clock_passes(now_us() + 2_000_000, "two seconds in which it could have published")
        self.assertEqual(w.sink.record()["raw"], self.POSTS)
        w.node.stop()

        said = w.node.command("restored")
        self.assertIn(str(self.POSTS), said)
        self.assertEqual(count_states(deliveries(w)), {"in_doubt": self.POSTS, "scheduled": 2})
        w.shift_due("-10 minutes", "state = 'scheduled'")
        w.node.start()
        until("the later ones are out too", lambda: w.sink.record()["applied"] == self.POSTS + 2, 60, w.sink.record)
        w.wait_settled()
        record = check_exactly_once(w, self.POSTS + 2, most_raw=2)
        report(raw=record["raw"], repeated=record["repeated"])
        # And from now on it is a database like any other.
        w.node.stop()
        w.node.start()
        self.assertEqual(w.sql("SELECT restored FROM cluster"), [["f"]])


class ThreeDaysDown(CrashTest):
    def test_what_is_too_late_waits_for_a_person_and_the_rest_goes_out(self):
        w = self.world()
        w.node.start()
        w.node.stop()
        w.seed(100, 4, 2, due_in_ms=0, spread_us=1_000)
        w.shift_due("-3 days", "hashtext(id::text) % 2 = 0")
        w.shift_due("-1 hour", "due_at > now() - interval '1 day'")
        old = int(w.sql("SELECT count(*) FROM delivery WHERE due_at < now() - interval '1 day'")[0][0])
        self.assertTrue(20 < old < 80)
        w.node.start()
        w.wait_settled()
        self.assertEqual(count_states(deliveries(w)), {"needs_review": old, "published": 100 - old})
        keys = w.sink.keys()
        sent_old = [r[0] for r in w.sql("SELECT id FROM delivery WHERE state = 'needs_review'") if r[0] in keys]
        self.assertEqual(sent_old, [])
        check_exactly_once(w, 100 - old, ("published", "needs_review"), most_raw=1)
        report(needs_review=old, published=100 - old)

    def test_a_workspace_has_its_own_idea_of_too_late(self):
        w = self.world()
        w.seed(20, 2, 1, due_in_ms=0)
        w.shift_due("-3 hours")
        w.sql("UPDATE workspace SET max_lateness_s = 3600 WHERE id = (SELECT min(id::text)::uuid FROM workspace)")
        w.node.start()
        w.wait_settled()
        self.assertEqual(count_states(deliveries(w)), {"needs_review": 10, "published": 10})
        check_ledger(w, ("published", "needs_review"))

    def test_the_oldest_go_out_first(self):
        w = self.world()
        w.seed(200, 1, 1, due_in_ms=-600_000, spread_us=1_000_000)
        w.node.start()
        w.wait_settled()
        check_exactly_once(w, 200, most_raw=1)
        order = [int(r[0]) for r in w.sql("SELECT extract(epoch FROM due_at)::bigint FROM delivery ORDER BY published_at")]
        # Calls run side by side, so neighbours may change places; the first half goes before the second.
        self.assertLess(sum(order[:50]) / 50, sum(order[-50:]) / 50)


if __name__ == "__main__":
    main()

"""A network that cuts, lies, hangs, limits and dies. It honours keys, so nothing may be lost and nothing doubled."""

from checks import check_exactly_once
from waiting import until
from world import OPTIONS, CrashTest, main, report

POSTS = 300
# So that what hangs comes to its end while this runs.
QUICK = "[publish]\ncall_timeout_ms = 2000\nsend_window_ms = 5000\nin_doubt_grace_ms = 200\nretry_backoff_min_ms = 100\n" \
        "retry_backoff_max_ms = 1000\nretry_limit = 50\n"


class Faults(CrashTest):
    def publish_through(self, *faults, posts=POSTS, most_raw=None):
        w = self.world(more=QUICK, sink=[f"--fault={f}:{OPTIONS.seed % 10_000 + i}" for i, f in enumerate(faults)])
        w.seed(posts, 5, 3, due_in_ms=1_500, spread_us=2_000)
        w.node.start()
        w.wait_settled()
        record = check_exactly_once(w, posts, most_raw=most_raw)
        report(faults=faults, raw=record["raw"], repeated=record["repeated"])
        self.assertGreater(record["repeated"], 0, "the network has behaved: nothing was tried")

    def test_the_post_is_there_and_the_connection_is_cut(self):
        self.publish_through("applied-then-cut:0.2")

    def test_the_post_is_there_and_the_answer_is_502(self):
        self.publish_through("applied-then-502:0.2")

    def test_the_post_is_there_and_no_answer_comes(self):
        self.publish_through("applied-then-hang:0.3", posts=60)

    def test_the_connection_is_cut_before_anything_happens(self):
        self.publish_through("cut-before:0.2")

    def test_no_answer_comes(self):
        self.publish_through("hang:0.3", posts=60)

    def test_the_network_asks_to_wait(self):
        self.publish_through("429:0.06")

    def test_the_network_breaks_down(self):
        self.publish_through("500:0.2")

    def test_everything_at_once(self):
        self.publish_through("applied-then-cut:0.05", "applied-then-502:0.05", "cut-before:0.05", "500:0.05", "429:0.01",
                             "applied-then-hang:0.02")


class Death(CrashTest):
    def test_a_network_that_is_killed_and_comes_back(self):
        w = self.world(more=QUICK)
        w.sink.set(latency_ms=50)
        w.seed(POSTS, 5, 3, due_in_ms=1_500, spread_us=5_000)
        w.node.start()
        until("a third of them is out", lambda: w.sink.record()["applied"] > POSTS // 3)
        w.sink.kill()
        until("the node has met a dead network", lambda: w.sql(
            "SELECT count(*) FROM ledger WHERE reason = 'not sent' OR to_state = 'in_doubt'")[0][0] != "0", 30)
        w.sink.start()
        w.wait_settled()
        record = check_exactly_once(w, POSTS)
        report(repeated=record["repeated"])


if __name__ == "__main__":
    main()

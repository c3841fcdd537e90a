"""SIGKILL at each named point of the publish protocol, then a start without it: everything is published once."""

import struct
import unittest
import zlib

from checks import check_exactly_once
from waiting import now_us, until
from world import CrashTest, main, report

POSTS = 6
LEAD_US = 2_000_000

# Nothing can have reached the network when one of these is passed for the first time.
BEFORE_RELEASE = ("publish.before_arm", "publish.armed", "publish.before_call")
AFTER_RELEASE = ("publish.answered", "publish.before_outcome", "publish.outcome_stored")


def png(side=8):
    """A whole, valid picture."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes((x * 32 % 256, y * 32 % 256, 128) * 1)[:3] * 1 * side for y in range(side) for x in (y,))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Points(CrashTest):
    def crash_and_recover(self, point, most_raw, posts=POSTS, **seed):
        w = self.world()
        w.seed(posts, workspaces=2, due_in_ms=LEAD_US // 1000, spread_us=20_000, **seed)
        w.node.start(crash_at=point, ready=False)
        w.node.wait_crashed(point)
        before = w.sink.record()["raw"]
        w.node.start()
        w.wait_settled()
        record = check_exactly_once(w, posts, most_raw=most_raw)
        report(point=point, raw_before_restart=before, raw=record["raw"], lateness_max_ms=record["lateness_us"]["max"] // 1000)
        return w, before, record

    def test_killed_before_arming(self):
        _, before, record = self.crash_and_recover("publish.before_arm", most_raw=1)
        self.assertEqual((before, record["repeated"]), (0, 0))

    def test_killed_when_armed(self):
        _, before, record = self.crash_and_recover("publish.armed", most_raw=1)
        self.assertEqual((before, record["repeated"]), (0, 0))

    def test_killed_when_armed_for_the_last_of_several(self):
        self.crash_and_recover(f"publish.armed@{POSTS}", most_raw=2)

    def test_killed_before_the_call(self):
        _, before, record = self.crash_and_recover("publish.before_call", most_raw=1)
        self.assertEqual(before, 0)

    def test_killed_with_the_answer_in_hand(self):
        _, before, record = self.crash_and_recover("publish.answered", most_raw=2)
        self.assertGreaterEqual(before, 1)

    def test_killed_before_the_outcome_is_stored(self):
        _, before, record = self.crash_and_recover("publish.before_outcome", most_raw=2)
        self.assertGreaterEqual(before, 1)

    def test_killed_when_the_outcome_is_stored(self):
        w, before, record = self.crash_and_recover("publish.outcome_stored", most_raw=2)
        # What was stored is final: it cost no second request.
        self.assertLess(record["repeated"], POSTS)

    def test_killed_before_a_commit(self):
        for passage in (1, 3, 7):
            with self.subTest(passage=passage):
                self.crash_and_recover(f"journal.before_commit@{passage}", most_raw=2)

    def test_killed_after_a_commit(self):
        for passage in (1, 3, 7):
            with self.subTest(passage=passage):
                self.crash_and_recover(f"journal.after_commit@{passage}", most_raw=2)


class Preparing(CrashTest):
    def test_killed_when_prepared(self):
        w = self.world()
        w.node.start()
        api = w.sign_up()
        account, image = api.connect("ada"), api.upload(png())
        w.node.stop()
        w.node.start(crash_at="publish.prepared")
        due = now_us() + 3_000_000
        try:
            api.post(account, due, media=[image])
        except (OSError, AssertionError) as e:
            # The node may die before it has answered. Then the post may be there or not, and is not counted twice.
            report(answer_lost=type(e).__name__)
        w.node.wait_crashed("publish.prepared")
        there = int(w.sql("SELECT count(*) FROM delivery")[0][0])
        w.node.start()
        api.post(account, now_us() + 1_500_000, text="Another", media=[image])
        w.wait_settled()
        check_exactly_once(w, there + 1, most_raw=1)


class Refreshing(CrashTest):
    """The access token is refused at the first publish: a refresh begins, and the node dies in it."""

    def crash_in_refresh(self, point):
        w = self.world()
        w.seed(3, due_in_ms=1_000, behaviour="expired-token")
        w.node.start(crash_at=point, ready=False)
        w.node.wait_crashed(point)
        # An intent keeps others away for 30 s. Most of them pass while the node is down.
        self.assertEqual(len(w.sql("""UPDATE account SET refreshing_until = refreshing_until - interval '27 s'
            WHERE refreshing_until > now() + interval '27 s' RETURNING id""")), 1)
        w.node.start()
        until("the refresh is done and everything published", lambda: w.sink.record()["applied"] == 3, 120,
              lambda: (w.sink.record(), w.sql("SELECT state, attempt, next_attempt_at, error_detail FROM delivery")))
        w.wait_settled()
        # Each refused request is a raw one; none of them made a post.
        record = check_exactly_once(w, 3)
        self.assertEqual(w.sql("SELECT state FROM account"), [["active"]])
        report(point=point, raw=record["raw"])

    def test_killed_with_the_intent_to_refresh(self):
        self.crash_in_refresh("account.refresh_intent")

    def test_killed_with_fresh_tokens_in_hand(self):
        self.crash_in_refresh("account.refresh_answered")


class NothingIsMissing(unittest.TestCase):
    def test_every_crash_point_of_the_source_is_tried(self):
        import pathlib
        import re
        root = pathlib.Path(__file__).resolve().parents[2]
        named = set()
        for folder in ("actors", "system", "net"):
            for path in (root / folder).rglob("*.cpp"):
                named |= set(re.findall(r'crash_point\("([a-z_.]+)"\)', path.read_text(encoding="utf-8")))
        # Those of shards that change hands take several nodes.
        trying = "".join((root / "tests" / f).read_text(encoding="utf-8") for f in ("crash/crash_points.py", "chaos/faults.py"))
        tried = set(re.findall(r'"f?([a-z]+\.[a-z_]+)[@"]', trying))
        self.assertEqual(named - tried, set())


if __name__ == "__main__":
    main()

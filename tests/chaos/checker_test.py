"""The checker must be able to say no: a whole record passes, and each thing that is wrong with it is found."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "crash"))
# pylint: disable=wrong-import-position
from checker import Facts, check
from recovery import Recovery

DUE = 1_000_000_000


class Told:
    """What people were told."""

    def __init__(self, posts=(), wrong=()):
        self.said = {"posts": list(posts), "wrong": list(wrong)}

    def every(self, name):
        return self.said[name]


def post(**more):
    return {"id": "p2", "delivery": "d2", "name": "person 0 post 0", "text": "person 0 post 0", "due_us": DUE, "cancelled_us": None,
            "unsure": False, **more}


def facts():
    """Two deliveries, one of them of a person; the second was found `sending` by a new owner and repeated."""
    f = Facts()
    f.seeded = 1
    f.deliveries = {i: {"key": i, "post": p, "shard": 7, "due_us": DUE, "state": "published", "attempt": n, "remote_id": "r", "error": ""}
                    for i, p, n in (("d1", "p1", 1), ("d2", "p2", 2))}
    f.texts = {"p2": "person 0 post 0"}
    row = lambda at, i, a, b, node, epoch, attempt, reason: (DUE + at, i, 7, a, b, node, epoch, attempt, reason)
    f.ledger = [row(-9, "d1", "draft", "scheduled", "seed", 0, 0, "scheduled"), row(-9, "d2", "draft", "scheduled", "a", 1, 0, "scheduled"),
                row(-5, "d1", "scheduled", "sending", "a", 1, 1, "due"), row(-5, "d2", "scheduled", "sending", "a", 1, 1, "due"),
                row(4, "d1", "sending", "published", "a", 1, 1, "published"),
                row(100, "d2", "sending", "in_doubt", "b", 2, 1, "found sending by a new owner"),
                row(110, "d2", "in_doubt", "in_doubt", "b", 2, 2, "repeat with the same key"),
                row(120, "d2", "in_doubt", "published", "b", 2, 2, "published")]
    f.history = [(DUE - 10, 7, 1, "taken", "a", "it was free"), (DUE + 50, 7, 2, "taken", "b", "its owner died")]
    f.arrivals = [(DUE + 1, DUE, True, "1", "d1"), (DUE + 2, DUE, True, "2", "d2"), (DUE + 115, DUE, False, "2", "d2")]
    f.receipts = 0
    f.people = Told([post()])
    return f


class Rules(unittest.TestCase):
    def found(self, change):
        f = facts()
        change(f)
        return set(check(f)["findings"])

    def test_a_whole_record_passes(self):
        verdict = check(facts())
        self.assertEqual(verdict["findings"], {})
        self.assertEqual(verdict["counts"]["raw_repeats"], 1)

    def test_a_second_effect_under_one_key_is_doubled(self):
        self.assertIn("doubled", self.found(lambda f: f.arrivals.append((DUE + 130, DUE, True, "2", "d2"))))

    def test_published_without_a_request_is_lost(self):
        self.assertIn("lost", self.found(lambda f: f.arrivals.pop(0)))

    def test_what_never_ended_is_lost(self):
        def change(f):
            f.ledger.pop()
            f.deliveries["d2"]["state"] = "in_doubt"
        self.assertIn("lost", self.found(change))

    def test_a_row_that_is_gone_is_lost(self):
        def change(f):
            del f.deliveries["d1"]
        self.assertLessEqual({"lost", "unknown_to_the_database", "ledger"}, self.found(change))

    def test_before_its_time_is_early(self):
        def change(f):
            f.arrivals[0] = (DUE - 1, 0, True, "1", "d1")
        self.assertEqual({"early"}, self.found(change))

    def test_a_minute_late_is_too_late(self):
        def change(f):
            f.arrivals[0] = (DUE + 61_000_000, DUE, True, "1", "d1")
        self.assertEqual({"too_late"}, self.found(change))

    def test_a_request_without_an_attempt_is_behind_the_ledger(self):
        self.assertEqual({"behind_the_ledger"}, self.found(lambda f: f.arrivals.append((DUE + 3, DUE, False, "1", "d1"))))

    def test_a_cancel_that_was_acknowledged_and_sent(self):
        def change(f):
            f.people = Told([post(cancelled_us=DUE - 100)])
        self.assertEqual({"cancelled_and_sent"}, self.found(change))

    def test_a_201_whose_post_is_not_there(self):
        def change(f):
            f.people = Told([post(), post(id="p3", delivery="d3")])
        self.assertEqual({"wrong_answer"}, self.found(change))

    def test_an_acknowledged_change_that_is_not_there(self):
        for what in ({"text": "person 0 post 0 edit 1"}, {"due_us": DUE + 1}):
            def change(f, what=what):
                f.people = Told([post(**what)])
            self.assertEqual({"wrong_answer"}, self.found(change))

    def test_one_request_executed_twice(self):
        self.assertIn("executed_twice", self.found(lambda f: f.texts.update(p9="person 0 post 0 edit 1")))

    def test_a_write_under_an_epoch_that_had_ended(self):
        def change(f):
            at, *rest = f.ledger[4]
            f.ledger[4:5] = []
            f.ledger.append((at + 200, *rest))
        self.assertEqual({"stale_write"}, self.found(change))

    def test_one_epoch_of_two_owners(self):
        def change(f):
            f.history[1] = (DUE + 50, 7, 1, "taken", "b", "it was free")
        self.assertIn("epochs", self.found(change))

    def test_a_gap_in_a_ledger(self):
        self.assertIn("ledger", self.found(lambda f: f.ledger.pop(2)))


class Recovering(unittest.TestCase):
    def test_counts_from_the_fault_to_the_first_commit_of_the_next_owner(self):
        f = facts()
        f.history[1] = (DUE + 50_000, 7, 2, "taken", "b", "its owner died")
        f.ledger[5:] = [(DUE + 90_000, *f.ledger[5][1:])]
        r = Recovery(f).of({"begin_us": DUE + 10_000, "end_us": DUE + 1_000_000, "struck": {7: 1}})
        self.assertEqual((r["moved"], r["taken"], r["first_commit"], r["silent"]), (1, [40], [80], 0))


if __name__ == "__main__":
    unittest.main()

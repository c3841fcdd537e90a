"""Redis, which rate limits are shared through, killed and frozen in the middle: slower at most, never wrong."""

import threading

from checks import check_exactly_once
from redis_server import Redis
from waiting import now_us, until
from world import CrashTest, main, report

ROUNDS = 3


class Limits(CrashTest):
    LIMIT = 200

    def ask(self, api):
        """One metered request; answers (status, what is left of the limit)."""
        status, _, headers = api.call_all("GET", "/v1/me")
        return status, int(headers["RateLimit-Remaining"])

    def test_a_limit_is_shared_while_redis_is_there_and_kept_in_process_while_it_is_not(self):
        # Long enough that a machine which is busy with other things does not look like an outage.
        w = self.world(redis=Redis, redis_settings="command_timeout_ms = 10000", requests_per_minute=self.LIMIT)
        w.node.start()
        until("Redis is used", lambda: w.node.gauge("troupe_redis_up") == 1)
        api = w.sign_up()
        window = f"troupe:w:rate:user:{api.user}"
        self.assertEqual(self.ask(api)[0], 200)
        counted = int(w.redis.ask("GET", window))
        self.assertGreaterEqual(counted, 1)
        # What another node counts is counted here.
        w.redis.ask("INCRBY", window, self.LIMIT - counted - 1)
        self.assertEqual(self.ask(api), (200, 0))
        status, body, headers = api.call_all("GET", "/v1/me")
        self.assertEqual((status, body["type"]), (429, "urn:troupe:problem:rate-limited"))
        self.assertGreater(int(headers["Retry-After"]), 0)

        w.redis.kill()
        until("the process serves itself", lambda: w.node.gauge("troupe_redis_up") == 0)
        status, left = self.ask(api)
        self.assertEqual(status, 200, "what this process has counted itself is far below the limit")
        # One less, unless a new minute has begun in between.
        self.assertIn(self.ask(api), ((200, left - 1), (200, self.LIMIT - 1)))
        self.assertEqual(w.node.is_ready(), True, "without Redis a node is as ready as before")

        w.redis.start()
        until("Redis is used again", lambda: w.node.gauge("troupe_redis_up") == 1)
        self.assertIsNone(w.redis.ask("GET", window))
        self.assertEqual(self.ask(api)[0], 200)
        self.assertEqual(w.redis.ask("GET", window), "1")


class Traffic:
    """Several people who read, write and schedule without a pause, each over a connection of their own."""

    def __init__(self, api, due_us, people=4):
        self.api, self.due_us = api, due_us
        self.accounts = [api.connect(f"person{i}") for i in range(people)]
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.answers, self.posts, self.errors = 0, 0, []
        self.threads = [threading.Thread(target=self.run, args=(a,)) for a in self.accounts]
        for t in self.threads:
            t.start()

    def run(self, account):
        try:
            while not self.ended.is_set():
                made = self.api.post(account, max(self.due_us, now_us() + 500_000))
                self.api.must(200, "GET", f"/v1/workspaces/{self.api.workspace}/posts/{made['id']}")
                with self.lock:
                    self.answers += 2
                    self.posts += 1
        except Exception as e:  # pylint: disable=broad-except # shown by the test, which must not hang on it
            self.errors.append(repr(e))

    def more(self, count=20):
        """Waits for so many further answers: that is what going on means."""
        before = self.answers
        until(f"{count} further answers", lambda: self.errors or self.answers >= before + count, 60,
              lambda: (before, self.answers, self.errors))
        assert not self.errors, self.errors

    def end(self):
        self.ended.set()
        for t in self.threads:
            t.join()


class Outages(CrashTest):
    def go_through(self, break_it, mend_it):
        w = self.world(redis=Redis)
        w.node.start()
        until("Redis is used", lambda: w.node.gauge("troupe_redis_up") == 1)
        traffic = Traffic(w.sign_up(), now_us() + 500_000)
        self.addCleanup(traffic.end)
        for i in range(1, ROUNDS + 1):
            traffic.more()
            break_it(w.redis)
            traffic.more()
            until(f"the process serves itself, outage {i}", lambda: w.node.gauge("troupe_redis_up") == 0)
            traffic.more()
            mend_it(w.redis)
            until(f"Redis is used again after outage {i}", lambda: w.node.gauge("troupe_redis_up") == 1)
            served = int(commands_served(w.redis))
            traffic.more()
            self.assertGreaterEqual(int(commands_served(w.redis)), served + 20)
        traffic.end()
        self.assertEqual(traffic.errors, [])
        w.wait_settled()
        record = check_exactly_once(w, traffic.posts, most_raw=1)
        self.assertGreaterEqual(w.node.said("cache.redis_down"), ROUNDS)
        self.assertTrue(w.node.alive())
        report(answers=traffic.answers, posts=traffic.posts, outages=ROUNDS, raw=record["raw"])

    def test_killed_while_people_and_posts_go_on(self):
        self.go_through(Redis.kill, Redis.start)

    def test_frozen_while_people_and_posts_go_on(self):
        self.go_through(Redis.freeze, Redis.thaw)


def commands_served(redis):
    lines = redis.ask("INFO", "stats").splitlines()
    return next(line.split(":")[1] for line in lines if line.startswith("total_commands_processed:"))


if __name__ == "__main__":
    main()

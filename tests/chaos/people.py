"""People who create, read, change and cancel posts all the time, through any node, and note what they were told."""

import http.client
import json
import os
import random
import threading
import time
from collections import Counter

from node import utc
from waiting import now_us, until

PATIENCE_S = 60     # then a request counts as failed
ANSWER_WITHIN_S = 12
ASK_AGAIN = (0, 429, 502, 503, 504)


def decoded(text):
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text.decode(errors="replace")[:200]


class Person(threading.Thread):
    """One signed-in person with a workspace and an account. One request at a time, so each answer must show all that was
    acknowledged before it."""

    def __init__(self, cluster, number, seed, pause_s):
        super().__init__(daemon=True)
        self.cluster, self.number, self.pause_s = cluster, number, pause_s
        self.dice = random.Random(f"{seed} person {number}")
        self.at = number               # round robin over nodes
        self.connections = {}
        self.token = None
        self.posts = []                # what was acknowledged; see create()
        self.wrong = []                # answers that contradict an earlier one
        self.failed = []               # no answer within PATIENCE_S
        self.answers, self.retries = Counter(), Counter()
        self.asked_again = []          # (at_us, node, why)
        self.slow = []                 # (at_us, ms) of each request, retries and all
        self.ended = threading.Event()
        self.error = None

    def ask_once(self, node, method, path, data, head):
        """(status, decoded body); 0 when no answer came."""
        c = self.connections.get(node.name)
        if c is None:
            c = self.connections[node.name] = http.client.HTTPConnection(node.host, node.http_port, timeout=ANSWER_WITHIN_S)
        try:
            c.request(method, path, data, head)
            answer = c.getresponse()
            text = answer.read()
            # A balancer may answer with a page.
            return answer.status, decoded(text)
        except (OSError, http.client.HTTPException) as e:
            c.close()
            return 0, type(e).__name__

    def ask(self, what, method, path, body=None):
        """Asks node after node, the same request under the same key, until one gives an answer. (status, body, tries)"""
        head = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            head["Content-Type"] = "application/json"
        if method == "POST":
            head["Idempotency-Key"] = f"{self.dice.getrandbits(128):032x}"
        begin, tries, status, answer = time.monotonic(), 0, 0, None
        while time.monotonic() - begin < PATIENCE_S and not (self.ended.is_set() and tries > 200):
            self.at += 1
            node = self.cluster.nodes[self.at % len(self.cluster.nodes)]
            if not node.takes_requests():
                self.ended.wait(0.01)
                continue
            tries += 1
            status, answer = self.ask_once(node, method, path, data, head)
            if status not in ASK_AGAIN:
                self.answers[f"{what} {status}"] += 1
                self.slow.append((now_us(), round((time.monotonic() - begin) * 1000)))
                return status, answer, tries
            why = answer.get("type", "").rsplit(":", 1)[-1] if isinstance(answer, dict) else answer
            self.retries[f"{what} {status} {why}"] += 1
            self.asked_again.append((now_us(), node.name, f"{what} {status} {why}"))
            self.ended.wait(0.05)
        self.failed.append({"at_us": now_us(), "what": what, "path": path, "status": status, "answer": answer, "tries": tries})
        return 0, None, tries

    def sign_up(self):
        status, answer, _ = self.ask("register", "POST", "/v1/auth/register", {
            "email": f"chaos-{self.number}-{os.urandom(4).hex()}@example.org", "password": os.urandom(12).hex(),
            "display_name": "Chaos", "workspace": {"name": f"Chaos {self.number}", "time_zone": "UTC"}})
        assert status == 201, (status, answer)
        self.token = answer["access_token"]
        self.base = f"/v1/workspaces/{answer['workspace']['id']}"
        status, answer, _ = self.ask("connect", "POST", f"{self.base}/accounts", {
            "platform": "sandbox", "fields": {"handle": f"person{self.number}", "behaviour": "ok"}})
        assert status == 201, (status, answer)
        self.account = answer["id"]

    def run(self):
        try:
            while not self.ended.is_set():
                self.act()
                self.ended.wait(self.pause_s * self.dice.uniform(0.5, 1.5))
        except Exception as e:  # pylint: disable=broad-except # shown by the report
            self.error = repr(e)
            raise

    def act(self):
        # What is due soon is where a change is hardest.
        near = [p for p in self.posts[-60:] if not p["unsure"] and p["cancelled_us"] is None and p["due_us"] > now_us() - 500_000]
        draw = self.dice.random()
        if draw < 0.35 or not near:
            return self.create()
        post = self.dice.choice(near)
        if draw < 0.65:
            return self.look(self.dice.choice(self.posts[-60:]))
        if draw < 0.78:
            return self.edit(post)
        if draw < 0.88:
            return self.move(post)
        return self.cancel(post)

    def create(self):
        text = f"person {self.number} post {len(self.posts)}"
        due = now_us() + self.dice.randrange(1_000_000, 12_000_000)
        status, answer, _ = self.ask("create", "POST", f"{self.base}/posts", {
            "text": text, "targets": [{"account_id": self.account}], "schedule": {"at": utc(due)}})
        post = {"text": text, "name": text, "due_us": due, "id": None, "delivery": None, "created_us": now_us(), "edits": 0,
                "cancelled_us": None, "unsure": status == 0}
        if status == 201:
            post.update(id=answer["id"], delivery=answer["deliveries"][0]["id"])
        elif status == 422 and "schedule" in json.dumps(answer):
            return  # it took so long to be heard that its time has passed
        elif status:
            self.wrong.append({"what": "create", "status": status, "answer": answer, "at_us": now_us()})
            return
        self.posts.append(post)

    def look(self, post):
        if post["id"] is None:
            return
        status, answer, _ = self.ask("get", "GET", f"{self.base}/posts/{post['id']}")
        if status == 0:
            return
        if status != 200:
            self.wrong.append({"what": "get", "status": status, "answer": answer, "post": dict(post), "at_us": now_us()})
        elif not post["unsure"]:
            state = answer["deliveries"][0]["state"]
            if answer["text"] != post["text"] or (post["cancelled_us"] is not None and state != "cancelled"):
                self.wrong.append({"what": "get shows what is not so", "answer": answer, "post": dict(post), "at_us": now_us()})

    def edit(self, post):
        text = f"{post['name']} edit {post['edits'] + 1}"
        post["edits"] += 1
        self.change(post, "edit", "PATCH", "", {"text": text}, text=text)

    def move(self, post):
        due = max(post["due_us"], now_us()) + self.dice.randrange(500_000, 5_000_000)
        self.change(post, "move", "POST", "/schedule", {"at": utc(due)}, due_us=due)

    def cancel(self, post):
        self.change(post, "cancel", "POST", "/cancel", None, cancelled_us=0)

    def change(self, post, what, method, tail, body, **then):
        status, answer, tries = self.ask(what, method, f"{self.base}/posts/{post['id']}{tail}", body)
        if status == 200:
            if "cancelled_us" in then:
                then["cancelled_us"] = now_us()
            post.update(then)
        elif status == 0 or (status in (409, 422) and tries > 1):
            post["unsure"] = True  # an earlier try may have had its effect
        elif status not in (409, 422):
            self.wrong.append({"what": what, "status": status, "answer": answer, "post": dict(post), "at_us": now_us()})

    def close(self):
        for c in self.connections.values():
            c.close()


class People:
    def __init__(self, cluster, count, seed, pause_s=0.4):
        self.all = [Person(cluster, i, seed, pause_s) for i in range(count)]
        for p in self.all:
            p.sign_up()

    def start(self):
        for p in self.all:
            p.start()

    def end(self):
        for p in self.all:
            p.ended.set()
        for p in self.all:
            until(f"person {p.number} has their answer", lambda p=p: not p.is_alive(), PATIENCE_S + 30)
            p.close()

    def total(self, name):
        out = Counter()
        for p in self.all:
            out.update(getattr(p, name))
        return dict(sorted(out.items()))

    def every(self, name):
        return [{"person": p.number, **x} if isinstance(x, dict) else x for p in self.all for x in getattr(p, name)]

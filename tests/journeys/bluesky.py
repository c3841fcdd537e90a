"""Bluesky, end to end: a person's post on a real PDS, through tokens that end and a server that dies."""

import base64
import json
import os
import signal

from journey import JourneyTest, fetch, main, must_fetch, now_us, picture, until

POSTS = "app.bsky.feed.post"
PUT = r"/xrpc/com\.atproto\.repo\.putRecord"
REFRESH = r"/xrpc/com\.atproto\.server\.refreshSession"


class Person:
    """An account of the PDS with an app password."""
    count = 0

    def __init__(self, pds):
        Person.count += 1
        self.pds, self.handle = pds, f"person{Person.count}.test"
        made = self.call("com.atproto.server.createAccount",
                         {"handle": self.handle, "email": f"{self.handle}@example.org", "password": "a-long-password"})
        self.did = made["did"]
        head = {"Authorization": f"Bearer {made['accessJwt']}"}
        self.app_password = self.call("com.atproto.server.createAppPassword", {"name": "test"}, head)["password"]

    def call(self, method, body, headers=()):
        return must_fetch("POST", f"{self.pds}/xrpc/{method}", body, headers)

    def records(self):
        listed = must_fetch("GET", f"{self.pds}/xrpc/com.atproto.repo.listRecords?repo={self.did}&collection={POSTS}&limit=100")
        return listed["records"]

    def blob(self, cid):
        return must_fetch("GET", f"{self.pds}/xrpc/com.atproto.sync.getBlob?did={self.did}&cid={cid}")


class Journey(JourneyTest):
    network_name, network_health = "pds", "/xrpc/_health"
    network_environment = {"PDS_RATE_LIMITS": "1"}

    def connected(self, person):
        account = self.connect("bluesky", server=self.observer.url, identifier=person.handle, app_password=person.app_password)
        self.assertEqual((account["state"], account["handle"], account["remote_id"]), ("active", person.handle, person.did))
        return account["id"]

    def test_a_post_with_everything(self):
        me, friend = Person(self.url), Person(self.url)
        refused = self.connect("bluesky", 422, server=self.observer.url, identifier=me.handle, app_password="aaaa-bbbb-cccc-dddd")
        self.assertNotIn("aaaa-bbbb", json.dumps(refused))
        account = self.connected(me)
        image = picture()
        media = self.api.upload(image)
        text = f"Grüße 🌊 @{friend.handle}, a #journey to https://example.com/a?b=c"
        due = now_us() + 5_000_000
        delivery = self.schedule(account, text, due, language="de", media=[{"media_id": media, "alt": "A gradient, blue"}])
        self.assertEqual(me.records(), [])
        shown = self.wait_for(delivery)
        _, entries = self.check_published(delivery, due)
        self.assertEqual(shown["attempt"], 1, entries)
        self.assertEqual([e["to_state"] for e in entries][-2:], ["sending", "published"])

        records = me.records()
        self.assertEqual(len(records), 1)
        self.assertEqual(records[0]["uri"], shown["remote_id"])
        self.assertIn(shown["remote_id"].rsplit("/", 1)[1], shown["permalink"])
        value = records[0]["value"]
        self.assertEqual((value["text"], value["langs"]), (text, ["de"]))
        self.assertEqual(value["createdAt"][:19], shown["due_at"][:19])
        data = text.encode()
        facets = {f["features"][0]["$type"].split("#")[1]:
                  (data[f["index"]["byteStart"]:f["index"]["byteEnd"]].decode(), f["features"][0]) for f in value["facets"]}
        self.assertEqual(len(value["facets"]), 3)
        self.assertEqual((facets["mention"][0], facets["mention"][1]["did"]), (f"@{friend.handle}", friend.did))
        self.assertEqual((facets["tag"][0], facets["tag"][1]["tag"]), ("#journey", "journey"))
        self.assertEqual((facets["link"][0], facets["link"][1]["uri"]), ("https://example.com/a?b=c",) * 2)
        shown_image = value["embed"]["images"][0]
        self.assertEqual(shown_image["alt"], "A gradient, blue")
        self.assertEqual(shown_image["aspectRatio"], {"width": 64, "height": 48})
        self.assertEqual(me.blob(shown_image["image"]["ref"]["$link"]), image)
        (put,) = self.observer.seen("POST", PUT)
        self.assertGreaterEqual(put.begun_us, due)

    def test_tokens_that_have_ended_are_refreshed_once_for_all(self):
        me = Person(self.url)
        account = self.connected(me)
        self.let_tokens_end(me)
        # The first to be refused learns of it when the refresh is over and others have gone out with its token.
        self.observer.hold_answer("POST", PUT, 400, lambda: any(r.status == 200 for r in self.observer.seen("POST", PUT)))
        due = now_us() + 8_000_000
        deliveries = [self.schedule(account, f"number {i}", due) for i in range(8)]
        for d in deliveries:
            self.wait_for(d)
            self.check_published(d, due)
        self.assertEqual(sorted(r["value"]["text"] for r in me.records()), [f"number {i}" for i in range(8)])
        refused = [r for r in self.observer.seen("POST", PUT) if r.status == 400]
        self.assertGreater(len(refused), 1, "nothing was tried")
        refreshes = self.observer.seen("POST", REFRESH)
        self.assertEqual([r.status for r in refreshes], [200], "one refresh, and all that waited went out with it")
        self.assertEqual(self.account(account)["state"], "active")

    def let_tokens_end(self, person):
        """The server's clock goes on by three hours; answers when it refuses a token that it gave before."""
        login = {"identifier": person.handle, "password": person.app_password}
        token = person.call("com.atproto.server.createSession", login)["accessJwt"]
        claims = token.split(".")[1]
        end = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
        ahead = max(0, end * 1000 - now_us() // 1000) + 3_600_000
        with open(self.network.ready["clock"], "w", encoding="ascii") as f:
            f.write(str(ahead))
        os.kill(self.network.pid(), signal.SIGUSR2)
        ask = (("GET", f"{self.url}/xrpc/com.atproto.server.getSession"), {"Authorization": f"Bearer {token}"})
        until("the token has ended", lambda: fetch(*ask[0], headers=ask[1])[1].get("error") == "ExpiredToken", 30,
              lambda: fetch(*ask[0], headers=ask[1]))

    def test_a_server_that_is_killed_with_the_record_written(self):
        me = Person(self.url)
        account = self.connected(me)
        media = self.api.upload(picture(32, 32))
        due = now_us() + 4_000_000
        # It comes back by itself, with what it knew.
        self.observer.lose_answer("POST", PUT, lambda: os.kill(self.network.pid(), signal.SIGKILL))
        delivery = self.schedule(account, "in the middle", due, media=[{"media_id": media, "alt": "Small"}])
        self.wait_for(delivery)
        _, entries = self.check_published(delivery, due)
        self.assertIn("in_doubt", [e["to_state"] for e in entries])
        records = me.records()
        self.assertEqual([r["value"]["text"] for r in records], ["in the middle"])
        self.assertEqual(records[0]["value"]["embed"]["images"][0]["alt"], "Small")


if __name__ == "__main__":
    main()

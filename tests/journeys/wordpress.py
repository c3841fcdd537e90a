"""WordPress, end to end: a person's post on a real site, through a password that is taken back and a server that dies."""

import base64
import html
import os
import signal

from journey import JourneyTest, main, must_fetch, now_us, picture, until

PUBLISH = r"/wp-json/wp/v2/posts/\d+"


class Journey(JourneyTest):
    network_name, network_health = "wordpress", "/index.php?rest_route=/"

    def rest(self, method, path, body=None, who="author"):
        head = {}
        if who == "author":
            head["Authorization"] = basic(self.network.ready["username"], self.network.ready["app_password"])
        return must_fetch(method, f"{self.url}/wp-json/wp/v2/{path}", body, head)

    def connected(self, password=None):
        account = self.connect("wordpress", server=self.observer.url, username=self.network.ready["username"],
                               app_password=password or self.network.ready["app_password"])
        self.assertEqual(account["state"], "active")
        self.assertEqual(account["server"], self.observer.url + "/wp-json")
        return account["id"]

    def test_a_post_with_an_image(self):
        refused = self.connect("wordpress", 422, server=self.observer.url, username="admin", app_password="aaaa bbbb cccc dddd")
        self.assertNotIn("aaaa bbbb", str(refused))
        account = self.connected()
        image = picture()
        media = self.api.upload(image)
        due = now_us() + 5_000_000
        delivery = self.schedule(account, "Grüße <b>aus</b> Köln\n\nhttps://example.com/?a=1&b=2", due, title="A gradient & more",
                                 media=[{"media_id": media, "alt": "A <blue> gradient"}])
        shown = self.wait_for(delivery)
        _, entries = self.check_published(delivery, due)
        self.assertEqual(shown["attempt"], 1, entries)

        (publish,) = self.observer.seen("POST", PUBLISH)
        self.assertGreaterEqual(publish.begun_us, due)
        self.assertEqual(len(self.rest("GET", "posts?status=any&search=gradient")), 1)
        post = self.rest("GET", f"posts/{shown['remote_id']}", who="anybody")
        self.assertEqual(post["link"], shown["permalink"])
        self.assertEqual(html.unescape(post["title"]["rendered"]), "A gradient & more")
        page = post["content"]["rendered"]
        self.assertIn("Grüße &lt;b&gt;aus&lt;/b&gt; Köln", page)
        self.assertIn('alt="A &lt;blue&gt; gradient"', page)
        files = self.rest("GET", "media?context=edit")
        described = [f for f in files if f["alt_text"] == "A &lt;blue> gradient"]  # as WordPress keeps it
        self.assertEqual(len(described), 1)
        self.assertIn(described[0]["source_url"], page)
        self.assertEqual(must_fetch("GET", described[0]["source_url"]), image)

    def test_a_password_that_was_taken_back_asks_for_a_person(self):
        made = self.rest("POST", "users/me/application-passwords", {"name": f"second {os.urandom(4).hex()}"})
        account = self.connected(made["password"])
        self.rest("DELETE", f"users/me/application-passwords/{made['uuid']}")
        due = now_us() + 5_000_000
        delivery = self.schedule(account, "Held back by a password", due)
        self.wait_for_account(account, "reconnect_required")
        shown = self.delivery(delivery)
        self.assertEqual(shown["state"], "scheduled", self.ledger(delivery))
        self.assertEqual(self.rest("GET", "posts?search=password"), [])

        self.api.must(200, "POST", self.path(f"accounts/{account}/reconnect"), {"fields": {
            "server": self.observer.url, "username": self.network.ready["username"],
            "app_password": self.network.ready["app_password"]}})
        self.wait_for(delivery)
        self.check_published(delivery, due)
        self.assertEqual(len(self.rest("GET", "posts?search=password")), 1)

    def test_a_web_server_that_is_killed_with_the_post_published(self):
        account = self.connected()
        media = self.api.upload(picture(32, 32))
        due = now_us() + 5_000_000
        # It comes back by itself.
        self.observer.lose_answer("POST", PUBLISH, lambda: os.kill(self.network.pid(), signal.SIGKILL))
        delivery = self.schedule(account, "Killed in the middle", due, media=[{"media_id": media, "alt": "Small"}])
        self.wait_for(delivery)
        _, entries = self.check_published(delivery, due)
        self.assertIn("in_doubt", [e["to_state"] for e in entries])
        self.assertEqual(len(self.rest("GET", "posts?status=any&search=Killed")), 1)

    def wait_for_account(self, account, state):
        until(f"the account is {state}", lambda: self.account(account)["state"] == state, 60, lambda: self.account(account))


def basic(username, password):
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


if __name__ == "__main__":
    main()

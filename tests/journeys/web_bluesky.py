"""Bluesky through the web app: a person in a browser connects, writes and publishes, and the record is on a real PDS."""

import os
import subprocess

from bluesky import PUT, Person
from journey import HERE, JourneyTest, main, picture, processes

CLIENTS = os.path.abspath(os.path.join(HERE, "..", "..", "clients"))
WEB = os.path.join(CLIENTS, "web")
LINK = "https://example.com/notes?a=b"
TEXT = f"Grüße 🌊 from a browser, with notes at {LINK} #journey"
ALT = "A gradient, blue at its end"
SECONDS = 300


def build_app():
    """The app as the node serves it; built once, and by whoever comes first."""
    if not os.path.exists(f"{CLIENTS}/node_modules/.package-lock.json"):
        npm("ci", "--ignore-scripts", "--no-fund", "--no-audit")
    if not os.path.exists(f"{WEB}/dist/index.html"):
        npm("run", "gen")
        npm("run", "build", "-w", "@troupe/web")


def npm(*words):
    done = subprocess.run(["npm", *words], cwd=CLIENTS, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, f"npm {' '.join(words)} failed: {done.stdout[-4000:]}"


class Journey(JourneyTest):
    network_name, network_health = "pds", "/xrpc/_health"
    configuration = f'[web]\nroot = "{WEB}/dist"\n'

    @classmethod
    def setUpClass(cls):
        build_app()
        super().setUpClass()

    def test_a_person_publishes_from_a_browser(self):
        me = Person(self.url)
        image = picture(320, 180)
        path = f"{self.folder}/gradient.png"
        with open(path, "wb") as f:
            f.write(image)
        self.browse(TROUPE_URL=f"http://127.0.0.1:{self.node.http_port}", BLUESKY_SERVER=self.observer.url,
                    BLUESKY_HANDLE=me.handle, BLUESKY_APP_PASSWORD=me.app_password, BLUESKY_TEXT=TEXT, BLUESKY_LINK=LINK,
                    BLUESKY_IMAGE=path, BLUESKY_ALT=ALT, BLUESKY_SEEN=f"{self.folder}/seen")

        (record,) = me.records()
        with open(f"{self.folder}/seen", encoding="utf-8") as f:
            permalink = f.read()
        self.assertIn(f"/profile/{me.handle}/post/", permalink)
        self.assertEqual(permalink.rsplit("/", 1)[1], record["uri"].rsplit("/", 1)[1])
        value = record["value"]
        self.assertEqual(value["text"], TEXT)
        data = TEXT.encode()
        facets = {f["features"][0]["$type"].split("#")[1]: f for f in value["facets"]}
        where = facets["link"]["index"]
        self.assertEqual(data[where["byteStart"]:where["byteEnd"]].decode(), LINK)
        self.assertEqual(facets["link"]["features"][0]["uri"], LINK)
        self.assertEqual(facets["tag"]["features"][0]["tag"], "journey")
        (shown,) = value["embed"]["images"]
        self.assertEqual((shown["alt"], shown["aspectRatio"]), (ALT, {"width": 320, "height": 180}))
        self.assertEqual(me.blob(shown["image"]["ref"]["$link"]), image)
        self.assertEqual(len(self.observer.seen("POST", PUT)), 1, "a double click sent it twice")

    def browse(self, **environment):
        """A person's clicks, as clients/web/e2e/bluesky.ts tells them."""
        log = f"{self.folder}/browser.log"
        process = processes.spawn(["npx", "playwright", "test", "--config", "e2e/bluesky.config.ts"], log,
                                  {**os.environ, "CI": "1", **environment}, "TERM", cwd=WEB)
        code = processes.wait_dead(process, "the browser", SECONDS)
        self.assertEqual(code, 0, processes.tail(log, 8000))


if __name__ == "__main__":
    main()

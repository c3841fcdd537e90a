"""The recording network."""

import json
import urllib.request

import processes


class Sink:
    def __init__(self, program, folder, arguments=()):
        self.program = program
        self.log = f"{folder}/sink.log"
        self.arguments = [f"--journal={folder}/sink.journal", *arguments]
        self.port = 0
        self.process = None
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/sandbox"

    def start(self):
        """Also after `kill`: on the same port, with what the journal holds."""
        self.process = processes.spawn([self.program, f"--port={self.port}", *self.arguments], self.log, stdout=-1)
        line = self.process.stdout.readline()
        assert line, f"the sink did not start: {processes.tail(self.log)}"
        self.port = json.loads(line)["port"]

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        if self.process.poll() is None:
            self.kill()

    def _call(self, path, body=None):
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body), timeout=30) as answer:
            return answer.read().decode()

    def record(self):
        return json.loads(self._call("/record"))

    def applied(self):
        """How many posts there are; cheap, so that it may be asked all the time while others are measured."""
        return json.loads(self._call("/record/counts"))["applied"]

    def keys(self):
        """{key: (raw requests, applied posts)}"""
        lines = (line.rsplit(",", 2) for line in self._call("/record/keys").splitlines())
        return {key: (int(raw), int(applied)) for key, raw, applied in lines}

    def set(self, **settings):
        self._call("/settings", json.dumps(settings).encode())

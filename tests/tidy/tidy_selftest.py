#!/usr/bin/env python3
"""Breaks each rule of tidy.py on purpose and sees that it is reported, and only there."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tidy  # noqa: E402  (the path is set above)

LAYERS = "foreach(folder IN ITEMS config system/core system/actor\n net/outbound actors/auth actors/a actors/b net/bridge net/api system/node tests)\n"
MARK = "TO" + "DO"


class Rules(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.put("CMakeLists.txt", LAYERS)
        for name in ("config/a.hpp", "system/core/a.hpp", "system/actor/a.hpp", "net/outbound/a.hpp", "net/bridge/a.hpp",
                     "actors/a/interface.hpp", "actors/a/store.hpp", "actors/b/types.hpp", "net/api/a.hpp", "tests/a.hpp"):
            self.put(name, "#pragma once\n")
        for name in ("config", "system/core", "system/actor", "net/outbound", "net/bridge", "net/api", "actors/a", "actors/b",
                     "system/node", "tests"):
            self.put(name + "/README.md", "text\n")

    def put(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def found(self):
        return list(tidy.check(self.root))

    def assert_fine(self, name, text):
        self.put(name, text)
        self.assertEqual(self.found(), [])

    def assert_found(self, name, text, expected):
        """One finding, in the file, at the line that holds the mark."""
        self.put(name, text)
        found = self.found()
        self.assertEqual(len(found), 1, found)
        self.assertIn(expected, found[0])
        self.assertTrue(found[0].startswith(name + ":"), found[0])
        self.put(name, "\n")

    def test_a_clean_tree_has_no_findings(self):
        self.assertEqual(self.found(), [])

    def test_a_folder_includes_only_from_above(self):
        self.assert_fine("net/outbound/x.cpp", '#include "system/core/a.hpp"\n#include "config/a.hpp"\n')
        self.assert_found("system/core/x.cpp", '// why\n#include "net/outbound/a.hpp"\n', "x.cpp:2: includes")
        self.assert_found("config/x.cpp", '#include "system/core/a.hpp"\n', "knows nobody")
        self.assert_found("net/outbound/x.cpp", '#include "system/actor/a.hpp"\n', "lies below the actors")
        self.assert_found("actors/a/x.cpp", '#include "net/bridge/a.hpp"\n', "lies above the actors")
        self.assert_found("net/bridge/x.cpp", '#include "actors/a/store.hpp"\n', "transport")
        self.assert_found("net/bridge/x.cpp", '#include "net/api/a.hpp"\n', "stands below")
        self.assert_found("system/core/x.cpp", '#include "tests/a.hpp"\n', "does not include its tests")
        self.assert_fine("system/node/x.cpp", '#include "net/api/a.hpp"\n#include "actors/a/store.hpp"\n')
        self.assert_fine("tests/x.cpp", '#include "actors/a/store.hpp"\n')

    def test_groups_know_each_other_only_through_their_doors(self):
        self.assert_fine("actors/b/x.cpp", '#include "actors/a/interface.hpp"\n#include "actors/b/types.hpp"\n')
        self.assert_fine("actors/a/x.cpp", '#include "actors/b/types.hpp"\n')
        self.assert_found("actors/b/x.cpp", '#include "actors/a/store.hpp"\n', "only through")

    def test_proofs_are_a_library_for_the_groups_below(self):
        self.put("actors/auth/README.md", "text\n")
        self.assert_fine("actors/auth/password.hpp", "\n")
        self.assert_fine("actors/a/x.cpp", '#include "actors/auth/password.hpp"\n')
        self.assert_found("actors/auth/x.cpp", '#include "actors/a/store.hpp"\n', "only through")

    def test_includes_are_paths_from_the_root(self):
        self.assert_found("system/core/x.cpp", '#include "a.hpp"\n', "no path from the root")
        self.assert_fine("tests/x.cpp", '#include "a.hpp"\n')

    def test_the_framework_stays_with_the_actors(self):
        self.assert_fine("actors/a/x.cpp", "#include <caf/all.hpp>\n")
        self.assert_found("net/outbound/x.cpp", "#include <caf/all.hpp>\n", "no actors in this folder")

    def test_banned_calls(self):
        self.assert_found("tests/x.cpp", "void f() {\n  std::this_thread::sleep_for(a);\n}\n", "x.cpp:2: sleep_for")
        self.assert_found("tests/x.cpp", "void f() { ::usleep(1); }\n", "usleep")
        self.assert_found("tests/x.cpp", "void f() { sleep(1); }\n", "sleep")
        self.assert_found("system/core/x.cpp", "void f() { std::cout << 1; }\n", "log.hpp")
        self.assert_found("actors/a/x.cpp", "auto x = request(a, caf::infinite, b);\n", "named limit")
        self.assert_found("actors/a/x.cpp", "auto x = request(a, infinite, b);\n", "named limit")
        self.assert_found("actors/a/x.cpp", "using namespace caf;\n", "name what you use")
        self.assert_found("tests/x.hpp", "using namespace std;\n", "not in a header")
        self.assert_found("system/core/x.cpp", "auto t = std::time(nullptr);\n", "passed in")
        self.assert_found("tests/x.mjs", "await new Promise((resolve) => setTimeout(resolve, 10));\n", "named condition")

    def test_comments_and_literals_are_no_calls(self):
        self.assert_fine("tests/x.cpp", '// usleep(1)\n/* sleep(\n1) */ auto s = "usleep(1)"; auto r = R"(sleep(1))";\n')
        self.assert_fine("tests/y.cpp", "auto n = 1'000'000; auto c = '\"'; // usleep(1) '\n")
        self.assert_fine("system/node/x.cpp", "void f() { std::cout << 1; }\n")
        self.assert_fine("tests/z.cpp", "auto x = request(a, caf::infinite, b); clock.sleep(1);\n")

    def test_marks(self):
        self.assert_found("system/core/x.cpp", f"// one\n// {MARK}: two\n", "x.cpp:2")
        self.assert_found("net/api/run", f"#!/bin/sh\n# {MARK}\n", "run:2")
        self.assert_found("config/x.conf", "a = /ro" + "ot/x\n", "one machine")
        self.assert_found("tests/package.json", '{"resolved": "https://registry.npm' + 'js.org/a"}\n', "registry")
        self.assert_found("tests/x.sql", "<" * 7 + " HEAD\n", "conflict")
        self.assert_fine("tests/x.md", "mktemp -d /tmp/a.XX" + "XXXX; $HOME/work/; see notes/home/me/x\n")

    def test_text_that_is_not_utf8(self):
        (self.root / "tests/x.sql").write_bytes(b"\xff\n")
        self.assertEqual(self.found(), ["tests/x.sql:1: is not UTF-8"])

    def test_every_folder_says_what_it_is(self):
        self.put("net/mail/x.cpp", "\n")
        self.put("net/mail/schema/x.sql", "\n")
        self.put("tests/net/mail/x.cpp", "\n")
        self.assertEqual([f.split(":")[0] for f in self.found()], ["net/mail/README.md"])

    def test_long_files(self):
        self.assert_fine("tests/x.cpp", "\n" * tidy.LINES_MAX)
        self.assert_found("tests/x.cpp", "\n" * (tidy.LINES_MAX + 1), "second idea")


if __name__ == "__main__":
    unittest.main()

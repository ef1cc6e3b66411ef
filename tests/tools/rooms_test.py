#!/usr/bin/env python3
"""The table of rooms is enforced: breaking it on purpose is seen."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Rooms(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        shutil.copytree(ROOT / "src", self.root / "src")
        (self.root / "docs").mkdir()
        shutil.copy(ROOT / "docs" / "rooms.txt", self.root / "docs")

    def tearDown(self):
        self.folder.cleanup()

    def check(self):
        return subprocess.run([sys.executable, ROOT / "tools" / "check_rooms.py", self.root], capture_output=True,
                              text=True, check=False)

    def break_rule(self, path, text, expected):
        (self.root / "src" / path).write_text(text)
        result = self.check()
        self.assertEqual(result.returncode, 1)
        self.assertIn(expected, result.stdout)

    def test_the_tree_is_clean(self):
        result = self.check()
        self.assertEqual((result.returncode, result.stdout), (0, ""))

    def test_a_room_above_is_refused(self):
        self.break_rule("stun/evil.cpp", '#include "session/session.h"\n', "stun may not include session")

    def test_the_machine_is_refused(self):
        self.break_rule("ice/evil.cpp", "#include <sys/socket.h>\n", "ice may not include <sys/socket.h>")

    def test_a_foreign_library_is_refused(self):
        self.break_rule("turn/evil.cpp", "#include <openssl/hmac.h>\n", "turn may not include <openssl/hmac.h>")

    def test_generated_headers_stay_in_sources(self):
        self.break_rule("session/evil.h", "#include <session.pb.h>\n", "a generated header belongs into .cpp files only")

    def test_a_forbidden_link_is_refused(self):
        self.break_rule("base/CMakeLists.txt", "godesk_room(base ROOMS os)\n", "base may not link os")

    def test_a_room_without_a_row_is_refused(self):
        (self.root / "src" / "attic").mkdir()
        self.break_rule("attic/a.cpp", "", "not in docs/rooms.txt")


class CoreSymbols(unittest.TestCase):
    def test_a_clock_in_the_core_is_seen(self):
        with tempfile.TemporaryDirectory() as folder:
            room = pathlib.Path(folder) / "src" / "base"
            room.mkdir(parents=True)
            (room / "evil.cpp").write_text("#include <chrono>\nlong f() "
                                           "{ return std::chrono::steady_clock::now().time_since_epoch().count(); }\n")
            subprocess.run(["g++", "-std=c++20", "-c", room / "evil.cpp", "-o", room / "evil.cpp.o"], check=True)
            subprocess.run(["ar", "rcs", room / "libbase.a", room / "evil.cpp.o"], check=True)
            result = subprocess.run([sys.executable, ROOT / "tools" / "check_core_symbols.py", folder],
                                    capture_output=True, text=True, check=False)
            self.assertEqual(result.returncode, 1)
            self.assertIn("base/evil.cpp.o: wants std::chrono", result.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=1)

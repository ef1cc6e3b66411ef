#!/usr/bin/env python3
"""`godesk netcheck` through the built programs, on this machine: the event, the table, the exit codes."""
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "dev"))
from programs import Stage  # noqa: E402


class Netcheck(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage().__enter__()
        cls.addClassCleanup(cls.stage.__exit__)
        cls.server = cls.stage.server()

    def netcheck(self, *argv):
        return self.stage.run(self.stage.bin / "godesk", "netcheck", "--data-dir", self.stage.folder / "netcheck",
                              *argv)

    def test_json(self):
        started = time.monotonic()
        program = self.netcheck("--json", "--server", self.server.join)
        event = program.event("netcheck")
        self.assertEqual(program.finish(), 0, program.report("ended"))
        self.assertLess(time.monotonic() - started, 10)
        self.assertEqual(event["udp"], True)
        self.assertEqual(event["ipv4"], True)
        self.assertEqual(event["mapping"], "none")
        self.assertEqual(event["nat64"], False)
        self.assertEqual(event["proxy"], False)
        self.assertIsInstance(event["ipv6"], bool)
        self.assertTrue(event["relays"][0]["name"])
        self.assertLess(event["relays"][0]["rtt_ms"], 500)
        self.assertTrue(event["advice"].endswith("."))
        self.assertNotIn(None, event.values())

    def test_words(self):
        program = self.netcheck("--server", self.server.join)
        lines = []
        deadline = time.monotonic() + 20
        while (line := program.line(deadline)) is not None:
            lines.append(line)
        self.assertEqual(program.finish(), 0, program.report("ended"))
        self.assertTrue(lines[0].startswith("UDP"), lines)
        self.assertTrue(lines[-1].endswith("."), lines)

    def test_no_server(self):
        program = self.netcheck()
        self.assertEqual(program.finish(), 2, program.report("ended"))
        self.assertIn("--server", program.last_error())

    def test_server_unreachable(self):
        program = self.netcheck("--json", "--server", "godesk://127.0.0.1:1?key=" + "A" * 43)
        self.assertEqual(program.finish(15), 6, program.report("ended"))
        self.assertIn("cannot be reached", program.last_error())


if __name__ == "__main__":
    unittest.main(verbosity=2)

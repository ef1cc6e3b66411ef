#!/usr/bin/env python3
"""A device that the host's user authorised enters by its key alone, until that is taken back."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "dev"))
from programs import Stage  # noqa: E402


class Authorised(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage().__enter__()
        cls.addClassCleanup(cls.stage.__exit__)
        cls.server = cls.stage.server()
        cls.host = cls.stage.host(cls.stage.display("640x480"), cls.server)

    def godesk(self, *argv, data):
        program = self.stage.run(self.stage.bin / "godesk", *argv, "--json", "--data-dir", self.stage.folder / data)
        self.assertEqual(program.finish(), 0, program.report("ended"))
        return program.seen

    def ping(self, data="friend"):
        return self.stage.run(self.stage.bin / "godesk", "ping", self.host.id, "--json", "--server", self.server.join,
                              "--data-dir", self.stage.folder / data)

    def refused(self, program):
        self.assertEqual(program.finish(), 3, program.report("ended"))
        self.assertEqual(program.seen[-1]["reason"], "refused")
        self.assertTrue(program.last_error().endswith("."), program.last_error())

    def test_enters_pings_and_is_out_when_revoked(self):
        key = self.godesk("config", "key", data="friend")[0]["key"]
        self.refused(self.ping())

        # The password once, so that each side knows the other's key.
        first = self.stage.connect(self.host.id, self.server, self.host.password, "--for", "0", data="friend")
        self.assertEqual(first.finish(), 0, first.report("ended"))
        self.refused(self.ping())

        self.godesk("config", "authorise", key, "--permissions", "view", "--days", "7", "--name", "a friend", data="host")
        listed = self.godesk("config", "authorised", data="host")
        self.assertEqual([(e["key"], e["permissions"], e["name"], e["days_left"]) for e in listed],
                         [(key, "view", "a friend", 7)])

        ping = self.ping()
        self.assertEqual(ping.finish(), 0, ping.report("ended"))
        said = next(e for e in ping.seen if e["event"] == "ping")
        self.assertEqual(said["target"], self.host.id)
        self.assertEqual(said["kind"], "direct")
        self.assertIn("how", said)
        self.assertGreater(said["rtt_ms"], 0)

        viewer = self.stage.connect(self.host.id, self.server, None, "--no-password", data="friend")
        viewer.event("first_frame")
        self.godesk("config", "revoke", key, data="host")
        self.assertEqual(viewer.finish(), 3, viewer.report("ended"))
        self.assertEqual(viewer.seen[-1]["reason"], "revoked")
        self.refused(self.ping())

    def test_what_is_no_key_is_a_usage_error(self):
        for argv in (["authorise", "abc"], ["revoke", "abc"], ["authorise", "A" * 43, "--permissions", "fly"],
                     ["authorise", "A" * 43, "--name", "x" * 65], ["authorise", "A" * 43, "--days", "-1"],
                     ["revoke", "A" * 43]):
            program = self.stage.run(self.stage.bin / "godesk", "config", *argv, "--data-dir", self.stage.folder / "odd")
            self.assertEqual(program.finish(), 2, program.report("ended"))
            self.assertTrue(program.last_error())


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Every exit code of the public contract, reached through the built programs, with one plain sentence on stderr."""
import json
import os
import pathlib
import pty
import select
import signal
import sys
import termios
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "dev"))
from programs import Stage  # noqa: E402


class ExitCodes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage().__enter__()
        cls.addClassCleanup(cls.stage.__exit__)
        cls.server = cls.stage.server()
        cls.display = cls.stage.display("640x480")
        cls.host = cls.stage.host(cls.display, cls.server)

    def expect(self, program, code, sentence, reason=None):
        self.assertEqual(program.finish(), code, program.report("ended"))
        self.assertIn(sentence, program.last_error())
        self.assertTrue(program.last_error().endswith("."), program.last_error())
        if reason:
            self.assertEqual(program.seen[-1]["event"], "closed")
            self.assertEqual(program.seen[-1]["reason"], reason)

    def godesk(self, *argv):
        return self.stage.run(self.stage.bin / "godesk", *argv)

    def test_0_ended_as_asked(self):
        viewer = self.stage.connect(self.host.id, self.server, self.host.password, "--for", "0")
        self.assertEqual(viewer.finish(), 0, viewer.report("ended"))
        self.assertEqual(viewer.seen[-1], viewer.seen[-1] | {"event": "closed", "reason": "done"})
        names = [e["event"] for e in viewer.seen]
        self.assertLess(names.index("path"), names.index("authenticated"))
        self.assertLess(names.index("authenticated"), names.index("first_frame"))
        self.host.password = self.host.event("password")["password"]

    def test_0_interrupted(self):
        viewer = self.stage.connect(self.host.id, self.server, self.host.password)
        viewer.event("first_frame")
        viewer.process.send_signal(signal.SIGINT)
        self.assertEqual(viewer.finish(), 0)
        self.assertEqual(viewer.seen[-1]["reason"], "interrupted")
        self.host.password = self.host.event("password")["password"]

    def test_0_interrupted_at_the_password(self):
        ours, terminal = pty.openpty()
        self.addCleanup(os.close, ours)
        viewer = self.stage.run(self.stage.bin / "godesk", "connect", self.host.id, "--headless", "--json", "--server",
                                self.server.join, "--data-dir", self.stage.folder / "asked", stdin=terminal)
        echoes = termios.tcgetattr(terminal)[3] & termios.ECHO
        self.assertTrue(echoes)
        while termios.tcgetattr(terminal)[3] & termios.ECHO:  # until it asks
            self.assertIsNone(viewer.process.poll(), viewer.report("ended"))
            select.select([], [], [], 0.01)
        viewer.process.terminate()
        self.assertEqual(viewer.finish(), 0, viewer.report("ended"))
        self.assertEqual([(e["event"], e["reason"]) for e in viewer.seen], [("closed", "interrupted")])
        self.assertTrue(termios.tcgetattr(terminal)[3] & termios.ECHO, "the terminal shows again what is typed")
        os.close(terminal)

    def test_1_no_display(self):
        host = self.godesk("host", "--display", ":99999", "--server", self.server.join, "--data-dir",
                           self.stage.folder / "other")
        self.expect(host, 1, ":99999")

    def test_2_usage(self):
        for argv in (["connect"], ["nonsense"], ["connect", "12", "--headless", "--password-file", "/dev/null"],
                     ["host", "--server", "godesk://x"], ["connect", "123456789", "--headless", "--relay-server", "x"]):
            program = self.godesk(*argv, "--data-dir", self.stage.folder / "usage")
            self.assertEqual(program.finish(), 2, program.report("ended"))
            self.assertTrue(program.last_error())

    def test_2_no_server(self):
        viewer = self.stage.connect("123456789", None, "AAAA-AAAA", data="usage")
        self.expect(viewer, 2, "--server")

    def test_2_no_password(self):
        viewer = self.stage.connect(self.host.id, self.server, None)
        self.expect(viewer, 2, "--password-file")

    def test_2_configuration(self):
        server = self.stage.bin / "godesk-server"
        for text in ("nonsense = 1", "[limits]\nnonsense = 1", "[limits]\nmax-connections = 0",
                     "[limits]\nfinds-per-target = 5", "[limits]\nhello-limit = -1", "stun-port = [", "limits = 3"):
            program = self.stage.run(server, "--data-dir", self.stage.folder / "never", "--config",
                                     self.stage.config("bad.toml", text))
            self.expect(program, 2, "configuration" if "[limits]" not in text else "[limits]")
        for text in ("nonsense = 1", "relay-only = 1", "[direct-ip]\nenable = true", "[direct-ip]\nport = '9'",
                     "direct-ip = true", "server = ["):
            program = self.godesk("host", "--data-dir", self.stage.folder / "usage", "--config",
                                  self.stage.config("bad.toml", text))
            self.expect(program, 2, "configuration")
        self.expect(self.godesk("host", "--config", self.stage.folder / "absent.toml"), 2, "absent.toml")
        self.assertFalse((self.stage.folder / "never").exists())

    def test_2_second_host_on_one_data_directory(self):
        second = self.godesk("host", "--display", self.display, "--server", self.server.join, "--data-dir",
                             self.stage.folder / "host")
        self.expect(second, 2, "Another host")

    def test_2_port_in_use(self):
        port = self.server.ready["tls_port"]
        second = self.stage.run(self.stage.bin / "godesk-server", "--data-dir", self.stage.folder / "server2", "--listen",
                                "127.0.0.1", "--stun-port", "0", "--tls-port", str(port))
        self.assertEqual(second.finish(), 2, second.report("ended"))
        self.assertIn("--tls-port", second.last_error())

    def test_3_wrong_password(self):
        viewer = self.stage.connect(self.host.id, self.server, "AAAA-AAAA")
        self.expect(viewer, 3, "password", "wrong-password")

    def test_3_busy(self):
        server = self.stage.server(data="strict", config="[limits]\nfinds-per-target = { burst = 1, seconds = 600 }")
        host = self.stage.host(self.display, server, data="strict-host")
        viewer = self.stage.connect(host.id, server, "AAAA-AAAA")
        self.expect(viewer, 3, "password", "wrong-password")
        viewer = self.stage.connect(host.id, server, "AAAA-AAAA")
        self.expect(viewer, 3, "try again in", "busy")
        host.stop()
        server.stop()

    def test_4_unknown_id(self):
        other = "100000000" if self.host.id != "100000000" else "100000001"
        viewer = self.stage.connect(other, self.server, "AAAA-AAAA")
        self.expect(viewer, 4, "unknown or offline", "not-found")

    def test_5_no_path(self):
        viewer = self.stage.connect("127.0.0.1:9", None, "AAAA-AAAA")
        self.expect(viewer, 5, "No way", "no-path")

    def test_6_server_unreachable(self):
        join = "godesk://127.0.0.1:9?key=" + "A" * 43
        viewer = self.godesk("connect", "123456789", "--headless", "--json", "--server", join, "--password-file",
                             self.stage.secret("any", "AAAA-AAAA"), "--data-dir", self.stage.folder / "viewer")
        self.expect(viewer, 6, "cannot be reached", "server-unreachable")

    def test_6_not_the_server_of_the_join_string(self):
        join = self.server.join.split("key=")[0] + "key=" + "A" * 43
        viewer = self.godesk("connect", "123456789", "--headless", "--json", "--server", join, "--password-file",
                             self.stage.secret("any", "AAAA-AAAA"), "--data-dir", self.stage.folder / "viewer")
        self.expect(viewer, 6, "not the server of your join string", "server-unreachable")

    def test_7_key_changed(self):
        first = self.stage.host(self.display, None, "--direct-ip", "21199", data="direct1")
        viewer = self.stage.connect("127.0.0.1:21199", None, first.password, "--for", "0", data="pins")
        self.assertEqual(viewer.finish(), 0, viewer.report("ended"))
        first.stop()
        second = self.stage.host(self.display, None, "--direct-ip", "21199", data="direct2")
        viewer = self.stage.connect("127.0.0.1:21199", None, second.password, "--for", "0", data="pins")
        self.expect(viewer, 7, "config forget", "key-changed")
        forget = self.godesk("config", "forget", "127.0.0.1:21199", "--data-dir", self.stage.folder / "pins")
        self.assertEqual(forget.finish(), 0)
        viewer = self.stage.connect("127.0.0.1:21199", None, second.password, "--for", "0", data="pins")
        self.assertEqual(viewer.finish(), 0, viewer.report("ended"))
        second.stop()

    def test_json_lines_hold_nothing_else(self):
        for line in self.host.seen + self.server.seen:
            self.assertEqual(list(line)[:2], ["event", "t_ms"])
            self.assertNotIn(None, json.loads(json.dumps(line)).values())


if __name__ == "__main__":
    unittest.main(verbosity=1)

#!/usr/bin/env python3
"""The windows as a user works with them: two X servers, xdotool's hands, and the pixels that are seen."""
import os
import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from hands import eventually, focused, hands, on, output, rows, type_line, window  # noqa: E402
from scene import Stage, wait_for_file  # noqa: E402

WIDTH, HEIGHT = 800, 600  # the host's screen


class Windows(unittest.TestCase):
    def setUp(self):
        self.stage = Stage().__enter__()
        self.addCleanup(self.stage.__exit__)
        self.server = self.stage.server()
        self.there = self.stage.display(f"{WIDTH}x{HEIGHT}")
        self.typed = self.stage.folder / "typed"
        # Its window lies under the pointer, in the middle of the screen: there the keys go.
        self.stage.on_display(self.there, "xterm", "-u8", "-geometry", "80x24+100+100", "-e", "sh", "-c",
                              f"stty -ixon; exec cat > '{self.typed}'")
        self.host = self.stage.host(self.there, self.server)
        wait_for_file(self.typed, lambda _: self.typed.exists())

    def viewer(self, display, *more, password=True):
        return self.stage.connect(self.host.id, self.server, self.host.password if password else None, *more,
                                  headless=False, env=on(display))

    def expect_typed(self, text):
        wait_for_file(self.typed, lambda content: text in content, seconds=30)
        self.assertIn(text, self.typed.read_text())

    def host_screen_in(self, here, width):
        """Where in `here` the host's whole screen is seen, pixel for pixel: the number of rows above it, or -1."""
        want, seen = rows(self.there, WIDTH), rows(here, width)
        for above in range(len(seen) - HEIGHT + 1):
            if all(seen[above + y][: 3 * WIDTH] == want[y] for y in range(HEIGHT)):
                return above
        return -1

    def test_mouse_keyboard_and_pixels(self):
        here = self.stage.display("1024x768")
        viewer = self.viewer(here)
        viewer.event("first_frame")
        above = eventually(lambda: max(0, self.host_screen_in(here, 1024)), "the host's screen in the window")
        hands(here, "mousemove", "300", str(300 + above), "click", "1")
        eventually(lambda: b"x:300 y:300" in output(self.there, "xdotool", "getmouselocation"), "the pointer")
        hands(here, "type", "--delay", "5", "Hello, {World}~ @ 42!")
        hands(here, "key", "Tab", "Return")
        self.expect_typed("Hello, {World}~ @ 42!\t\n")
        eventually(lambda: self.host_screen_in(here, 1024) == above, "what was typed, pixel for pixel")
        hands(here, "mousemove", "400", str(310 + above))
        eventually(lambda: b"x:400 y:310" in output(self.there, "xdotool", "getmouselocation"), "the pointer again")
        viewer.process.terminate()
        self.assertEqual(viewer.finish(), 0, viewer.report("ended"))
        self.assertEqual(viewer.seen[-1]["reason"], "interrupted")

    def test_full_screen(self):
        here = self.stage.display(f"{WIDTH}x{HEIGHT}")
        viewer = self.viewer(here, "--full-screen")
        viewer.event("first_frame")
        eventually(lambda: self.host_screen_in(here, WIDTH) == 0, "nothing but the host's screen")
        hands(here, "type", "--delay", "5", "in full screen")
        hands(here, "key", "F11", "Return")
        self.expect_typed("in full screen")
        hands(here, "key", "ctrl+alt+shift+f")
        eventually(lambda: self.host_screen_in(here, WIDTH) == -1, "the bars")
        hands(here, "key", "ctrl+alt+shift+f")
        eventually(lambda: self.host_screen_in(here, WIDTH) == 0, "nothing but the host's screen again")
        type_line(here, "once more")
        self.expect_typed("once more\n")
        viewer.process.terminate()
        self.assertEqual(viewer.finish(), 0, viewer.report("ended"))

    def test_scripts_use_the_window_as_headless(self):
        here = self.stage.display("1024x768")
        picture = self.stage.folder / "picture.png"
        viewer = self.viewer(here, "--type", "from a script ä€\n", "--for", "1", "--screenshot", picture)
        self.assertEqual(viewer.finish(), 0, viewer.report("ended"))
        self.assertEqual(viewer.seen[-1], viewer.seen[-1] | {"event": "closed", "reason": "done"})
        self.assertIn("stats", [e["event"] for e in viewer.seen])
        self.expect_typed("from a script ä€\n")
        size = subprocess.run(["identify", "-format", "%wx%h", picture], stdout=subprocess.PIPE).stdout.decode()
        self.assertEqual(size, f"{WIDTH}x{HEIGHT}")

    def test_a_wrong_password_is_asked_for_again(self):
        here = self.stage.display("1024x768")
        viewer = self.viewer(here, password=False)
        dialog = eventually(lambda: window(here, "Password for"), "the password dialog")
        type_line(here, "wrong-password")
        eventually(lambda: window(here, "Password for") not in ("", dialog), "the second password dialog")
        type_line(here, self.host.password)
        viewer.event("first_frame")
        eventually(lambda: self.host.id[:3] in focused(here) and "Password" not in focused(here), "the keyboard back at the window")
        hands(here, "key", "Return")
        self.expect_typed("\n")
        viewer.process.terminate()
        self.assertEqual(viewer.finish(), 0, viewer.report("ended"))
        self.assertEqual([e["event"] for e in viewer.seen].count("closed"), 1)

    def test_interrupted_while_it_asks(self):
        here = self.stage.display("1024x768")
        viewer = self.viewer(here, password=False)
        eventually(lambda: window(here, "Password for"), "the password dialog")
        viewer.process.terminate()
        self.assertEqual(viewer.finish(), 0, viewer.report("ended"))
        self.assertEqual([(e["event"], e["reason"]) for e in viewer.seen], [("closed", "interrupted")])

    def test_a_wrong_password_by_file_ends_the_program(self):
        here = self.stage.display("1024x768")
        self.host.password = "AAAA-AAAA"
        viewer = self.viewer(here)
        self.assertEqual(viewer.finish(), 3, viewer.report("ended"))
        self.assertEqual(viewer.seen[-1]["reason"], "wrong-password")
        self.assertIn("password is wrong", viewer.last_error())

    def test_a_changed_key_has_no_way_on(self):
        here = self.stage.display("1024x768")
        data = self.stage.folder / "viewer"
        first = self.stage.connect(self.host.id, self.server, self.host.password, "--for", "0")
        self.assertEqual(first.finish(), 0, first.report("ended"))
        (pin,) = (data / "pins" / "hosts").iterdir()
        other = self.stage.folder / "other.pin"
        other.write_bytes(bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))  # RFC 8032
        other.chmod(0o600)
        other.rename(pin)
        viewer = self.viewer(here, password=False)
        eventually(lambda: window(here, "Password for"), "the password dialog")
        type_line(here, "whatever it is")
        eventually(lambda: window(here, "^GoDesk$"), "the message")
        hands(here, "key", "Escape")
        self.assertEqual(viewer.finish(), 7, viewer.report("ended"))
        self.assertEqual(viewer.seen[-1]["reason"], "key-changed")
        self.assertIn("config forget " + self.host.id, viewer.last_error())

    def test_home_shows_hosts_and_connects(self):
        here = self.stage.display("1024x768")
        data = self.stage.folder / "home"
        home = self.stage.run(self.stage.bin / "godesk", "--json", "--server", self.server.join, "--data-dir", data,
                              env=on(here))
        self.addCleanup(self.end_programs_on, data)
        ready = home.event("ready")
        self.assertRegex(ready["id"], "^[1-9][0-9]{8}$")
        eventually(lambda: window(here, "^GoDesk$"), "the home window")
        type_line(here, self.host.id)
        eventually(lambda: window(here, "Password for"), "the password dialog")
        type_line(here, self.host.password)
        self.host.event("session", where=lambda e: e["state"] == "opened")
        # The session outlives the window it was opened from.
        home.process.terminate()
        self.assertEqual(home.finish(), 0, home.report("ended"))
        viewer = eventually(lambda: window(here, self.host.id[:3]), "the viewer's window")
        eventually(lambda: max(0, self.host_screen_in(here, 1024)), "the host's screen in it")
        hands(here, "mousemove", "400", "400", "click", "1")
        type_line(here, "still here")
        self.expect_typed("still here\n")
        os.kill(int(output(here, "xdotool", "getwindowpid", viewer)), signal.SIGTERM)
        self.host.event("session", where=lambda e: e["state"] == "closed")

    def test_home_is_a_host(self):
        here = self.stage.display("1024x768")
        data = self.stage.folder / "home"
        home = self.stage.run(self.stage.bin / "godesk", "--json", "--server", self.server.join, "--data-dir", data,
                              env=on(here))
        ready = home.event("ready")
        viewer = self.stage.connect(ready["id"], self.server, ready["password"], "--for", "0")
        self.assertEqual(viewer.finish(), 0, viewer.report("ended"))
        opened = home.event("session")
        self.assertEqual(opened["state"], "opened")
        self.assertNotEqual(home.event("password")["password"], ready["password"])
        home.process.terminate()
        self.assertEqual(home.finish(), 0, home.report("ended"))

    def test_without_a_display_there_is_one_plain_sentence(self):
        env = {k: v for k, v in on("").items() if k != "DISPLAY"}
        common = ["--server", self.server.join, "--data-dir", self.stage.folder / "none"]
        for argv in (["connect", self.host.id], []):
            for display, word in (({}, "no display"), ({"DISPLAY": ":99999"}, ":99999")):
                program = self.stage.run(self.stage.bin / "godesk", *argv, *common, env=env | display)
                self.assertEqual(program.finish(), 1, program.report("ended"))
                self.assertIn(word, program.last_error())
                self.assertEqual(program.errors().strip().count("\n"), 0)

    def end_programs_on(self, data):
        """What the home window started is nobody's child."""
        for folder in pathlib.Path("/proc").iterdir():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
                if folder.name.isdigit() and os.fsencode(data) in words:
                    os.kill(int(folder.name), signal.SIGTERM)
            except OSError:
                continue


if __name__ == "__main__":
    unittest.main(verbosity=2)

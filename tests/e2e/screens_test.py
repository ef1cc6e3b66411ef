#!/usr/bin/env python3
"""A desktop of the host's own (--virtual), and a size that changes while somebody looks."""
import os
import pathlib
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from scene import HANG, UNATTENDED, Scene  # noqa: E402


def size_of(picture):
    return struct.unpack(">II", picture.read_bytes()[16:24])


class Screens(Scene):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.stage.server()

    def start(self, size, data):
        host = self.stage.run(self.stage.bin / "godesk", "host", "--json", "--virtual", size, "--server", self.server.join,
                              "--data-dir", self.stage.folder / data, "--password-file", self.unattended)
        self.addCleanup(host.stop)
        self.stage.host_ready(host)
        host.display = host.ready["display"]
        host.env = dict(os.environ, DISPLAY=host.display, XAUTHORITY=str(self.stage.folder / data / "virtual-display.cookie"))
        return host

    def answers(self, host, env):
        return subprocess.run(["xdpyinfo"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def test_a_desktop_of_its_own_with_a_size_that_changes(self):
        host = self.start("800x600", "virtual")
        self.assertTrue(self.answers(host, host.env))
        stranger = dict(host.env, XAUTHORITY="/nonexistent")
        self.assertFalse(self.answers(host, stranger), "nobody gets in without the cookie")
        picture = self.stage.folder / "virtual.png"
        viewer = self.stage.connect(host.id, self.server, UNATTENDED, "--screenshot", picture)
        first = viewer.event("first_frame")
        self.assertEqual((first["width"], first["height"]), (800, 600))
        subprocess.run(["xrandr", "--fb", "1000x700"], env=host.env, check=True)
        # A window of the new size comes with the new picture.
        viewer.event("stats", where=lambda e: e["frames"] > 1)
        viewer.event("stats")
        viewer.process.terminate()
        self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))
        self.assertEqual(size_of(picture), (1000, 700))
        host.process.terminate()
        self.assertEqual(host.finish(HANG), 0, host.report("ended"))
        self.assertFalse(self.answers(host, host.env), "the display ends with its host")
        self.assertFalse((self.stage.folder / "virtual" / "virtual-display.cookie").exists())

    def test_a_virtual_screen_is_the_viewers_to_resize(self):
        host = self.start("800x600", "resized")
        viewer = self.stage.connect(host.id, self.server, host.password, "--remote-size", "1000x702")
        viewer.event("first_frame")
        self.assertEqual(viewer.event("remote_size")["state"], "decides", "a one-time password will do")
        viewer.process.terminate()
        self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))

    def test_one_of_several_monitors(self):
        host = self.start("800x600", "monitors")
        listed = subprocess.run(["xrandr", "--listmonitors"], env=host.env, check=True, stdout=subprocess.PIPE).stdout.decode()
        output = listed.split()[-1]
        for name, place, of in ("left", "300/80x600/160+0+0", output), ("right", "500/130x600/160+300+0", "none"):
            subprocess.run(["xrandr", "--setmonitor", name, place, of], env=host.env, check=True)
        subprocess.run(["xsetroot", "-solid", "#203040"], env=host.env, check=True)
        picture = self.stage.folder / "right.png"
        viewer = self.stage.connect(host.id, self.server, UNATTENDED, "--monitor", "2", "--screenshot", picture)
        told = viewer.event("monitors", where=lambda e: e["shown"] == 2)
        self.assertEqual([m["width"] for m in told["monitors"]], [300, 500])
        self.assertEqual(told["monitors"][1], {"x": 300, "y": 0, "width": 500, "height": 600})
        viewer.event("stats")  # the picture of it comes behind the words
        viewer.event("stats")
        viewer.process.terminate()
        self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))
        self.assertEqual(size_of(picture), (500, 600))

    def test_the_display_ends_with_a_host_that_is_killed(self):
        host = self.start("640x480", "killed")
        host.process.kill()
        host.process.wait()
        for _ in range(100):
            if not self.answers(host, host.env):
                return
            subprocess.run(["sleep", "0.1"])
        self.fail("the display is still there")

    def test_a_size_that_is_none_is_told(self):
        for size in "1920", "1920x", "x1080", "100x100", "99999x200", "800x600x24":
            host = self.stage.run(self.stage.bin / "godesk", "host", "--virtual", size, "--server", self.server.join,
                                  "--data-dir", self.stage.folder / "none")
            self.assertEqual(host.finish(HANG), 2, size)
            self.assertIn("is not a size", host.last_error())


if __name__ == "__main__":
    unittest.main(verbosity=2)

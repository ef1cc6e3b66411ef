#!/usr/bin/env python3
"""The remote screen takes the size that a viewer asks for, and its own again when the viewer is gone."""
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from hands import eventually, hands, on, output, root_size, rows, window  # noqa: E402
from scene import HANG, UNATTENDED, Scene  # noqa: E402

OWN = (800, 600)


class RemoteSize(Scene):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.stage.server()
        cls.there = cls.stage.display("800x600", resizable=True)
        output(cls.there, "xsetroot", "-solid", "#203040")
        cls.stage.on_display(cls.there, "xterm", "-geometry", "80x24+10+10", "-e", "sh", "-c", "echo something; exec cat")

    def setUp(self):
        self.assertEqual(root_size(self.there), OWN)

    def host(self, display=None, *more, data="host"):
        host = self.stage.host(display or self.there, self.server, "--password-file", self.unattended, *more, data=data)
        self.addCleanup(host.stop)
        return host

    def viewer(self, host, *more, data="viewer", password=UNATTENDED, **options):
        viewer = self.stage.connect(host.id, self.server, password, *more, data=data, **options)
        self.addCleanup(viewer.stop)
        viewer.event("first_frame")
        return viewer

    def becomes(self, size, what):
        eventually(lambda: root_size(self.there) == size, what)

    def answer(self, viewer, state, why=None):
        told = viewer.event("remote_size")
        self.assertEqual((told["state"], told.get("why")), (state, why))

    def test_as_long_as_the_viewer_is_there(self):
        picture = self.stage.folder / "resized.png"
        viewer = self.viewer(self.host(), "--remote-size", "1002x701", "--screenshot", picture)
        self.answer(viewer, "decides")
        self.becomes((1002, 701), "the size that was asked for")
        modes = output(self.there, "xrandr").decode()
        self.assertIn("1002x701", modes)
        viewer.event("stats", where=lambda e: e["frames"] > 1)
        viewer.event("stats")
        shown = rows(self.there, 1002)
        viewer.process.terminate()
        self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))
        pixels = subprocess.run(["convert", picture, "-depth", "8", "rgb:-"], stdout=subprocess.PIPE).stdout
        self.assertEqual(len(pixels), 1002 * 701 * 3)
        self.assertTrue(pixels == b"".join(shown), "what the viewer had is what the display shows, pixel for pixel")
        self.becomes(OWN, "the screen's own size, when the viewer has left")
        self.assertNotIn("1002x701", output(self.there, "xrandr").decode(), "and nothing is left behind")

    def test_the_viewer_is_killed(self):
        viewer = self.viewer(self.host(), "--remote-size", "1280x720")
        self.becomes((1280, 720), "the size that was asked for")
        viewer.process.kill()
        self.becomes(OWN, "the screen's own size")

    def test_the_host_ends_or_is_killed(self):
        host = self.host()
        viewer = self.viewer(host, "--remote-size", "1280x720")
        self.becomes((1280, 720), "the size that was asked for")
        host.process.terminate()
        self.assertEqual(host.finish(HANG), 0, host.report("ended"))
        self.assertEqual(root_size(self.there), OWN)
        host = self.host()
        viewer = self.viewer(host, "--remote-size", "1111x722")
        self.becomes((1111, 722), "the size that was asked for")
        host.process.kill()
        host.process.wait()
        viewer.stop()
        self.assertEqual(root_size(self.there), (1111, 722))
        self.host()
        self.assertEqual(root_size(self.there), OWN, "the next host gives back what the killed one could not")

    def test_the_first_who_asks_decides(self):
        host = self.host()
        first = self.viewer(host, "--remote-size", "1024x640", data="first")
        self.answer(first, "decides")
        second = self.viewer(host, "--remote-size", "640x480", data="second")
        self.answer(second, "follows")
        self.becomes((1024, 640), "what the first one asked for")
        first.process.terminate()
        self.answer(second, "decides")
        self.becomes((640, 480), "what the second one asked for")
        second.process.terminate()
        self.becomes(OWN, "the screen's own size")

    def test_it_is_refused_in_plain_words(self):
        fixed = self.host(self.display, data="fixed")
        viewer = self.viewer(fixed, "--remote-size", "700x400")
        self.answer(viewer, "refused", "unsupported")
        viewer.stop()
        self.assertEqual(root_size(self.display), (640, 480), "Xvfb never grows")
        host = self.host(None, "--no-resize")
        viewer = self.viewer(host, "--remote-size", "1024x640")
        self.answer(viewer, "refused", "not-allowed")
        viewer.stop()
        host.stop()
        host = self.host()
        viewer = self.viewer(host, "--remote-size", "1024x640", password=host.password)
        self.answer(viewer, "refused", "not-allowed")
        viewer.stop()
        for name, place, of in ("left", "300/80x600/160+0+0", "VNC-0"), ("right", "500/130x600/160+300+0", "none"):
            subprocess.run(["xrandr", "--setmonitor", name, place, of], env=on(self.there), check=True)
        viewer = self.viewer(host, "--remote-size", "1024x640")
        self.answer(viewer, "refused", "several-monitors")
        for name in "left", "right":
            subprocess.run(["xrandr", "--delmonitor", name], env=on(self.there), check=True)
        self.refused("is not a size", self.stage.bin / "godesk", "connect", "123456789", "--headless", "--remote-size", "window")

    def seen_exactly(self, here, width):
        """The host's whole screen is in the window, pixel for pixel."""
        size = root_size(self.there)
        want, seen = rows(self.there, size[0]), rows(here, width)
        first = want[0]
        for above, row in enumerate(seen):
            left = row.find(first)
            if left < 0 or left % 3:
                continue
            below = seen[above : above + size[1]]
            if len(below) == size[1] and all(b[left : left + 3 * size[0]] == w for b, w in zip(below, want)):
                return True
        return False

    def test_it_follows_the_window(self):
        here = self.stage.display("1280x1024")
        host = self.host()
        viewer = self.stage.connect(host.id, self.server, UNATTENDED, "--remote-size", "window", headless=False, env=on(here))
        self.addCleanup(viewer.stop)
        viewer.event("first_frame")
        self.answer(viewer, "decides")
        number = eventually(lambda: window(here, host.id[:3]), "the window")
        for width, height in (1100, 900), (700, 620):
            before = root_size(self.there)
            hands(here, "windowmove", number, "0", "0", "windowsize", number, str(width), str(height))
            eventually(lambda: root_size(self.there)[0] == width and root_size(self.there) != before, "the window's width")
            eventually(lambda: self.seen_exactly(here, 1280), "all of it in the window, pixel for pixel")
        viewer.process.terminate()
        self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))
        self.becomes(OWN, "the screen's own size")


if __name__ == "__main__":
    unittest.main(verbosity=2)

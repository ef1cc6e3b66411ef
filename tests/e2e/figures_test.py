#!/usr/bin/env python3
"""The session's figures in `stats` events, headless and in the window, while something moves on the host's screen."""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from scene import HANG, UNATTENDED, Scene  # noqa: E402


class Figures(Scene):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.stage.server()
        cls.host = cls.stage.host(cls.display, cls.server, "--password-file", cls.unattended)
        cls.stage.on_display(cls.display, "xterm", "-e", "while :; do date +%N; sleep 0.05; done")

    def figures(self, viewer):
        viewer.event("first_frame")
        stats = viewer.event("stats", where=lambda e: e["fps"] > 2 and e["encode_ms"] > 0)
        viewer.process.terminate()
        self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))
        for part in "capture_ms", "encode_ms", "network_ms", "decode_ms":
            self.assertGreater(stats[part], 0, part)
            self.assertLess(stats[part], 1000, part)
        self.assertAlmostEqual(stats["network_ms"], stats["rtt_ms"] / 2, delta=0.02)
        self.assertIn(stats["path"], ("direct", "relay"))
        received = stats["received"]
        self.assertEqual(set(received), {"screen", "sound", "clipboard", "input", "pointer", "control"})
        self.assertGreater(received["screen"], 1000)
        self.assertGreater(received["control"], 100)
        self.assertEqual(received["input"], 0)
        self.assertLess(sum(received.values()), stats["bytes"])
        return stats

    def test_headless(self):
        self.assertNotIn("paint_ms", self.figures(self.stage.connect(self.host.id, self.server, UNATTENDED)))

    def test_in_the_window(self):
        here = self.stage.display("1024x768")
        env = dict(os.environ, DISPLAY=here, QT_QPA_PLATFORM="xcb")
        viewer = self.stage.connect(self.host.id, self.server, UNATTENDED, headless=False, env=env)
        stats = self.figures(viewer)
        self.assertGreater(stats["paint_ms"], 0)
        self.assertLess(stats["paint_ms"], 1000)


if __name__ == "__main__":
    unittest.main(verbosity=2)

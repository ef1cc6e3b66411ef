#!/usr/bin/env python3
"""The viewer is told what layout the host's keyboard has, and when it changes."""
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from hands import on  # noqa: E402
from scene import HANG, UNATTENDED, Scene  # noqa: E402


class KeyboardLayout(Scene):
    def sets(self, *words):
        subprocess.run(["setxkbmap", *words], env=on(self.display), check=True)

    def test_told_at_first_and_when_it_changes(self):
        server = self.stage.server()
        self.sets("fr", "oss")
        host = self.stage.host(self.display, server, "--password-file", self.unattended)
        viewer = self.stage.connect(host.id, server, UNATTENDED)
        self.assertEqual(viewer.event("keyboard")["layout"], "fr(oss)")
        for words, layout in ((["de", "nodeadkeys"], "de(nodeadkeys)"), (["us"], "us"), (["us,ru", ",phonetic"], None),
                              (["ru,us", "phonetic,"], "ru(phonetic)")):
            self.sets(*words)
            if layout:
                self.assertEqual(viewer.event("keyboard", where=lambda e: e["layout"] == layout)["layout"], layout)
        told = [e["layout"] for e in viewer.seen if e["event"] == "keyboard"]
        self.assertEqual(len(told), len([a for a, b in zip(told, told[1:]) if a != b]) + 1, "each is told once")
        viewer.process.terminate()
        self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))


if __name__ == "__main__":
    unittest.main(verbosity=2)

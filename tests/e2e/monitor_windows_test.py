#!/usr/bin/env python3
"""A window for each monitor of the host: what they show, and where clicks and keys in them go."""
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from hands import eventually, hands, on, output, rows, window  # noqa: E402
from scene import HANG, UNATTENDED, Scene, wait_for_file  # noqa: E402

WIDTH, HEIGHT, LEFT = 1000, 500, 400  # the host's screen, and the width of its left monitor
HERE = (1400, 1000)


class MonitorWindows(Scene):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.stage.server()
        cls.there = cls.stage.display(f"{WIDTH}x{HEIGHT}")
        for name, place, of in (("left", f"{LEFT}/100x{HEIGHT}/130+0+0", "screen"),
                                ("right", f"{WIDTH - LEFT}/150x{HEIGHT}/130+{LEFT}+0", "none")):
            subprocess.run(["xrandr", "--setmonitor", name, place, of], env=on(cls.there), check=True)
        output(cls.there, "xsetroot", "-solid", "#203040")
        cls.typed = {}
        for name, at in ("left", "40x15+30+40"), ("right", "60x20+520+60"):
            cls.typed[name] = cls.stage.folder / f"typed-{name}"
            cls.stage.on_display(cls.there, "xterm", "-u8", "-T", name, "-geometry", at, "-e", "sh", "-c",
                                 f"echo the {name} one; exec cat > '{cls.typed[name]}'")
            wait_for_file(cls.typed[name], lambda _, name=name: cls.typed[name].exists())
        cls.host = cls.stage.host(cls.there, cls.server, "--password-file", cls.unattended)

    def part(self, left, width):
        return [row[3 * left : 3 * (left + width)] for row in rows(self.there, WIDTH)]

    def place_of(self, here, part):
        """Where a part of the host's screen is seen, pixel for pixel: its corner, or nothing."""
        seen = rows(here, HERE[0])
        for top in range(len(seen) - len(part) + 1):
            left = seen[top].find(part[0])
            if left >= 0 and left % 3 == 0:
                if all(seen[top + y][left : left + len(row)] == row for y, row in enumerate(part)):
                    return left // 3, top
        return None

    def test_a_window_each(self):
        here = self.stage.display("x".join(map(str, HERE)))
        viewer = self.stage.connect(self.host.id, self.server, UNATTENDED, "--monitor", "each", headless=False, env=on(here))
        self.addCleanup(viewer.stop)
        viewer.event("first_frame")
        first = eventually(lambda: window(here, "Monitor 1 of"), "the first window")
        second = eventually(lambda: window(here, "Monitor 2 of"), "the second window")
        hands(here, "windowmove", first, "0", "0")
        hands(here, "windowmove", second, "700", "200")
        at = {}
        for name, left, width in ("left", 0, LEFT), ("right", LEFT, WIDTH - LEFT):
            at[name] = eventually(lambda: self.place_of(here, self.part(left, width)), f"the {name} monitor, pixel for pixel")
        self.assertEqual(at["right"], (700, 200), "a window of its own has no bars")
        self.assertLess(at["left"][0], 700)
        for name, x, y, number in ("right", 200, 120, second), ("left", 100, 100, first), ("right", 220, 130, second):
            hands(here, "windowfocus", number)
            hands(here, "mousemove", str(at[name][0] + x), str(at[name][1] + y), "click", "1")
            there = f"x:{x + (LEFT if name == 'right' else 0)} y:{y}".encode()
            eventually(lambda: there in output(self.there, "xdotool", "getmouselocation"), f"the pointer on the {name} monitor")
            hands(here, "type", "--delay", "5", f"{name}{x}")
            hands(here, "key", "Return")
            wait_for_file(self.typed[name], lambda content: f"{name}{x}\n" in content, seconds=30)
        for name, left, width in ("left", 0, LEFT), ("right", LEFT, WIDTH - LEFT):
            eventually(lambda: self.place_of(here, self.part(left, width)) == at[name], f"what was typed on the {name} one")
        hands(here, "mousemove", str(at["left"][0] + 350), str(at["left"][1] + 450), "mousedown", "1")
        eventually(lambda: b"x:350 y:450" in output(self.there, "xdotool", "getmouselocation"), "the pointer on the left monitor")
        hands(here, "mousemove", str(at["right"][0] + 50), str(at["right"][1] + 40))
        there = f"x:{LEFT + 50} y:40".encode()
        eventually(lambda: there in output(self.there, "xdotool", "getmouselocation"), "what was dragged from one to the other")
        hands(here, "mouseup", "1")
        self.assertNotIn("left", self.typed["right"].read_text())
        viewer.process.terminate()
        self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))

    def test_what_is_no_monitor_is_told(self):
        for monitor in "each", "17", "second":
            self.refused("is not a monitor", self.stage.bin / "godesk", "connect", "123456789", "--headless", "--monitor", monitor)


if __name__ == "__main__":
    unittest.main(verbosity=2)

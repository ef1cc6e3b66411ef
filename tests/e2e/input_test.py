#!/usr/bin/env python3
"""Hands at the viewer, and what the host's desktop makes of them, through the built programs: wheels of every kind,
nothing that stays pressed when the focus, the window or the line is lost, and a mouse that is held."""
import os
import pathlib
import re
import select
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from hands import eventually, hands, on, output, window  # noqa: E402
from scene import HANG, UNATTENDED, Scene, free_port  # noqa: E402

UP, DOWN, LEFT, RIGHT = 4, 5, 6, 7


class Buttons:
    """A window over the whole of a display that tells which buttons are pressed."""

    def __init__(self, display):
        self.process = subprocess.Popen(["stdbuf", "-o0", "xev", "-geometry", "640x480+0+0", "-event", "button"],
                                        env=on(display), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.told = b""
        eventually(lambda: window(display, "Event Tester"), "xev")

    def pressed(self, count, seconds=20):
        """The next so many."""
        deadline = time.monotonic() + seconds
        while len(found := list(re.finditer(rb"ButtonPress event.*?button (\d+),", self.told, re.DOTALL))) < count:
            if not select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"{[int(f.group(1)) for f in found]} and no more")
            self.told += os.read(self.process.stdout.fileno(), 65536)
        self.told = self.told[found[count - 1].end():]
        return [int(f.group(1)) for f in found[:count]]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Input(Scene):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = free_port()
        cls.host = cls.stage.host(cls.display, None, "--direct-ip", cls.port, "--password-file", cls.unattended)
        cls.here = cls.stage.display("640x480")

    def setUp(self):
        self.assertEqual(self.down(), "")

    def view(self, data):
        """In full screen: what is done at a point here is done at that point there."""
        viewer = self.stage.connect(f"127.0.0.1:{self.port}", None, UNATTENDED, "--full-screen", headless=False,
                                    env=on(self.here), data=data)
        self.addCleanup(viewer.stop)
        viewer.event("first_frame")
        eventually(lambda: window(self.here, "127.0.0.1"), "the viewer's window")
        hands(self.here, "mousemove", "200", "200")
        self.expect_pointer(200, 200)
        return viewer

    def pointer(self):
        words = output(self.display, "xdotool", "getmouselocation").decode().split()
        return tuple(int(word.split(":")[1]) for word in words[:2])

    def expect_pointer(self, *at):
        eventually(lambda: self.pointer() == at, f"the pointer at {at}, which is at {self.pointer()}")

    def down(self):
        """What is pressed at the host."""
        return output(self.display, self.stage.bin / "keyboard_state").decode()

    def buttons(self):
        buttons = Buttons(self.display)
        self.addCleanup(buttons.stop)
        return buttons

    def press_much(self):
        hands(self.here, "keydown", "ctrl", "keydown", "shift", "keydown", "a", "mousedown", "1")
        eventually(lambda: "modifiers 0x5" in self.down() and self.down().count("key ") == 3 and "buttons" in self.down(),
                   "keys and a button down at the host")

    def let_go(self):
        hands(self.here, "mouseup", "1", "keyup", "a", "keyup", "shift", "keyup", "ctrl")

    def test_wheels_of_a_window(self):
        self.view("wheel")
        buttons = self.buttons()
        hands(self.here, "click", "4", "click", "5", "click", "5", "click", "6", "click", "7", "click", "2")
        self.assertEqual(buttons.pressed(6), [UP, DOWN, DOWN, LEFT, RIGHT, 2])

    def test_fine_turns_add_up_to_notches(self):
        buttons = self.buttons()

        def turn(*turns):
            program = self.stage.run(self.stage.bin / "fine_wheel", f"127.0.0.1:{self.port}", UNATTENDED,
                                     *(f"{dx},{dy}" for dx, dy in turns))
            self.assertEqual(program.finish(HANG), 0, program.report("ended"))

        turn(*[(0, 7)] * 52, (0, -4))  # 360, whatever the steps
        self.assertEqual(buttons.pressed(3), [DOWN] * 3)
        turn(*[(-11, 0)] * 11, (1, 0))
        self.assertEqual(buttons.pressed(1), [LEFT])
        # To and fro below a notch is nothing; both directions at once are two sums.
        turn((0, 119), (0, -119), (60, 0), (0, -60), (59, 0), (0, -59), (1, -1))
        self.assertEqual(sorted(buttons.pressed(2)), [UP, RIGHT])
        # What is left over of one direction is taken from the other.
        turn((0, 100), (0, -210), (0, -10), (0, 1200))
        self.assertEqual(buttons.pressed(11), [UP] + [DOWN] * 10)
        hands(self.display, "mousemove", "100", "100", "click", "3")
        self.assertEqual(buttons.pressed(1), [3], "and nothing more than that")

    def test_nothing_stays_pressed_when_the_focus_is_lost(self):
        self.view("focus")
        other = self.stage.on_display(self.here, "xterm", "-geometry", "20x5+0+0", "-title", "other")
        self.addCleanup(lambda: (other.kill(), other.wait()))
        elsewhere = eventually(lambda: window(self.here, "other"), "another window")
        self.press_much()
        hands(self.here, "windowfocus", elsewhere)
        eventually(lambda: "key" not in self.down() and "modifiers" not in self.down() and "buttons" not in self.down(),
                   "everything released")
        self.let_go()

    def test_nothing_stays_pressed_when_the_viewer_ends(self):
        viewer = self.view("ends")
        self.press_much()
        viewer.process.terminate()
        eventually(lambda: self.down() == "", "everything released")
        self.let_go()

    def test_nothing_stays_pressed_when_the_viewer_is_gone_all_at_once(self):
        viewer = self.view("gone")
        self.press_much()
        viewer.process.kill()
        eventually(lambda: self.down() == "", "everything released")
        self.let_go()

    def test_a_held_mouse_knows_no_edge(self):
        self.view("held")
        hands(self.here, "key", "ctrl+alt+shift+m")
        before = self.pointer()
        # Further than the display here is wide, in steps.
        for _ in range(10):
            hands(self.here, "mousemove_relative", "--", "-20", "0")
        self.expect_pointer(max(0, before[0] - 200), before[1])
        for _ in range(30):
            hands(self.here, "mousemove_relative", "--", "30", "-5")
        self.expect_pointer(639, max(0, before[1] - 150))
        for _ in range(4):
            hands(self.here, "mousemove_relative", "--", "-25", "10")
        self.expect_pointer(639 - 100, max(0, before[1] - 150) + 40)
        hands(self.here, "key", "ctrl+alt+shift+m")
        hands(self.here, "mousemove", "321", "123")
        self.expect_pointer(321, 123)


if __name__ == "__main__":
    unittest.main(verbosity=2)

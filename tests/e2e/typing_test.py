#!/usr/bin/env python3
"""Typing and seeing through the whole product: what is typed arrives, what is shown equals the screen, and afterwards
the host's keyboard is as it was, also when the viewer was killed in mid-typing."""
import os
import random
import select
import signal
import subprocess
import time
import unittest

from scene import HANG, UNATTENDED, Scene, wait_for_file

CHARACTERS = (
    "".join(chr(c) for c in range(0x20, 0x7F))
    + "€ÄÖÜäöüßÉéèêëàçñ"
    + "αβγδεζηθλπσφωΓΔΘΛΠΣΦΩ"
    + "абвгдежзийклмнопрстъыьэюяЖЩЯ"
    + "←↑→↓↔⇒∀∃∅∈∞≈≠≤≥√∑😀🎉🚀"
    + "漢字日本語中文한글"
)


def distinct(count):
    filled = CHARACTERS + "".join(chr(c) for c in range(0x100, 0x180))
    return "".join(dict.fromkeys(filled))[:count]


def text_of(count, seed):
    """Every one of 200 characters, then chance; lines of 60."""
    chance = random.Random(seed)
    chars = list(distinct(200))
    chars += [chance.choice(chars) for _ in range(count - len(chars))]
    chance.shuffle(chars)
    return "".join("".join(chars[i:i + 60]) + "\n" for i in range(0, count, 60))


def until(condition, what):
    deadline = time.monotonic() + HANG
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"gave up waiting: {what}")
        select.select([], [], [], 0.05)


class Typing(Scene):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.stage.server()

    def tool(self, display, *command):
        env = dict(os.environ, DISPLAY=display)
        return subprocess.run([str(c) for c in command], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              check=False).stdout.decode()

    def keyboard_map(self, display):
        dump = self.tool(display, "xkbcomp", "-w0", display, "-")
        self.assertIn("xkb_symbols", dump)
        return dump

    def keys_down(self, display):
        return self.tool(display, self.stage.bin / "keyboard_state")

    def desktop(self, layout):
        """A display with that layout, a terminal that writes what is typed into a file, and a host."""
        display = self.stage.display("640x480")
        self.tool(display, "setxkbmap", layout)
        typed = self.stage.folder / f"typed{display[1:]}"
        terminal = self.stage.on_display(display, "xterm", "-u8", "-geometry", "100x34+0+0", "-e", "sh", "-c",
                                         f"stty -ixon; exec cat > '{typed}'")
        wait_for_file(typed, lambda _: typed.exists(), HANG)
        before = self.keyboard_map(display)
        host = self.stage.host(display, self.server, "--password-file", self.unattended, data=f"host{display[1:]}")
        return display, typed, before, host, terminal

    def typing_on(self, layout, seed):
        display, typed, before, host, terminal = self.desktop(layout)
        text = text_of(2000, seed)
        viewer = self.stage.connect(host.id, self.server, UNATTENDED, "--type", text, "--for", "0")
        self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))
        # The host has acknowledged; the terminal may still be reading.
        arrived = wait_for_file(typed, lambda content: len(content) >= len(text), HANG)
        self.assertEqual(arrived, text)
        self.assertEqual(self.keys_down(display), "")
        until(lambda: self.keyboard_map(display) == before, "the original keyboard map")
        host.stop()
        self.assertEqual(self.keyboard_map(display), before)
        terminal.kill()

    def test_200_different_characters_on_us(self):
        self.typing_on("us", 1)

    def test_200_different_characters_on_de(self):
        self.typing_on("de", 2)

    def test_another_viewer_that_leaves_disturbs_nobodys_typing(self):
        display, typed, before, host, terminal = self.desktop("us")
        text = text_of(6000, 5)
        other = self.stage.connect(host.id, self.server, UNATTENDED, data="other")
        other.event("first_frame", HANG)
        viewer = self.stage.connect(host.id, self.server, UNATTENDED, "--type", text, "--for", "0")
        wait_for_file(typed, lambda content: len(content) > 300, HANG)
        other.process.send_signal(signal.SIGINT)
        self.assertEqual(other.finish(HANG), 0, other.report("ended"))
        self.assertLess(len(typed.read_text()), len(text))
        self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))
        self.assertEqual(wait_for_file(typed, lambda content: len(content) >= len(text), 15), text)
        self.assertEqual(self.keys_down(display), "")
        until(lambda: self.keyboard_map(display) == before, "the original keyboard map")
        host.stop()
        terminal.kill()

    def test_viewer_killed_in_mid_typing(self):
        display, typed, before, host, terminal = self.desktop("us")
        text = text_of(20000, 3)
        viewer = self.stage.connect(host.id, self.server, UNATTENDED, "--type", text)
        wait_for_file(typed, lambda content: len(content) > 300, HANG)
        viewer.stop(signal.SIGKILL)
        killed = time.monotonic()
        until(lambda: self.keyboard_map(display) == before and self.keys_down(display) == "", "the original keyboard")
        print(f"the keyboard is as before {time.monotonic() - killed:.1f} s after the viewer was killed", flush=True)
        content = typed.read_text()
        self.assertLess(len(content), len(text))
        self.assertTrue(text.startswith(content))
        host.stop()
        self.assertEqual((self.keyboard_map(display), self.keys_down(display)), (before, ""))
        terminal.kill()

    def test_the_screenshot_is_the_screen(self):
        display, typed, _, host, terminal = self.desktop("us")
        picture = self.stage.folder / "screenshot.png"
        viewer = self.stage.connect(host.id, self.server, UNATTENDED, "--type", text_of(600, 4), "--screenshot", picture,
                                    "--for", "2")
        self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))
        self.assertEqual(self.tool(display, self.stage.bin / "screen_equals", picture), "0 pixels differ\n")
        host.stop()
        terminal.kill()


if __name__ == "__main__":
    unittest.main(verbosity=1)

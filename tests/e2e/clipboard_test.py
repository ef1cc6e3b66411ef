#!/usr/bin/env python3
"""What is copied on one display is pasted on another, through the built programs, with another program's clipboard
(Qt's) at both ends and the content compared at the far one."""
import os
import pathlib
import random
import struct
import subprocess
import sys
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from scene import HANG, UNATTENDED, Scene  # noqa: E402

TEXT = "Grüße aus Zürich, наилучшие пожелания, 漢字 and 😀\nsecond line".encode()
HTML = '<p>Ein <b>fetter</b> Absatz mit <i>Umlauten: äöü</i></p>'.encode()


def long_text():
    words = random.Random(3).choices(["lorem", "ipsum", "dolor", "sit", "ämet", "ünd", "ß"], k=600_000)
    return " ".join(words).encode()[:3_000_000].decode(errors="ignore").encode()


def picture(width=640, height=400):
    """A PNG of noise, so that it is large."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    chance = random.Random(5)
    rows = b"".join(b"\0" + chance.randbytes(3 * width) for _ in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + \
        chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class Clipboard(Scene):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.stage.server()
        cls.host = cls.stage.host(cls.display, cls.server, "--password-file", cls.unattended)
        cls.here = cls.stage.display("640x480")

    def setUp(self):
        self.holders = []
        self.addCleanup(lambda: [self.end(h) for h in self.holders])

    def tool(self, display, *words, **options):
        env = dict(os.environ, DISPLAY=display, QT_QPA_PLATFORM="xcb", LC_ALL="C.UTF-8")
        return subprocess.Popen([self.stage.bin / "clipboard_tool", *map(str, words)], env=env,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options)

    @staticmethod
    def end(process):
        process.kill()
        process.wait()
        process.stdout.close()

    def copies(self, display, **contents):
        words = []
        for kind, content in contents.items():
            path = self.stage.folder / f"copied.{kind}"
            path.write_bytes(content)
            words += [kind, path]
        holder = self.tool(display, "copy", *words)
        self.holders.append(holder)
        self.assertEqual(holder.stdout.readline().strip(), b"held")
        return holder

    def run_tool(self, display, *words):
        process = self.tool(display, *words)
        try:
            return process.wait(HANG)
        finally:
            self.end(process)

    def pastes(self, display, kind):
        path = self.stage.folder / f"pasted.{kind}"
        path.unlink(missing_ok=True)
        self.assertEqual(self.run_tool(display, "paste", kind, path), 0, f"no {kind} there")
        return path.read_bytes()

    def viewer(self, *more, password=UNATTENDED, **options):
        viewer = self.stage.connect(self.host.id, self.server, password, "--clipboard-display", self.here, *more, **options)
        viewer.event("first_frame")
        self.addCleanup(viewer.stop)
        return viewer

    def offered(self, viewer, *formats):
        viewer.event("clipboard", where=lambda e: e["state"] == "offered" and set(formats) <= set(e["formats"]))

    def test_both_ways_with_real_content(self):
        png = picture()
        large = long_text()
        viewer = self.viewer()
        # From the host to here: nothing travels before it is pasted.
        self.copies(self.display, text=TEXT, html=HTML, png=png)
        self.offered(viewer, "text", "html", "png")
        self.assertEqual(self.run_tool(self.here, "wait", "png"), 0)
        self.assertFalse([e for e in viewer.seen if e["event"] == "clipboard" and e["state"] == "received"])
        self.assertEqual(self.pastes(self.here, "text"), TEXT)
        self.assertEqual(self.pastes(self.here, "html"), HTML)
        self.assertEqual(self.pastes(self.here, "png"), png)
        received = viewer.event("clipboard", where=lambda e: e["state"] == "received" and e["format"] == "png"
                                and e["bytes"] == e["size"])
        self.assertEqual(received["size"], len(png))
        self.copies(self.display, text=large)
        self.offered(viewer, "text")
        self.assertEqual(self.pastes(self.here, "text"), large)
        viewer.event("clipboard", where=lambda e: e["state"] == "received" and e["bytes"] == len(large))
        told = [e for e in viewer.seen if e["event"] == "clipboard" and e["state"] == "received" and e["size"] == len(large)]
        # How much there is is known from the first piece on.
        self.assertLess(told[0]["bytes"], len(large) // 10)
        self.assertEqual([e["bytes"] for e in told], sorted(e["bytes"] for e in told))
        # From here to the host.
        self.copies(self.here, text=TEXT + b" back", html=HTML, png=png)
        self.assertEqual(self.run_tool(self.display, "wait", "png"), 0)
        self.assertEqual(self.pastes(self.display, "png"), png)
        self.assertEqual(self.pastes(self.display, "html"), HTML)
        self.assertEqual(self.pastes(self.display, "text"), TEXT + b" back")
        viewer.event("clipboard", where=lambda e: e["state"] == "sent" and e["format"] == "text")
        backwards = large.decode()[::-1].encode()
        self.copies(self.here, text=backwards)
        # The old offer may still stand there for a moment.
        pasted = (self.pastes(self.display, "text") for _ in range(100))
        self.assertTrue(any(content == backwards for content in pasted))
        viewer.process.terminate()
        self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))

    def test_a_one_time_password_opens_text_alone(self):
        viewer = self.viewer(password=self.host.password, data="once")
        self.host.password = self.host.event("password")["password"]
        self.copies(self.display, text=b"only this", html=HTML)
        self.offered(viewer, "text")
        offers = [e for e in viewer.seen if e["event"] == "clipboard" and e["state"] == "offered"]
        self.assertEqual(offers[-1]["formats"], ["text"])
        self.assertEqual(self.pastes(self.here, "text"), b"only this")

    def test_the_window_has_the_clipboard_of_its_desktop(self):
        here = self.stage.display("640x480")
        env = dict(os.environ, DISPLAY=here, QT_QPA_PLATFORM="xcb")
        viewer = self.stage.connect(self.host.id, self.server, UNATTENDED, headless=False, env=env, data="window")
        self.addCleanup(viewer.stop)
        viewer.event("first_frame")
        self.copies(self.display, text=TEXT, html=HTML)
        self.offered(viewer, "text", "html")
        self.assertEqual(self.run_tool(here, "wait", "html"), 0)
        self.assertEqual(self.pastes(here, "html"), HTML)
        self.copies(here, text=b"from the window's desktop")
        pasted = (self.pastes(self.display, "text") for _ in range(100))
        self.assertTrue(any(content == b"from the window's desktop" for content in pasted))

    def test_a_content_has_at_most_what_is_configured(self):
        config = self.stage.config("small.toml", "[limits]\nmax-clipboard = 1000\n")
        viewer = self.viewer("--config", config)
        self.copies(self.display, text=b"x" * 1001)
        self.offered(viewer, "text")
        self.assertNotEqual(self.run_tool(self.here, "paste", "text", self.stage.folder / "too-large"), 0)
        failed = viewer.event("clipboard", where=lambda e: e["state"] == "failed")
        self.assertEqual((failed["format"], failed["why"]), ("text", "too-large"))
        self.copies(self.display, text=b"y" * 1000)
        self.offered(viewer, "text")
        self.assertEqual(self.pastes(self.here, "text"), b"y" * 1000)
        for wrong in "max-clipboard = 0", "max-clipboard = true", "max-clipbord = 5":
            self.refused("configuration", self.stage.bin / "godesk", "connect", "123456789", "--headless",
                         "--config", self.stage.config("wrong.toml", f"[limits]\n{wrong}\n"))

    def test_no_clipboard_means_none(self):
        viewer = self.viewer("--no-clipboard", "--for", "1")
        self.copies(self.display, text=b"not for you")
        self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))
        self.assertFalse([e for e in viewer.seen if e["event"] == "clipboard"])


if __name__ == "__main__":
    unittest.main(verbosity=2)

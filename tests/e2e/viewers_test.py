#!/usr/bin/env python3
"""Several viewers of one host: each has its own pace, and one that stops reading costs the others nothing."""
import signal
import statistics
import subprocess
import unittest

from scene import HANG, UNATTENDED, Scene, resident

# Ever new text, faster than it could be read.
RESTLESS = "while :; do head -c 1500 /dev/urandom | base64; sleep 0.05; done"
SECONDS = 5


class Viewers(Scene):
    def setUp(self):
        server = self.stage.server()
        self.host = self.stage.host(self.display, server, "--password-file", self.unattended)
        self.terminal = self.stage.on_display(self.display, "xterm", "-geometry", "100x35+0+0", "-e", "sh", "-c", RESTLESS)
        self.pictures = [self.stage.folder / f"{name}.png" for name in ("awake", "asleep")]
        self.awake, self.asleep = [
            self.stage.connect(self.host.id, server, UNATTENDED, "--screenshot", picture, data=picture.stem)
            for picture in self.pictures]
        for viewer in (self.awake, self.asleep):
            viewer.event("first_frame", HANG)

    def frames(self, viewer):
        """How many pictures the viewer decodes in each of the next seconds."""
        counts = [viewer.event("stats", HANG)["frames"] for _ in range(SECONDS + 1)]
        return [after - before for before, after in zip(counts, counts[1:])]

    def test_a_viewer_that_stops_reading(self):
        before = self.frames(self.awake)
        memory = resident(self.host)
        self.asleep.process.send_signal(signal.SIGSTOP)
        during = self.frames(self.awake)
        grown = resident(self.host) - memory
        self.asleep.process.send_signal(signal.SIGCONT)
        print(f"pictures a second: {before} with two, {during} with one asleep; the host grew by {grown:.1f} MiB", flush=True)
        self.assertGreater(statistics.median(before), 5)
        self.assertGreater(sum(during), sum(before) / 2)
        self.assertLess(grown, 24)

        # Woken up, it gets what is there now, and when that rests it is exact for both.
        self.terminal.send_signal(signal.SIGSTOP)
        children = subprocess.run(["pkill", "-STOP", "-P", str(self.terminal.pid)], check=False)
        self.assertEqual(children.returncode, 0)
        self.asleep.event("stats", HANG, where=lambda e: e["frames"] > 0)
        for viewer in (self.awake, self.asleep):
            viewer.event("stats", HANG)
            viewer.event("stats", HANG)
            viewer.process.send_signal(signal.SIGINT)
            self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))
        for picture in self.pictures:
            equal = subprocess.run([self.stage.bin / "screen_equals", picture], env={"DISPLAY": self.display},
                                   capture_output=True, text=True)
            self.assertEqual(equal.stdout, "0 pixels differ\n", equal.stderr)
        self.terminal.kill()


if __name__ == "__main__":
    unittest.main(verbosity=1)

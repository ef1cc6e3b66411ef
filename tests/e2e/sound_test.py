#!/usr/bin/env python3
"""The host's sound is heard at the viewer: a tone played into one sound server, found in the other, with the time it
took; and nothing of it without the permission or when it is muted. Both servers are PulseAudio with a null sink."""
import array
import math
import os
import pathlib
import select
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from scene import HANG, UNATTENDED, Scene  # noqa: E402
from sound_server import SoundServer  # noqa: E402

RATE = 48000
TONE = 1000


def share_of(samples, hertz):
    """How much of the power is in that tone, 0 to 1."""
    re = im = power = 0.0
    for i, x in enumerate(samples):
        phase = 2 * math.pi * hertz * i / RATE
        re += x * math.cos(phase)
        im += x * math.sin(phase)
        power += x * x
    return 0.0 if power == 0 else 2 * (re * re + im * im) / (len(samples) * power)


class Server(SoundServer):
    def recorder(self):
        return Recorder(self.env)

    def play(self, seconds):
        tone = array.array("h", (int(9000 * math.sin(2 * math.pi * TONE * i / RATE)) for i in range(RATE * seconds)))
        player = subprocess.Popen(["pacat", "--playback", "--latency-msec=20", "--rate", str(RATE), "--channels=1", "--format=s16le"],
                                  env=self.env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return player, tone.tobytes()


class Recorder:
    """What a sound server plays, with the time at which each piece was there."""

    def __init__(self, env):
        self.process = subprocess.Popen(["parec", "-d", "null.monitor", "--latency-msec=5", "--rate", str(RATE), "--channels=1",
                                         "--format=s16le"], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.pieces = []  # (time, samples)

    def read(self):
        data = os.read(self.process.stdout.fileno(), 65536)
        self.pieces.append((time.monotonic(), array.array("h", data[:len(data) // 2 * 2])))

    def last_sound(self):
        """When the last sound began that had half a second of quiet in front of it, and its samples."""
        began, heard, quiet = None, array.array("h"), 0
        for at, samples in self.pieces:
            for i, x in enumerate(samples):
                if abs(x) > 500:
                    if quiet > RATE // 2:
                        began, heard = at - (len(samples) - i) / RATE, array.array("h")
                    quiet = 0
                else:
                    quiet += 1
                heard.append(x)
        return began, heard

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Sound(Scene):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.there = Server(cls.stage, "sound-there")
        cls.addClassCleanup(cls.there.stop)
        cls.here = Server(cls.stage, "sound-here")
        cls.addClassCleanup(cls.here.stop)
        cls.server = cls.stage.server()
        cls.host = cls.stage.host(cls.display, cls.server, "--password-file", cls.unattended, env=cls.there.env)

    def viewer(self, *more, password=UNATTENDED, **options):
        viewer = self.stage.connect(self.host.id, self.server, password, *more, env=self.here.env, **options)
        viewer.event("first_frame")
        self.addCleanup(viewer.stop)
        return viewer

    def listen(self, *recorders, seconds=2):
        """Plays a tone there, is quiet, and plays it again: by then both servers run with short buffers."""
        for _ in range(2):
            player, tone = self.there.play(seconds)
            os.set_blocking(player.stdin.fileno(), False)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                self.pump(recorders, player, tone)
                tone = tone[self.written:]
            player.kill()
            player.wait()
            player.stdin.close()
            until = time.monotonic() + 1.5
            while time.monotonic() < until:
                self.pump(recorders)
        for recorder in recorders:
            recorder.stop()

    def pump(self, recorders, player=None, tone=b""):
        self.written = 0
        writers = [player.stdin] if tone else []
        ready, room, _ = select.select([r.process.stdout for r in recorders], writers, [], 0.1)
        for recorder in recorders:
            if recorder.process.stdout in ready:
                recorder.read()
        if room:
            self.written = os.write(player.stdin.fileno(), tone[:4096])

    def test_a_tone_is_heard_soon(self):
        viewer = self.viewer("--sound")
        viewer.event("stats")
        at_host, at_viewer = self.there.recorder(), self.here.recorder()
        self.listen(at_host, at_viewer)
        began, _ = at_host.last_sound()
        heard_from, heard = at_viewer.last_sound()
        self.assertGreater(len(heard), RATE, "a second of sound at least")
        middle = heard[RATE // 2:RATE]
        later = heard_from - began
        share = share_of(middle, TONE)
        print(f"sound is {later * 1000:.0f} ms later at the viewer, {share:.3f} of it is the tone", file=sys.stderr)
        self.assertGreater(share, 0.9)
        self.assertLess(share_of(middle, 1.5 * TONE), 0.05)
        self.assertLess(later, 0.1)
        viewer.event("stats", where=lambda e: e["received"]["sound"] > 5000)
        viewer.process.terminate()
        self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))

    def test_silence_costs_nothing(self):
        viewer = self.viewer("--sound", data="silent")
        # What was played before may still be in the sound server.
        heard = [viewer.event("stats")["received"]["sound"] for _ in range(8)]
        self.assertEqual(heard[-1], heard[-3], heard)

    def test_nobody_hears_who_may_not_or_does_not_want_to(self):
        muted = self.viewer(data="muted")
        guest = self.viewer("--sound", password=self.host.password, data="guest")
        self.host.password = self.host.event("password")["password"]
        self.listen(seconds=1)
        for viewer in muted, guest:
            viewer.event("stats")
            self.assertEqual(viewer.event("stats")["received"]["sound"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)

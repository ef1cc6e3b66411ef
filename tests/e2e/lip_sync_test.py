#!/usr/bin/env python3
"""A film with its sound, through the built programs: whoever sits at the viewer sees the clapper board close when it is
heard to, as far as anybody notices (ITU-R BT.1359: sound up to 45 ms ahead and 125 ms behind), on a good line and on a
slow one. Two X servers, two sound servers with null sinks."""
import pathlib
import statistics
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from hands import on  # noqa: E402
from scene import UNATTENDED, Scene, free_port  # noqa: E402
from slow_link import SlowLink  # noqa: E402
from sound_server import SoundServer  # noqa: E402

AHEAD, BEHIND = -0.045, 0.125
SECONDS = 16
SETTLED = 5  # seconds after the film's beginning


def pairs(watched):
    """When each clap was seen and heard."""
    flashes = [e["at"] for e in watched if e["event"] == "flash"]
    tones = [e["at"] for e in watched if e["event"] == "tone"]
    near = ((flash, min(tones, key=lambda tone: abs(tone - flash), default=0)) for flash in flashes)
    return [(flash, tone) for flash, tone in near if abs(tone - flash) < 0.4]


class LipSync(Scene):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.there = SoundServer(cls.stage, "sound-there")
        cls.addClassCleanup(cls.there.stop)
        cls.here = SoundServer(cls.stage, "sound-here")
        cls.addClassCleanup(cls.here.stop)
        cls.display, cls.window = (cls.stage.display("1280x720") for _ in range(2))
        cls.port = free_port()
        cls.host = cls.stage.host(cls.display, None, "--direct-ip", cls.port, "--password-file", cls.unattended,
                                  env=cls.there.env)

    def clapper(self, display, sound, *words):
        return self.stage.run(self.stage.bin / "clapper", *words, env={**sound.env, **on(display), **sound.pulse})

    def view(self, port, **options):
        env = {**on(self.window), **self.here.pulse}
        viewer = self.stage.connect(f"127.0.0.1:{port}", None, UNATTENDED, "--full-screen", headless=False, env=env,
                                    **options)
        self.addCleanup(viewer.stop)
        viewer.event("first_frame")
        return viewer

    def film(self, viewer, what, size):
        """Plays it and says by how much the sound came later than the picture at each clap, here, after a while."""
        eyes = [self.clapper(display, sound, "watch", SECONDS + 1)
                for display, sound in ((self.display, self.there), (self.window, self.here))]
        film = self.clapper(self.display, self.there, "film", SECONDS, *size)
        told = [viewer.event("stats").get("skew_ms") for _ in range(SECONDS)]
        for program in (film, *eyes):
            self.assertEqual(program.finish(60), 0, program.report("ended"))
        there, here = (pairs(eye.seen) for eye in eyes)
        self.assertGreater(len(there), 8)
        skews = [tone - flash for flash, tone in here if flash > there[0][0] + SETTLED]
        late = statistics.median(flash - min((f for f, _ in there if f > flash - 0.79), default=flash) for flash, _ in here)
        print(f"{what}: at the host {1000 * statistics.median(t - f for f, t in there):.0f} ms; a picture is {1000 * late:.0f} ms "
              f"under way; at the viewer " + " ".join(f"{1000 * skew:.0f}" for skew in skews) +
              " ms; it says " + " ".join("-" if t is None else f"{t:.0f}" for t in told), file=sys.stderr)
        self.assertGreater(len(skews), 5)
        return skews, told

    def expect_together(self, skews, told, share):
        """On the mean of all claps, and at such a share of them."""
        self.assertGreater(statistics.median(skews), AHEAD)
        self.assertLess(statistics.median(skews), BEHIND)
        within = [AHEAD <= skew <= BEHIND for skew in skews]
        self.assertGreaterEqual(sum(within), share * len(within), skews)
        said = [t for t in told if t is not None]
        self.assertGreater(len(said), SECONDS // 2)
        self.assertAlmostEqual(statistics.median(said[-5:]) / 1000, statistics.median(skews), delta=0.05)

    def test_on_a_good_line(self):
        viewer = self.view(self.port)
        self.expect_together(*self.film(viewer, "a good line", (480, 320)), share=1)

    def test_on_a_slow_line(self):
        # Its pictures do not come evenly, and nothing but their mean can be followed.
        line = SlowLink(self.port, 0.03, 2_000_000)
        self.addCleanup(line.stop)
        viewer = self.view(line.port, data="slow")
        self.expect_together(*self.film(viewer, "2 Mbit/s, 60 ms", (720, 480)), share=0.7)


if __name__ == "__main__":
    unittest.main(verbosity=2)

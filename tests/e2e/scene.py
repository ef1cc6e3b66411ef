"""What the end-to-end tests have in common: a stage with a display, and words for entering and being refused."""
import pathlib
import socket
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "dev"))
from programs import Stage, wait_for_file  # noqa: E402,F401

UNATTENDED = "correct horse battery staple"
HANG = 100  # seconds; nothing that works comes near it


def free_port(kind=socket.SOCK_DGRAM, address="127.0.0.1"):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def resident(program):
    """MiB of memory that a program holds."""
    status = pathlib.Path(f"/proc/{program.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def paths(program):
    return [e for e in program.seen if e["event"] == "path"]


class Scene(unittest.TestCase):
    """A stage with a display for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.stage = Stage().__enter__()
        cls.addClassCleanup(cls.stage.__exit__)
        cls.display = cls.stage.display("640x480")
        cls.unattended = cls.stage.secret("unattended", UNATTENDED)

    def enters(self, *connect, reason="done", **options):
        viewer = self.stage.connect(*connect, "--for", "0", **options)
        self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))
        self.assertEqual(viewer.seen[-1]["reason"], reason)
        return viewer

    def fails(self, code, reason, *connect, **options):
        viewer = self.stage.connect(*connect, "--for", "0", **options)
        self.assertEqual(viewer.finish(HANG), code, viewer.report("ended"))
        self.assertEqual((viewer.seen[-1]["event"], viewer.seen[-1]["reason"]), ("closed", reason))
        self.assertTrue(viewer.last_error().endswith("."), viewer.errors())
        return viewer

    def refused(self, sentence, *argv):
        program = self.stage.run(*argv)
        self.assertEqual(program.finish(HANG), 2, program.report("ended"))
        self.assertIn(sentence, program.last_error())

"""The session moves from path to path while a picture plays and somebody types; all at 50 ms RTT from end to end.

Pauses are those between screen updates as the viewer decodes them (its own log), and between lines as the
desktop's shell reads them.
"""
import datetime
import select
import threading
import time

from program import LabFailure
from world import LEFT4, RIGHT4, Desktop

from .breaks import expect_one_login
from .registry import Group
from .steps import expect_direct, leave, open_session, words

scenarios = Group("moves")

RTT = 0.050
LINK = ["--delay", "12.5"]  # one way, on each side
FRAME = 1 / 30
PLAYING = "(while :; do date +%N; sleep 0.03; done) & exec cat >{pipe}"
UPDATE = "viewer: update of"
PROMOTED_LIMIT, DEATH_LIMIT, INPUT_LIMIT, ROAM_LIMIT = RTT + 0.050, 0.350, 0.100, RTT + 0.300
NEW_HOME4 = "192.168.1.77"


class Session:
    """A host whose screen plays at 30 Hz, a viewer that sees it, and the left home's router."""

    def __init__(self, world, cut_before=False, text=None, also=()):
        self.world = world
        self.server = world.server()
        self.router, host_machine = world.home({"left": "192.168.1.2"}, LEFT4, link=LINK)
        _, self.machine = world.home({"right": "192.168.1.2"}, RIGHT4, link=LINK, also=also)
        self.host = world.host(host_machine, self.server, desktop=Desktop(host_machine, PLAYING))
        if cut_before:
            self.cut()
        options = ["-v"] + (["--type", text] if text else [])
        if text:
            self.viewer = world.connect(self.machine, self.host.id, self.host.password, self.server, *options)
        else:
            self.viewer = open_session(world, self.host, self.machine, self.server, *options)
        self.viewer.wait("first_frame", 25)

    def cut(self):
        self.router.tell(f"cut-direct {LEFT4} {RIGHT4}")

    def heal(self):
        self.router.tell("heal")

    def updates(self):
        """When each screen update was decoded, in seconds since 1970."""
        times = []
        for line in self.viewer.stderr().splitlines():
            if UPDATE in line:
                times.append(datetime.datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S.%f").timestamp())
        return times

    def end(self):
        expect_one_login(self.host, self.viewer)
        leave(self.viewer)


def pause(times, begin, end):
    """The longest time in [begin, end] between two of these."""
    inside = [begin, *(t for t in times if begin < t < end)]
    if len(inside) < 2:
        raise LabFailure("nothing moved at all")
    return max(after - before for before, after in zip(inside, inside[1:]))


class Typed:
    """Notes when lines arrive at a desktop's shell."""

    def __init__(self, desktop):
        self.times = []
        self._desktop = desktop
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        fd = self._desktop._fd
        while not self._ended.is_set():
            if select.select([fd], [], [], 0.1)[0] and b"x\n" in self._desktop.read_some():
                self.times.append(time.time())

    def stop(self):
        self._ended.set()
        self._thread.join()


def promote(world):
    """(how late the latest frame was around the move to the direct path, words)"""
    session = Session(world, cut_before=True)
    session.viewer.wait("path", 20, why="hard-nat")
    mark = session.viewer.mark()
    session.heal()
    expect_direct(session.viewer, 60, after=mark)
    moved = time.time()
    session.viewer.wait("stats", 3, after=session.viewer.mark())
    late = pause(session.updates(), moved - 1, moved + 1) - FRAME
    session.end()
    return late, words(session.viewer)


def die_silently(world):
    """(longest pause of the picture, words)"""
    session = Session(world)
    expect_direct(session.viewer)
    session.viewer.wait("stats", 3, after=session.viewer.mark())
    mark, cut_at = session.viewer.mark(), time.time()
    session.cut()
    session.viewer.wait("path", 5, after=mark, kind="relay", why="direct-lost")
    session.viewer.wait("stats", 3, after=session.viewer.mark())
    gap = pause(session.updates(), cut_at, cut_at + 1.5)
    session.end()
    return gap, words(session.viewer)


def die_while_typing(world):
    """(longest pause of what is typed, words)"""
    session = Session(world, text="x\n" * 6000)
    typed = Typed(session.host.desktop)
    expect_direct(session.viewer)
    session.viewer.wait("stats", 3, after=session.viewer.mark())
    mark, cut_at = session.viewer.mark(), time.time()
    session.cut()
    session.viewer.wait("path", 5, after=mark, kind="relay", why="direct-lost")
    typed.stop()
    gap = pause(typed.times, cut_at, cut_at + 0.8)
    leave(session.viewer)
    return gap, words(session.viewer)


def roam(world):
    """(from the new address until the picture moves again, words)"""
    session = Session(world, also=[NEW_HOME4])
    expect_direct(session.viewer)
    session.viewer.wait("stats", 3, after=session.viewer.mark())
    mark = session.viewer.mark()
    session.machine.ip("addr del 192.168.1.2/24 dev lan")
    time.sleep(0.2)  # between two networks
    up_at = time.time()
    session.machine.ip(f"addr add {NEW_HOME4}/24 dev lan", "route replace default dev lan")
    session.viewer.wait("path", 10, after=mark)
    session.viewer.wait("stats", 3, after=session.viewer.mark())
    back = [t for t in session.updates() if t > up_at]
    if not back:
        raise LabFailure("the picture did not come back")
    expect_direct(session.viewer, 30, after=mark)
    session.end()
    return back[0] - up_at, words(session.viewer)


def judged(figure, limit, what):
    """Twice the limit is borne here, where other things may run; `--figures` holds the median to it."""
    def scenario(world):
        value, said = figure(world)
        if value > 2 * limit:
            raise LabFailure(f"{what} {value * 1000:.0f} ms")
        return f"{what} {value * 1000:.0f} ms; {said}"
    return scenario


@scenarios.alone
def path_promoted(world):
    """two cones on the relay, direct cut; the cut heals and the session moves to the direct path"""
    return judged(promote, PROMOTED_LIMIT, "latest frame late by")(world)


@scenarios.alone
def silent_death(world):
    """two cones, direct; the direct path dies without a word"""
    return judged(die_silently, DEATH_LIMIT, "the picture paused for")(world)


@scenarios.alone
def silent_death_typing(world):
    """two cones, direct; the direct path dies while 12000 characters are typed"""
    return judged(die_while_typing, INPUT_LIMIT, "the typing paused for")(world)


@scenarios.alone
def viewer_roams(world):
    """two cones, direct; the viewer's address changes in mid-session"""
    return judged(roam, ROAM_LIMIT, "picture back after")(world)

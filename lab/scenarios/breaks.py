"""Things break in mid-session, and the user hardly notices."""
import time

from capture import Capture, longest_pause
from coturn import COTURN4, SECRET, Coturn
from program import LabFailure
from world import LEFT4, RIGHT4, SERVER4, SYMMETRIC, Desktop

from .registry import Group
from .steps import expect_direct, leave, open_session, words

scenarios = Group("breaks")

# A screen that changes 20 times a second, so that every pause in the picture is a pause on the wire.
TICKING = "(while :; do date +%N; sleep 0.05; done) & exec cat >{pipe}"
CUT_LIMIT = 1.0
RELAY_BACK_LIMIT = 5.0
PICTURE = 60  # bytes of payload; screen updates are longer, acknowledgements and checks alone may be shorter


def ticking_session(world):
    """(server, host, viewer, its router) with a direct path and a screen that never rests."""
    server = world.server()
    router, host_machine = world.home({"left": "192.168.1.2"}, LEFT4, link=["--delay", "10"])
    _, viewer_machine = world.home({"right": "192.168.1.2"}, RIGHT4, link=["--delay", "10"])
    host = world.host(host_machine, server, desktop=Desktop(host_machine, TICKING))
    viewer = open_session(world, host, viewer_machine, server)
    expect_direct(viewer)
    return server, host, viewer, router


def picture(packets, viewer_machine):
    """What carries the screen to the viewer, over whichever path."""
    return [p for p in packets if p.destination == viewer_machine.address and len(p.payload) > PICTURE]


def expect_one_login(host, viewer):
    if len(viewer.all("authenticated")) != 1 or len(host.all("session", state="opened")) != 1:
        raise LabFailure("the viewer logged in again")
    if host.all("session", state="closed"):
        raise LabFailure("the session was closed")


def cut_and_heal(world):
    """(longest pause of the picture around the cut, seconds until direct again), both checked for continuity."""
    _, host, viewer, router = ticking_session(world)
    machine = viewer_machine_of(world)
    capture = Capture(machine)
    viewer.wait("stats", 3, after=viewer.mark())
    mark, cut_at = viewer.mark(), time.time()
    router.tell(f"cut-direct {LEFT4} {RIGHT4}")
    viewer.wait("path", 5, after=mark, kind="relay", why="direct-lost")
    seen = viewer.mark()
    for _ in range(2):
        seen = viewer.events.index(viewer.wait("stats", 3, after=seen)) + 1
    gap = longest_pause(picture(capture.packets(), machine), cut_at - 0.2, cut_at + 2)
    mark, healed_at = viewer.mark(), time.monotonic()
    router.tell("heal")
    back = expect_direct(viewer, 60, after=mark)["at"] - healed_at
    expect_one_login(host, viewer)
    leave(viewer)
    return gap, back, viewer


def viewer_machine_of(world):
    return next(machine for machine in world.machines if machine.name == "right")


@scenarios.alone
def direct_cut(world):
    """two cones; the direct path is cut in mid-session, later healed"""
    gap, back, viewer = cut_and_heal(world)
    if gap > CUT_LIMIT:
        raise LabFailure(f"the picture stood still for {gap * 1000:.0f} ms after the cut")
    return f"pause {gap * 1000:.0f} ms, direct again {back:.1f} s after the cut healed; {words(viewer)}"


def restart_server(world):
    """(longest pause of the picture, seconds from the server's start until the host is online)"""
    server, host, viewer, _ = ticking_session(world)
    capture = Capture(viewer_machine_of(world))
    mark, killed_at = host.mark(), time.time()
    server.kill()
    host.wait("offline", 30, after=mark)
    time.sleep(max(0.0, killed_at + 2 - time.time()))  # the outage is part of the story
    started = time.monotonic()
    again = world.serve(server.machine)
    online = host.wait("online", 30, after=mark)["at"] - started
    gap = longest_pause(picture(capture.packets(), viewer_machine_of(world)), killed_at, time.time())
    if again.join != server.join:
        raise LabFailure("the server came back as another one")
    expect_one_login(host, viewer)
    leave(viewer)
    other = world.public_machine("other", "198.51.100.50")
    password = host.events[-1].get("password") or last_password(host)
    second = world.connect(other, host.id, password, again, "--for", "0")
    second.wait("first_frame", 20)
    second.expect_exit(0)
    return gap, online, viewer


def last_password(host):
    """One-time passwords change with each use."""
    shown = host.all("password")
    return shown[-1]["password"] if shown else host.password


@scenarios.alone
def server_restart(world):
    """two cones with a direct session; the server is killed and started 2 s later on the same data"""
    gap, online, viewer = restart_server(world)
    if online > 10:
        raise LabFailure(f"the host was online only after {online:.1f} s")
    if gap > 0.5:
        raise LabFailure(f"the direct session stood still for {gap * 1000:.0f} ms")
    return f"longest pause {gap * 1000:.0f} ms, host online {online:.1f} s after the start; {words(viewer)}"


def moving_again(viewer, mark):
    """When the viewer first told of frames again; it tells each second."""
    while True:
        stats = viewer.wait("stats", 20, after=mark)
        mark = viewer.events.index(stats) + 1
        if stats["fps"] > 0:
            return stats["at"]


def relayed_session(world, server):
    """(host, viewer, its machine) behind two symmetric NATs, over relays alone and with a screen that never rests."""
    _, host_machine = world.home({"left": "192.168.1.2"}, LEFT4, SYMMETRIC, link=["--delay", "10"])
    _, viewer_machine = world.home({"right": "192.168.1.2"}, RIGHT4, SYMMETRIC, link=["--delay", "10"])
    host = world.host(host_machine, server, desktop=Desktop(host_machine, TICKING))
    viewer = open_session(world, host, viewer_machine, server, "--relay-only")
    return host, viewer, viewer_machine


def goes_on(viewer, seconds):
    """The session tells its figures each second: so many times more."""
    for _ in range(seconds):
        viewer.wait("stats", 20, after=viewer.mark())


def restart_relay(world):
    """(seconds from the server's readiness to the next picture of a session that only it relays)"""
    server = world.server()
    host, viewer, _ = relayed_session(world, server)
    viewer.wait("path", 10, kind="relay", why="relay-only")
    killed = viewer.mark()
    server.kill()
    time.sleep(3)
    world.serve(server.machine)
    up, mark = time.monotonic(), viewer.mark()
    viewer.wait("path", 20, after=killed, kind="relay")
    back = moving_again(viewer, mark) - up
    expect_one_login(host, viewer)
    if {event["session"] for event in host.all("path")} != {1}:
        raise LabFailure("the session has another number")
    leave(viewer)
    return back, viewer


@scenarios.alone
def relay_restart(world):
    """two symmetric NATs; the whole server is killed under the relayed session, and started 3 s later"""
    back, viewer = restart_relay(world)
    if back > RELAY_BACK_LIMIT:
        raise LabFailure(f"the picture was back only {back:.1f} s after the server")
    return f"picture back within {back:.1f} s of the server, the same login; {words(viewer)}"


def restart_only_relay(world):
    """(seconds from the relay's readiness to the next picture of the session that only it relays, words)"""
    coturn = Coturn(world)
    server = world.server("--role", "id", "--relay", f"turn:{COTURN4}", "--relay-secret-file",
                          world.file("relay-secret", SECRET + "\n"))
    host, viewer, _ = relayed_session(world, server)
    viewer.wait("path", 10, kind="relay", why="relay-only")
    goes_on(viewer, 12)  # the session is an old one: what may be tried in vain was tried
    for outage in (0.1, 3):
        killed = viewer.mark()
        coturn.program.kill()
        time.sleep(outage)
        coturn.start()
        up, mark = time.monotonic(), viewer.mark()
        viewer.wait("path", 20, after=killed, kind="relay")
        back = moving_again(viewer, mark) - up
    expect_one_login(host, viewer)
    leave(viewer)
    return back, words(viewer)


@scenarios.alone
def only_relay_restart(world):
    """two symmetric NATs, a coturn as the only relay; it is killed twice under the session, and started again"""
    back, said = restart_only_relay(world)
    if back > RELAY_BACK_LIMIT:
        raise LabFailure(f"the picture was back only {back:.1f} s after the relay")
    return f"picture back within {back:.1f} s of the relay, the same login; {said}"


def kill_relay(world):
    """(longest pause of the picture around the death of the relay that carries it, words)"""
    coturn = Coturn(world)
    server = world.server("--relay", f"turn:{COTURN4}", "--relay-secret-file", world.file("relay-secret", SECRET + "\n"))
    host, viewer, viewer_machine = relayed_session(world, server)
    goes_on(viewer, 8)  # both relays are measured, and one carries
    capture = Capture(viewer_machine)
    goes_on(viewer, 1)
    mark, killed_at = viewer.mark(), time.time()
    carrier = viewer.all("path")[-1]["remote"]
    (coturn.program if carrier.startswith(COTURN4) else server).kill()
    moved = viewer.wait("path", 5, after=mark, kind="relay")
    if moved["remote"] == carrier:
        raise LabFailure(f"the path is still over {carrier}")
    goes_on(viewer, 2)
    gap = longest_pause(picture(capture.packets(), viewer_machine), killed_at - 0.2, killed_at + 2)
    expect_one_login(host, viewer)
    leave(viewer)
    return gap, words(viewer)


@scenarios.alone
def relay_killed(world):
    """two symmetric NATs, two relays; the one that carries the session is killed, the other stands by"""
    gap, said = kill_relay(world)
    if gap > CUT_LIMIT:
        raise LabFailure(f"the picture stood still for {gap * 1000:.0f} ms after the relay's death")
    return f"pause {gap * 1000:.0f} ms; {said}"


@scenarios
def host_killed(world):
    """two cones; the host is ended by SIGTERM in mid-session"""
    server = world.server()
    _, host_machine = world.home({"left": "192.168.1.2"}, LEFT4)
    _, viewer_machine = world.home({"right": "192.168.1.2"}, RIGHT4)
    host = world.host(host_machine, server)
    viewer = open_session(world, host, viewer_machine, server)
    host.stop()
    closed = viewer.wait("closed", 10)
    if closed["reason"] != "by-host":
        raise LabFailure(f"the reason is {closed['reason']}")
    late = world.connect(viewer_machine, host.id, "2222-2222", server)
    late.expect_exit(4)
    return f"closed by-host; a later call to {SERVER4} ends with 4"

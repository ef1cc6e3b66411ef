"""The relay as the user wants it: only the relay, or a relay of one's own."""
from coturn import COTURN4, SECRET, Coturn
from program import LabFailure

from .paths import two_homes
from .registry import Group
from .steps import expect_direct, leave, open_session, stay_on_relay, words

scenarios = Group("relays")


@scenarios
def relay_only_viewer(world):
    """two cones; the viewer wants the relay alone"""
    server = world.server()
    host_machine, viewer_machine = two_homes(world)
    host = world.host(host_machine, server)
    stay_on_relay(world, host, viewer_machine, server, "--relay-only", why="relay-only")
    return words(world.programs[-1])


@scenarios
def relay_only_host(world):
    """two cones; the host wants the relay alone"""
    server = world.server()
    host_machine, viewer_machine = two_homes(world)
    host = world.host(host_machine, server, "--relay-only")
    stay_on_relay(world, host, viewer_machine, server)
    return words(world.programs[-1])


@scenarios
def own_relay(world):
    """two cones; both name one coturn with a shared secret as their relay, the viewer the relay alone"""
    server = world.server()
    coturn = Coturn(world)
    own = ["--relay-server", f"turn:{COTURN4}", "--relay-secret-file", world.file("coturn-secret", SECRET + "\n")]
    host_machine, viewer_machine = two_homes(world)
    host = world.host(host_machine, server, *own)
    path = stay_on_relay(world, host, viewer_machine, server, "--relay-only", *own, transport="udp")
    if not path["remote"].startswith(COTURN4):
        raise LabFailure(f"the relay is {path['remote']}, not the viewer's own")
    coturn.program.wait_line("ALLOCATE processed, success", 5)
    return words(world.programs[-1])


@scenarios
def own_relay_with_password(world):
    """two cones; both name one coturn by user and password, the host over TCP; the session becomes direct"""
    server = world.server()
    user = "desk:secret-of-the-desk"
    Coturn(world, user=user)
    own = ["--relay-user", user, "--relay-server"]
    host_machine, viewer_machine = two_homes(world)
    host = world.host(host_machine, server, *own, f"turn:{COTURN4}?transport=tcp")
    viewer = open_session(world, host, viewer_machine, server, *own, f"turn:{COTURN4}")
    expect_direct(viewer)
    if host.all("path")[0]["transport"] != "tcp":
        raise LabFailure("the host's first leg is not TCP to its own relay")
    leave(viewer)
    return words(viewer)


def one_own_relay(world, on_host):
    server = world.server()
    coturn = Coturn(world)
    own = ["--relay-server", f"turn:{COTURN4}", "--relay-secret-file", world.file("coturn-secret", SECRET + "\n")]
    host_machine, viewer_machine = two_homes(world)
    host = world.host(host_machine, server, *(own if on_host else []))
    path = stay_on_relay(world, host, viewer_machine, server, "--relay-only", *([] if on_host else own), transport="udp")
    if path["remote"].startswith(COTURN4) == on_host:
        raise LabFailure(f"the viewer's relay is {path['remote']}")
    coturn.program.wait_line("ALLOCATE processed, success", 5)
    return words(world.programs[-1])


@scenarios
def own_relay_viewer(world):
    """two cones; the viewer alone brings a coturn, of which the server knows nothing"""
    return one_own_relay(world, on_host=False)


@scenarios
def own_relay_host(world):
    """two cones; the host alone brings a coturn, of which the server knows nothing"""
    return one_own_relay(world, on_host=True)

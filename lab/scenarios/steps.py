"""What scenarios have in common: connect, look, type, and leave."""
from program import LabFailure

TEXT = "over the wire 42\n"


def open_session(world, host, machine, server, *options, target=None, password=None):
    """A viewer that has seen the first frame and whose typed text has arrived."""
    viewer = world.connect(machine, target or host.id, password or host.password, server, "--type", TEXT, *options)
    viewer.wait("first_frame", 25)
    host.desktop.expect_text(TEXT)
    return viewer


def expect_direct(viewer, within=20, after=0, **fields):
    return viewer.wait("path", within, after, kind="direct", **fields)


def leave(viewer):
    """Ends the session as a user does with Ctrl-C; it must end well."""
    viewer.process.terminate()
    viewer.expect_exit(0)
    if viewer.events[-1]["event"] != "closed":
        raise LabFailure("the viewer's last event is not 'closed'")


def stay_on_relay(world, host, machine, server, *options, seconds="4", **fields):
    """A whole session that never leaves the relay; gives its last path."""
    viewer = open_session(world, host, machine, server, "--for", seconds, *options)
    viewer.expect_exit(0, 30)
    paths = viewer.all("path")
    if any(path["kind"] != "relay" for path in paths):
        raise LabFailure("a direct path where none can be")
    wrong = {key: paths[-1].get(key) for key, value in fields.items() if paths[-1].get(key) != value}
    if wrong:
        raise LabFailure(f"the path is {wrong}, expected {fields}")
    return paths[-1]


def stay_on_relay_by_host(world, host, machine, server, transport):
    """The same where the viewer's leg is UDP and the host's own is `transport`."""
    stay_on_relay(world, host, machine, server, transport="udp")
    if any(path["transport"] != transport for path in host.all("path")):
        raise LabFailure(f"the host's own leg is not {transport}")


def words(viewer):
    """'relay udp login → direct udp reflexive; first frame after 312 ms'"""
    steps = []
    for path in viewer.all("path"):
        step = f"{path['kind']} {path['transport']} {path.get('how') or path.get('why') or ''}".strip()
        if not steps or steps[-1] != step:
            steps.append(step)
    frame = viewer.all("first_frame")
    return " → ".join(steps) + (f"; first frame after {frame[0]['t_ms']} ms" if frame else "")

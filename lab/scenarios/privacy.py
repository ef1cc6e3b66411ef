"""Whom a host sends to, seen on its own line: before the login nobody but server and relay, with relay-only ever; and
bystanders, whoever names them, no more than a handful of checks (SECURITY 6)."""
import ipaddress
import subprocess

from capture import UDP, Capture
from coturn import COTURN4, SECRET, Coturn
from matrix import FINAL, KINDS
from program import LabFailure
from world import CONE, LEFT4, RIGHT4, SERVER4

from .breaks import last_password
from .captures import destinations
from .registry import Group
from .steps import leave, open_session, stay_on_relay, words

scenarios = Group("privacy")

# Of one host to one address, whatever the plan (docs/threats.md): ports probed, and sockets beside the usual ones.
MOST_PORTS, MOST_SOCKETS = 1000, 256 + 8


def homes(world, left=CONE, right=CONE):
    """(host's machine, viewer's machine, viewer's router)"""
    _, host_machine = world.home({"left": "192.168.1.2"}, LEFT4, left)
    router, viewer_machine = world.home({"right": "192.168.1.2"}, RIGHT4, right)
    return host_machine, viewer_machine, router


def expect_only(capture, machine, allowed):
    """The packets of the machine, which all went to these addresses."""
    packets = [p for p in capture.packets() if p.source == machine.address]
    if strangers := destinations(packets, machine) - set(allowed):
        raise LabFailure(f"{machine.name} sent to {', '.join(sorted(strangers))}")
    if not packets:
        raise LabFailure("the capture shows nothing: it proves nothing")
    return packets


@scenarios.alone
def caller_without_relay(world):
    """two cones; the ID server names a coturn as relay, which the caller cannot reach"""
    Coturn(world)
    secret = world.file("coturn-secret", SECRET + "\n")
    server = world.server("--role", "id", "--relay", f"turn:{COTURN4}", "--relay-secret-file", secret)
    host_machine, viewer_machine, router = homes(world)
    router.tell(f"cut-direct {RIGHT4} {COTURN4}")
    host = world.host(host_machine, server)
    capture = Capture(host_machine)
    stranger = world.connect(viewer_machine, host.id, host.password, server)
    stranger.expect_exit(5, 30)
    packets = expect_only(capture, host_machine, {SERVER4, COTURN4})
    if COTURN4 not in destinations(packets, host_machine):
        raise LabFailure("the host was not asked for a session")
    return f"exit 5, no address: {stranger.stderr().splitlines()[-1]}"


@scenarios.alone
def caller_with_relay_of_its_own(world):
    """two cones; a stranger names a relay of its own"""
    server = world.server()
    Coturn(world)
    host_machine, viewer_machine, _ = homes(world)
    host = world.host(host_machine, server)
    capture = Capture(host_machine)
    stranger = world.connect(viewer_machine, host.id, "2222-2222", server, "--relay-server", f"turn:{COTURN4}",
                             "--relay-secret-file", world.file("coturn-secret", SECRET + "\n"))
    code = stranger.wait_exit(30)
    if code not in (3, 5):
        raise LabFailure(f"the stranger ended with {code}")
    expect_only(capture, host_machine, {SERVER4})
    return f"exit {code}; the host sent to {SERVER4} alone"


@scenarios.alone
def ping_of_a_stranger(world):
    """two cones; a key that nobody authorised pings, then logs in once, and pings again"""
    server = world.server()
    host_machine, viewer_machine, _ = homes(world)
    host = world.host(host_machine, server)
    ask = ("ping", world.tool("godesk"), "ping", host.id, "--json", "--server", server.join,
           "--data-dir", world.data_dir("right"))
    capture = Capture(host_machine, "stranger")
    viewer_machine.start(*ask).expect_exit(3, 20)
    expect_only(capture, host_machine, {SERVER4})
    leave(open_session(world, host, viewer_machine, server))  # known from now on, and no more than that
    host.wait("session", 10, state="closed")
    capture = Capture(host_machine, "known")
    viewer_machine.start(*ask).expect_exit(3, 20)
    expect_only(capture, host_machine, {SERVER4})
    return f"refused twice; the host sent to {SERVER4} alone"


def punched(world, host_kind):
    """A stranger with a wrong password, then one who gets in: what the host's line saw of the punching."""
    server = world.server()
    kind = KINDS[host_kind]
    host_machine, viewer_machine, _ = homes(
        world, ["--mapping", kind.mapping, "--filtering", kind.filtering, "--ports", kind.ports])
    before = Capture(host_machine, "before")
    host = world.host(host_machine, server)
    world.connect(viewer_machine, host.id, "2222-2222", server).expect_exit(3, 20)
    expect_only(before, host_machine, {SERVER4})
    after = Capture(host_machine, "after")
    viewer = open_session(world, host, viewer_machine, server, password=last_password(host))
    viewer.wait("path", 30, why=(*FINAL, None), kind=("relay", "direct"))
    leave(viewer)
    sent = [p for p in expect_only(after, host_machine, {SERVER4, RIGHT4}) if p.destination == RIGHT4 and p.protocol == UDP]
    ports, sockets = {p.destination_port for p in sent}, {p.source_port for p in sent}
    told = f"{len(sent)} packets from {len(sockets)} sockets to {len(ports)} ports of {RIGHT4}"
    if not sent or len(ports) > MOST_PORTS or len(sockets) > MOST_SOCKETS:
        raise LabFailure(f"after the login {told}")
    return f"before the login {SERVER4} alone, after it {told}; {words(viewer)}"


@scenarios.alone
def prediction_only_after_login(world):
    """host behind sequential ports, viewer behind a cone that filters by port"""
    return punched(world, "symmetric-sequential")


@scenarios.alone
def birthday_only_after_login(world):
    """host behind random ports, viewer behind a cone that filters by port"""
    return punched(world, "symmetric-random")


FIRST_VICTIM, VICTIMS, MOST_CHECKS = "192.0.2.100", 100, 80
VICTIM_PORT = 4000  # the only one that evil_viewer names
NAMING = 15.0       # seconds; a new description every half


def victims():
    first = ipaddress.IPv4Address(FIRST_VICTIM)
    return {str(first + n) for n in range(VICTIMS)}


def at(capture, sender, targets):
    return [p for p in capture.packets() if p.source == sender and p.destination in targets]


@scenarios.alone
def viewer_names_bystanders(world):
    """two cones; a viewer that knows the password names a hundred bystanders, each of them as its own address"""
    server = world.server()
    host_machine, viewer_machine, _ = homes(world)
    host = world.host(host_machine, server)
    captures = Capture(host_machine), Capture(server.machine)
    evil = viewer_machine.start("evil-viewer", world.tool("evil_viewer"), "--server", server.join, "--id", host.id,
                                "--password", host.password, "--victim", FIRST_VICTIM, "--victims", str(VICTIMS),
                                stdin=subprocess.PIPE)
    began = evil.wait("authenticated", 20)["at"]
    evil.wait("named", 20, after=evil.mark(), victims=VICTIMS)
    while evil.wait("named", 5, after=evil.mark())["at"] < began + NAMING:
        pass
    evil.process.stdin.close()
    evil.expect_exit(0, 10)
    checks = at(captures[0], host_machine.address, victims())
    if not checks or len(checks) > MOST_CHECKS:
        raise LabFailure(f"{len(checks)} packets to bystanders; expected 1 to {MOST_CHECKS}")
    if probes := [p for p in checks if p.destination_port != VICTIM_PORT]:
        raise LabFailure(f"{len(probes)} packets to ports of bystanders that nobody named")
    if relayed := at(captures[1], SERVER4, victims()):
        raise LabFailure(f"the relay sent {len(relayed)} packets to bystanders")
    return f"{len(checks)} checks to {len({p.destination for p in checks})} bystanders in {NAMING:.0f} s, no probe, none by the relay"


SEEN_AS_VICTIM = f"""
table ip lie {{
  chain translate {{ type nat hook postrouting priority srcnat;
    ip saddr {RIGHT4} ip daddr {SERVER4} tcp dport 443 snat to {FIRST_VICTIM}
  }}
}}
"""


@scenarios.alone
def server_names_a_bystander(world):
    """host behind a cone, viewer behind random ports; the ID server says that it saw the viewer at a bystander's"""
    server = world.server()
    kind = KINDS["symmetric-random"]
    host_machine, viewer_machine, _ = homes(
        world, right=["--mapping", kind.mapping, "--filtering", kind.filtering, "--ports", kind.ports])
    # As a lie of the server's would be: of the viewer's control connection it sees another source.
    world.net.run("nft", "-f", world.file("lie.nft", SEEN_AS_VICTIM))
    host = world.host(host_machine, server)
    capture = Capture(host_machine)
    viewer = open_session(world, host, viewer_machine, server)
    viewer.wait("path", 30, kind="relay", why=FINAL)
    leave(viewer)
    packets = expect_only(capture, host_machine, {SERVER4, RIGHT4})
    ports = {p.destination_port for p in packets if p.destination == RIGHT4}
    if len(ports) > 8:
        raise LabFailure(f"the host tried {len(ports)} ports of the viewer, which the server's word does not allow")
    return f"nothing to {FIRST_VICTIM}, no probe, {len(ports)} ports of {RIGHT4} checked; {words(viewer)}"


def whole_session(world, watched, host_options=(), viewer_options=()):
    """A session between two cones of which the watched side must speak to the server alone."""
    server = world.server()
    host_machine, viewer_machine, _ = homes(world)
    machine = {"host": host_machine, "viewer": viewer_machine}[watched]
    capture = Capture(machine)
    host = world.host(host_machine, server, *host_options)
    stay_on_relay(world, host, viewer_machine, server, *viewer_options)
    packets = expect_only(capture, machine, {SERVER4})
    return f"{len(packets)} packets of the {watched}, all to {SERVER4}; {words(world.programs[-2])}"


@scenarios.alone
def relay_only_host_on_the_wire(world):
    """two cones; the host wants the relay alone, captured at its line for the whole session"""
    return whole_session(world, "host", host_options=["--relay-only"])


@scenarios.alone
def relay_only_viewer_on_the_wire(world):
    """two cones; the viewer wants the relay alone, captured at its line for the whole session"""
    return whole_session(world, "viewer", viewer_options=["--relay-only"])


@scenarios.alone
def relay_only_viewer_spares_the_host(world):
    """two cones; the viewer wants the relay alone, captured at the host's line: there is nobody to send to"""
    return whole_session(world, "host", viewer_options=["--relay-only"])

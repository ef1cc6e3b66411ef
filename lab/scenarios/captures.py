"""What others see on the wire: standards they can dissect, and no secret."""
import base64
import collections
import dataclasses
import os
import subprocess

from capture import PROBE_PORT, UDP, Capture, write
from coturn import COTURN4, SECRET, Coturn
from program import LabFailure
from world import LEFT4, RIGHT4, SERVER4

from .breaks import last_password
from .registry import Group
from .steps import expect_direct, leave, open_session

scenarios = Group("captures")

ALPN = "godesk/1"
SECRET_TEXT = "Zyxomma-petiolatum 271828"
UNATTENDED = "Quagga-velvet-ornithopter-9"
MARKER = "Marker-in-the-clear-314159"
SEND_MARKER = ("import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"
               ".sendto(b'" + MARKER + "', ('" + SERVER4 + "', " + str(PROBE_PORT) + "))")


def homes(world):
    _, host_machine = world.home({"left": "192.168.1.2"}, LEFT4)
    _, viewer_machine = world.home({"right": "192.168.1.2"}, RIGHT4)
    return host_machine, viewer_machine


# (a) Dissection.


def kind_of(packet):
    """stun, channel or quic, by the first byte (RFC 9443) and what must follow; None for anything else."""
    data = packet.payload
    if len(data) >= 20 and data[0] < 4 and data[4:8] == b"\x21\x12\xa4\x42":
        return "stun"
    if len(data) >= 4 and 64 <= data[0] <= 79 and 3478 in (packet.source_port, packet.destination_port):
        return "channel" if int.from_bytes(data[2:4], "big") <= len(data) - 4 else None
    return "quic" if len(data) >= 20 and data[0] & 0x40 else None


def tshark(path, display_filter, *fields, protocol="quic", ports=()):
    """One tuple per packet that the filter passes. What goes to or from these ports is taken for `protocol`."""
    decode = [word for port in sorted(ports) for word in ("-d", f"udp.port=={port},{protocol}")]
    words = [word for field in fields for word in ("-e", field)]
    done = subprocess.run(["tshark", "-n", "-r", path, *decode, "-Y", display_filter, "-T", "fields", *words],
                          capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "HOME": "/run"})
    if done.returncode != 0:
        raise RuntimeError(f"tshark: {done.stderr}")
    return [tuple(line.split("\t")) for line in done.stdout.splitlines()]


def expect_known(packets):
    """Counts by kind; raises at the first datagram of no kind."""
    for p in packets:
        if kind_of(p) is None:
            raise LabFailure(f"neither STUN, ChannelData nor QUIC: {p.source}:{p.source_port} > "
                             f"{p.destination}:{p.destination_port} {p.payload[:40].hex()}")
    return collections.Counter(kind_of(p) for p in packets)


def dissect(world, name, packets):
    """Counts by kind and of ClientHellos; raises when Wireshark's dissectors see something else than we meant.

    STUN and QUIC go into files of their own: Wireshark takes a pair of ports for one protocol for good. It is told
    which ports are which: a host's packet without connection id may be the first one that takes a path.
    """
    kinds = expect_known(packets)
    stun, quic = world.file(f"{name}-stun.pcap"), world.file(f"{name}-quic.pcap")
    of_quic = [p for p in packets if kind_of(p) == "quic"]
    others = [p for p in packets if kind_of(p) != "quic"]
    write(stun, others)
    write(quic, of_quic)
    expect_dissected(stun, "stun", ports_of(others))
    kinds["ClientHello"] = expect_dissected(quic, "quic", ports_of(of_quic))
    return kinds


def ports_of(packets):
    return {port for p in packets for port in (p.source_port, p.destination_port)}


def expect_dissected(path, protocol, ports):
    """Gives how many ClientHellos tshark finds; each has to offer our ALPN alone, and every packet to be `protocol`."""
    remarkable = tshark(path, f"_ws.malformed || !{protocol} || tls.handshake.type == 1", "frame.protocols",
                        "_ws.malformed", "tls.handshake.extensions_alpn_str", "udp.payload", protocol=protocol, ports=ports)
    hellos = 0
    for protocols, malformed, alpn, payload in remarkable:
        if malformed or protocol not in protocols.split(":"):
            raise LabFailure(f"{protocols} {malformed} instead of {protocol}: {payload[:80]}")
        if alpn != ALPN:
            raise LabFailure(f"a ClientHello offers '{alpn}'")
        hellos += 1
    return hellos


FIRST_CHANNEL = 0x4000
SEND_INDICATION, DATA_INDICATION, DATA = 0x0016, 0x0017, 0x0013


def carried(packet):
    """The channel (the first one, before it stands) and what a TURN datagram carries for it, or None."""
    data = packet.payload
    if kind_of(packet) == "channel":
        return int.from_bytes(data[:2], "big"), data[4:4 + int.from_bytes(data[2:4], "big")]
    if kind_of(packet) != "stun" or int.from_bytes(data[:2], "big") not in (SEND_INDICATION, DATA_INDICATION):
        return None
    at = 20
    while at + 4 <= len(data):
        kind, length = int.from_bytes(data[at:at + 2], "big"), int.from_bytes(data[at + 2:at + 4], "big")
        if kind == DATA:
            return FIRST_CHANNEL, data[at + 4:at + 4 + length]
        at += 4 + (length + 3) // 4 * 4
    return None


def unwrap(packets):
    """What the relay carries, as datagrams between the same addresses; one port per channel."""
    for p in packets:
        inside = carried(p)
        if inside:
            inner = {"payload": inside[1]}
            inner["source_port" if p.source_port == 3478 else "destination_port"] = inside[0]
            yield dataclasses.replace(p, **inner)


@scenarios.alone
def dissection(world):
    """two cones, captured at both ends and at the server; and direct IP, captured at the host"""
    server = world.server()
    host_machine, viewer_machine = homes(world)
    captures = [Capture(machine) for machine in (host_machine, viewer_machine, server.machine)]
    host = world.host(host_machine, server)
    viewer = open_session(world, host, viewer_machine, server)
    expect_direct(viewer)
    viewer.wait("stats", 3, after=viewer.mark())
    leave(viewer)
    total = collections.Counter(direct_ip(world))
    for capture in captures:
        packets = [p for p in capture.packets() if p.protocol == UDP]
        # One QUIC connection begins inside the channels and goes on outside them.
        seen = dissect(world, capture.machine.name, sorted([*packets, *unwrap(packets)], key=lambda p: p.at))
        if not seen["ClientHello"]:
            raise LabFailure(f"no ClientHello was seen in the channels at {capture.machine.name}")
        total += seen
    if not all(total[kind] for kind in ("stun", "channel", "quic")):
        raise LabFailure(f"the capture shows only {dict(total)}")
    return ", ".join(f"{count} {kind}" for kind, count in sorted(total.items())) + f"; ALPN {ALPN} alone"


def direct_ip(world):
    """A session between two public machines: nothing but QUIC, its Initials in datagrams of their own."""
    host_machine = world.public_machine("public", "198.51.100.40")
    caller = world.public_machine("caller", "198.51.100.41")
    capture = Capture(host_machine)
    host = world.host(host_machine, None, "--direct-ip")
    leave(open_session(world, host, caller, None, target="198.51.100.40"))
    kinds = dissect(world, "public", [p for p in capture.packets() if p.protocol == UDP])
    if set(kinds) != {"quic", "ClientHello"} or not kinds["ClientHello"]:
        raise LabFailure(f"direct IP shows {dict(kinds)}")
    return kinds


# (b) Secrecy.


def forms(secret):
    """The encodings in which a secret could leak."""
    raw = secret.encode()
    wide = secret.encode("utf-16-le")
    found = {raw, wide, secret.encode("utf-16-be")}
    for data in (raw, wide):
        found |= {data.hex().encode(), data.hex().upper().encode()}
        for shift in range(3):  # base64 of the secret in the middle of something else
            text = base64.b64encode(b"\0" * shift + data)
            found.add(text[(0, 2, 3)[shift]:len(text) - 4])
    return found


def find(secret, places):
    """The names of the places (name -> bytes) that hold the secret in any form."""
    wanted = forms(secret)
    return [name for name, content in places.items() if any(form in content for form in wanted)]


def collect(captures, server, world):
    """name -> bytes: each capture's payloads, the server's logs and everything in its data directory."""
    places = {f"capture at {c.machine.name}": b"\n".join(p.payload for p in c.packets()) for c in captures}
    places["server's stdout"] = "\n".join(server.lines).encode()
    places["server's stderr"] = server.stderr().encode()
    for folder, _, files in os.walk(world.data_dir("server")):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                places[f"server's file {name}"] = file.read()
    return places


@scenarios.alone
def secrecy(world):
    """two cones; relay, direct and a second call with the unattended password, captured at host, viewer and server"""
    server = world.server("-v")
    host_machine, viewer_machine = homes(world)
    captures = [Capture(machine) for machine in (host_machine, viewer_machine, server.machine)]
    unattended = world.file("unattended", UNATTENDED + "\n")
    host = world.host(host_machine, server, "--password-file", unattended)
    for password in (host.password, UNATTENDED):
        viewer = world.connect(viewer_machine, host.id, password, server, "--type", SECRET_TEXT + "\n")
        viewer.wait("first_frame", 20)
        host.desktop.expect_text(SECRET_TEXT)
        expect_direct(viewer)
        leave(viewer)
    for machine in (viewer_machine, host_machine):
        machine.run("python3", "-c", SEND_MARKER)
    places = wait_for_marker(captures, server, world)
    for what, secret in (("typed text", SECRET_TEXT), ("one-time password", host.password),
                         ("unattended password", UNATTENDED)):
        for form in {secret, secret.replace("-", "")}:
            if holders := find(form, places):
                raise LabFailure(f"the {what} is in: {', '.join(holders)}")
    wire = {name: content for name, content in places.items() if name.startswith("capture")}
    if holders := find(host.id, wire):
        raise LabFailure(f"the ID is outside TLS in: {', '.join(holders)}")
    return f"nothing in {sum(map(len, places.values())) // 1024} KiB of {len(places)} places; the marker is in 3 captures"


def wait_for_marker(captures, server, world):
    places = collect(captures, server, world)
    holders = find(MARKER, places)
    if len(holders) != len(captures):
        raise LabFailure(f"the planted marker is only in {holders}: the search proves nothing")
    return places


# (c) Addresses are private until login.


def destinations(packets, machine):
    """Whom the machine sent to, multicast and itself aside."""
    return {p.destination for p in packets if p.source == machine.address} - {machine.address}


@scenarios.alone
def address_before_login(world):
    """two cones, a coturn named as relay by both; a caller with a wrong password, then one with the right one"""
    server = world.server()
    Coturn(world)
    host_machine, viewer_machine = homes(world)
    own = ["--relay-server", f"turn:{COTURN4}", "--relay-secret-file", world.file("coturn-secret", SECRET + "\n")]
    capture = Capture(host_machine, "before")
    host = world.host(host_machine, server, *own)
    stranger = world.connect(viewer_machine, host.id, "2222-2222", server, *own)
    stranger.expect_exit(3, 20)
    seen = destinations(capture.packets(), host_machine)
    if not seen <= {SERVER4, COTURN4}:
        raise LabFailure(f"before login the host sent to {sorted(seen - {SERVER4, COTURN4})}")
    if COTURN4 not in seen:
        raise LabFailure("the host did not use its own relay")
    after = Capture(host_machine, "after")
    viewer = open_session(world, host, viewer_machine, server, *own, password=last_password(host))
    expect_direct(viewer)
    leave(viewer)
    if RIGHT4 not in destinations(after.packets(), host_machine):
        raise LabFailure("after login the capture shows no packet to the viewer: it proves nothing")
    return f"before login only {', '.join(sorted(seen))}; after it also {RIGHT4}"

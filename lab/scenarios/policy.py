"""What the relay must not reach, whoever asks (SECURITY 4)."""
import json
import os
import pathlib

from program import LabFailure
from world import SERVER4, SERVER6

from .registry import Group

scenarios = Group("policy")

USER = "tester:a-password-for-tests"
FUZZ = pathlib.Path(__file__).resolve().parents[1] / "turn_fuzz.py"
OUTSIDE = "198.51.100.31"
PRIVATE = ["127.0.0.1", "127.8.8.8", "10.77.0.1", "192.168.77.1", "172.16.77.1", "100.64.77.1", "169.254.77.1", "198.18.77.1",
           "0.0.0.0", "224.0.0.1", "255.255.255.255", SERVER4, "::1", "fc00:77::1", "fe80::1", "ff02::1", "::", SERVER6]
# The relay listens on some of these itself; a datagram to any other of this machine's is one too many.
PORTS = (7, 53, 80, 5555, 6000, 21118)
# Receives on every port of every address, and prints what it gets that says MARK. Listens for TCP as well.
LISTENERS = """
import json, select, socket, sys
found, sockets = [], []
for port in map(int, sys.argv[1].split(",")):
    for family, kind in ((socket.AF_INET6, socket.SOCK_DGRAM), (socket.AF_INET6, socket.SOCK_STREAM)):
        s = socket.socket(family, kind)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        s.bind(("::", port))
        if kind == socket.SOCK_STREAM:
            s.listen()
        sockets.append(s)
print("up", flush=True)
while True:
    for s in select.select(sockets, [], [])[0]:
        if s.type == socket.SOCK_STREAM:
            print("got a connection", s.getsockname(), flush=True)
            s.accept()
        else:
            data, source = s.recvfrom(2000)
            print("got", data[:40], "from", source, "at port", s.getsockname()[1], flush=True)
"""


def listeners(machine, name, *ports):
    program = machine.start(name, "python3", "-c", LISTENERS, ",".join(map(str, ports)))
    program.wait_line("up")
    return program


def received(program):
    return [line for line in program.lines if line.startswith("got")]


def attack(world, seconds):
    server = world.server("--turn-user", USER)
    relay = server.machine
    relay.ip(*(f"addr add {address}/32 dev lo" for address in ("10.77.0.1", "192.168.77.1", "172.16.77.1", "100.64.77.1",
                                                                "169.254.77.1", "198.18.77.1")),
             "addr add fc00:77::1/128 dev lo nodad")
    inside = listeners(relay, "listeners", *PORTS)
    outside = world.public_machine("outside", OUTSIDE)
    allowed = listeners(outside, "allowed", 5555)
    caller = world.public_machine("caller", "198.51.100.30")
    # That the ears hear: one datagram from the machine itself.
    relay.run("python3", "-c", "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'ears', ('10.77.0.1', 5555))")
    inside.wait_line("ears")
    fuzz = caller.start("fuzz", "python3", FUZZ, SERVER4, "3478", USER, str(seconds), str(int.from_bytes(os.urandom(4), "big")),
                        OUTSIDE, *PRIVATE)
    fuzz.expect_exit(0, seconds + 60)
    allowed.wait_line("godesk-turn-fuzz", 10)
    got = received(inside)
    if len(got) != 1:
        raise LabFailure(f"private listeners on the relay's machine received {len(got) - 1}: {got[1:4]}")
    said = json.loads(fuzz.lines[-1])
    if min(value for key, value in said.items() if key != "granted") == 0:
        raise LabFailure(f"the attack was none: {said}")
    return f"{sum(said.values()) - said['granted']} messages in {seconds} s, private listeners heard nothing"


@scenarios
def private_listeners(world):
    """the relay's machine with private networks; a caller with valid credentials asks for them for 5 s"""
    return attack(world, 5)


@scenarios.on_request
def private_listeners_60(world):
    """the same for 60 s; runs only when it is named"""
    return attack(world, 60)

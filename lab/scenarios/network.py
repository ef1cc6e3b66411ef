"""The laboratory's own honesty: the routers do what their options say, seen with plain sockets."""

from kernel_nat import kernel_home
from matrix import KINDS
from program import LabFailure
from world import CONE, LEFT4, RIGHT4, SERVER4, SERVER6, SYMMETRIC

from .registry import Group

scenarios = Group("network")

# Sends from one UDP socket to each address given; prints the source that each echo server saw, and the time it took.
ASK = """
import socket, sys, time
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(1)
for address in sys.argv[1:]:
    sent = time.monotonic()
    s.sendto(b"who am I?", (address, 7000))
    print(s.recvfrom(100)[0].decode(), (time.monotonic() - sent) * 1000, flush=True)
"""
ECHO = """
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::", 7000))
print("up", flush=True)
while True:
    _, (ip, port, *_) = s.recvfrom(100)
    s.sendto(f"{ip.replace('::ffff:', '')} {port}".encode(), (ip, port))
"""


def echo_server(world, name, v4, v6):
    machine = world.public_machine(name, v4, v6)
    machine.start("echo", "python3", "-c", ECHO).wait_line("up")
    return machine


def ask(machine, *addresses):
    return [line.split() for line in machine.run("python3", "-c", ASK, *addresses).splitlines()]


@scenarios
def natbox_mapping(world):
    """cone and symmetric home with the same private addresses, two echo servers"""
    echo_server(world, "first", SERVER4, SERVER6)
    echo_server(world, "second", "198.51.100.11", "2001:db8:51::11")
    _, left = world.home({"left": "192.168.1.2"}, LEFT4, CONE, prefix6="2001:db8:a::")
    _, right = world.home({"right": "192.168.1.2"}, RIGHT4, SYMMETRIC)
    (ip1, port1, _), (ip2, port2, _) = ask(left, SERVER4, "198.51.100.11")
    if (ip1, port1) != (ip2, port2) or ip1 != LEFT4:
        raise LabFailure(f"an endpoint-independent mapping depends on the destination: {ip1} {port1}, {ip2} {port2}")
    (ip1, port1, _), (ip2, port2, _) = ask(right, SERVER4, "198.51.100.11")
    if port1 == port2 or (ip1, ip2) != (RIGHT4, RIGHT4):
        raise LabFailure("a symmetric mapping does not depend on the destination")
    if ask(left, SERVER6)[0][0] != left.address6:
        raise LabFailure("IPv6 was translated")
    return "mappings as configured"


@scenarios
def natbox_ports(world):
    """symmetric homes that count, count with neighbours, draw from a block; two echo servers"""
    addresses = SERVER4, "198.51.100.11"
    for number, address in enumerate(addresses):
        echo_server(world, f"echo{number}", address, None)
    told = []
    for number, (kind, as_expected) in enumerate(NATBOX_PORTS.items()):
        machine = KINDS[kind].home(world, f"home{number}", f"203.0.113.{20 + number}")
        first, second = [int(port) for _, port, _ in ask(machine, *addresses)]
        told.append(f"{kind} {first} {second}")
        if not as_expected(first, second):
            raise LabFailure(told[-1])
    return "; ".join(told)


NATBOX_PORTS = {
    "symmetric-sequential": lambda first, second: second == first + 1,
    "symmetric-busy": lambda first, second: first < second < first + 100,
    "symmetric-block": lambda first, second: all(20480 <= port < 20480 + 2048 for port in (first, second)),
    "carrier-block": lambda first, second: all(8192 <= port < 8192 + 1024 for port in (first, second)),
    "carrier-cone": lambda first, second: first == second,
}


@scenarios
def natbox_link(world):
    """a home with 25 ms each way, then cut and healed; and one where only TCP 443 passes"""
    echo_server(world, "server", SERVER4, SERVER6)
    router, home = world.home({"home": "192.168.1.2"}, LEFT4, link=["--delay", "25"])
    rtt = min(float(answer[2]) for answer in ask(home, *[SERVER4] * 5))
    if not 50 <= rtt < 60:
        raise LabFailure(f"a round trip took {rtt} ms instead of 50")
    router.tell("cut")
    if answers(home):
        raise LabFailure("a packet went through a cut line")
    router.tell("heal")
    if not answers(home):
        raise LabFailure("the line did not heal")
    _, prison = world.home({"prison": "192.168.1.2"}, RIGHT4, link=["--allow", "tcp:443"])
    if answers(prison):
        raise LabFailure("a datagram went through a firewall that allows only TCP 443")
    return f"round trip {rtt:.1f} ms"


def answers(machine):
    try:
        return bool(ask(machine, SERVER4))
    except RuntimeError:
        return False


@scenarios
def kernel_mapping(world):
    """homes behind nftables' NATs: port-preserving, random, and sequential by a numgen map"""
    addresses = SERVER4, "198.51.100.11", "198.51.100.12"
    for number, address in enumerate(addresses):
        echo_server(world, f"echo{number}", address, None)
    told = []
    for number, (rule, as_expected) in enumerate(KERNEL_PORTS.items()):
        _, machine = kernel_home(world, f"home{number}", f"203.0.113.{20 + number}", rule)
        ports = [int(port) for _, port, _ in ask(machine, *addresses)]
        told.append(f"{rule} {' '.join(map(str, ports))}")
        if not as_expected(ports):
            raise LabFailure(told[-1])
    return "; ".join(told)


KERNEL_PORTS = {
    "preserving": lambda ports: len(set(ports)) == 1,
    "random": lambda ports: len(set(ports)) == 3,
    "fully-random": lambda ports: len(set(ports)) == 3,
    "sequential": lambda ports: [port - ports[0] for port in ports] == [0, 1, 2],
}

"""Other people's STUN and TURN clients against our server, and ours against both servers."""
import json
import re

from coturn import COTURN4, Coturn
from coturn import TLS_PORT as COTURN_TLS
from program import LabFailure
from world import LEFT4, OPEN_CONE, SERVER4, SERVER6

from .registry import Group

scenarios = Group("tools")

USER, PASSWORD = "tester", "a-password-for-tests"
TRAFFIC = ["-y", "-n", "50", "-m", "2", "-l", "500"]


def relay_server(world):
    return world.server("--turn-user", f"{USER}:{PASSWORD}")


def uclient(machine, host, *options):
    """Datagrams lost, of so many sent, by turnutils_uclient."""
    said = machine.run("timeout", "60", "turnutils_uclient", *TRAFFIC, "-u", USER, "-w", PASSWORD, *options, host)
    lost = re.findall(r"Total lost packets (\d+)", said)
    sent = re.findall(r"tot_send_msgs=(\d+)", said)
    received = re.findall(r"tot_recv_msgs=(\d+)", said)
    if not lost or not sent or int(sent[-1]) == 0 or int(received[-1]) == 0:
        raise LabFailure(f"turnutils_uclient {' '.join(options)} carried nothing:\n{said[-1500:]}")
    return int(lost[-1]), int(sent[-1])


def reflexive_address(machine, server):
    """What turnutils_stunclient says."""
    said = machine.run("timeout", "60", "turnutils_stunclient", server)
    found = re.search(r"UDP reflexive addr: (\S+):\d+", said)
    if not found:
        raise LabFailure(f"turnutils_stunclient says: {said}")
    return found[1].strip("[]")


@scenarios
def stunclient(world):
    """turnutils_stunclient behind a full cone, and on the internet over IPv6"""
    world.server()
    _, home = world.home({"home": "192.168.1.2"}, LEFT4, OPEN_CONE)
    outside = world.public_machine("outside", None, "2001:db8:60::2")
    seen = reflexive_address(home, SERVER4), reflexive_address(outside, SERVER6)
    if seen != (LEFT4, "2001:db8:60::2"):
        raise LabFailure(f"the reflexive addresses are {seen}")
    return f"reflexive addresses {seen[0]} and {seen[1]}"


@scenarios
def uclient_udp_tcp(world):
    """turnutils_uclient on the internet, over UDP (plain and -c) and TCP"""
    relay_server(world)
    machine = world.public_machine("caller", "198.51.100.30")
    told = []
    for options in ([], ["-c"], ["-c", "-t"]):
        lost, sent = uclient(machine, SERVER4, *options)
        told.append(f"{' '.join(options) or 'plain'}: {lost} of {sent} lost")
        if lost:
            raise LabFailure(told[-1])
    return "; ".join(told)


@scenarios
def uclient_tls(world):
    """turnutils_uclient on the internet over TLS, against our server and against coturn"""
    relay_server(world)
    Coturn(world, user=f"{USER}:{PASSWORD}")
    machine = world.public_machine("caller", "198.51.100.30")
    ours, sent = uclient(machine, SERVER4, "-c", "-t", "-S", "-p", "443")
    theirs, _ = uclient(machine, COTURN4, "-c", "-t", "-S", "-p", str(COTURN_TLS))
    # The tool itself loses 1-3 % over TLS, whoever serves it.
    if ours > theirs and ours > sent * 0.03:
        raise LabFailure(f"{ours} of {sent} lost over TLS, {theirs} by coturn")
    return f"{ours} of {sent} lost, {theirs} by coturn"


@scenarios
def own_client_tls(world):
    """our own client on the internet over TLS, through our server and through coturn: 10 000 datagrams each"""
    relay_server(world)
    Coturn(world, user=f"{USER}:{PASSWORD}")
    machine = world.public_machine("caller", "198.51.100.30")
    told = []
    for name, host, port in (("ours", SERVER4, 443), ("coturn", COTURN4, COTURN_TLS)):
        said = json.loads(machine.run("timeout", "55", world.tool("lab_relay_load"), "tls", host, str(port),
                                      f"{USER}:{PASSWORD}", "10000"))
        told.append(f"{name}: {said['lost']} of {said['sent']} lost in {said['seconds']:.1f} s")
        if said["lost"] or said["sent"] != 10000:
            raise LabFailure("; ".join(told))
    return "; ".join(told)

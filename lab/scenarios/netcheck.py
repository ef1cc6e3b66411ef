"""`godesk netcheck` tells what the routers are set to."""
from matrix import KINDS
from program import LabFailure
from world import CONE, LEFT4, ONLY_443

from .registry import Group

scenarios = Group("netcheck")

WITHIN = 4.5  # seconds, from the start of the program to its end


def netcheck(world, machine, server):
    """The event, and how long it took."""
    program = machine.start("netcheck", world.tool("godesk"), "netcheck", "--json", "--server", server.join,
                            "--data-dir", world.data_dir(machine.name))
    event = program.wait("netcheck", 20)
    program.expect_exit(0)
    if event["t_ms"] > WITHIN * 1000:
        raise LabFailure(f"netcheck took {event['t_ms']} ms")
    return event


def expect(event, what, **fields):
    wrong = {key: event.get(key) for key, value in fields.items() if event.get(key) != value}
    if wrong:
        raise LabFailure(f"{what}: {wrong}, expected {fields}")
    if not event["advice"].endswith("."):
        raise LabFailure("the advice is no sentence")


@scenarios
def netcheck_nats(world):
    """a server with two ports; homes of every NAT kind, one after the other"""
    server = world.server()
    told = []
    for number, kind in enumerate(("full-cone", "port-cone", "port-cone-random", "symmetric-sequential",
                                   "symmetric-busy", "symmetric-block", "symmetric-random")):
        how = KINDS[kind]
        machine = how.home(world, f"home{number}", f"203.0.113.{20 + number}")
        event = netcheck(world, machine, server)
        # One server address alone cannot tell an open filter from one that looks at addresses.
        filtering = "address-dependent" if how.filtering == "endpoint-independent" else how.filtering
        expect(event, kind, udp=True, ipv4=True, mapping=how.mapping, filtering=filtering, allocation=how.ports,
               outside=f"203.0.113.{20 + number}", nat64=False, proxy=False)
        if not event["relays"] or not 25 < event["relays"][0]["rtt_ms"] < 80:
            raise LabFailure(f"{kind}: relays {event['relays']}")
        told.append(f"{kind} {event['t_ms']} ms")
    return "; ".join(told)


@scenarios
def netcheck_ipv6(world):
    """a home with IPv6 behind a stateful firewall, and IPv4 behind a cone"""
    server = world.server()
    _, machine = world.home({"home": "192.168.1.2"}, LEFT4, CONE, prefix6="2001:db8:a::")
    event = netcheck(world, machine, server)
    expect(event, "dual stack", udp=True, ipv4=True, ipv6=True, ipv6_filtered=True)
    return event["advice"]


@scenarios
def netcheck_blocked(world):
    """a home whose router blocks UDP, and one where only TCP 443 passes"""
    server = world.server()
    told = []
    for name, wan, link in (("no-udp", "203.0.113.21", ["--block-udp"]), ("only-443", "203.0.113.22", ONLY_443)):
        _, machine = world.home({name: "192.168.1.2"}, wan, CONE, link)
        event = netcheck(world, machine, server)
        expect(event, name, udp=False, ipv4=False)
        if "mapping" in event or any("rtt_ms" in relay for relay in event["relays"]):
            raise LabFailure(f"{name}: something was measured without UDP: {event}")
        told.append(f"{name} {event['t_ms']} ms")
    return "; ".join(told)

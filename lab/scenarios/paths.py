"""Every network finds its path: direct where the routers allow it, over the relay where they do not."""
from program import LabFailure
from world import CONE, LEFT4, ONLY_443, OPEN_CONE, RIGHT4, SERVER4, SYMMETRIC

from .registry import Group
from .steps import expect_direct, leave, open_session, stay_on_relay, stay_on_relay_by_host, words

scenarios = Group("paths")


def two_homes(world, left=CONE, right=CONE, left_link=(), right_link=(), **left_and_right):
    """Host on the left, viewer on the right, the same private address on purpose."""
    _, host_machine = world.home({"left": "192.168.1.2"}, LEFT4, left, left_link, **left_and_right)
    _, viewer_machine = world.home({"right": "192.168.1.2"}, RIGHT4, right, right_link, **left_and_right)
    return host_machine, viewer_machine


def direct(world, left, right, **fields):
    server = world.server()
    host_machine, viewer_machine = two_homes(world, left, right)
    viewer = open_session(world, world.host(host_machine, server), viewer_machine, server)
    expect_direct(viewer, **fields)
    leave(viewer)
    return words(viewer)


@scenarios
def cone_cone(world):
    """host and viewer each behind an endpoint-independent NAT that filters by address and port"""
    return direct(world, CONE, CONE, transport="udp", family=4)


@scenarios
def symmetric_viewer_open_host(world):
    """host behind a full cone, viewer behind a symmetric NAT with random ports"""
    return direct(world, OPEN_CONE, SYMMETRIC, transport="udp", family=4)


@scenarios
def open_viewer_symmetric_host(world):
    """host behind a symmetric NAT with random ports, viewer behind a full cone"""
    return direct(world, SYMMETRIC, OPEN_CONE, transport="udp", family=4)


@scenarios
def symmetric_symmetric(world):
    """both behind symmetric NATs with random ports"""
    server = world.server()
    host_machine, viewer_machine = two_homes(world, SYMMETRIC, SYMMETRIC)
    host = world.host(host_machine, server)
    stay_on_relay(world, host, viewer_machine, server, transport="udp")
    return words(world.programs[-1])


@scenarios
def only_443_viewer(world):
    """viewer behind a firewall that passes TCP 443 alone, host behind a cone"""
    server = world.server()
    host_machine, viewer_machine = two_homes(world, right_link=ONLY_443)
    stay_on_relay(world, world.host(host_machine, server), viewer_machine, server, transport="tls")
    return words(world.programs[-1])


@scenarios
def only_443_host(world):
    """host behind a firewall that passes TCP 443 alone, viewer behind a cone"""
    server = world.server()
    host_machine, viewer_machine = two_homes(world, left_link=ONLY_443)
    stay_on_relay_by_host(world, world.host(host_machine, server), viewer_machine, server, "tls")
    return words(world.programs[-1])


@scenarios
def ipv6_only_viewer(world):
    """viewer has IPv6 alone, host IPv4 alone, the server both"""
    server = world.server()
    _, host_machine = world.home({"left": "192.168.1.2"}, LEFT4)
    _, viewer_machine = world.home({"right": None}, prefix6="2001:db8:b::")
    host = world.host(host_machine, server)
    stay_on_relay(world, host, viewer_machine, server, family=6)
    return words(world.programs[-1])


@scenarios
def ipv6_ipv6(world):
    """both have IPv6 behind stateful firewalls, and IPv4 behind symmetric NATs"""
    server = world.server()
    _, host_machine = world.home({"left": "192.168.1.2"}, LEFT4, SYMMETRIC, prefix6="2001:db8:a::")
    _, viewer_machine = world.home({"right": "192.168.1.2"}, RIGHT4, SYMMETRIC, prefix6="2001:db8:b::")
    viewer = open_session(world, world.host(host_machine, server), viewer_machine, server)
    expect_direct(viewer, family=6)
    leave(viewer)
    return words(viewer)


@scenarios
def double_nat(world):
    """both behind a home router behind a carrier-grade NAT, two providers"""
    server = world.server()
    _, isp_left = world.provider("isp-left", LEFT4)
    _, isp_right = world.provider("isp-right", RIGHT4)
    _, host_machine = world.home({"left": "192.168.1.2"}, "100.64.0.2", upstream=isp_left)
    _, viewer_machine = world.home({"right": "192.168.1.2"}, "100.64.0.2", upstream=isp_right)
    viewer = open_session(world, world.host(host_machine, server), viewer_machine, server)
    expect_direct(viewer, transport="udp", family=4)
    leave(viewer)
    return words(viewer)


@scenarios
def same_lan(world):
    """both in one LAN behind a symmetric NAT without hairpin"""
    server = world.server()
    _, host_machine, viewer_machine = world.home({"left": "192.168.1.2", "right": "192.168.1.3"}, LEFT4, SYMMETRIC)
    viewer = open_session(world, world.host(host_machine, server), viewer_machine, server)
    expect_direct(viewer, how="lan")
    leave(viewer)
    return words(viewer)


@scenarios
def direct_ip(world):
    """viewer behind a NAT, host on a public address with --direct-ip and no server"""
    host_machine = world.public_machine("left", "198.51.100.40")
    _, viewer_machine = world.home({"right": "192.168.1.2"}, RIGHT4)
    host = world.host(host_machine, None, "--direct-ip")
    viewer = open_session(world, host, viewer_machine, None, target="198.51.100.40")
    expect_direct(viewer, how="direct-ip", remote="198.51.100.40:21118")
    leave(viewer)
    return words(viewer)


@scenarios
def udp_blocked_viewer(world):
    """viewer's network drops UDP and passes all TCP"""
    server = world.server()
    host_machine, viewer_machine = two_homes(world, right_link=["--block-udp"])
    path = stay_on_relay(world, world.host(host_machine, server), viewer_machine, server)
    if path["transport"] not in ("tcp", "tls"):
        raise LabFailure(f"the path is over {path['transport']} where UDP is blocked")
    return words(world.programs[-1])


@scenarios
def unknown_id(world):
    """viewer behind a cone asks for an ID that nobody has"""
    server = world.server()
    _, machine = world.home({"right": "192.168.1.2"}, RIGHT4)
    viewer = world.connect(machine, "999 999 999", "2222-2222", server)
    viewer.expect_exit(4)
    if viewer.events[-1].get("reason") != "not-found":
        raise LabFailure("the reason is not 'not-found'")
    return viewer.stderr().splitlines()[-1]


@scenarios
def no_server(world):
    """viewer behind a cone whose line to the server is cut"""
    server = world.server()
    router, machine = world.home({"right": "192.168.1.2"}, RIGHT4)
    router.tell("cut")
    viewer = world.connect(machine, "999 999 999", "2222-2222", server)
    viewer.expect_exit(6, 15)
    return f"exit 6 for {SERVER4}: {viewer.stderr().splitlines()[-1]}"

"""Networks that let nothing out but a detour: an HTTP proxy, or a translator from IPv6 to IPv4."""
from nat64 import NAT64_4, advertiser, nat64, resolver, synthesised
from program import LabFailure
from proxies import ONLY_PROXY, squid, tinyproxy, url
from world import LEFT4, RIGHT4, SERVER4

from .network import ask, echo_server
from .paths import two_homes
from .registry import Group
from .steps import expect_direct, leave, open_session, stay_on_relay, stay_on_relay_by_host, words

scenarios = Group("detours")


def viewer_behind(world, proxy):
    server = world.server()
    host_machine, viewer_machine = two_homes(world, right_link=ONLY_PROXY)
    viewer_machine.variables["https_proxy"] = proxy
    host = world.host(host_machine, server)
    stay_on_relay(world, host, viewer_machine, server, transport="proxy")
    return words(world.programs[-1])


def host_behind(world, proxy):
    server = world.server()
    host_machine, viewer_machine = two_homes(world, left_link=ONLY_PROXY)
    host_machine.variables["https_proxy"] = proxy
    stay_on_relay_by_host(world, world.host(host_machine, server), viewer_machine, server, "proxy")
    return words(world.programs[-1])


@scenarios
def tinyproxy_viewer(world):
    """viewer's network lets out nothing but HTTP through tinyproxy, host behind a cone"""
    tinyproxy(world)
    return viewer_behind(world, url(False))


@scenarios
def tinyproxy_host(world):
    """host's network lets out nothing but HTTP through tinyproxy, viewer behind a cone"""
    tinyproxy(world)
    return host_behind(world, url(False))


@scenarios
def squid_basic_viewer(world):
    """viewer's network lets out nothing but HTTP through squid, which wants a password (Basic)"""
    squid(world, "basic")
    return viewer_behind(world, url(True))


@scenarios
def squid_basic_host(world):
    """host's network lets out nothing but HTTP through squid, which wants a password (Basic)"""
    squid(world, "basic")
    return host_behind(world, url(True))


@scenarios
def squid_digest_viewer(world):
    """viewer's network lets out nothing but HTTP through squid, which wants a password (Digest)"""
    squid(world, "digest")
    return viewer_behind(world, url(True))


@scenarios
def squid_digest_host(world):
    """host's network lets out nothing but HTTP through squid, which wants a password (Digest)"""
    squid(world, "digest")
    return host_behind(world, url(True))


@scenarios
def nat64_mapping(world):
    """an IPv6-only machine behind NAT64 asks two echo servers that have IPv4 alone"""
    addresses = SERVER4, "198.51.100.11"
    for number, address in enumerate(addresses):
        echo_server(world, f"echo{number}", address, None)
    nat64(world)
    _, machine = world.home({"right": None}, prefix6="2001:db8:b::")
    seen = {(ip, port) for ip, port, _ in ask(machine, *map(synthesised, addresses))}
    if len(seen) != 1 or {ip for ip, _ in seen} != {NAT64_4}:
        raise LabFailure(f"through NAT64 the machine is seen as {sorted(seen)}")
    return "seen as {}:{}".format(*seen.pop())


def ipv6_home(world, name, say=resolver):
    """An IPv6-only machine whose network has NAT64 and says so."""
    nat64(world)
    _, machine = world.home({name: None}, prefix6="2001:db8:b::")
    say(machine)
    return machine


def across_nat64(world, host_machine, viewer_machine, server):
    viewer = open_session(world, world.host(host_machine, server), viewer_machine, server)
    expect_direct(viewer, 25)
    leave(viewer)
    return words(viewer)


@scenarios
def nat64_viewer(world):
    """viewer has IPv6 alone with NAT64, host IPv4 alone behind a cone, the server both"""
    server = world.server()
    _, host_machine = world.home({"left": "192.168.1.2"}, LEFT4)
    return across_nat64(world, host_machine, ipv6_home(world, "right"), server)


@scenarios
def nat64_advertised(world):
    """viewer has IPv6 alone with NAT64 that only router advertisements tell of, host IPv4 alone behind a cone"""
    server = world.server()
    _, host_machine = world.home({"left": "192.168.1.2"}, LEFT4)
    return across_nat64(world, host_machine, ipv6_home(world, "right", advertiser), server)


@scenarios
def nat64_host(world):
    """host has IPv6 alone with NAT64, viewer IPv4 alone behind a cone, the server both"""
    server = world.server()
    _, viewer_machine = world.home({"right": "192.168.1.2"}, RIGHT4)
    return across_nat64(world, ipv6_home(world, "left"), viewer_machine, server)

"""The way from an IPv6-only network to the IPv4 internet: tayga translates, the kernel shares one address.

    machine (2001:db8:b::2) -- lab_natbox, firewall -- internet -- tayga -- masquerade -- internet (198.51.100.64)

The prefix is a network's own one, so nobody can guess it: the machine's resolver tells it (RFC 7050), or a router (RFC 8781).
"""
PREFIX = "2001:db8:64::"  # /96
NAT64_4, NAT64_6 = "198.51.100.64", "2001:db8:51::64"
POOL = "192.168.255.0/24"

MASQUERADE = """
table ip nat64 {
  chain input { type filter hook input priority filter; policy accept;
    iifname "eth0" ct state established accept
    iifname "eth0" drop
  }
  chain share { type nat hook postrouting priority srcnat;
    ip saddr 192.168.255.0/24 oifname "eth0" masquerade
  }
}
"""

# Knows one name. Everything else does not exist.
RESOLVER = """
import ipaddress, socket, struct, sys
prefix = int(ipaddress.IPv6Address(sys.argv[1]))
name = b"\\x08ipv4only\\x04arpa\\0"
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 53))
print("up", flush=True)
while True:
    query, client = s.recvfrom(512)
    end = query.index(b"\\0", 12) + 5
    question, kind = query[12:end], struct.unpack(">H", query[end - 4:end - 2])[0]
    known = question[:-4].lower() == name
    found = [ipaddress.IPv6Address(prefix + int(ipaddress.IPv4Address(v4))).packed
             for v4 in ("192.0.0.170", "192.0.0.171")] if known and kind == 28 else []
    answers = b"".join(b"\\xc0\\x0c" + struct.pack(">HHIH", 28, 1, 60, 16) + address for address in found)
    flags = 0x8180 if known else 0x8183
    s.sendto(query[:2] + struct.pack(">HHHHH", flags, 1, len(found), 0, 0) + question + answers, client)
"""


# Advertises the prefix on a cable of its own, in vain for everything else: no route, no address (RFC 8781).
ADVERTISE = """
import socket, struct, sys, time
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
cable = socket.if_nametoindex("radvd1")
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, cable)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
option = struct.pack(">BBH", 38, 2, 600 // 8 << 3) + socket.inet_pton(socket.AF_INET6, sys.argv[1])[:12]
said = False
while True:
    try:
        s.sendto(struct.pack(">BBHBBHII", 134, 0, 0, 64, 0, 0, 0, 0) + option, ("ff02::1", 0, 0, cable))
        if not said:
            print("up", flush=True)
        said = True
    except OSError:
        pass  # its own address is not ready yet
    time.sleep(0.1)
"""


def synthesised(v4):
    """An IPv4 address as an IPv6-only machine has to write it."""
    return PREFIX + v4


def nat64(world):
    """Starts the translator."""
    machine = world.public_machine("nat64", NAT64_4, NAT64_6)
    machine.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    world.net.ip(f"route add {PREFIX}/96 via {NAT64_6}")
    config = world.file("tayga.conf", f"tun-device siit\nipv4-addr 192.168.255.1\nprefix {PREFIX}/96\n"
                                      f"ipv6-addr 2001:db8:51::65\ndynamic-pool {POOL}\n")
    machine.run("tayga", "--mktun", "-c", config)
    machine.ip("link set siit up", f"route add {POOL} dev siit", f"route add {PREFIX}/96 dev siit")
    machine.run("nft", "-f", world.file("nat64.nft", MASQUERADE))
    return machine.start("tayga", "tayga", "-d", "-c", config)


def resolver(machine):
    """A name server on the machine's own loopback, which is where the laboratory's resolv.conf points."""
    machine.start("resolver", "python3", "-c", RESOLVER, PREFIX).wait_line("up")


def advertiser(machine):
    """A router that says the prefix in its advertisements, at the machine's second port."""
    machine.ip("link add radvd0 type veth peer name radvd1")
    for name, value in {"accept_ra": 2, "accept_ra_from_local": 1}.items():
        machine.run("sysctl", "-qw", f"net.ipv6.conf.radvd0.{name}={value}")
    machine.ip("link set radvd0 up", "link set radvd1 up")
    machine.start("advertiser", "python3", "-c", ADVERTISE, PREFIX).wait_line("up")

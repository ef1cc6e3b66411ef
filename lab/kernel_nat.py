"""A home behind the kernel's own NAT: a namespace with nftables as router, a plain lab_natbox as its line.

    machine (192.168.1.2) -- veth -- router (nftables) -- lab_natbox, no NAT: delay and cuts -- internet
"""
GATEWAY = "192.168.1.1"
FIRST_PORT, PORTS = 20000, 8192  # of the sequential one

# Nothing from outside reaches the router itself, as in every router that is sold: only so does a packet of the
# peer's that comes too early leave no trace.
CLOSED = """
  chain input { type filter hook input priority filter; policy accept;
    iifname "lan" ct state established accept
    iifname "lan" drop
  }"""

NAT = """
table ip home {{
  chain forward {{ type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname "home" ct state new accept
  }}
  chain translate {{ type nat hook postrouting priority srcnat;
    {rules}
  }}{closed}
}}
"""

SEQUENTIAL_PORTS = ", ".join(f"{n} : {FIRST_PORT + n}" for n in range(PORTS))
RULES = {
    "preserving": 'oifname "lan" masquerade',
    "random": 'oifname "lan" masquerade random',
    "fully-random": 'oifname "lan" masquerade fully-random',
    "sequential": 'oifname "lan" meta l4proto udp snat to {wan} : numgen inc mod ' + str(PORTS)
                  + " map {{ " + SEQUENTIAL_PORTS + ' }}\n    oifname "lan" masquerade',
}


def kernel_home(world, name, wan, rule, link=(), closed=True):
    """(the router's line, the machine). rule: a key of RULES. Not closed: the router's own ports answer."""
    gateway = world.namespace(f"{name}-router", forwards=True, ipv6=False)
    line = world.router([(gateway, [wan])], world.net, [wan], list(link))
    gateway.ip(f"addr add {wan}/32 dev lan", "route add default dev lan")
    rules = world.file(f"{name}.nft", NAT.format(rules=RULES[rule].format(wan=wan), closed=CLOSED if closed else ""))
    gateway.run("nft", "-f", rules)
    machine = world.namespace(name, ipv6=False)
    machine.address, machine.cable = "192.168.1.2", "lan"
    gateway.ip(f"link add home type veth peer name lan netns {machine.netns}",
               f"addr add {GATEWAY}/24 dev home", "link set home up")
    machine.ip("link set lan up", f"addr add {machine.address}/24 dev lan", f"route add default via {GATEWAY}")
    return line, machine

"""`--figures`: each time that was promised, measured five times by itself; all five and their median are printed.

First frames: from the start of the viewer's process to the first whole picture, both ends 50 ms RTT from the
server, which is running, as is the host; each also has to find the path that its networks promise.
"""
import json
import statistics
import sys

from scenarios import moves
from scenarios.breaks import (RELAY_BACK_LIMIT, cut_and_heal, kill_relay, restart_only_relay, restart_relay,
                              restart_server)
from scenarios.steps import leave, open_session, words
from world import CONE, LEFT4, ONLY_443, RIGHT4, SYMMETRIC, World

RUNS = 5
FAR = ["--delay", "25"]  # one way
UDP_LIMIT, TLS_LIMIT = 1.5, 2.0


def homes(left=CONE, right=CONE, left_link=(), right_link=()):
    """Two homes with the same private addresses."""
    def build(world):
        return (world.home({"left": "192.168.1.2"}, LEFT4, left, [*FAR, *left_link])[1],
                world.home({"right": "192.168.1.2"}, RIGHT4, right, [*FAR, *right_link])[1])
    return build


def mixed(world):
    return (world.home({"left": "192.168.1.2"}, LEFT4, link=FAR)[1],
            world.home({"right": None}, link=FAR, prefix6="2001:db8:b::")[1])


def ipv6(world):
    return (world.home({"left": None}, link=FAR, prefix6="2001:db8:a::")[1],
            world.home({"right": None}, link=FAR, prefix6="2001:db8:b::")[1])


def double_nat(world):
    left, right = world.provider("isp-left", LEFT4)[1], world.provider("isp-right", RIGHT4)[1]
    return (world.home({"left": "192.168.1.2"}, "100.64.0.2", link=FAR, upstream=left)[1],
            world.home({"right": "192.168.1.2"}, "100.64.0.2", link=FAR, upstream=right)[1])


def same_lan(world):
    return world.home({"left": "192.168.1.2", "right": "192.168.1.3"}, LEFT4, SYMMETRIC, link=FAR)[1:]


def first_frame(build, **path):
    """A figure: (seconds, the paths taken)."""
    def measure_one(world):
        server = world.server()
        host_machine, viewer_machine = build(world)
        viewer = open_session(world, world.host(host_machine, server), viewer_machine, server)
        viewer.wait("path", 20, **path)
        leave(viewer)
        return viewer.all("first_frame")[0]["at"] - viewer.started, words(viewer)
    return measure_one


def pause(world):
    gap, back, _ = cut_and_heal(world)
    return gap, f"direct again {back:.1f} s after the cut healed"


def online(world):
    gap, seconds, _ = restart_server(world)
    return seconds, f"longest pause of the direct session {gap * 1000:.0f} ms"


def relay_back(world):
    back, viewer = restart_relay(world)
    return back, words(viewer)


FINAL_RELAY = ("hard-nat", "both-symmetric", "udp-blocked", "family")
FIGURES = {
    "cone-cone": (UDP_LIMIT, first_frame(homes(), kind="direct")),
    "symmetric-symmetric": (UDP_LIMIT, first_frame(homes(SYMMETRIC, SYMMETRIC), kind="relay", why=FINAL_RELAY)),
    "only-443-viewer": (TLS_LIMIT, first_frame(homes(right_link=ONLY_443), kind="relay", transport="tls", why=FINAL_RELAY)),
    "only-443-host": (TLS_LIMIT, first_frame(homes(left_link=ONLY_443), kind="relay", why=FINAL_RELAY)),
    "ipv6-only-viewer": (UDP_LIMIT, first_frame(mixed, kind="relay", why=FINAL_RELAY)),
    "ipv6-ipv6": (UDP_LIMIT, first_frame(ipv6, kind="direct", family=6)),
    "double-nat": (UDP_LIMIT, first_frame(double_nat, kind="direct")),
    "same-lan": (UDP_LIMIT, first_frame(same_lan, kind="direct", how="lan")),
    "promoted-late-by": (moves.PROMOTED_LIMIT, moves.promote),
    "silent-death": (moves.DEATH_LIMIT, moves.die_silently),
    "silent-death-typing": (moves.INPUT_LIMIT, moves.die_while_typing),
    "viewer-roams": (moves.ROAM_LIMIT, moves.roam),
    "pause-after-cut": (1.0, pause),
    "online-after-restart": (10.0, online),
    "relay-killed": (1.0, kill_relay),
    "relay-restart": (RELAY_BACK_LIMIT, relay_back),
    "only-relay-restart": (RELAY_BACK_LIMIT, restart_only_relay),
}


def measure(build, folder, names, as_json):
    """0 when every median keeps its limit."""
    if unknown := set(names) - set(FIGURES):
        sys.exit(f"lab: no figure is named {', '.join(sorted(unknown))}; there are {', '.join(FIGURES)}.")
    late = 0
    for name in names or FIGURES:
        limit, figure = FIGURES[name]
        runs = [measure_once(build, f"{name}-{run}", folder, figure) for run in range(RUNS)]
        values = [value for value, _ in runs]
        median = statistics.median(values)
        late += median > limit
        tell(name, values, median, limit, runs[-1][1], as_json)
    return 1 if late else 0


def measure_once(build, name, folder, figure):
    with World(build, name, folder) as world:
        try:
            return figure(world)
        except Exception:
            print(world.story(), flush=True)
            raise


def tell(name, values, median, limit, said, as_json):
    if as_json:
        print(json.dumps({"figure": name, "median_s": round(median, 3), "limit_s": limit,
                          "runs_s": [round(value, 3) for value in values], "said": said}), flush=True)
        return
    runs = " ".join(f"{value:.3f}" for value in values)
    print(f"{'ok  ' if median <= limit else 'LATE'} {name:<21} median {median:.3f} s (limit {limit:g})  runs {runs}  {said}",
          flush=True)

"""Our link and libnice's ICE agent, each behind a router of its own: direct, and through relays, in both roles."""
import subprocess
import threading

from coturn import COTURN4, Coturn
from program import LabFailure
from world import CONE, LEFT4, OPEN_CONE, RIGHT4, SERVER4, SYMMETRIC

from .registry import Group

scenarios = Group("interop")

USER = "tester:a-password-for-tests"
REFLEXIVE = ("srflx", "prflx")


def carry_signals(source, destination):
    """Until the source ends, every signal of it becomes a line for the destination."""
    def carry():
        at = 0
        try:
            while True:
                event = source.wait("signal", 120, after=at)
                at = source.events.index(event) + 1
                destination.process.stdin.write((event["line"] + "\n").encode())
                destination.process.stdin.flush()
        except (LabFailure, BrokenPipeError):
            pass  # one of them ended
    threading.Thread(target=carry, daemon=True).start()


def call(world, our_role, relay, *options, nats=(CONE, CONE)):
    """(our end, libnice's end), each started in a home of its own and told of the other."""
    _, left = world.home({"left": "192.168.1.2"}, LEFT4, nats[0])
    _, right = world.home({"right": "192.168.1.2"}, RIGHT4, nats[1])
    common = ["--stun", SERVER4, "--user", USER, *options]
    their_role = "host" if our_role == "caller" else "caller"
    ours = left.start("ours", world.tool("interop_ours"), "--role", our_role, "--relay", f"turn:{relay}", *common,
                      stdin=subprocess.PIPE)
    nice = right.start("libnice", world.tool("interop_nice"), "--role", their_role, "--relay", relay, *common,
                       stdin=subprocess.PIPE)
    carry_signals(ours, nice)
    carry_signals(nice, ours)
    return ours, nice


def expect_talk(ours, nice):
    """Packets arrive at both ends after what has been seen so far, and both end well."""
    marks = ours.mark(), nice.mark()
    for end, mark in zip((ours, nice), marks):
        end.wait("heard", 10, after=mark)
    for end in (ours, nice):
        end.process.stdin.close()
        end.expect_exit(0, 5)


def expect_selected(nice, local, remote):
    """libnice goes on selecting until it has the best pair; the last one counts."""
    seen = nice.wait("selected", 15, local=local, remote=remote)
    return f"libnice {seen['local']}/{seen['remote']}"


def direct(world, our_role, *pair, **more):
    world.server("--turn-user", USER)
    ours, nice = call(world, our_role, SERVER4, **more)
    ours.wait("path", 15, kind="direct")
    said = expect_selected(nice, *pair)
    expect_talk(ours, nice)
    return f"direct, {said}"


def relayed(world, our_role, relay):
    """Each end has an allocation on that relay and nothing else: four hops on one server."""
    ours, nice = call(world, our_role, relay, "--relay-only")
    ours.wait("path", 15, kind="relay", remote=f"{relay}:3478")
    said = expect_selected(nice, "relay", "relay")
    expect_talk(ours, nice)
    if ours.all("path", kind="direct"):
        raise LabFailure("a direct path in spite of --relay-only")
    return f"relayed by {relay}, {said}"


@scenarios
def libnice_direct_we_control(world):
    """two cones; libnice is controlled"""
    return direct(world, "caller", REFLEXIVE, REFLEXIVE)


@scenarios
def libnice_direct_it_controls(world):
    """two cones; libnice is controlling"""
    return direct(world, "host", REFLEXIVE, REFLEXIVE)


@scenarios
def libnice_behind_symmetric_nat(world):
    """we behind a full cone, libnice behind a symmetric NAT and controlling: only peer-reflexive addresses work"""
    return direct(world, "host", "prflx", REFLEXIVE, nats=(OPEN_CONE, SYMMETRIC))


@scenarios
def libnice_our_relay_we_control(world):
    """two cones, relays alone, both on godesk-server; libnice is controlled"""
    world.server("--turn-user", USER)
    return relayed(world, "caller", SERVER4)


@scenarios
def libnice_our_relay_it_controls(world):
    """two cones, relays alone, both on godesk-server; libnice is controlling"""
    world.server("--turn-user", USER)
    return relayed(world, "host", SERVER4)


@scenarios
def libnice_coturn_we_control(world):
    """two cones, relays alone, both on coturn; libnice is controlled"""
    world.server()
    Coturn(world, user=USER)
    return relayed(world, "caller", COTURN4)


@scenarios
def libnice_coturn_it_controls(world):
    """two cones, relays alone, both on coturn; libnice is controlling"""
    world.server()
    Coturn(world, user=USER)
    return relayed(world, "host", COTURN4)

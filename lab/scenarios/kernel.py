"""A corner of the matrix (`run.py matrix` has all of it): homes behind the kernel's own NAT."""
import os

import matrix
from program import LabFailure

from .registry import Group
from .steps import expect_direct, leave

scenarios = Group("kernel")


def pair(world, host_kind, viewer_kind):
    expected, = matrix.oracle(world.build, [(host_kind, viewer_kind)])
    seen = matrix.call(world, host_kind, viewer_kind, expected)
    if seen["got"] not in (expected, "direct"):
        raise LabFailure(f"expected {expected}, got {seen}")
    return ", ".join(f"{key} {value}" for key, value in seen.items())


@scenarios
def kernel_preserving_both(world):
    """both behind nftables' masquerade, which keeps ports where it can"""
    return pair(world, "kernel-preserving", "kernel-preserving")


@scenarios
def kernel_sequential_host(world):
    """host behind nftables' sequential ports, viewer behind a cone that filters by address"""
    return pair(world, "kernel-sequential", "address-cone")


@scenarios
def kernel_random_viewer(world):
    """host behind a cone that filters by port, viewer behind nftables' fully random ports"""
    return pair(world, "port-cone", "kernel-fully-random")


@scenarios
def remembered(world):
    """host behind fully random ports, viewer behind a cone that filters by port; the viewer comes three times"""
    server = matrix.two_addresses(world)
    host_machine = matrix.KINDS["symmetric-random"].home(world, "host", matrix.LEFT4)
    viewer_machine = matrix.KINDS["port-cone"].home(world, "viewer", matrix.RIGHT4)
    host = world.host(host_machine, server)
    memory = os.path.join(world.data_dir("viewer"), "pairs")
    took = []
    for number in range(3):
        # A one-time password is another one after each use.
        news = [event["password"] for event in host.all("password")]
        viewer = world.connect(viewer_machine, host.id, ([host.password] + news)[-1], server)
        viewer.wait("first_frame", 25)
        took.append(expect_direct(viewer)["t_ms"] - viewer.all("authenticated")[0]["t_ms"])
        if number < 2:
            host.wait("password", 5, len(host.events) - 1 if len(news) == number + 1 else 0)
        leave(viewer)
        entries = open(memory).read().splitlines()
        if len(entries) != 1 or entries[0].split()[2:4] != ["2", "1"]:
            raise LabFailure(f"after session {number + 1} the viewer remembers {entries}")
    if any(secret in "".join(entries) for secret in (host.id, matrix.LEFT4, matrix.RIGHT4)):
        raise LabFailure("the memory names somebody")
    return f"direct {', '.join(f'{ms} ms' for ms in took)} after the login"

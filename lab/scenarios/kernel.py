"""A corner of the matrix (`run.py matrix` has all of it): homes behind the kernel's own NAT."""
import matrix
from program import LabFailure

from .registry import Group

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

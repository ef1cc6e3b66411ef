"""`run.py matrix [KIND...] [--ordered] [--json]`: the built programs over pairs of NAT kinds, against the oracle.

Each pair is a world of its own: server, host and viewer, 15 ms from the internet each way. The oracle
(lab_oracle: sim/oracle.h) says whether a direct path exists; the pair has to find it, or to say why it stays
on the relay. Pairs that do better than the oracle are told, and are no failure.
"""
import concurrent.futures
import dataclasses
import itertools
import json
import subprocess
import sys
import time

from kernel_nat import kernel_home
from program import LabFailure
from world import CONE, LEFT4, RIGHT4, SERVER4, SERVER6, World

SECOND4 = "198.51.100.11"  # of the server
LINK = ["--delay", "15"]
DIRECT_WITHIN = 45.0   # covers the tries 2, 10 and 30 s after the first
VERDICT_WITHIN = 60.0  # of a relay that stays
FINAL = ("hard-nat", "both-symmetric")

EI, AD, APD = "endpoint-independent", "address-dependent", "address-and-port-dependent"


@dataclasses.dataclass(frozen=True)
class Kind:
    """A way to translate: for lab_natbox, or by the kernel; and what it amounts to, for the oracle.

    carrier: it is the provider's, and a home router that is a port-cone stands behind it.
    """
    mapping: str
    filtering: str
    ports: str
    kernel: str = ""
    more: tuple = ()
    carrier: bool = False

    def home(self, world, name, wan):
        """The machine of that name behind it."""
        if self.kernel:
            return kernel_home(world, name, wan, self.kernel, LINK)[1]
        if self.carrier:
            provider = world.provider(f"{name}-isp", wan, self.options())[1]
            return world.home({name: "192.168.1.2"}, "100.64.0.2", CONE, LINK, upstream=provider)[1]
        return world.home({name: "192.168.1.2"}, wan, self.options(), LINK)[1]

    def options(self):
        return ["--mapping", self.mapping, "--filtering", self.filtering, "--ports", self.ports, *self.more]

    def words(self):
        return f"{self.mapping},{self.filtering},{self.ports}"


# netfilter maps each destination anew and filters by address and port; masquerading, it keeps the port.
KINDS = {
    "full-cone": Kind(EI, EI, "preserving"),
    "address-cone": Kind(EI, AD, "preserving"),
    "port-cone": Kind(EI, APD, "preserving"),
    "port-cone-random": Kind(EI, APD, "random"),
    "by-address": Kind(AD, APD, "random"),
    "by-address-open": Kind(AD, EI, "random"),
    "symmetric-open": Kind(APD, EI, "random"),
    "symmetric-address": Kind(APD, AD, "random"),
    "symmetric-sequential": Kind(APD, APD, "sequential"),
    "symmetric-busy": Kind(APD, APD, "sequential", more=("--foreign-flows", "20")),
    "symmetric-block": Kind(APD, APD, "block", more=("--block", "20480:2048")),
    "symmetric-random": Kind(APD, APD, "random"),
    "carrier-cone": Kind(EI, APD, "random", carrier=True),
    "carrier-block": Kind(APD, APD, "block", more=("--block", "8192:1024"), carrier=True),
    "kernel-preserving": Kind(APD, APD, "overloading", kernel="preserving"),
    "kernel-sequential": Kind(APD, APD, "sequential", kernel="sequential"),
    "kernel-random": Kind(APD, APD, "random", kernel="random"),
    "kernel-fully-random": Kind(APD, APD, "random", kernel="fully-random"),
}


def oracle(build, pairs):
    """'direct' or 'relay' for each pair of kinds' names."""
    asked = "".join(f"{KINDS[a].words()} {KINDS[b].words()}\n" for a, b in pairs)
    done = subprocess.run([f"{build}/bin/lab_oracle"], input=asked, text=True, capture_output=True, check=True, timeout=30)
    return done.stdout.split()


def two_addresses(world):
    """The server: only over two addresses shows a mapping that it depends on the address."""
    machine = world.public_machine("server", SERVER4, SERVER6)
    machine.ip(f"addr add {SECOND4}/32 dev {machine.cable}")
    world.net.ip(f"route add {SECOND4}/32 via {SERVER4}")
    return world.serve(machine, "--public-address", SECOND4)


def call(world, host_kind, viewer_kind, expected):
    """{got, how or why, first_frame_ms, direct_ms: since the login}, after a session that ended well."""
    server = two_addresses(world)
    host = world.host(KINDS[host_kind].home(world, "host", LEFT4), server)
    viewer = world.connect(KINDS[viewer_kind].home(world, "viewer", RIGHT4), host.id, host.password, server)
    frame = viewer.wait("first_frame", 25)
    path = final_path(viewer, expected)
    viewer.process.terminate()
    viewer.expect_exit(0)
    said = {"got": path["kind"], "first_frame_ms": frame["t_ms"]}
    if path["kind"] == "direct":
        return {**said, "how": path["how"], "direct_ms": path["t_ms"] - viewer.all("authenticated")[0]["t_ms"]}
    return {**said, "why": path["why"]}


def final_path(viewer, expected):
    """The direct path, or the relay's when it is final (or, expecting more of it, when time is up)."""
    try:
        if expected == "direct":
            return viewer.wait("path", DIRECT_WITHIN, kind="direct")
        return viewer.wait("path", VERDICT_WITHIN, why=(*FINAL, None))  # a direct one has no why
    except LabFailure:
        if viewer.process.poll() is not None:
            raise
    return viewer.all("path")[-1]


def run_pair(build, folder, host_kind, viewer_kind, expected):
    result = {"host": host_kind, "viewer": viewer_kind, "expected": expected}
    try:
        with World(build, f"{host_kind}-{viewer_kind}", folder) as world:
            try:
                result.update(call(world, host_kind, viewer_kind, expected))
                world.expect_no_crash()
            except Exception as error:
                result.update(got="failed", why=f"{type(error).__name__}: {error}")
                print(world.story(), file=sys.stderr, flush=True)
    except Exception as error:
        result.update(got="failed", why=f"the laboratory itself: {error}")
    result["ok"] = result["got"] in (expected, "direct")
    return result


def chosen_pairs(names, ordered):
    """Every pair of these kinds; unordered ones take turns in who is the host."""
    if unknown := set(names) - set(KINDS):
        sys.exit(f"lab: no kind is named {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}.")
    kinds = [kind for kind in KINDS if not names or kind in names]
    if ordered:
        return list(itertools.product(kinds, kinds))
    return [pair if sum(map(kinds.index, pair)) % 2 else pair[::-1]
            for pair in itertools.combinations_with_replacement(kinds, 2)]


def tell(result, as_json):
    if as_json:
        print(json.dumps(result), flush=True)
        return
    mark = "FAIL" if not result["ok"] else "ok  " if result["got"] == result["expected"] else "more"
    times = f"frame {result['first_frame_ms']:>5} ms" if "first_frame_ms" in result else ""
    if "direct_ms" in result:
        times += f"  direct {result['direct_ms']:>6} ms after the login"
    print(f"{mark} {result['host']:<21} {result['viewer']:<21} expected {result['expected']:<6} "
          f"got {result['got']:<6} {result.get('how') or result['why']:<15} {times}", flush=True)


def run(build, folder, names, ordered, jobs, as_json):
    """0 when every pair that can be joined was."""
    started = time.monotonic()
    pairs = chosen_pairs(names, ordered)
    with concurrent.futures.ThreadPoolExecutor(max_workers=jobs) as pool:
        results = []
        for result in pool.map(lambda job: run_pair(build, folder, *job[0], job[1]), zip(pairs, oracle(build, pairs))):
            results.append(result)
            tell(result, as_json)
    summary = {"pairs": len(results), "possible": sum(r["expected"] == "direct" for r in results),
               "direct": sum(r["got"] == "direct" for r in results), "failed": sum(not r["ok"] for r in results),
               "seconds": round(time.monotonic() - started)}
    print(json.dumps(summary) if as_json else
          "lab: {pairs} pairs, {possible} can be direct, {direct} are; {failed} not as expected; {seconds} s".format(**summary),
          flush=True)
    return 1 if summary["failed"] else 0

#!/usr/bin/env python3
"""The network laboratory: the built programs in real network namespaces, checked as a user would see them.

    run.py [NAME...] [--list] [--json] [--figures] [--jobs N] [--build FOLDER]
    run.py matrix [KIND...] [--ordered] [--json] [--jobs N] [--build FOLDER]

Re-executes itself in namespaces of its own (mount, process, network; a user namespace when not root), so that
everything it makes dies with it, whatever happens.
"""
import argparse
import concurrent.futures
import ctypes
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent
INSIDE = "GODESK_LAB_INSIDE"
PR_SET_PDEATHSIG = 1


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def outside():
    """Starts this again in fresh namespaces and passes its exit code on. Killed, it takes everything along."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = ["unshare", *user, "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
               sys.executable, *sys.argv]
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"  # users on Debian lack them
    inner = subprocess.Popen(command, env={**os.environ, "PATH": path, INSIDE: "user" if user else "root"}, preexec_fn=die_with_parent)

    def end(signum, _):
        sys.exit(128 + signum)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        return inner.wait()
    finally:
        inner.kill()
        inner.wait()


def prepare():
    """Private /run and X sockets, no name service: nothing of the machine is seen or touched."""
    def mount(*words):
        subprocess.run(["mount", *words], check=True)

    mount("--make-rprivate", "/")
    resolver = pathlib.Path(os.path.realpath("/etc/resolv.conf"))
    mount("-t", "tmpfs", "lab", "/run")
    os.mkdir("/run/netns")
    os.makedirs("/tmp/.X11-unix", exist_ok=True)
    mount("-t", "tmpfs", "-o", "mode=1777", "lab", "/tmp/.X11-unix")
    nobody = pathlib.Path("/run/resolv.conf")
    nobody.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", encoding="ascii")
    if not resolver.exists():
        resolver.parent.mkdir(parents=True, exist_ok=True)
        resolver.touch()
    mount("--bind", str(nobody), str(resolver))
    return tempfile.mkdtemp(prefix="lab-", dir="/run")


def missing_tool():
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "/dev/net/tun cannot be opened: run as root, or `sudo modprobe tun; sudo chmod 666 /dev/net/tun`."
    return None


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="scenarios, or groups of them; default: all. Or 'matrix' and kinds of NAT")
    parser.add_argument("--list", action="store_true", help="what there is")
    parser.add_argument("--json", action="store_true", help="one line a scenario on stdout")
    parser.add_argument("--figures", action="store_true", help="times: five runs each, and their medians")
    parser.add_argument("--ordered", action="store_true", help="matrix: each pair both ways round")
    parser.add_argument("--jobs", type=int, default=2, help="scenarios at a time")
    parser.add_argument("--build", default="build", help="folder with the programs (relative to the root)")
    return parser.parse_args()


def choose(scenarios, names):
    if not names:
        return [s for s in scenarios if not s.on_request]
    chosen = [s for s in scenarios if s.name in names or (s.group in names and not s.on_request)]
    unknown = set(names) - {s.name for s in scenarios} - {s.group for s in scenarios}
    if unknown:
        sys.exit(f"lab: no scenario is named {', '.join(sorted(unknown))}; see --list.")
    return chosen


def run_one(scenario, build, folder):
    """{name, ok, seconds, said or why}."""
    from world import World
    started = time.monotonic()
    result = {"scenario": scenario.name, "ok": False}
    try:
        with World(build, scenario.name, folder) as world:
            try:
                result["said"] = scenario.function(world) or ""
                world.expect_no_crash()
                result["ok"] = True
            except Exception as error:  # every failure is told, with what the programs said
                result["why"] = f"{type(error).__name__}: {error}"
                result["story"] = traceback.format_exc(limit=-2) + world.story()
    except Exception as error:
        result.update(ok=False, why=f"the laboratory itself: {error}", story=traceback.format_exc())
    result["seconds"] = round(time.monotonic() - started, 1)
    return result


def tell(result, as_json):
    if as_json:
        print(json.dumps(result), flush=True)
        return
    print(f"{'ok  ' if result['ok'] else 'FAIL'} {result['scenario']:<28} {result['seconds']:>5.1f} s  "
          f"{result.get('said') or result.get('why', '')}", flush=True)
    if not result["ok"]:
        print(result["story"], flush=True)


def run_all(scenarios, build, folder, jobs, as_json):
    started = time.monotonic()
    failed = 0
    # What measures or captures heavily runs by itself, at the end.
    shared = [s for s in scenarios if not s.alone]
    alone = [s for s in scenarios if s.alone]
    for batch, width in ((shared, jobs), (alone, 1)):
        with concurrent.futures.ThreadPoolExecutor(max_workers=width) as pool:
            for result in pool.map(lambda s: run_one(s, build, folder), batch):
                tell(result, as_json)
                failed += not result["ok"]
    if not as_json:
        print(f"lab: {len(scenarios) - failed} of {len(scenarios)} scenarios as expected, "
              f"{time.monotonic() - started:.0f} s", flush=True)
    return 1 if failed else 0


def inside(options):
    import figures
    import matrix
    import scenarios
    folder = prepare()
    build = str(ROOT / options.build)
    if options.figures:
        return figures.measure(build, folder, options.names, options.json)
    if options.names[:1] == ["matrix"]:
        return matrix.run(build, folder, options.names[1:], options.ordered, options.jobs, options.json)
    chosen = choose(scenarios.ALL, options.names)
    return run_all(chosen, build, folder, options.jobs, options.json)


def main():
    options = parse()
    sys.path.insert(0, str(ROOT / "lab"))
    if options.list:
        import scenarios
        for scenario in scenarios.ALL:
            print(f"{scenario.group:<10} {scenario.name:<28} {scenario.topology}")
        return 0
    why = missing_tool()
    if why:
        print(f"lab: {why}", file=sys.stderr)
        return 2
    return inside(options) if os.environ.get(INSIDE) else outside()


if __name__ == "__main__":
    sys.exit(main())

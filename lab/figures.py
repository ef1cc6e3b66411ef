"""`--figures`: each time that was promised, measured five times by itself; all five and their median are printed."""
import json
import statistics

from scenarios.breaks import cut_and_heal, restart_server
from scenarios.steps import open_session
from world import CONE, LEFT4, ONLY_443, RIGHT4, SYMMETRIC, World

RUNS = 5
FAR = ["--delay", "25"]  # one way: 50 ms RTT to the server


def first_frame(world, left=CONE, right=CONE, left_link=(), right_link=()):
    """Seconds from the start of the process to the first whole picture."""
    server = world.server()
    _, host_machine = world.home({"left": "192.168.1.2"}, LEFT4, left, [*FAR, *left_link])
    _, viewer_machine = world.home({"right": "192.168.1.2"}, RIGHT4, right, [*FAR, *right_link])
    viewer = open_session(world, world.host(host_machine, server), viewer_machine, server)
    return viewer.all("first_frame")[0]["at"] - viewer.started


def ipv6_first_frame(world):
    server = world.server()
    _, host_machine = world.home({"left": None}, link=FAR, prefix6="2001:db8:a::")
    _, viewer_machine = world.home({"right": None}, link=FAR, prefix6="2001:db8:b::")
    viewer = open_session(world, world.host(host_machine, server), viewer_machine, server)
    return viewer.all("first_frame")[0]["at"] - viewer.started


FIGURES = {
    "first-frame-cone-cone": (1.5, first_frame),
    "first-frame-symmetric": (1.5, lambda world: first_frame(world, SYMMETRIC, SYMMETRIC)),
    "first-frame-ipv6": (1.5, ipv6_first_frame),
    "first-frame-443-viewer": (2.0, lambda world: first_frame(world, right_link=ONLY_443)),
    "first-frame-443-host": (2.0, lambda world: first_frame(world, left_link=ONLY_443)),
    "pause-after-cut": (1.0, lambda world: cut_and_heal(world)[0]),
    "online-after-restart": (10.0, lambda world: restart_server(world)[1]),
}


def measure(build, folder, names, as_json):
    """0 when every median keeps its limit."""
    late = 0
    for name in names or FIGURES:
        limit, figure = FIGURES[name]
        values = [measure_once(build, f"{name}-{run}", folder, figure) for run in range(RUNS)]
        median = statistics.median(values)
        late += median > limit
        tell(name, values, median, limit, as_json)
    return 1 if late else 0


def measure_once(build, name, folder, figure):
    with World(build, name, folder) as world:
        try:
            return figure(world)
        except Exception:
            print(world.story(), flush=True)
            raise


def tell(name, values, median, limit, as_json):
    if as_json:
        print(json.dumps({"figure": name, "median_s": round(median, 3), "limit_s": limit,
                          "runs_s": [round(value, 3) for value in values]}), flush=True)
        return
    runs = "  ".join(f"{value:6.3f}" for value in values)
    print(f"{'ok  ' if median <= limit else 'LATE'} {name:<24} median {median:6.3f} s of {limit:g} s   runs {runs}", flush=True)

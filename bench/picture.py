#!/usr/bin/env python3
"""`./dev bench picture`: our host and viewer beside TigerVNC and x11vnc, all measured alike, at 1920x1080.

    keys     one key at a time: from the key on the viewer's keyboard to the changed pixel on the viewer's display
    idle     nothing changes on the screen
    typing   an xterm, 15 keys a second on the viewer's keyboard
    scroll   coloured text runs through an xterm that nearly fills the screen
    drag     a window of 800x600 is dragged over a photograph
    page     coloured text and photographs, 1400x950, scrolled by 40 pixels 30 times a second
    film     1280x720, 30 pictures a second

Host and viewer are machines of the network laboratory (lab/world.py), each with an X server of 1920x1080. bench/eye.cpp
types and looks at the viewer's display, as a user does, whosever viewer it is. Bytes are what came in by the viewer's
cable, packet headers included; CPU is what the scheduler gave a process, in percent of one core. VNC goes unencrypted.

--link puts lab_natbox between the two, with the rates, delay and losses of LINKS: whatever goes by the viewer's cable
goes through it, VNC's TCP as well as our UDP. Only ours has limits there. A peer that does not cope with a link costs a
bounded time, and its row says so.

Each figure is the median of RUNS runs (--link, which takes an hour: of one), and the limits' are all printed: two cores
are rarely left alone for minutes. Peers take turns within a run.
"""
import argparse
import contextlib
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench"))
sys.path.insert(0, str(ROOT / "lab"))

import run as lab  # noqa: E402  (the laboratory's, not the bench's)
from limits import of_links, of_pictures  # noqa: E402
from measure import COLOURED_LINES, XTERM, cpu_seconds, percentile, raise_priority  # noqa: E402
from peers import HOST_DISPLAY, PEERS, VIEWER_DISPLAY, x_server  # noqa: E402
from runs import middle, verdicts_of  # noqa: E402
from program import LabFailure  # noqa: E402
from world import AS_NOBODY, CONE, World  # noqa: E402

CONTENTS = ("keys", "idle", "typing", "scroll", "drag", "page", "film")
LINK_CONTENTS = ("keys", "typing", "scroll", "page", "film")
SECONDS, LINK_FILM_SECONDS = 6, 60
RUNS = 5
GRACE = 60  # seconds that a measurement may take beyond what it lasts
KEYS, LINK_KEYS = 80, 40
HOST4, VIEWER4, HOME4 = "198.51.100.20", "198.51.100.30", "203.0.113.7"
LINKS = {  # name: (kbit/s, loss in percent); 60 ms there and back
    "20 Mbit/s": (20000, 0), "20 Mbit/s, 1 % lost": (20000, 1), "20 Mbit/s, 5 % lost": (20000, 5), "2 Mbit/s": (2000, 0)}
ONE_WAY = "30"
WORLDS = itertools.count(1)


class Eye:
    """bench/eye.cpp."""

    def __init__(self, world):
        self.program = world.start("eye", [world.tool("eye"), HOST_DISPLAY, VIEWER_DISPLAY], stdin=subprocess.PIPE)
        self.program.wait("open", 30)

    def ask(self, command, answer, seconds=GRACE):
        mark = self.program.mark()
        self.program.process.stdin.write((command + "\n").encode())
        self.program.process.stdin.flush()
        return self.program.wait(answer, seconds, mark)

    def different(self):
        return self.ask("equal", "equal")["different"]


class Measured:
    """One peer between two machines."""

    def __init__(self, world, peer, host, viewer, keys):
        self.world, self.host, self.viewer, self.keys = world, host, viewer, keys
        self.peer, self.patience = peer, peer.patience
        x_server(viewer, VIEWER_DISPLAY)
        self.pids = peer.start(world, host, viewer)
        self.eye = Eye(world)
        self.eye.ask("point 960 540", "pointed")
        self.settle()

    def settle(self):
        """Waits until the viewer shows the host's screen; how many pixels differ in the end."""
        deadline = time.monotonic() + self.patience
        while (different := self.eye.different()) and time.monotonic() < deadline:
            time.sleep(0.2)
        return different

    def bytes_received(self):
        line = next(line for line in self.viewer.run("cat", "/proc/net/dev").splitlines()
                    if line.split(":")[0].strip() == self.viewer.cable)
        return int(line.split(":")[1].split()[0])

    def watched(self, command, begin=lambda: None):
        cpu = {name: cpu_seconds(pid) for name, pid in self.pids.items()}
        received, started = self.bytes_received(), time.monotonic()
        begin()
        figures = self.eye.ask(command, "watched", self.seconds + GRACE)
        passed = time.monotonic() - started
        kept = ("updates_s", "gap_ms", "fps", "freeze_ms", "psnr_db")
        return {**{key: figures[key] for key in kept if key in figures},
                "bytes_s": round((self.bytes_received() - received) / passed),
                **{f"{name}_cpu": round((cpu_seconds(pid) - cpu[name]) / passed * 100, 2) for name, pid in self.pids.items()},
                "different": self.settle()}

    @contextlib.contextmanager
    def window(self, name, *words, ready):
        """A program with a window on the host's display. It says `ready` when it runs."""
        program = self.host.start(name, "env", f"DISPLAY={HOST_DISPLAY}", *words, stdin=subprocess.PIPE)
        ready(program)
        yield program
        program.stop()
        self.settle()

    def terminal(self, geometry, command):
        told = pathlib.Path(self.world.file(f"terminal{time.monotonic_ns()}"))

        def ready(_):
            deadline = time.monotonic() + 30
            while not told.exists():
                if time.monotonic() > deadline:
                    raise LabFailure("the terminal did not start")
                time.sleep(0.02)
            self.settle()

        return self.window("xterm", *AS_NOBODY, *XTERM, "-geometry", geometry, "-e", "sh", "-c", f": > '{told}'; {command}", ready=ready)

    def figures(self, content, seconds):
        self.seconds = seconds
        return getattr(self, f"measure_{content}", lambda: self.measure_shown(content))()

    def measure_keys(self):
        with self.terminal("100x40+400+150", "exec cat > /dev/null"):
            answer = self.eye.ask(f"keys {self.keys}", "keys", self.keys * 3 + GRACE)
        times = answer["ms"]
        if not times:
            raise LabFailure("no key changed a pixel")
        return {"median_ms": round(statistics.median(times), 2), "p95_ms": round(percentile(times, 95), 2),
                "min_ms": min(times), "max_ms": max(times), "count": len(times), "missed": answer["missed"]}

    def measure_idle(self):
        count = getattr(self.peer, "session_bytes", None)
        before = count() if count else 0
        figures = self.watched(f"watch {self.seconds}")
        figures["session_bytes_s"] = round((count() - before) / self.seconds) if count else figures["bytes_s"]
        return figures

    def measure_typing(self):
        with self.terminal("100x40+400+150", "exec cat > /dev/null"):
            return self.watched(f"type 15 {self.seconds}")

    def measure_scroll(self):
        go, script = pathlib.Path(self.world.file("go")), self.world.file("lines.py")
        pathlib.Path(script).write_text(COLOURED_LINES)
        command = f"while [ ! -e '{go}' ]; do sleep 0.05; done; {sys.executable} '{script}' {self.seconds}; exec cat"
        with self.terminal("230x60+0+0", command):
            return self.watched(f"watch {self.seconds}", begin=go.touch)

    def measure_shown(self, content):
        def begin():
            program.process.stdin.write(b"\n")
            program.process.stdin.flush()

        verb = "film" if content == "film" else "watch"
        with self.window("contents", self.world.tool("contents"), content, str(self.seconds),
                         ready=lambda p: p.wait_line("ready", 60)) as program:
            return self.watched(f"{verb} {self.seconds}", begin)


def near(world):
    return world.public_machine("desk", HOST4), world.public_machine("seat", VIEWER4)


def far(rate, loss):
    def build(world):
        link = ["--rate", str(rate), "--delay", ONE_WAY, "--loss", str(loss)]
        return world.public_machine("desk", HOST4), world.home({"seat": "192.168.1.2"}, HOME4, CONE, link)[1]
    return build


def measure(options, folder, name, peer, build, contents, keys):
    """{content: figures}. What cannot be measured is told and has none; the rest is measured in a world of its own."""
    figures, left = {}, list(contents)
    while left:
        content = None
        with World(str(ROOT / options.build), f"{name}.{next(WORLDS)}", folder) as world:
            try:
                measured = Measured(world, PEERS[peer], *build(world), keys)
                while left:
                    content = left.pop(0)
                    say(f"{name}: {content}")
                    figures[content] = measured.figures(content, seconds_of(options, content))
            except LabFailure as failure:
                print(f"{name}: {failure}\n{world.story()}", file=sys.stderr)
                if content is None:
                    return {**figures, **dict.fromkeys(left)}
                figures[content] = None
    return figures


def seconds_of(options, content):
    return options.seconds or (LINK_FILM_SECONDS if options.link and content == "film" else SECONDS)


def say(what):
    print(what, file=sys.stderr, flush=True)


def print_pictures(peers):
    print("\nkey to pixel, ms       median     p95     min")
    for peer, figures in peers.items():
        if k := figures.get("keys"):
            print(f"  {peer:18}  {k['median_ms']:8.2f}{k['p95_ms']:8.2f}{k['min_ms']:8.2f}" + (f"   {k['missed']} keys changed nothing" if k["missed"] else ""))
    print("\n                              bytes/s  updates/s  host CPU %  its X server %  viewer CPU %  pixels differ at rest")
    for content in CONTENTS[1:]:
        for peer, figures in peers.items():
            if content in figures and not figures[content]:
                print(f"  {content:8}{peer:15}{NO_ANSWER:>12}")
            elif f := figures.get(content):
                film = f"   {f['fps']} pictures/s, {f.get('psnr_db', '?')} dB" if "fps" in f else ""
                film += f"   {f['session_bytes_s']} bytes/s of the session" if "session_bytes_s" in f else ""
                server = f"{f['x_server_cpu']:14.1f}" if "x_server_cpu" in f else " (in host)    "
                print(f"  {content:8}{peer:15}{f['bytes_s']:12}{f['updates_s']:11.1f}{f['host_cpu']:12.1f}  {server}{f['viewer_cpu']:14.1f}"
                      f"{f['different']:12}{film}")


NO_ANSWER = "no answer"


def print_links(links):
    print("\n                                        keys: median    p95 ms    film: fps  freeze ms    bytes/s")
    for link, peers in links.items():
        for peer, figures in peers.items():
            k, f = figures.get("keys"), figures.get("film")
            keys = f"{k['median_ms']:12.1f}{k['p95_ms']:10.1f}" + (f" ({k['missed']} missed)" if k["missed"] else "") if k else ""
            film = f"{f['fps']:13.1f}{f['freeze_ms']:11.0f}{f['bytes_s']:11}" if f else ""
            print(f"  {link:22}{peer:16}{keys or missing(figures, 'keys'):22}{film or missing(figures, 'film'):35}".rstrip())
    others = [c for c in LINK_CONTENTS if c not in ("keys", "film") and any(c in f for peers in links.values() for f in peers.values())]
    if others:
        print("\n                                             bytes/s  updates/s  longest gap ms")
    for content in others:
        for link, peers in links.items():
            for peer, figures in peers.items():
                if f := figures.get(content):
                    print(f"  {content:8}{link:22}{peer:16}{f['bytes_s']:12}{f['updates_s']:11.1f}{f['gap_ms']:12.0f}")
                elif content in figures:
                    print(f"  {content:8}{link:22}{peer:16}{NO_ANSWER:>12}")


def missing(figures, content):
    return f"{NO_ANSWER:>20}" if content in figures else ""


def print_verdicts(verdicts):
    print()
    for v in verdicts:
        runs = " ".join(map(str, v["values"]))
        print(f"  {'OK  ' if v['ok'] else 'LATE'}  {v['what']}: {v['value']} (limit {v['limit']})" + (f"   {runs}" if len(v["values"]) > 1 else ""))


def links_once(options, folder):
    """{link: {peer: {content: figures}}} and the verdicts."""
    links, verdicts = {}, []
    for number, (link, (rate, loss)) in enumerate(LINKS.items()):
        if options.links and str(number) not in options.links:
            continue
        links[link] = {peer: measure(options, folder, f"l{number}{peer}", peer, far(rate, loss), options.contents or LINK_CONTENTS, LINK_KEYS)
                       for peer in options.peers}
        verdicts += of_links(link, loss, rate, links[link].get("godesk", {}))
    return links, verdicts


def pictures_once(options, folder):
    """{peer: {content: figures}} and the verdicts."""
    peers = {peer: measure(options, folder, peer, peer, near, options.contents or CONTENTS, KEYS) for peer in options.peers}
    answered = {peer: {c: f for c, f in figures.items() if f} for peer, figures in peers.items()}
    return peers, of_pictures(answered, x264="x264" in options.build)


def inside(options):
    figures = {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1), "priority": raise_priority(), "seconds": options.seconds or SECONDS,
               "runs": options.runs}
    folder = lab.prepare()
    once = links_once if options.link else pictures_once
    runs = [once(options, folder) for _ in range(options.runs)]
    figures["links" if options.link else "peers"] = middle([run for run, _ in runs])
    figures["limits"] = verdicts = verdicts_of([judged for _, judged in runs])
    longer = f" (film {LINK_FILM_SECONDS} s)" if options.link and not options.seconds else ""
    if options.json:
        print(json.dumps(figures))
    else:
        print(f"{figures['cores']} cores, load {figures['load']}, {figures['priority']}, {figures['seconds']} s a content{longer}, "
              f"{'median of ' + str(options.runs) + ' runs' if options.runs > 1 else 'one run'}, screens of 1920x1080")
        print_links(figures["links"]) if options.link else print_pictures(figures["peers"])
        print_verdicts(verdicts)
    return 0 if verdicts and all(v["ok"] for v in verdicts) else 1


def parse():
    parser = argparse.ArgumentParser(prog="./dev bench picture", description="our picture beside TigerVNC's and x11vnc's")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument("--link", action="store_true", help="through the laboratory's link emulator")
    parser.add_argument("--seconds", type=int, help=f"for each content; default: {SECONDS}, and {LINK_FILM_SECONDS} for the film with --link")
    parser.add_argument("--runs", type=int, choices=range(1, 100), metavar="N", help=f"the median of so many; default: {RUNS}, with --link 1")
    parser.add_argument("--peers", nargs="+", choices=PEERS, help="default: all")
    parser.add_argument("--contents", nargs="+", choices=CONTENTS)
    parser.add_argument("--links", nargs="+", choices=[str(n) for n in range(len(LINKS))], help=", ".join(f"{n}: {name}" for n, name in enumerate(LINKS)).replace("%", "%%"))
    parser.add_argument("--build", default="build", help="folder with the programs (relative to the root)")
    options = parser.parse_args()
    options.peers = options.peers or list(PEERS)
    options.runs = options.runs or (1 if options.link else RUNS)
    return options


def main():
    options = parse()
    if options.link and (why := lab.missing_tool()):
        print(f"bench: {why}", file=sys.stderr)
        return 2
    return inside(options) if os.environ.get(lab.INSIDE) else lab.outside()


if __name__ == "__main__":
    sys.exit(main())

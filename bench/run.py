#!/usr/bin/env python3
"""`./dev bench`: what our built programs cost and how fast they feel, on this machine, on an Xvfb of 1920x1080.

    idle     nothing changes on the screen
    typing   an xterm, 15 keys a second through the viewer
    scroll   coloured text runs through an xterm that nearly fills the screen
    drag     a window of 800x600 is dragged over a photograph
    page     coloured text and photographs, 1400x950, scrolled by 40 pixels 30 times a second
    film     1280x720, 30 pictures a second
    keys     one key at a time, from the viewer's input to the changed pixel on the viewer's decoded screen
    start    from the start of `godesk connect --headless` to its first_frame

All but the last have the viewer of bench/key_to_pixel.cpp, without a window. Bytes are UDP payload that the
viewer's QUIC received; CPU is what the scheduler gave a process, in percent of one core. Medians, because
machines that measure are rarely idle; as root everything runs at nice -10, which is said.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools" / "dev"))
from measure import COLOURED_LINES, XTERM, cpu_seconds, percentile, raise_priority  # noqa: E402
from programs import Failure, Stage, wait_for_file  # noqa: E402

CONTENTS = ("idle", "typing", "scroll", "drag", "page", "film")
SECONDS = 8
KEYS = 80
STARTS = 5


class Viewer:
    """bench/key_to_pixel.cpp, told what to do line by line."""

    def __init__(self, stage, server, host):
        self.program = stage.run(stage.bin / "key_to_pixel", stdin=subprocess.PIPE)
        self.tell(server.join, host.id, host.password)
        self.program.event("first_frame")

    def tell(self, *lines):
        self.program.process.stdin.write("".join(line + "\n" for line in lines).encode())
        self.program.process.stdin.flush()

    def ask(self, command, answer, seconds=120):
        self.tell(command)
        return self.program.event(answer, seconds)

    def finish(self):
        self.program.process.stdin.close()
        if (code := self.program.finish()) != 0:
            raise Failure(self.program.report(f"ended with {code}"))


def at_rest(viewer, display, seconds=20):
    """Waits until the decoded screen is the host's; what is under way needs a moment to arrive."""
    deadline = time.monotonic() + seconds
    while not (equal := viewer.ask(f"equal {display}", "equal")["equal"]) and time.monotonic() < deadline:
        viewer.ask("watch 1", "watched")
    return equal


def watched(viewer, host, display, command, during=lambda: None):
    """One content: what came over the wire, and what the two processes used for it."""
    pids = {"host_cpu": host.process.pid, "viewer_cpu": viewer.program.process.pid}
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    started = time.monotonic()
    during()
    figures = viewer.ask(command, "watched")
    passed = time.monotonic() - started
    for name, pid in pids.items():
        figures[name] = round((cpu_seconds(pid) - before[name]) / passed * 100, 2)
    del figures["event"]
    figures["pixels_equal_at_rest"] = at_rest(viewer, display)
    return figures


def terminal(stage, display, geometry, *command):
    """An xterm that runs `command`; returns once it does. It gets the keys where it lies under the pointer: the middle."""
    ready = stage.folder / "terminal-ready"
    ready.unlink(missing_ok=True)
    window = stage.on_display(display, *XTERM, "-geometry", geometry, "-e", "sh", "-c", f"echo yes > '{ready}'; " + " ".join(command))
    wait_for_file(ready, lambda content: "yes" in content)
    return window


def close(window):
    window.terminate()
    window.wait()


def contents(stage):
    """All but the start, in one session."""
    server = stage.server()
    display = stage.display("1920x1080")
    host = stage.host(display, server)
    script = stage.folder / "lines.py"
    script.write_text(COLOURED_LINES)
    viewer = Viewer(stage, server, host)
    viewer.ask("watch 3", "watched")  # the direct path is found, the screen has come
    figures = {"idle": watched(viewer, host, display, f"watch {SECONDS}")}
    typing = terminal(stage, display, "100x40+400+150", "exec cat > /dev/null")
    at_rest(viewer, display)
    keys = viewer.ask(f"keys {KEYS}", "keys")["ms"]
    figures["typing"] = watched(viewer, host, display, f"type 15 {SECONDS}")
    close(typing)
    go = stage.folder / "go"
    scroll = terminal(stage, display, "230x60+0+0",
                      f"while [ ! -e '{go}' ]; do sleep 0.05; done; {sys.executable} '{script}' {SECONDS}; exec cat")
    at_rest(viewer, display)
    figures["scroll"] = watched(viewer, host, display, f"watch {SECONDS}", during=go.touch)
    close(scroll)
    for name in ("drag", "page", "film"):
        show = stage.run(stage.bin / "contents", name, SECONDS, stdin=subprocess.PIPE, env=dict(os.environ, DISPLAY=display))
        show.line(time.monotonic() + 60)  # "ready"

        def begin():
            show.process.stdin.write(b"\n")
            show.process.stdin.flush()

        figures[name] = watched(viewer, host, display, f"watch {SECONDS}", during=begin)
        show.stop()
    viewer.finish()
    figures["keys"] = {"median_ms": round(statistics.median(keys), 2), "p95_ms": round(percentile(keys, 95), 2),
                       "min_ms": round(min(keys), 2), "count": len(keys)}
    return figures


def starts(stage):
    """Milliseconds from the process's start to its first_frame, as a script that runs it sees them."""
    server = stage.server()
    display = stage.display("1920x1080")
    terminal(stage, display, "100x40+40+40", "exec cat")
    password = stage.secret("unattended", "long enough for a bench")
    host = stage.host(display, server, "--password-file", password)
    times = []
    for _ in range(STARTS):
        viewer = stage.connect(host.id, server, "long enough for a bench", "--for", "0")
        viewer.event("first_frame")
        times.append(round((time.monotonic() - viewer.started) * 1000))
        if viewer.finish() != 0:
            raise Failure(viewer.report("failed"))
    return {"median_ms": statistics.median(times), "all_ms": times}


def print_table(figures):
    keys, start = figures["keys"], figures["start"]
    print(f"""On this machine ({os.cpu_count()} cores, load {figures['load']}, {figures['priority']}), Xvfb 1920x1080:

            updates/s   bytes/s   host CPU %  viewer CPU %  encode ms  decode ms  pixels equal at rest""")
    for name in CONTENTS:
        f = figures[name]
        print(f"  {name:8}  {f['updates_s']:9.1f} {f['bytes_s']:9.0f} {f['host_cpu']:12.2f} {f['viewer_cpu']:13.2f}"
              f" {f['encode_ms']:10.3f} {f['decode_ms']:10.3f}  {'yes' if f['pixels_equal_at_rest'] else 'NO'}")
    print(f"""
  key to pixel           {keys['median_ms']} ms median, {keys['p95_ms']} ms p95 of {keys['count']} keys
  start to first frame   {start['median_ms']} ms median of {', '.join(str(t) for t in start['all_ms'])}""")


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description="speed and cost of the built programs on this machine")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()
    figures = {"priority": raise_priority(), "load": round(os.getloadavg()[0], 1)}
    try:
        with Stage() as stage:
            figures |= contents(stage)
        with Stage() as stage:
            figures["start"] = starts(stage)
    except Failure as failure:
        print(f"The bench failed: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if options.json:
        print(json.dumps(figures))
    else:
        print_table(figures)
    return 0 if all(figures[name]["pixels_equal_at_rest"] for name in CONTENTS) else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""`./dev demo`: server, host and viewer on this machine; says in plain words what it proved, with figures.

With a display the viewer's window stays until it is closed; without one the picture is left in demo.png. Exits
with 1 if the typed text did not arrive. Leaves no process and no other file behind.
"""
import os
import sys

from programs import ROOT, Failure, Stage, wait_for_file

TEXT = "GoDesk was here: ~{}@ 42"


def terminal(stage, display):
    """An xterm whose shell writes each line that was typed into a file."""
    typed = stage.folder / "typed"
    stage.on_display(display, "xterm", "-fa", "DejaVu Sans Mono", "-fs", "12", "-geometry", "90x30+20+20", "-e", "sh", "-c",
                     f"printf 'Type here: '; cat > '{typed}'")
    return typed


def words(path):
    kind = "Direct" if path["kind"] == "direct" else "Relay"
    how = path.get("how") or path.get("why")
    return f"{kind} over {path['transport'].upper()}, IPv{path['family']} ({how})"


def demo(stage):
    server = stage.server()
    display = stage.display("1024x640")
    typed = terminal(stage, display)
    host = stage.host(display, server)
    print(f"The server is up, and the host has the ID {host.id} and the one-time password {host.password}.", flush=True)

    with_window = bool(os.environ.get("DISPLAY"))
    picture = ROOT / "demo.png"
    more = ["--type", TEXT + "\n"]
    if not with_window:
        more += ["--for", "2", "--screenshot", picture]
    viewer = stage.connect(host.id, server, host.password, *more, headless=not with_window)
    authenticated = viewer.event("authenticated")
    first = viewer.event("first_frame")
    wait_for_file(typed, lambda content: TEXT in content)
    if with_window:
        print("The window shows the other desktop; close it to end the demo.", flush=True)
    code = viewer.finish(seconds=3600 if with_window else 60)
    if code != 0:
        raise Failure(viewer.report(f"ended with {code}"))
    paths = [e for e in viewer.seen if e["event"] == "path"]

    print(f"""
What this showed:
  found by       the 9-digit ID {host.id[:3]} {host.id[3:6]} {host.id[6:]}, opened by its one-time password
  path           {' -> '.join(words(p) for p in paths)}
  first picture  {first['t_ms']} ms after the viewer's start, {first['width']}x{first['height']} pixels
  cipher         {authenticated['cipher']}, end to end
  key exchange   {authenticated['key_exchange']}
  typed          {TEXT!r} arrived in the other desktop's terminal""")
    if not with_window:
        print(f"  picture        {picture.name}")


def main():
    try:
        with Stage() as stage:
            demo(stage)
        return 0
    except Failure as failure:
        print(f"The demo failed: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())

"""What is typed is what arrives: 10 000 characters of 200 different ones, three layouts, xterm and a Qt line edit.

usage: typing_test.py TYPING_HOST TYPING_LINEEDIT KEYBOARD_STATE [--characters N] [--distinct N] [--window N] [--layouts de,us,fr] [--targets xterm,qt]

Starts an X server of its own for each program that is typed into. Afterwards the keyboard map must be the
one from before, and no key and no modifier may be down. On fr, Caps Lock is on all the while.
"""
import argparse
import os
import random
import subprocess
import sys
import tempfile
import time

CHARACTERS = (
    "".join(chr(c) for c in range(0x20, 0x7F))
    + "€ÄÖÜäöüßÉéèêëàâçñõøåæœÅÆŒ¿¡§°µ£¥©®±×÷«»"
    + "漢字日本語中文한글😀🎉🚀"
    + "αβγδεζηθλπσφωΓΔΘΛΠΣΦΩ"
    + "абвгдежзийклмнопрстъыьэюяЖЩЯ"
    + "←↑→↓↔⇒∀∃∅∈∞≈≠≤≥√∑"
)
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8", QT_QPA_PLATFORM="xcb", XMODIFIERS="@im=none", QT_IM_MODULE="")
ENVIRONMENT.pop("WAYLAND_DISPLAY", None)


def distinct(count):
    many = CHARACTERS + "".join(chr(c) for c in range(0x4E00, 0x5000))
    return "".join(dict.fromkeys(many))[:count]


def text_of(count, seed, chars, line=60):
    """Every character, then chance; lines of `line` characters."""
    chance = random.Random(seed)
    chars = list(chars) + [chance.choice(chars) for _ in range(count - len(chars))]
    chance.shuffle(chars)
    return "".join("".join(chars[i : i + line]) + "\n" for i in range(0, count, line))


class Server:
    """An Xvfb on a free display, without a window manager: the program under the pointer has the keyboard."""

    def __enter__(self):
        read, write = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            self.display = ":" + pipe.readline().strip()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def environment(self):
        return dict(ENVIRONMENT, DISPLAY=self.display)

    def run(self, *command):
        return subprocess.run(
            command, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        ).stdout.decode()

    def map(self):
        return self.run("xkbcomp", "-w0", self.display, "-")

    def layout(self, name):
        self.run("setxkbmap", name)
        return self.map()


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise SystemExit(f"gave up waiting: {what}")


def start_target(kind, server, path, lineedit, state):
    if kind == "qt":
        command = [lineedit, path]
    else:
        shell = f"stty -ixon; exec cat > {path}"
        command = ["xterm", "-u8", "-geometry", "80x24+0+0", "-e", "sh", "-c", shell]
    process = subprocess.Popen(command, env=server.environment(), stderr=subprocess.DEVNULL)
    wait_for(lambda: os.path.exists(path), 30, f"{kind} to start")
    server.run(state, "await")
    return process


def read(path):
    with open(path, encoding="utf-8", errors="replace", newline="") as file:
        return file.read()


def settle(path, expected):
    """What arrived, once it is all there or nothing has come for ten seconds."""
    last, since = None, time.monotonic()
    while time.monotonic() - since < 10:
        arrived = read(path)
        if arrived == expected:
            break
        if arrived != last:
            last, since = arrived, time.monotonic()
        time.sleep(0.02)
    return arrived


def difference(expected, arrived):
    at = next((i for i, (a, b) in enumerate(zip(expected, arrived)) if a != b), min(len(expected), len(arrived)))
    wrong = sum(a != b for a, b in zip(expected, arrived))
    return (
        f"{wrong} wrong, {len(arrived)} of {len(expected)} characters; first difference at {at}: "
        f"expected {expected[at:at + 12]!r}, arrived {arrived[at:at + 12]!r}"
    )


class Host:
    """typing_host, which ends when our end of its descriptor 3 is closed."""

    def __init__(self, program, server, mode, window, text):
        ours, theirs = os.pipe()[::-1]
        self.ours = ours
        script = 'exec 3<&"$1"; shift; exec "$@"'
        self.process = subprocess.Popen(
            ["bash", "-c", script, "bash", str(theirs), program, server.display, mode, str(window)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[theirs],
        )
        os.close(theirs)
        self.process.stdin.write(text.encode())
        self.process.stdin.close()

    def typed(self):
        return self.process.stdout.readline().decode().strip()

    def end(self):
        os.close(self.ours)
        if self.process.wait(timeout=30) != 0:
            raise SystemExit(f"typing_host ended with {self.process.returncode}")


def check(kind, layout, server, arguments, seed):
    before = server.layout(layout)
    mode = "keys" if seed % 2 else "text"
    caps = layout == "fr"
    server.run(arguments.state, "caps" if caps else "no-caps")
    text = text_of(arguments.characters, seed, distinct(arguments.distinct))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "arrived")
        target = start_target(kind, server, path, arguments.lineedit, arguments.state)
        start = time.monotonic()
        host = Host(arguments.host, server, mode, arguments.window, text)
        said = host.typed()
        arrived = settle(path, text)
        host.end()
        took = time.monotonic() - start
        target.terminate()
        target.wait()
    failures = []
    if arrived != text:
        failures.append(difference(text, arrived))
    if server.map() != before:
        failures.append("the keyboard map is not the one from before")
    down = server.run(arguments.state)
    if down != ("modifiers 0x2\n" if caps else ""):
        failures.append(f"still down: {down}")
    print(f"{kind:6} {layout} {mode}: {said}; {took:.1f} s" + "".join("\n   FAILED: " + f for f in failures), flush=True)
    return not failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("lineedit")
    parser.add_argument("state")
    parser.add_argument("--characters", type=int, default=10_000)
    parser.add_argument("--distinct", type=int, default=200)
    parser.add_argument("--window", type=int, default=64)
    parser.add_argument("--layouts", default="de,us,fr")
    parser.add_argument("--targets", default="xterm,qt")
    arguments = parser.parse_args()
    good = True
    seed = 0
    for kind in arguments.targets.split(","):
        with Server() as server:
            for layout in arguments.layouts.split(","):
                good &= check(kind, layout, server, arguments, seed)
                seed += 1
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()

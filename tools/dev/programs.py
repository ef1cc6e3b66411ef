"""Starts the built programs as a user would, reads their JSON events with deadlines, and ends everything it started.

Used by `./dev demo` and the end-to-end tests. Nothing sleeps to wait: every wait is for an event, a line or a
file descriptor, with a deadline that only guards against hanging.
"""
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Failure(Exception):
    """Something that should have happened did not."""


class Program:
    """A child process whose standard output is JSON lines (or any lines) and whose errors are kept."""

    def __init__(self, argv, env=None, stdin=None, errors=None):
        self.argv = [str(a) for a in argv]
        self.errors_file = errors or tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            self.argv, stdout=subprocess.PIPE, stderr=self.errors_file, stdin=stdin or subprocess.DEVNULL,
            env=env, start_new_session=True)
        self.started = time.monotonic()
        self.seen = []  # every event so far
        self._rest = b""

    def line(self, deadline):
        """The next line of output, or None when the output ended."""
        while b"\n" not in self._rest:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Failure(self.report("was silent for too long"))
            if not select.select([self.process.stdout], [], [], left)[0]:
                continue
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                return None
            self._rest += piece
        line, self._rest = self._rest.split(b"\n", 1)
        return line.decode()

    def event(self, name, seconds=60, where=lambda event: True):
        """The next event of that name for which `where` holds."""
        deadline = time.monotonic() + seconds
        while True:
            line = self.line(deadline)
            if line is None:
                raise Failure(self.report(f"ended without '{name}'"))
            event = json.loads(line)
            self.seen.append(event)
            if event["event"] == name and where(event):
                return event

    def finish(self, seconds=60):
        """Waits for the end; the exit code. Events on the way are kept in `seen`."""
        deadline = time.monotonic() + seconds
        while (line := self.line(deadline)) is not None:
            if line.startswith("{"):
                self.seen.append(json.loads(line))
        return self.process.wait(timeout=max(0.1, deadline - time.monotonic()))

    def stop(self, how=signal.SIGTERM, seconds=20):
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        return self.process.returncode

    def errors(self):
        self.errors_file.flush()
        self.errors_file.seek(0)
        return self.errors_file.read()

    def last_error(self):
        lines = self.errors().strip().splitlines()
        return lines[-1] if lines else ""

    def report(self, what):
        tail = "\n    ".join(self.errors().strip().splitlines()[-12:])
        events = "\n    ".join(json.dumps(e) for e in self.seen[-6:])
        return f"{' '.join(self.argv[:3])} {what}\n  events:\n    {events}\n  errors:\n    {tail}"


# The programs' own defaults are made for people: tests knock more often than any person would.
PATIENT = """
[limits]
finds-per-prefix = { burst = 1000, seconds = 0.01 }
finds-per-target = { burst = 1000, seconds = 0.01 }
"""


class Stage:
    """A temporary folder and the programs on it; ends and removes all at exit from the `with` block."""

    def __init__(self, build=None):
        self.bin = pathlib.Path(build or os.environ.get("GODESK_BUILD") or ROOT / "build") / "bin"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="godesk-"))
        self.programs = []

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        return self

    def __exit__(self, *_):
        for program in reversed(self.programs):
            program.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *argv, **options):
        program = Program(argv, **options)
        self.programs.append(program)
        return program

    def secret(self, name, text):
        path = self.folder / name
        path.write_text(text + "\n")
        path.chmod(0o600)
        return path

    def config(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def server(self, *more, data="server", stun_port=0, tls_port=0, config=PATIENT):
        file = ["--config", self.config(f"{data}.toml", config)] if config else []
        program = self.run(self.bin / "godesk-server", "--json", "--data-dir", self.folder / data, "--listen", "127.0.0.1",
                           "--stun-port", stun_port, "--tls-port", tls_port, "--public-address", "127.0.0.1",
                           "--relay-allow", "127.0.0.0/8", *file, *more)
        program.ready = program.event("ready")
        program.join = program.ready["join"]
        return program

    def display(self, size="1024x768", resizable=False):
        """An X server of its own on a free number; one that `resizable` is knows XRandR's sizes."""
        read, write = os.pipe()
        kind = ["Xvfb", "-screen", "0", f"{size}x24"]
        if resizable:
            kind = ["Xtigervnc", "-geometry", size, "-depth", "24", "-SecurityTypes", "None", "-rfbport", "-1",
                    "-rfbunixpath", self.folder / f"vnc{len(self.programs)}"]
        process = subprocess.Popen([*kind, "-displayfd", str(write), "-nolisten", "tcp", "-noreset"],
                                   pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        os.close(write)
        # The number and its newline may come apart, and Xvfb dies when nobody reads the second.
        number = b""
        while not number.endswith(b"\n") and select.select([read], [], [], 60)[0]:
            piece = os.read(read, 16)
            if not piece:
                break
            number += piece
        os.close(read)
        if not number.endswith(b"\n"):
            process.kill()
            raise Failure(f"{kind[0]} did not start.")
        self.programs.append(_Plain(process))
        return ":" + number.decode().strip()

    def on_display(self, display, *argv):
        """A program with a window; its output is of no interest."""
        env = dict(os.environ, DISPLAY=display, LC_ALL="C.UTF-8", XMODIFIERS="@im=none")
        process = subprocess.Popen([str(a) for a in argv], env=env, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, start_new_session=True)
        self.programs.append(_Plain(process))
        return process

    def host(self, display, server=None, *more, data="host", env=None, wait=True):
        """A host; unless `wait`, it may still be looking for its server."""
        where = ["--server", server.join] if server else []
        program = self.run(self.bin / "godesk", "host", "--json", "--display", display, "--data-dir", self.folder / data,
                           *where, *more, env=env)
        return self.host_ready(program) if wait else program

    @staticmethod
    def host_ready(program):
        program.ready = program.event("ready")
        program.id = program.ready.get("id")
        program.password = program.ready["password"]
        return program

    def connect(self, target, server=None, password=None, *more, data="viewer", headless=True, env=None):
        where = ["--server", server.join] if server else []
        file = ["--password-file", self.secret(f"password{len(self.programs)}", password)] if password else []
        kind = ["--headless"] if headless else []
        return self.run(self.bin / "godesk", "connect", target, *kind, "--json", "--data-dir", self.folder / data, *where,
                        *file, *more, env=env)


class _Plain:
    """A child without events."""

    def __init__(self, process):
        self.process = process

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def wait_for_file(path, wanted, seconds=60):
    """Polls a file until `wanted(content)`; files give no event to wait for."""
    deadline = time.monotonic() + seconds
    content = ""
    while time.monotonic() < deadline:
        content = path.read_text(errors="replace") if path.exists() else ""
        if wanted(content):
            return content
        select.select([], [], [], 0.02)
    raise Failure(f"{path.name} holds {content!r}")

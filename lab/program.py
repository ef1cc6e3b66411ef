"""Programs under test: started in a namespace, their JSON events read line by line, always with a deadline."""
import collections
import json
import os
import signal
import subprocess
import threading
import time


class LabFailure(Exception):
    """Something a user would have seen differently."""


class Program:
    """One process. `events` holds its JSON lines, each with `at`: when it was read, on time.monotonic()."""

    def __init__(self, name, command, folder, environment, stdin=subprocess.DEVNULL):
        self.name = name
        self.command = command
        self.events = []
        self.lines = []
        self._news = threading.Condition()
        self._ended_reading = False
        self.stderr_path = os.path.join(folder, f"{name}.stderr")
        self.started = time.monotonic()
        with open(self.stderr_path, "wb") as stderr:
            self.process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr,
                                            env=environment, cwd=folder)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for raw in self.process.stdout:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            with self._news:
                self.lines.append(line)
                self._keep_event(line)
                self._news.notify_all()
        with self._news:
            self._ended_reading = True
            self._news.notify_all()

    def _keep_event(self, line):
        try:
            event = json.loads(line)
        except ValueError:
            return
        if isinstance(event, dict):
            event["at"] = time.monotonic()
            self.events.append(event)

    def mark(self):
        """A place in the stream of events: wait(after=mark) looks only at what comes later."""
        with self._news:
            return len(self.events)

    def wait(self, name, within=15.0, after=0, **fields):
        """The first event of that name whose fields equal these (a tuple: one of them)."""
        wanted = f"{name} {fields}" if fields else name
        found = self._until(lambda: self._first(name, after, fields), within)
        if found is None:
            state = "ended" if self._ended_reading else f"did not say so within {within:g} s"
            raise LabFailure(f"{self.name}: expected '{wanted}', but it {state}")
        return found

    def wait_line(self, text, within=10.0):
        """The first line of output that contains `text`, JSON or not."""
        found = self._until(lambda: next((line for line in self.lines if text in line), None), within)
        if found is None:
            raise LabFailure(f"{self.name}: expected a line with '{text}' within {within:g} s")
        return found

    def _until(self, look, within):
        deadline = time.monotonic() + within
        with self._news:
            while True:
                found = look()
                left = deadline - time.monotonic()
                if found is not None or self._ended_reading or left <= 0:
                    return found
                self._news.wait(left)

    def _first(self, name, after, fields):
        return next((event for event in self.events[after:] if matches(event, name, fields)), None)

    def all(self, name, **fields):
        """Every such event so far."""
        with self._news:
            return [event for event in self.events if matches(event, name, fields)]

    def wait_exit(self, within=15.0):
        """The exit code."""
        try:
            code = self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise LabFailure(f"{self.name}: still running after {within:g} s") from None
        self._reader.join(5)
        return code

    def expect_exit(self, code, within=15.0):
        got = self.wait_exit(within)
        if got != code:
            raise LabFailure(f"{self.name}: exit code {got} instead of {code}")

    def kill(self):
        """SIGKILL: no farewell."""
        self.process.kill()
        self.process.wait()

    def stop(self, within=5.0):
        """SIGTERM, and SIGKILL when that is not heard."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(within)
            except subprocess.TimeoutExpired:
                self.kill()

    def stderr(self):
        with open(self.stderr_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def story(self, lines=12):
        """The end of its output, for a failure's report."""
        out = list(collections.deque(self.lines, lines))
        err = self.stderr().splitlines()[-lines:]
        code = self.process.poll()
        state = "running" if code is None else f"exit code {code}"
        text = [f"--- {self.name} ({state}): {' '.join(self.command)}"]
        return "\n".join(text + [f"    out: {line}" for line in out] + [f"    err: {line}" for line in err])


def matches(event, name, fields):
    if event.get("event") != name:
        return False
    return all(event.get(key) in value if isinstance(value, tuple) else event.get(key) == value
               for key, value in fields.items())

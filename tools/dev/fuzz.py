#!/usr/bin/env python3
"""Explores every decoder from its committed seeds: at least 10^6 inputs and at least SECONDS (60) each, one
target per processor at a time. Prints inputs, their rate and the edges reached, and fails if a target finds
something or a function of fuzz/decoders.txt was not reached.

    fuzz.py [SECONDS] [TARGET...]        findings and logs: build-fuzz/found/; the seeds are not touched
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOUND = ROOT / "build-fuzz/found"
INPUTS = 1_000_000
# A short memory for what was freed and none for who allocated it, which is twice as fast. What is found is to be
# repeated without these.
SANITIZERS = {"ASAN_OPTIONS": "quarantine_size_mb=8:malloc_context_size=0:max_malloc_fill_size=0",
              "UBSAN_OPTIONS": "print_stacktrace=1"}


def decoders():
    """What fuzz/decoders.txt says: [(target, function)], {function that is none}."""
    wanted, excused = [], set()
    for line in (ROOT / "fuzz/decoders.txt").read_text().splitlines():
        words = line.split("#")[0].split()
        if words and words[0] == "-":
            excused.add(words[1])
        elif words:
            wanted.append((words[0], words[1]))
    return wanted, excused


def unlisted():
    """Functions of the rooms' headers that look like decoders and are not in fuzz/decoders.txt."""
    wanted, excused = decoders()
    known = {name.split("::")[-1] for name in [function for _, function in wanted] + list(excused)}
    pattern = re.compile(r"(?:std::optional|Result)<[^;()]*>\s+(decode\w*|parse\w*|from_bytes|from_wide|from_hex|from_base64url)\(")
    return sorted(f"{header.relative_to(ROOT)}: {name}" for header in ROOT.glob("src/*/*.h")
                  for name in pattern.findall(header.read_text()) if name not in known)


class Target:
    def __init__(self, name, seconds):
        self.name, self.seconds = name, seconds
        self.log = FOUND / f"{name}.log"
        self.inputs = self.edges = 0
        self.took = 0.0
        self.failure = None

    def explore(self):
        with tempfile.TemporaryDirectory() as work, open(self.log, "w") as log:
            start = time.monotonic()
            if self.run(log, work, f"-runs={INPUTS}"):
                self.took = time.monotonic() - start
                left = self.seconds - self.took
                if left <= 0 or self.run(log, work, f"-max_total_time={max(1, round(left))}"):
                    self.took = time.monotonic() - start
                    self.judge(work)
        return self

    def run(self, log, work, bound):
        # Weighing inputs by the rarity of what they reach (entropic) costs more than running them.
        command = [ROOT / f"build-fuzz/bin/fuzz_{self.name}", bound, "-max_len=4096", "-entropic=0", "-reduce_inputs=0",
                   "-timeout=60",
                   "-print_final_stats=1", f"-artifact_prefix={FOUND}/{self.name}-", work,
                   ROOT / f"fuzz/corpus/{self.name}"]
        ran = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, env=os.environ | SANITIZERS)
        text = self.log.read_text(errors="replace")
        self.inputs = sum(map(int, re.findall(r"stat::number_of_executed_units: (\d+)", text)))
        self.edges = max(map(int, re.findall(r"cov: (\d+)", text)), default=0)
        if ran.returncode != 0:
            self.failure = f"found something, see {self.log.relative_to(ROOT)}"
        return ran.returncode == 0

    def judge(self, work):
        wanted = [function for target, function in decoders()[0] if target == self.name]
        if not wanted:
            self.failure = "has no line in fuzz/decoders.txt"
            return
        shown = subprocess.run([ROOT / f"build-fuzz/bin/fuzz_{self.name}", "-runs=0", "-print_coverage=1", work,
                                ROOT / f"fuzz/corpus/{self.name}"], capture_output=True, text=True, errors="replace",
                               env=os.environ | SANITIZERS).stderr
        covered = set(re.findall(r"^COVERED_FUNC: .*?\bgodesk::([\w:]+)(?:\[abi:\w+\])?\(", shown, re.M))
        missed = [function for function in wanted if function not in covered]
        self.functions = len(wanted)
        if missed:
            self.failure = "never reached " + ", ".join(missed)

    def line(self):
        if self.failure:
            return f"{self.name:<28} FAILED: {self.failure}"
        return (f"{self.name:<28}{self.inputs:>11}{self.inputs / self.took:>10.0f}{self.took:>9.0f}"
                f"{self.edges:>8}{self.functions:>7} of {self.functions}")


def main():
    arguments = sys.argv[1:]
    seconds = int(arguments.pop(0)) if arguments and arguments[0].isdigit() else 60
    names = arguments or sorted(source.stem for source in ROOT.glob("fuzz/*.cpp"))
    FOUND.mkdir(parents=True, exist_ok=True)
    strangers = [] if arguments else unlisted()
    for stranger in strangers:
        print(f"{stranger} is not in fuzz/decoders.txt")
    print(f"{'target':<28}{'inputs':>11}{'inputs/s':>10}{'seconds':>9}{'edges':>8}   decoders", flush=True)
    failed = bool(strangers)
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        targets = [pool.submit(Target(name, seconds).explore) for name in names]
        for target in concurrent.futures.as_completed(targets):
            print(target.result().line(), flush=True)
            failed = failed or target.result().failure is not None
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""What the benches share: processor time, percentiles, priority, and the terminal that text scrolls in."""
import os
import pathlib

NICE = -10
XTERM = ["xterm", "-fa", "DejaVu Sans Mono", "-fs", "11", "+sb", "-b", "0", "-uc"]
COLOURED_LINES = """
import sys, time
words = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu".split()
end, n = time.monotonic() + float(sys.argv[1]), 0
while time.monotonic() < end:
    line = " ".join(f"\\033[3{(n * 7 + i) % 7 + 1}m{words[(n * 5 + i * i) % 12]}{n * i % 97}" for i in range(24))
    print(line[:400] + "\\033[0m", flush=True)
    n += 1
    time.sleep(1 / 60)
"""


def cpu_seconds(pid):
    """What the scheduler gave all threads of a process so far."""
    tasks = pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def raise_priority():
    if os.geteuid() != 0:
        return "normal priority"
    os.setpriority(os.PRIO_PROCESS, 0, NICE)
    return f"nice {NICE}"

"""Every scenario of the laboratory. A scenario is a function of a World that raises when a user would see
something else than promised, and returns a line of what it saw; its docstring names the topology."""
import importlib

from .registry import Scenario

GROUPS = ("network", "netcheck", "paths", "relays", "breaks", "moves", "captures", "privacy", "detours", "interop", "kernel", "policy", "tools")
ALL: list[Scenario] = []
for _group in GROUPS:
    ALL += importlib.import_module(f"scenarios.{_group}").scenarios.all

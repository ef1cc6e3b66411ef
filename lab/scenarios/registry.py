"""How a scenario enters the list."""
import dataclasses
import typing


@dataclasses.dataclass
class Scenario:
    name: str
    group: str
    topology: str
    function: typing.Callable
    alone: bool
    on_request: bool


class Group:
    """`scenarios = Group("paths")`, then `@scenarios` or `@scenarios.alone`, `@scenarios.on_request` above each function."""

    def __init__(self, name):
        self.name = name
        self.all = []

    def __call__(self, function, alone=False, on_request=False):
        name = function.__name__.replace("_", "-")
        self.all.append(Scenario(name, self.name, function.__doc__.strip().splitlines()[0], function, alone, on_request))
        return function

    def alone(self, function):
        """For what measures: nothing else runs beside it."""
        return self(function, alone=True)

    def on_request(self, function):
        """For what takes long: runs only when it is named."""
        return self(function, on_request=True)

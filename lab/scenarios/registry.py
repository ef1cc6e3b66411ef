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


class Group:
    """`scenarios = Group("paths")`, then `@scenarios` or `@scenarios.alone` above each function."""

    def __init__(self, name):
        self.name = name
        self.all = []

    def __call__(self, function, alone=False):
        name = function.__name__.replace("_", "-")
        self.all.append(Scenario(name, self.name, function.__doc__.strip().splitlines()[0], function, alone))
        return function

    def alone(self, function):
        """For what measures: nothing else runs beside it."""
        return self(function, alone=True)

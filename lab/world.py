"""A laboratory network: namespaces as machines, lab_natbox as routers, and the built programs in them.

    internet     the namespace "net", a plain router; documentation addresses are its public ones
    server       198.51.100.10 and 2001:db8:51::10, by a cable (veth) to the internet
    home         machines with private addresses behind a lab_natbox; homes may share addresses
    provider     a namespace whose own lab_natbox (carrier-grade NAT) leads to the internet; homes stand behind it

Everything lives in the mount, process and network namespaces that run.py made, and dies with them.
"""
import dataclasses
import itertools
import os
import re
import select
import signal
import subprocess
import threading
import time

from program import LabFailure, Program

SERVER4, SERVER6 = "198.51.100.10", "2001:db8:51::10"
LEFT4, RIGHT4 = "203.0.113.7", "203.0.113.80"

CONE = ["--mapping", "endpoint-independent", "--filtering", "address-and-port-dependent", "--ports", "preserving"]
OPEN_CONE = ["--mapping", "endpoint-independent", "--filtering", "endpoint-independent", "--ports", "preserving"]
SYMMETRIC = ["--mapping", "address-and-port-dependent", "--filtering", "address-and-port-dependent",
             "--ports", "random"]
ONLY_443 = ["--allow", "tcp:443"]

HARMLESS_SIGNALS = (signal.SIGTERM, signal.SIGKILL)

# xterm insists on giving its terminal to the group "tty" when it is root, which a user namespace does not know.
AS_NOBODY = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.environ.get("GODESK_LAB_INSIDE") == "user" else []

_displays = itertools.count(50)
_displays_lock = threading.Lock()


def run(*command, text=None):
    """Runs a tool of the laboratory itself; its failure is the laboratory's."""
    done = subprocess.run(command, input=text, text=True, capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


@dataclasses.dataclass
class Machine:
    """A namespace with at most one cable."""
    world: "World"
    name: str       # for reports
    netns: str      # for the kernel
    address: str = ""
    address6: str = ""
    cable: str = ""
    display: str = ""
    variables: dict = dataclasses.field(default_factory=dict)  # environment of its programs, beyond the world's

    @property
    def path(self):
        return f"/run/netns/{self.netns}"

    def ip(self, *lines):
        """Lines of `ip`, in this namespace."""
        run("ip", "-n", self.netns, "-batch", "-", text="\n".join(lines) + "\n")

    def command(self, *words):
        variables = [f"{name}={value}" for name, value in self.variables.items()]
        return ["nsenter", f"--net={self.path}", "--", *(["env", *variables] if variables else []), *words]

    def run(self, *words):
        return run(*self.command(*words))

    def start(self, name, *words, **more):
        return self.world.start(name, self.command(*words), **more)


class Router:
    """A running lab_natbox; `tell` commands it in mid-session."""

    def __init__(self, program):
        self.program = program

    def tell(self, command):
        seen = len(self.program.lines)
        self.program.process.stdin.write((command + "\n").encode())
        self.program.process.stdin.flush()
        answer = self.program._until(
            lambda: self.program.lines[seen] if len(self.program.lines) > seen else None, 5)
        if answer is None or answer.startswith("error"):
            raise RuntimeError(f"natbox: '{command}': {answer}")
        return answer


class Desktop:
    """An Xvfb with an xterm whose shell writes what is typed, line by line, into a pipe to us."""

    def __init__(self, machine, shell="exec cat >{pipe}"):
        world = machine.world
        with _displays_lock:
            number = next(_displays)
        machine.display = f":{number}"
        self.machine = machine
        self.typed = b""
        self._pipe = world.file(f"typed{number}")
        os.mkfifo(self._pipe, 0o600)
        self._fd = os.open(self._pipe, os.O_RDWR | os.O_NONBLOCK)
        server = machine.start(f"Xvfb{number}", "Xvfb", machine.display, "-nolock", "-nolisten", "tcp", "-displayfd", "1",
                               "-screen", "0", "1024x768x24", "-br", "-noreset")
        server.wait_line(str(number), 30)
        self.xterm = machine.start(f"xterm{number}", *AS_NOBODY, "xterm", "-u8", "-display", machine.display, "-geometry", "120x50+0+0",
                                   "-fa", "DejaVu Sans Mono", "-fs", "12",
                                   "-e", "sh", "-c", "stty -echo; echo up >{pipe}; ".format(pipe=self._pipe)
                                   + shell.format(pipe=self._pipe))
        self.expect_text("up\n", 30)

    def read_some(self):
        """What was typed by now and not read yet."""
        return os.read(self._fd, 65536)

    def expect_text(self, text, within=10.0):
        """Waits until this has been typed, after what was expected before."""
        wanted = text.encode()
        deadline = time.monotonic() + within
        while wanted not in self.typed:
            left = deadline - time.monotonic()
            if left <= 0:
                raise LabFailure(f"the desktop got {self.typed!r}, expected {text!r} within {within:g} s")
            if select.select([self._fd], [], [], left)[0]:
                self.typed += self.read_some()
        self.typed = self.typed.split(wanted, 1)[1]


class World:
    """One scenario's network. Use as a context manager: programs end with it."""

    def __init__(self, build, name, folder):
        self.build = build
        self.name = name
        self.folder = os.path.join(folder, name)
        os.makedirs(self.folder, 0o700)
        self.programs = []
        self._count = itertools.count()
        self.machines = []
        self.environment = self._clean_environment()
        self.net = self.namespace("net", forwards=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end_programs()
        for machine in self.machines:
            run("ip", "netns", "delete", machine.netns)

    def end_programs(self):
        for program in reversed(self.programs):
            program.stop()

    def expect_no_crash(self):
        """Ends every program; none may have died of itself or found fault with its own memory."""
        self.end_programs()
        for program in self.programs:
            died_of = -program.process.returncode
            if died_of > 0 and died_of not in HARMLESS_SIGNALS:
                raise LabFailure(f"{program.name} died of signal {died_of}")
            if re.search(r"Sanitizer|runtime error:", program.stderr()):
                raise LabFailure(f"{program.name}: a sanitizer complains")

    def _clean_environment(self):
        """No proxy, configuration or display of the person who runs this."""
        kept = {key: os.environ[key] for key in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
                if key in os.environ}
        return {**kept, "HOME": self.folder, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": self.folder}

    # The network.

    def namespace(self, name, forwards=False, ipv6=True):
        machine = Machine(self, name, f"{self.name}-{name}")
        run("ip", "netns", "add", machine.netns)
        self.machines.append(machine)
        settings = [f"net.ipv6.conf.{where}.{what}" for where in ("all", "default")
                    for what in (f"disable_ipv6={0 if ipv6 else 1}", "accept_dad=0")]
        if forwards:
            settings += ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]
        machine.run("sysctl", "-qw", *settings)
        machine.ip("link set lo up")
        return machine

    def public_machine(self, name, v4=None, v6=None):
        """A machine on the internet itself, by a cable."""
        machine = self.namespace(name, ipv6=v6 is not None)
        machine.address, machine.address6, machine.cable = v4 or "", v6 or "", "eth0"
        end = f"c{next(self._count)}"
        run("ip", "-n", self.net.netns, "link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", machine.netns)
        outer, inner = [f"link set {end} up"], ["link set eth0 up"]
        for address, gateway, bits in ((v4, "198.51.100.1", 32), (v6, "2001:db8:51::1", 128)):
            if address:
                nodad = " nodad" if bits == 128 else ""
                outer += [f"addr add {gateway}/{bits} dev {end}{nodad}", f"route add {address}/{bits} dev {end}"]
                inner += [f"addr add {address}/{bits} dev eth0{nodad}",
                          f"route add default via {gateway} dev eth0 onlink"]
        self.net.ip(*outer)
        machine.ip(*inner)
        return machine

    def router(self, insides, outside, public, options):
        """A lab_natbox. insides: (machine, networks behind) each; public: networks routed to it from outside.

        Names its interfaces "lan" in machines, "wN" in the namespace outside.
        """
        number = next(self._count)
        words = [self.tool("lab_natbox"), "--outside", f"{outside.path},w{number}", *options]
        for machine, networks in insides:
            machine.cable = "lan"
            words += ["--inside", ",".join([machine.path, "lan", *networks])]
        program = self.start(f"natbox{number}", words, stdin=subprocess.PIPE)
        program.wait_line("ready")
        outside.ip(f"link set w{number} up", *(f"route add {network} dev w{number}" for network in public))
        for machine, _ in insides:
            machine.ip("link set lan up")
        return Router(program)

    def home(self, machines, wan=None, nat=CONE, link=(), upstream=None, prefix6=None, also=()):
        """Machines {name: IPv4 or None} behind one router. wan: its public IPv4; prefix6: a /64 like 2001:db8:a::;
        also: further addresses that the first machine may take.

        Gives (router, machine, machine...). The n-th machine has ::2, ::3… of the prefix.
        """
        made, insides = [], []
        for number, (name, address) in enumerate(machines.items()):
            machine = self.namespace(name, ipv6=prefix6 is not None)
            machine.address = address or ""
            machine.address6 = f"{prefix6}{number + 2}" if prefix6 else ""
            made.append(machine)
            more = also if number == 0 else ()
            insides.append((machine, [a for a in (machine.address, machine.address6, *more) if a]))
        options = [*link, *(["--firewall6"] if prefix6 else []), *(["--nat", wan, *nat] if wan else [])]
        public = ([wan] if wan else []) + ([f"{prefix6}/64"] if prefix6 else [])
        router = self.router(insides, upstream or self.net, public, options)
        for machine in made:
            self._settle(machine)
        return router, *made

    def _settle(self, machine):
        """The machine's addresses on its end of the router's interface."""
        if machine.address:
            machine.ip(f"addr add {machine.address}/24 dev lan", "route add default dev lan")
        if machine.address6:
            machine.ip(f"addr add {machine.address6}/64 dev lan nodad", "route add ::/0 dev lan")

    def provider(self, name, wan, nat=OPEN_CONE, link=()):
        """A network of 100.64.0.0/10 behind a carrier-grade NAT; give it to `home` as upstream."""
        inner = self.namespace(name, forwards=True, ipv6=False)
        router = self.router([(inner, ["100.64.0.0/10"])], self.net, [wan], ["--nat", wan, *nat, *link])
        inner.ip("route add default dev lan")
        return router, inner

    # Programs.

    def tool(self, name):
        return os.path.join(self.build, "bin", name)

    def file(self, name, content=None):
        path = os.path.join(self.folder, name)
        if content is not None:
            with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(content)
        return path

    def data_dir(self, name):
        path = os.path.join(self.folder, f"data-{name}")
        os.makedirs(path, 0o700, exist_ok=True)
        return path

    def start(self, name, words, **more):
        known = sum(program.name.split("#")[0] == name for program in self.programs)
        program = Program(f"{name}#{known + 1}" if known else name, words, self.folder, self.environment, **more)
        self.programs.append(program)
        return program

    def server(self, *options, v4=SERVER4, v6=SERVER6):
        """godesk-server on its own machine, with its join string as `.join`."""
        machine = self.public_machine("server", v4, v6)
        return self.serve(machine, *options)

    def serve(self, machine, *options):
        """Starts (again) godesk-server on a machine."""
        public = [word for address in (machine.address, machine.address6) if address
                  for word in ("--public-address", address)]
        program = machine.start("server", self.tool("godesk-server"), *public, "--json", "--data-dir",
                                self.data_dir("server"), *options)
        program.machine = machine
        program.join = program.wait("ready", 20)["join"]
        return program

    def host(self, machine, server=None, *options, desktop=None):
        """A desktop and `godesk host` on it, ready; with `.id`, `.password` and `.desktop`."""
        desktop = desktop or Desktop(machine)
        program = machine.start("host", self.tool("godesk"), "host", "--json", "--display", machine.display,
                                *(["--server", server.join] if server else []),
                                "--data-dir", self.data_dir(machine.name), *options)
        ready = program.wait("ready", 30)
        program.id, program.password, program.desktop = ready.get("id"), ready["password"], desktop
        return program

    def connect(self, machine, target, password, server=None, *options):
        """`godesk connect --headless`, started."""
        file = self.file(f"password-{next(self._count)}", password + "\n")
        return machine.start("connect", self.tool("godesk"), "connect", target, "--headless", "--json",
                             "--password-file", file, *(["--server", server.join] if server else []),
                             "--data-dir", self.data_dir(machine.name), *options)

    def story(self):
        """What every program said last."""
        return "\n".join(program.story() for program in self.programs)

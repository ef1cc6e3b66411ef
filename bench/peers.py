"""Remote desktops that are measured beside each other: each shares a display of 1920x1080 and shows it on another.

start() gives the processes whose cost is counted: the host, its X server where that is a process of its own, and
the viewer, which covers the viewer's display. `patience`: seconds in which what is at rest has to look as it does at
the host.
"""
SIZE = "1920x1080"
HOST_DISPLAY, VIEWER_DISPLAY = ":11", ":12"


def x_server(machine, display, *words):
    """An X server that is ready. (The displays are those of the laboratory's own /tmp/.X11-unix.)"""
    program = machine.start(f"x{display}", *(words or ["Xvfb", display, "-screen", "0", f"{SIZE}x24"]), "-nolock",
                            "-displayfd", "1", "-br", "-noreset", "-nolisten", "tcp")
    program.wait_line(display[1:], 30)
    return program


class Ours:
    name, patience = "godesk", 20

    def start(self, world, host, viewer):
        server = world.server()
        display = x_server(host, HOST_DISPLAY)
        program = host.start("host", world.tool("godesk"), "host", "--json", "--display", HOST_DISPLAY, "--server", server.join,
                             "--data-dir", world.data_dir("host"))
        ready = program.wait("ready", 30)
        password = world.file("password", ready["password"] + "\n")
        window = viewer.start("viewer", "env", f"DISPLAY={VIEWER_DISPLAY}", world.tool("godesk"), "connect", ready["id"], "--full-screen",
                              "--json", "--server", server.join, "--password-file", password, "--data-dir", world.data_dir("viewer"))
        window.wait("first_frame", 60)
        self.window = window
        return {"host": program.process.pid, "x_server": display.process.pid, "viewer": window.process.pid}

    def session_bytes(self):
        """What the session itself received so far: without what keeps paths and mappings alive."""
        return self.window.wait("stats", 5, self.window.mark())["bytes"]


def vnc_viewer(viewer, host):
    """TigerVNC's, with its own defaults; in full screen as ours."""
    return viewer.start("viewer", "env", f"DISPLAY={VIEWER_DISPLAY}", "xtigervncviewer", "-FullScreen", "-RemoteResize=0", "-SecurityTypes=None",
                        f"{host.address}::5900")


class TigerVnc:
    patience = 4  # it leaves photographs as JPEG made them

    def __init__(self, name, *options):
        self.name, self.options = name, options

    def start(self, world, host, viewer):
        program = x_server(host, HOST_DISPLAY, "Xtigervnc", HOST_DISPLAY, "-geometry", SIZE, "-depth", "24", "-rfbport", "5900",
                           "-SecurityTypes", "None", *self.options)
        return {"host": program.process.pid, "viewer": vnc_viewer(viewer, host).process.pid}


class X11Vnc:
    name, patience = "x11vnc", 4

    def start(self, world, host, viewer):
        display = x_server(host, HOST_DISPLAY)
        program = host.start("host", "x11vnc", "-display", HOST_DISPLAY, "-forever", "-shared", "-nopw", "-rfbport", "5900", "-quiet")
        program.wait_line("PORT=5900", 30)
        return {"host": program.process.pid, "x_server": display.process.pid, "viewer": vnc_viewer(viewer, host).process.pid}


PEERS = {peer.name: peer for peer in (Ours(), TigerVnc("tigervnc"), TigerVnc("tigervnc-250", "-FrameRate", "250"), X11Vnc())}

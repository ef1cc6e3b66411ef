"""What a user's hands and eyes do on an X display: keys, pointer, windows, pixels."""
import os
import select
import subprocess
import time

# Keys as XTest gives them: no input method, no Wayland.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "QT_IM_MODULE")}


def on(display):
    return dict(ENVIRONMENT, DISPLAY=display, XMODIFIERS="@im=none", QT_IM_MODULE="compose")


def output(display, *argv):
    return subprocess.run(argv, env=on(display), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def eventually(condition, what, seconds=60):
    """X gives no event that a script could wait for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        select.select([], [], [], 0.05)
    raise AssertionError(f"waited in vain: {what}")


def hands(display, *argv):
    output(display, "xdotool", *argv)


def type_line(display, text):
    hands(display, "type", "--delay", "5", text)
    hands(display, "key", "Return")


def window(display, title):
    """The visible window with that title, as X's number, or an empty text."""
    return output(display, "xdotool", "search", "--onlyvisible", "--name", title).decode().strip()


def focused(display):
    """The title of the window that has the keyboard."""
    return output(display, "xdotool", "getwindowfocus", "getwindowname").decode()


def rows(display, width):
    """The display's pixels, a bytes object a row."""
    pixels = output(display, "import", "-window", "root", "-depth", "8", "rgb:-")
    return [pixels[at : at + 3 * width] for at in range(0, len(pixels), 3 * width)]


def root_size(display):
    """Of the whole screen, in pixels."""
    for line in output(display, "xdpyinfo").decode().splitlines():
        if "dimensions:" in line:
            width, height = line.split()[1].split("x")
            return int(width), int(height)
    return None

"""A PulseAudio of a test's own with a null sink."""
import os
import select
import shutil
import subprocess
import time

from programs import Failure


class SoundServer:
    def __init__(self, stage, name):
        self.folder = stage.folder / name
        self.folder.mkdir(mode=0o700)
        self.socket = self.folder / "native"
        self.pulse = {"PULSE_SERVER": f"unix:{self.socket}"}
        self.env = dict(os.environ, HOME=str(self.folder), XDG_RUNTIME_DIR=str(self.folder), XDG_CONFIG_HOME=str(self.folder),
                        **self.pulse)
        self.env.pop("DBUS_SESSION_BUS_ADDRESS", None)
        self.process = subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--realtime=no", "--high-priority=no",
             "-L", "module-null-sink sink_name=null", "-L", f"module-native-protocol-unix auth-anonymous=1 socket={self.socket}"],
            env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while subprocess.run(["pactl", "info"], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            if time.monotonic() > deadline:
                raise Failure("the sound server did not start")
            select.select([], [], [], 0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

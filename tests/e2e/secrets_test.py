#!/usr/bin/env python3
"""Secrets stay where they belong: with the most talkative logs, neither passwords, typed text nor keys are in any
output, command line, data directory or database; and without -v no log names an ID or an address."""
import base64
import json
import pathlib
import re
import unittest

from scene import HANG, Scene, wait_for_file

PASSWORD = "canary-Wachtel-61953"
TYPED = "Nachtigall-84027-singt"
WRONG = "canary-Kuckuck-30718"

# What each program may keep (apps/godesk/device.h, apps/godesk-server/secrets.h).
DEVICE_FILES = {"identity", "guesses", "host.lock"}
SERVER_FILES = {"identity", "turn-secret", "tls.pem", "devices.sqlite", "devices.sqlite-wal", "devices.sqlite-shm", "lock"}


def encodings(secret):
    """The bytes by which a secret may be found: as it is, UTF-16, hexadecimal, base64 at each alignment."""
    raw = secret if isinstance(secret, bytes) else secret.encode()
    found = {raw, raw.hex().encode(), raw.hex().upper().encode()}
    if not isinstance(secret, bytes):
        found |= {secret.encode("utf-16-le"), secret.encode("utf-16-be")}
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * shift + raw).rstrip(b"=")
            # The first and last characters also carry the neighbours' bits.
            found.add(text[[0, 2, 3][shift]:-1])
    return found


def holds(content, secret):
    return any(form in content for form in encodings(secret))


class Secrets(Scene):
    def cast(self, *talk, data=""):
        """Server, host and viewer; the viewer typed, another one guessed wrongly; all are still running."""
        display = self.stage.display("640x480")
        typed = self.stage.folder / f"typed{data}"
        self.stage.on_display(display, "xterm", "-u8", "-geometry", "100x34+0+0", "-e", "sh", "-c", f"exec cat > '{typed}'")
        wait_for_file(typed, lambda _: typed.exists(), HANG)
        server = self.stage.server(*talk, data=f"server{data}")
        host = self.stage.host(display, server, "--password-file", self.stage.secret("canary", PASSWORD), *talk,
                               data=f"host{data}")
        wrong = self.stage.connect(host.id, server, WRONG, *talk, data=f"wrong{data}")
        self.assertEqual(wrong.finish(HANG), 3)
        guest = self.stage.connect(host.id, server, host.password, *talk, "--for", "0", data=f"guest{data}")
        self.assertEqual(guest.finish(HANG), 0)
        viewer = self.stage.connect(host.id, server, PASSWORD, *talk, "--type", TYPED + "\n", data=f"viewer{data}")
        viewer.event("first_frame", HANG)
        wait_for_file(typed, lambda content: TYPED in content, HANG)
        viewer.event("stats", HANG)
        host.event("stats", HANG)
        return server, host, wrong, guest, viewer

    def test_the_search_finds_what_is_there(self):
        for form in (TYPED, TYPED.encode().hex(), base64.b64encode(b"xy" + TYPED.encode() + b"z").decode()):
            self.assertTrue(holds(f"...{form}...".encode(), TYPED), form)
        self.assertTrue(holds(TYPED.encode("utf-16-le"), TYPED))
        self.assertFalse(holds(b"anything else", TYPED))

    def test_canaries_with_the_most_talkative_logs(self):
        server, host, wrong, guest, viewer = programs = self.cast("-v", "-v", "-v")
        folder = self.stage.folder
        secrets = [PASSWORD, TYPED, WRONG]
        # One-time passwords stand in `ready` and `password` events and nowhere else.
        shown = [host.password, host.password.replace("-", "")]
        turn_secret = (folder / "server" / "turn-secret").read_text().strip()
        # The key file ends with seed, public key, salt and mark (32, 32, 16 and 32 bytes): the seed is the secret.
        keys = [(folder / name / "identity").read_bytes()[-112:-80] for name in ("server", "host", "viewer")]
        pem = (folder / "server" / "tls.pem").read_text()
        keys.append(re.search("PRIVATE KEY-----\n(.*?)\n", pem)[1])

        for program in programs:
            self.assertTrue(program.process.poll() is None or program in (wrong, guest))
            errors = program.errors().encode()
            others = [e for e in program.seen if e["event"] not in ("ready", "password")]
            output = json.dumps(others, ensure_ascii=False).encode()
            for secret in [*secrets, *shown, turn_secret, *keys]:
                self.assertFalse(holds(errors, secret), f"{program.argv[:3]} logs a secret")
                self.assertFalse(holds(output, secret), f"{program.argv[:3]} tells a secret")
            if program.process.poll() is None:
                command = pathlib.Path(f"/proc/{program.process.pid}/cmdline").read_bytes()
                # --type is the command line's own; everything else there must be harmless.
                hidden = [PASSWORD, WRONG, *shown, turn_secret] + ([] if program is viewer else [TYPED])
                for secret in hidden:
                    self.assertFalse(holds(command, secret), f"{program.argv[:3]} shows a secret to everybody")
        self.assertIn("debug", host.errors() + server.errors())

        for program in (viewer, host, server):
            program.stop()
        for name in ("server", "host", "viewer", "guest", "wrong"):
            allowed = SERVER_FILES if name == "server" else DEVICE_FILES
            for file in (folder / name).rglob("*"):
                if file.is_dir():
                    continue
                where = str(file.relative_to(folder / name))
                self.assertTrue(where in allowed or where.startswith("pins/hosts/"), f"{name} keeps {where}")
                content = file.read_bytes()
                for secret in [*secrets, *shown]:
                    self.assertFalse(holds(content, secret), f"{name}/{where} holds a secret")
                if name == "server" and where.startswith("devices"):
                    self.assertFalse(holds(content, turn_secret), where)

    def test_without_v_logs_name_nobody(self):
        server, host, wrong, guest, viewer = programs = self.cast(data="-quiet")
        for program in (viewer, host, server):
            program.stop()
        for program in programs:
            errors = program.errors()
            self.assertNotIn(host.id, errors.replace(" ", ""))
            self.assertIsNone(re.search(r"(?<!\d)[1-9]\d\d ?\d\d\d ?\d\d\d(?!\d)", errors), errors)
            self.assertNotIn("127.0.0.1", errors)


if __name__ == "__main__":
    unittest.main(verbosity=1)

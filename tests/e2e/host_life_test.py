#!/usr/bin/env python3
"""A host's life with the built programs: restarts, passwords, guesses, several viewers, direct IP, relays and proxies."""
import os
import select
import signal
import socket
import subprocess
import threading
import time
import unittest

from scene import HANG, UNATTENDED, Scene, free_port, paths


class Restarts(Scene):
    def restart(self, server, data):
        ports = {"stun_port": server.ready["stun_port"], "tls_port": server.ready["tls_port"]}
        return self.stage.server(data=data, **ports)

    def test_host_and_server_keep_their_names(self):
        server = self.stage.server(data="names")
        host = self.stage.host(self.display, server, data="names-host")
        host.stop()
        again = self.stage.host(self.display, server, data="names-host")
        self.assertEqual(again.id, host.id)
        self.assertNotEqual(again.password, host.password)
        server.stop()
        self.assertTrue(again.event("offline", HANG)["why"])
        second = self.restart(server, "names")
        self.assertEqual(second.join, server.join)
        again.event("online", HANG)
        self.enters(host.id, second, again.password)
        again.stop()

    def test_server_killed_and_back_two_seconds_later(self):
        server = self.stage.server(data="killed")
        host = self.stage.host(self.display, server, data="killed-host")
        server.stop(signal.SIGKILL)
        host.event("offline", HANG)
        select.select([], [], [], 2)  # the outage itself
        second = self.restart(server, "killed")
        back = time.monotonic()
        host.event("online", HANG)
        print(f"online {time.monotonic() - back:.1f} s after the server's return", flush=True)
        self.enters(host.id, second, host.password)
        host.stop()

    def test_host_before_its_server(self):
        server = self.stage.server(data="late")
        server.stop()
        host = self.stage.host(self.display, server, data="late-host", wait=False)
        self.assertEqual(host.event("offline", HANG)["why"], "unreachable")
        second = self.restart(server, "late")
        self.stage.host_ready(host)
        self.enters(host.id, second, host.password)
        # Ended by SIGTERM it is offline at once.
        self.assertEqual(host.stop(), 0)
        self.fails(4, "not-found", host.id, second, host.password)


class Passwords(Scene):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.stage.server()

    def test_unattended_works_again_and_again(self):
        host = self.stage.host(self.display, self.server, "--password-file", self.unattended, data="again")
        for _ in range(3):
            self.enters(host.id, self.server, UNATTENDED)
        self.assertNotIn("password", [e["event"] for e in host.seen])
        # Two viewers at the same time, and one that leaves does not disturb the other.
        first = self.stage.connect(host.id, self.server, UNATTENDED, data="one")
        first.event("first_frame", HANG)
        second = self.stage.connect(host.id, self.server, UNATTENDED, data="two")
        second.event("first_frame", HANG)
        second.process.send_signal(signal.SIGTERM)
        self.assertEqual(second.finish(HANG), 0)
        self.assertEqual(second.seen[-1]["reason"], "interrupted")
        host.event("session", HANG, where=lambda e: e["state"] == "closed" and e["session"] == 5)
        first.event("stats", HANG)
        self.assertIsNone(first.process.poll())
        host.stop()
        self.assertEqual(first.finish(HANG), 0, first.report("ended"))
        self.assertEqual(first.seen[-1]["reason"], "by-host")

    def test_unattended_policy(self):
        godesk = self.stage.bin / "godesk"
        for index, bad in enumerate(["2short", "passwordpassword", "ABCD-EFGH", "abcdefgh", "a" * 2000, "aaaaaaaaaaaa"]):
            file = self.stage.secret(f"bad{index}", bad)
            program = self.stage.run(godesk, "host", "--display", self.display, "--server", self.server.join, "--data-dir",
                                     self.stage.folder / "policy", "--password-file", file)
            self.assertEqual(program.finish(HANG), 2, f"{bad}: {program.report('ended')}")
            self.assertTrue(program.last_error().endswith("."), program.errors())
            self.assertNotIn(bad, program.errors())

    def test_one_time_password_rotates_by_use_alone(self):
        host = self.stage.host(self.display, self.server, data="once")
        first = host.password
        self.fails(3, "wrong-password", host.id, self.server, "AAAA-AAAA", data="stranger")
        self.enters(host.id, self.server, first)
        second = host.event("password", HANG)["password"]
        self.assertNotEqual(second, first)
        self.fails(3, "wrong-password", host.id, self.server, first)
        self.enters(host.id, self.server, second.replace("-", " ").lower())
        self.assertNotEqual(host.event("password", HANG)["password"], second)
        host.stop()

    def test_guesses_run_out_for_strangers_only_and_stay_spent(self):
        unattended = ["--password-file", self.unattended]
        host = self.stage.host(self.display, self.server, *unattended, data="guessed")
        self.enters(host.id, self.server, UNATTENDED, data="friend")
        started = time.monotonic()
        for _ in range(10):
            self.fails(3, "wrong-password", host.id, self.server, "AAAA-AAAA", data="stranger")
        self.busy_soon(host.id, started)
        host.stop()
        host = self.stage.host(self.display, self.server, *unattended, data="guessed")
        viewer = self.busy_soon(host.id, started)
        self.assertIn("try again in", viewer.last_error())
        self.enters(host.id, self.server, UNATTENDED, data="friend")
        host.stop()

    def busy_soon(self, target, started):
        """The next guess is refused, but for one that each 30 s gave back."""
        while True:
            viewer = self.stage.connect(target, self.server, "AAAA-AAAA", data="stranger")
            self.assertEqual(viewer.finish(HANG), 3, viewer.report("ended"))
            if viewer.seen[-1]["reason"] == "busy":
                return viewer
            self.spared = getattr(self, "spared", 0) + 1
            self.assertLessEqual(self.spared, (time.monotonic() - started) / 30)


class Files(Scene):
    def test_open_doors_are_refused(self):
        server = self.stage.server()
        host = self.stage.host(self.display, server)
        host.stop()
        server.stop()
        programs = {"host": [self.stage.bin / "godesk", "host", "--display", self.display, "--server", server.join],
                    "server": [self.stage.bin / "godesk-server", "--stun-port", "0", "--tls-port", "0"]}
        for name, argv in programs.items():
            folder = self.stage.folder / name
            self.assertEqual(folder.stat().st_mode & 0o777, 0o700)
            for file in folder.rglob("*"):
                self.assertEqual(file.stat().st_mode & 0o077, 0, file)
            folder.chmod(0o755)
            self.refused("chmod", *argv, "--data-dir", folder)
            folder.chmod(0o700)
            identity = folder / "identity"
            identity.chmod(0o644)
            self.refused("chmod", *argv, "--data-dir", folder)
            identity.chmod(0o600)
            moved = identity.rename(folder / "moved")
            identity.symlink_to(moved)
            self.refused(str(identity), *argv, "--data-dir", folder)
        open_file = self.stage.secret("open", UNATTENDED)
        open_file.chmod(0o644)
        self.refused("chmod", self.stage.bin / "godesk", "connect", "127.0.0.1", "--headless", "--data-dir",
                     self.stage.folder / "any", "--password-file", open_file)


class DirectIp(Scene):
    def test_both_families_without_any_server(self):
        port = free_port()
        host = self.stage.host(self.display, None, "--direct-ip", port, "--password-file", self.unattended)
        self.assertNotIn("id", host.ready)
        for target, family in ((f"127.0.0.1:{port}", 4), (f"[::1]:{port}", 6)):
            viewer = self.enters(target, None, UNATTENDED)
            for path in paths(viewer):
                self.assertEqual(path, path | {"kind": "direct", "how": "direct-ip", "family": family, "remote": target})
        host.stop()
        self.fails(5, "no-path", f"127.0.0.1:{port}", None, UNATTENDED)

    def test_configured(self):
        port = free_port()
        config = self.stage.config("direct.toml", f"[direct-ip]\nenabled = true\nport = {port}\n")
        host = self.stage.host(self.display, None, "--config", config, data="configured")
        self.enters(f"127.0.0.1:{port}", None, host.password, data="configured-viewer")
        taken = [self.stage.bin / "godesk", "host", "--display", self.display, "--direct-ip", str(port), "--data-dir",
                 self.stage.folder / "taken"]
        self.refused("--direct-ip", *taken)
        host.stop()


class Coturn:
    """A relay of another make on loopback, over UDP, TCP and TLS."""

    def __init__(self, stage, *credentials):
        self.port, self.tls_port = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM)
        key, certificate = stage.folder / f"turn{self.port}.key", stage.folder / f"turn{self.port}.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=lab"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        process = stage.on_display("", "turnserver", "-n", "-r", "lab", *credentials, "--listening-ip", "127.0.0.1",
                                   "--relay-ip", "127.0.0.1", "--listening-port", self.port, "--tls-listening-port",
                                   self.tls_port, "--allow-loopback-peers", "--no-cli", "--no-dtls", "--cert", certificate,
                                   "--pkey", key, "--log-file", "stdout", "--pidfile", stage.folder / f"turn{self.port}.pid",
                                   "--userdb", stage.folder / f"turn{self.port}.db")
        deadline = time.monotonic() + HANG
        for port in (self.port, self.tls_port):
            while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError("coturn did not start")
                select.select([], [], [], 0.05)


class Relays(Scene):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.stage.server()
        cls.plain = cls.stage.host(cls.display, cls.server, "--password-file", cls.unattended, data="plain")

    def session(self, target, *more, until, **options):
        """A session until a path of that kind came; all its paths."""
        viewer = self.stage.connect(target, self.server, UNATTENDED, *more, **options)
        viewer.event("first_frame", HANG)
        if not any(until(path) for path in paths(viewer)):
            viewer.event("path", HANG, where=until)
        # A second in which nothing may change any more.
        viewer.event("stats", HANG)
        viewer.event("stats", HANG)
        viewer.process.send_signal(signal.SIGINT)
        self.assertEqual(viewer.finish(HANG), 0, viewer.report("ended"))
        return viewer

    def test_direct_where_nobody_forbids_it(self):
        viewer = self.session(self.plain.id, until=lambda path: path["kind"] == "direct")
        self.assertEqual(paths(viewer)[-1], paths(viewer)[-1] | {"kind": "direct", "transport": "udp"})

    def test_relay_only_on_either_side(self):
        only = self.stage.host(self.display, self.server, "--relay-only", "--password-file", self.unattended, data="only")
        for target, more in ((self.plain.id, ["--relay-only"]), (only.id, []), (only.id, ["--relay-only"])):
            viewer = self.session(target, *more, until=lambda path: path.get("why") == "relay-only")
            self.assertEqual({path["kind"] for path in paths(viewer)}, {"relay"}, viewer.report("had"))
            self.assertEqual(paths(viewer)[-1]["why"], "relay-only")
        only.event("path", HANG, where=lambda e: e.get("why") == "relay-only")
        only.event("session", HANG, where=lambda e: e["state"] == "closed")
        self.assertEqual({path["kind"] for path in paths(only)}, {"relay"})
        only.stop()

    def test_a_relay_of_another_make_with_user_and_password(self):
        coturn = Coturn(self.stage, "--lt-cred-mech", "-u", "u:p")
        legs = {"udp": (f"turn:127.0.0.1:{coturn.port}?transport=udp", coturn.port),
                "tcp": (f"turn:127.0.0.1:{coturn.port}?transport=tcp", coturn.port),
                "tls": (f"turns:127.0.0.1:{coturn.tls_port}", coturn.tls_port)}
        own = ["--relay-user", "u:p", "--relay-only"]
        host = self.stage.host(self.display, self.server, "--relay-server", legs["tcp"][0], *own, "--password-file",
                               self.unattended, data="own-relay")
        for transport, (url, port) in legs.items():
            viewer = self.session(host.id, "--relay-server", url, *own, until=lambda path: path.get("why") == "relay-only")
            for path in paths(viewer):
                self.assertEqual(path, path | {"kind": "relay", "transport": transport, "remote": f"127.0.0.1:{port}"})
        host.event("session", HANG, where=lambda e: e["state"] == "closed")
        for path in paths(host):
            self.assertEqual(path, path | {"kind": "relay", "transport": "tcp", "remote": f"127.0.0.1:{coturn.port}"})
        self.assertTrue(paths(host))
        host.stop()

    def test_a_relay_of_another_make_with_a_shared_secret(self):
        coturn = Coturn(self.stage, "--use-auth-secret", "--static-auth-secret=lab-secret")
        own = ["--relay-server", f"turn:127.0.0.1:{coturn.port}", "--relay-secret-file",
               self.stage.secret("relay-secret", "lab-secret")]
        host = self.stage.host(self.display, self.server, *own, "--password-file", self.unattended, data="secret-relay")
        viewer = self.session(host.id, *own, "--relay-only", until=lambda path: path.get("why") == "relay-only")
        self.assertEqual({path["remote"] for path in paths(viewer)}, {f"127.0.0.1:{coturn.port}"})
        host.stop()

    def test_a_relay_that_one_side_brings_and_the_server_knows(self):
        coturn = Coturn(self.stage, "--use-auth-secret", "--static-auth-secret=lab-secret")
        secret = self.stage.secret("known-secret", "lab-secret")
        url = f"turn:127.0.0.1:{coturn.port}"
        server = self.stage.server("--relay", url, "--relay-secret-file", secret, data="knowing")
        own = ["--relay-server", url, "--relay-secret-file", secret, "--relay-only"]
        for host_side, viewer_side in (([], own), (own, [])):
            host = self.stage.host(self.display, server, *host_side, "--password-file", self.unattended, data="one-sided")
            viewer = self.enters(host.id, server, UNATTENDED, *viewer_side)
            if viewer_side:
                self.assertEqual({path["remote"] for path in paths(viewer)}, {f"127.0.0.1:{coturn.port}"})
            self.assertEqual({path["kind"] for path in paths(viewer)}, {"relay"})
            host.stop()

    def test_wrong_credentials_on_the_own_relay_are_no_path(self):
        coturn = Coturn(self.stage, "--lt-cred-mech", "-u", "u:p")
        self.fails(5, "no-path", self.plain.id, self.server, UNATTENDED, "--relay-server",
                   f"turn:127.0.0.1:{coturn.port}?transport=udp", "--relay-user", "u:wrong", "--relay-only")


class Proxy:
    """An HTTP proxy that knows CONNECT and takes every name for this machine."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.asked = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = client.recv(4096)
            if not piece:
                return client.close()
            head += piece
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        self.asked.append((method, target))
        upstream = socket.create_connection(("127.0.0.1", int(target.rsplit(":", 1)[1])))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        other = {client: upstream, upstream: client}
        while True:
            for ready in select.select([client, upstream], [], [])[0]:
                try:
                    data = ready.recv(65536)
                    other[ready].sendall(data)
                except OSError:
                    data = b""
                if not data:
                    client.close()
                    upstream.close()
                    return None

    def close(self):
        self.listener.close()


class Proxies(Scene):
    def test_where_names_exist_only_beyond_the_proxy(self):
        proxy = Proxy()
        self.addCleanup(proxy.close)
        env = dict(os.environ, https_proxy=f"http://127.0.0.1:{proxy.port}", no_proxy="")
        server = self.stage.server("--public-address", "nowhere.invalid", data="beyond")
        self.assertIn("also=nowhere.invalid", server.join)
        server.join = server.join.replace("127.0.0.1", "nowhere.invalid").replace("&also=nowhere.invalid", "")
        coturn = Coturn(self.stage, "--lt-cred-mech", "-u", "u:p")
        legs = {"udp": f"turn:127.0.0.1:{coturn.port}?transport=udp", "proxy": f"turns:nowhere.invalid:{coturn.tls_port}"}
        for transport, url in legs.items():
            relay = ["--relay-server", url, "--relay-user", "u:p", "--relay-only"]
            before = len(proxy.asked)
            host = self.stage.host(self.display, server, *relay, "--password-file", self.unattended, data=transport, env=env)
            viewer = self.enters(host.id, server, UNATTENDED, *relay, env=env)
            # UDP passes the proxy by; what is known by name alone goes through it.
            self.assertEqual({(path["kind"], path["transport"]) for path in paths(viewer)}, {("relay", transport)})
            asked = set(proxy.asked[before:])
            self.assertIn(("CONNECT", f"nowhere.invalid:{server.ready['tls_port']}"), asked)
            self.assertEqual(("CONNECT", f"nowhere.invalid:{coturn.tls_port}") in asked, transport == "proxy")
            host.stop()
        self.assertEqual({method for method, _ in proxy.asked}, {"CONNECT"})


if __name__ == "__main__":
    unittest.main(verbosity=1)

#!/usr/bin/env python3
"""A hostile network against the built programs: malformed bytes at every port, connections that never end, floods.
Afterwards a known caller still enters, a session that ran all the while goes on, and nothing has exited."""
import base64
import os
import pathlib
import random
import select
import signal
import socket
import ssl
import struct
import time
import unittest

from scene import HANG, ROOT, UNATTENDED, Scene, free_port, resident

# Shorter patience than for people, so that the test need not wait for it.
CONFIG = """
[limits]
finds-per-prefix = { burst = 1000, seconds = 0.01 }
finds-per-target = { burst = 1000, seconds = 0.01 }
handshake-timeout = 3
hello-limit = 3
idle-relay-stream = 3
"""
# Loopback has many addresses: the hostile sources are others than those of the honest.
HOSTILE, FLOODING, ASKING = "127.6.6.6", "127.6.6.7", "127.6.6.8"


def seeds():
    """Meaningful inputs of every parser: the corpora of the fuzz targets."""
    files = sorted(pathlib.Path(ROOT / "fuzz" / "corpus").rglob("*"))
    return [f.read_bytes() for f in files if f.is_file()]


def mutations(count, seed):
    """Well-formed inputs, cut, stretched and with wrong bits; STUN headers with nonsense; plain noise."""
    chance = random.Random(seed)
    good = seeds()
    for _ in range(count):
        kind = chance.randrange(4)
        if kind == 0:
            yield chance.randbytes(chance.randrange(0, 1400))
        elif kind == 1:
            body = chance.randbytes(4 * chance.randrange(0, 60))
            method = chance.choice([0x0001, 0x0003, 0x0004, 0x0006, 0x0008, 0x0009, 0x0016, 0x0101, 0x0111, chance.randrange(0x4000)])
            yield struct.pack("!HHI", method, len(body) + chance.choice([0, 0, 0, 4, -4 if body else 0]), 0x2112A442) + chance.randbytes(12) + body
        elif kind == 2:
            # A long header of QUIC, long enough to be an Initial.
            yield bytes([0xC0 | chance.randrange(64)]) + chance.choice([b"\0\0\0\1", chance.randbytes(4)]) + b"\x08" + chance.randbytes(1220)
        else:
            data = bytearray(chance.choice(good))
            for _ in range(chance.randrange(1, 4)):
                if data:
                    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            yield bytes(data[:chance.randrange(len(data) + 1)] if chance.random() < 0.3 else data)


def address_of(text):
    """"0100007F" as 127.0.0.1: the kernel prints 32-bit words in its own byte order."""
    words = [struct.pack("=I", int(text[i:i + 8], 16)) for i in range(0, len(text), 8)]
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, b"".join(words))


def udp_sockets(process):
    """(address, port) of all UDP sockets that a process holds, by the kernel's own account."""
    inodes = set()
    for fd in os.scandir(f"/proc/{process.pid}/fd"):
        try:
            name = os.readlink(fd.path)
        except OSError:
            continue
        if name.startswith("socket:["):
            inodes.add(name[8:-1])
    found = set()
    for path in (pathlib.Path("/proc/net/udp"), pathlib.Path("/proc/net/udp6")):
        for line in path.read_text().splitlines()[1:] if path.exists() else []:
            words = line.split()
            if words[9] in inodes:
                address, port = words[1].split(":")
                found.add((address_of(address), int(port, 16)))
    return found


def connected(port, source=HOSTILE):
    s = socket.create_connection(("127.0.0.1", port), timeout=HANG, source_address=(source, 0))
    s.settimeout(HANG)
    return s


def tls(port, alpn=None, source=HOSTILE):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols([alpn])
    return context.wrap_socket(connected(port, source))


def websocket(port):
    s = tls(port, "http/1.1")
    key = base64.b64encode(bytes(16)).decode()
    s.sendall(f"GET /rendezvous HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
              "Sec-WebSocket-Version: 13\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        piece = s.recv(1)
        assert piece, head
        head += piece
    assert b" 101 " in head.split(b"\r\n")[0], head
    return s


def frame(payload, opcode=2, claimed=None):
    """A masked WebSocket frame, whatever length it claims."""
    return bytes([0x80 | opcode, 0xFF]) + struct.pack("!Q", len(payload) if claimed is None else claimed) + bytes(4) + payload


def initial(dcid, scid, token):
    """A QUIC Initial (RFC 9000 17.2.2), long enough for one, with nothing in it that could be decrypted."""
    head = b"\xc3\0\0\0\1" + bytes([len(dcid)]) + dcid + bytes([len(scid)]) + scid
    head += struct.pack("!H", 0x4000 | len(token)) + token
    rest = 1200 - len(head) - 2
    return head + struct.pack("!H", 0x4000 | rest) + bytes(range(1, 256)) * 4 + bytes(rest - 4 * 255)


def retry_of(packet):
    """(the connection id to use, the token) of a Retry (RFC 9000 17.2.5)."""
    assert packet[0] & 0xF0 == 0xF0, packet[:20]
    at = 5
    at += 1 + packet[at]
    scid = packet[at + 1:at + 1 + packet[at]]
    return scid, packet[at + 1 + packet[at]:-16]


def ends(s, seconds=HANG):
    """Whether the other side ends the connection; what it says before does not matter."""
    s.settimeout(seconds)
    try:
        while s.recv(65536):
            pass
        return True
    except TimeoutError:
        return False
    except OSError:
        return True
    finally:
        s.close()


def throw(s, pieces):
    """Sends until the other side has had enough."""
    try:
        for piece in pieces:
            s.sendall(piece)
    except OSError:
        pass


class Hostile(Scene):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.stage.server(config=CONFIG)
        cls.stun, cls.tls = cls.server.ready["stun_port"], cls.server.ready["tls_port"]
        cls.direct = free_port()
        cls.host = cls.stage.host(cls.display, cls.server, "--direct-ip", cls.direct, "--password-file", cls.unattended)
        # A session over the relay, so that relay sockets are under fire too; and one over whatever is best.
        cls.sessions = [cls.stage.connect(cls.host.id, cls.server, UNATTENDED, *more, data=data)
                        for data, more in (("relayed", ["--relay-only"]), ("best", []))]
        for session in cls.sessions:
            session.event("first_frame", HANG)

    def tearDown(self):
        """Whatever happened: all live, the sessions go on, and who may enter enters, by ID and by address."""
        for target, server in ((self.host.id, self.server), (f"127.0.0.1:{self.direct}", None)):
            started = time.monotonic()
            self.enters(target, server, UNATTENDED)
            took = time.monotonic() - started
            print(f"{self._testMethodName}: entered {'by ID' if server else 'directly'} in {took:.1f} s", flush=True)
        for program in (self.server, self.host, *self.sessions):
            self.assertIsNone(program.process.poll(), program.report("is gone"))
        for session in self.sessions:
            session.event("stats", HANG)

    def test_malformed_datagrams_at_every_port(self):
        targets = set()
        for program in (self.server, self.host, *self.sessions):
            targets |= udp_sockets(program.process)
        self.assertTrue({self.stun, self.tls, self.direct} <= {port for _, port in targets})
        self.assertGreaterEqual(len(targets), 6)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as four, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six:
            four.bind((HOSTILE, 0))
            four.setblocking(False)
            six.setblocking(False)
            sent = 0
            for index, (address, port) in enumerate(sorted(targets)):
                through = six if ":" in address else four
                address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)
                for data in mutations(600, index):
                    try:
                        through.sendto(data, (address, port))
                        sent += 1
                    except OSError:  # a full buffer, or no such family here
                        pass
        self.assertGreater(sent, 2000)
        print(f"{sent} datagrams at {len(targets)} sockets", flush=True)

    def test_malformed_bytes_at_every_stream_port(self):
        for index in range(30):
            pieces = list(mutations(20, 1000 + index))
            for s in (connected(self.stun), connected(self.tls), tls(self.tls, "stun.turn"), tls(self.tls, "http/1.1"), tls(self.tls)):
                throw(s, pieces)
                s.close()
        # A WebSocket that speaks nonsense before it has shown any key is closed.
        for data in mutations(20, 2000):
            s = websocket(self.tls)
            throw(s, [frame(data)])
            self.assertTrue(ends(s))

    def test_oversized_websocket_messages(self):
        for data in (frame(bytes(100), claimed=1 << 40), frame(bytes((64 << 10) + 1)), frame(bytes(100), claimed=(1 << 63) + 1),
                     b"\x01\xff" + struct.pack("!Q", 40000) + bytes(40004) + b"\x80\xff" + struct.pack("!Q", 40000) + bytes(40004)):
            s = websocket(self.tls)
            throw(s, [data])
            self.assertTrue(ends(s))

    def test_requests_that_are_no_websocket(self):
        for request in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /rendezvous HTTP/1.1\r\nHost: x\r\n\r\n",
                        b"POST /rendezvous HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
                        b"G" * 100_000, b"GET /" + b"a" * 100_000):
            s = tls(self.tls, "http/1.1")
            throw(s, [request])
            self.assertTrue(ends(s))

    def test_500_half_open_connections(self):
        open_ones = []
        for index in range(500):
            s = socket.socket()
            s.bind((HOSTILE, 0))
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", self.tls))
            open_ones.append(s)
        # Half of them begin a handshake and leave it there.
        for s in open_ones[::2]:
            try:
                s.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
            except OSError:
                pass
        started = time.monotonic()
        self.enters(self.host.id, self.server, UNATTENDED)
        print(f"entered in {time.monotonic() - started:.1f} s beside 500 half-open connections", flush=True)
        for s in open_ones:
            s.setblocking(True)
            self.assertTrue(ends(s))

    def half_open(self, index):
        """A caller by address of its own prefix that proves where it is, by a Retry, and goes no further."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((f"127.{20 + index // 250}.{index % 250}.1", 0))
            s.settimeout(HANG)
            name = struct.pack("!Q", index)
            s.sendto(initial(name, name, b""), ("127.0.0.1", self.direct))
            theirs, token = retry_of(s.recv(2000))
            s.sendto(initial(theirs, name, token), ("127.0.0.1", self.direct))

    def test_10_000_half_open_callers_by_address(self):
        """The host's memory is bounded, and a known caller is in at once (SECURITY's 2 s, here with the machine's load)."""
        self.enters(f"127.0.0.1:{self.direct}", None, UNATTENDED)  # what is made once is made
        before, most = resident(self.host), 0.0
        for index in range(10_000):
            self.half_open(index)
            if index % 100 == 0:
                most = max(most, resident(self.host))
        started = time.monotonic()
        self.enters(f"127.0.0.1:{self.direct}", None, UNATTENDED)
        print(f"10000 half-open callers took {most - before:.1f} MiB at most; entered in {time.monotonic() - started:.1f} s",
              flush=True)
        self.assertLessEqual(most - before, 16)
        self.assertLess(time.monotonic() - started, HANG)

    def test_clients_that_never_speak(self):
        silent = [connected(self.tls), tls(self.tls), tls(self.tls, "stun.turn"), tls(self.tls, "http/1.1"), websocket(self.tls),
                  connected(self.stun)]
        for s in silent:
            self.assertTrue(ends(s))

    def test_a_stun_flood_meets_silence(self):
        def ask(source, count):
            """How many of `count` Binding requests are answered, and in how many seconds they were sent."""
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.bind((source, 0))
                s.setblocking(False)
                answers, started = 0, time.monotonic()
                for index in range(count):
                    s.sendto(struct.pack("!HHI", 1, 0, 0x2112A442) + struct.pack("!IQ", 7, index), ("127.0.0.1", self.stun))
                sending = time.monotonic() - started
                while select.select([s], [], [], 1.0)[0]:
                    self.assertLessEqual(len(s.recv(2000)), 100)
                    answers += 1
                return answers, sending

        answers, sending = ask(FLOODING, 400)
        print(f"400 requests in {sending:.2f} s were answered {answers} times", flush=True)
        self.assertGreaterEqual(answers, 20)
        # Whoever reads them later may read them in one second more than they were sent in.
        self.assertLessEqual(answers, 20 * (int(sending) + 3))
        self.assertEqual(ask(ASKING, 1)[0], 1)


class Leavers(Scene):
    def test_callers_killed_at_any_moment_leave_the_host_well(self):
        server = self.stage.server()
        host = self.stage.host(self.display, server, "--password-file", self.unattended)
        for moment in ("path", "authenticated", "first_frame"):
            viewer = self.stage.connect(host.id, server, UNATTENDED)
            viewer.event(moment, HANG)
            viewer.stop(signal.SIGKILL)
        self.enters(host.id, server, UNATTENDED)
        self.assertIsNone(host.process.poll())


if __name__ == "__main__":
    unittest.main(verbosity=1)

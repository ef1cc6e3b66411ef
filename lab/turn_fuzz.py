#!/usr/bin/env python3
"""A TURN client with valid credentials that wants what it must not have: it asks the relay, in every disguise, to
send to private addresses and to the relay's own machine, with honest messages and with damaged ones.

    turn_fuzz.py HOST PORT NAME:PASSWORD SECONDS SEED OPEN_ADDRESS PRIVATE_ADDRESS...

Each datagram it wants relayed says MARK. OPEN_ADDRESS is one it may reach, to prove that it knows how. Prints how
many messages of each kind it sent, and how many permissions it got.
"""
import hashlib
import hmac
import ipaddress
import json
import os
import random
import socket
import struct
import sys
import time
import zlib

MARK = b"godesk-turn-fuzz"
COOKIE = 0x2112A442
ALLOCATE, REFRESH, SEND, PERMISSION, BIND = 0x0003, 0x0004, 0x0016, 0x0008, 0x0009
PORTS = (3478, 443, 7, 53, 80, 5555, 6000, 21118, 49152)
ALLOCATIONS = 6


def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def xor_address(kind, ip, port, transaction):
    pad = struct.pack("!I", COOKIE) + transaction
    packed = bytes(a ^ b for a, b in zip(ip.packed, pad))
    return attribute(kind, struct.pack("!BBH", 0, 1 if ip.version == 4 else 2, port ^ (COOKIE >> 16)) + packed)


def disguises(address):
    """The ways in which an IPv4 address can be written as IPv6, and itself."""
    ip = ipaddress.ip_address(address)
    yield ip
    if ip.version == 6:
        return
    number = int(ip)
    for prefix, shift in (("::ffff:0:0", 0), ("::", 0), ("64:ff9b::", 0), ("64:ff9b:1::", 0), ("2002::", 80), ("::ffff:0:0:0", 0)):
        yield ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | number << shift)
    yield ipaddress.IPv6Address(int(ipaddress.IPv6Address("2001::")) | (number ^ 0xFFFFFFFF))  # Teredo


class Client:
    def __init__(self, server, user, chance):
        family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.connect(server)
        self.socket.settimeout(2)
        self.user, self.password = user.split(":", 1)
        self.chance = chance
        self.realm = self.nonce = b""
        self.key = b""

    def message(self, method, attributes, signed=True, transaction=None):
        transaction = transaction or self.chance.randbytes(12)
        body = b"".join(a if isinstance(a, bytes) else a(transaction) for a in attributes)
        if signed and self.key:
            body += attribute(0x0006, self.user.encode()) + attribute(0x0014, self.realm) + attribute(0x0015, self.nonce)
            head = struct.pack("!HHI", method, len(body) + 24, COOKIE) + transaction
            body += attribute(0x0008, hmac.new(self.key, head + body, hashlib.sha1).digest())
        head = struct.pack("!HHI", method, len(body) + 8, COOKIE) + transaction
        return head + body + attribute(0x8028, struct.pack("!I", (zlib.crc32(head + body) ^ 0x5354554E) & 0xFFFFFFFF))

    def ask(self, method, attributes):
        """(class bits, attributes by kind) of the answer, repeated as a client would."""
        for _ in range(5):
            sent = self.message(method, attributes)
            self.socket.send(sent)
            try:
                while True:
                    answer = self.socket.recv(2000)
                    if answer[8:20] == sent[8:20]:
                        return self.read(answer)
            except TimeoutError:
                continue
        raise SystemExit("the relay does not answer")

    def read(self, answer):
        kind, length = struct.unpack("!HH", answer[:4])
        found, at = {}, 20
        while at + 4 <= 20 + length:
            what, size = struct.unpack("!HH", answer[at:at + 4])
            found.setdefault(what, answer[at + 4:at + 4 + size])
            at += 4 + size + -size % 4
        return kind & 0x0110, found

    def allocate(self):
        wanted = [attribute(0x0019, b"\x11\0\0\0"), attribute(0x8000, b"\x02\0\0\0")]
        _, said = self.ask(ALLOCATE, wanted)
        self.learn(said)
        bits, said = self.ask(ALLOCATE, wanted)
        if bits != 0x0100:
            raise SystemExit(f"no allocation: {said.get(0x0009)}")

    def learn(self, said):
        self.realm, self.nonce = said[0x0014], said[0x0015]
        self.key = hashlib.md5(b":".join((self.user.encode(), self.realm, self.password.encode()))).digest()

    def send(self, bytes_):
        try:
            self.socket.send(bytes_)
        except OSError:
            pass

    def drain(self):
        """Permissions granted since the last time. Nonces die; who is told of a new one takes it."""
        granted = 0
        self.socket.setblocking(False)
        try:
            while True:
                answer = self.socket.recv(2000)
                if len(answer) < 20 or answer[0] & 0xC0:
                    continue
                bits, said = self.read(answer)
                granted += bits == 0x0100 and answer[:2] in (b"\x01\x08", b"\x01\x09")
                if bits == 0x0110 and 0x0015 in said:
                    self.learn(said)
        except (BlockingIOError, ConnectionError):
            pass
        finally:
            self.socket.settimeout(2)
        return granted


class Fuzz:
    def __init__(self, arguments):
        host, port, user, seconds, seed, allowed, *private = arguments
        self.chance = random.Random(int(seed))
        self.end = time.monotonic() + float(seconds)
        self.allowed = ipaddress.ip_address(allowed)
        self.targets = [ip for address in private for ip in disguises(address)]
        self.clients = [Client((host, int(port)), user, self.chance) for _ in range(ALLOCATIONS)]
        self.sent = dict.fromkeys(("permission", "channel", "send", "data", "damaged"), 0)
        self.granted = 0
        for client in self.clients:
            client.allocate()

    def prove(self):
        """What is allowed works."""
        client = self.clients[0]
        client.ask(PERMISSION, [lambda t: xor_address(0x0012, self.allowed, 5555, t)])
        client.send(client.message(SEND, [lambda t: xor_address(0x0012, self.allowed, 5555, t), attribute(0x0013, MARK)], signed=False))

    def one(self):
        chance, client = self.chance, self.chance.choice(self.clients)
        ip, port = chance.choice(self.targets), chance.choice(PORTS)
        peer = lambda t: xor_address(0x0012, ip, port, t)  # noqa: E731
        channel = 0x4000 + chance.randrange(16)
        also = [attribute(chance.choice((0x000D, 0x0012, 0x0013, 0x0017, 0x0018, 0x8000)), chance.randbytes(chance.randrange(9)))
                for _ in range(chance.choice((0, 0, 0, 1, 2)))]
        kind = chance.choice(("permission", "channel", "send", "data", "mixed"))
        if kind == "permission":
            out = client.message(PERMISSION, [peer, *also])
        elif kind == "mixed":  # an allowed address beside one that is not
            kind = "permission"
            pair = [peer, lambda t: xor_address(0x0012, self.allowed, 5555, t)]
            chance.shuffle(pair)
            out = client.message(PERMISSION, pair)
        elif kind == "channel":
            out = client.message(BIND, [attribute(0x000C, struct.pack("!HH", channel, 0)), peer, *also])
        elif kind == "send":
            out = client.message(SEND, [peer, attribute(0x0013, MARK), *also], signed=False)
        else:
            out = struct.pack("!HH", channel, len(MARK)) + MARK
        if chance.random() < 0.3:
            kind, out = "damaged", self.damaged(out)
        self.sent[kind] += 1
        client.send(out)

    def damaged(self, out):
        out = bytearray(out)
        for _ in range(self.chance.randrange(1, 4)):
            out[self.chance.randrange(len(out))] ^= 1 << self.chance.randrange(8)
        return bytes(out)

    def run(self):
        self.prove()
        count = 0
        while time.monotonic() < self.end:
            self.one()
            count += 1
            if count % 16 == 0:
                self.granted += sum(client.drain() for client in self.clients)
        self.prove()  # and nothing is broken after all this
        print(json.dumps(dict(self.sent, granted=self.granted)), flush=True)


if __name__ == "__main__":
    Fuzz(sys.argv[1:]).run()

"""Captures on a machine's cable: dumpcap writes them, this reads them back as IP packets with their times."""
import dataclasses
import ipaddress
import os
import struct
import time

from program import LabFailure

LINK_ETHERNET, LINK_RAW = 1, 101
UDP, TCP = 17, 6
PROBE_PORT = 9  # discard
HEADER = 24     # bytes of a capture file before the first packet

# The capture is complete when it holds this. To a documentation address that nobody has, out of this machine's cable.
LAST_WORDS = b"end of the capture"
LAST_PACKET = f"""
import socket, sys
v6 = ":" in sys.argv[1]
s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
s.sendto({LAST_WORDS!r}, ("2001:db8:dead::1" if v6 else "192.0.2.1", {PROBE_PORT}))
"""


@dataclasses.dataclass
class Packet:
    at: float       # seconds since 1970
    protocol: int
    source: str
    destination: str
    source_port: int
    destination_port: int
    payload: bytes  # of UDP or TCP, else of IP
    length: int     # of the IP packet


class Capture:
    """dumpcap on a machine's cable, until `packets()` or the end of the scenario."""

    def __init__(self, machine, name=None):
        self.machine = machine
        self.path = machine.world.file(f"{name or machine.name}.pcap")
        self.program = machine.start(f"dumpcap-{name or machine.name}", "dumpcap", "-q", "-P", "-s", "2048", "-i",
                                     machine.cable, "-w", self.path)
        self._wait(lambda: os.path.exists(self.path) and os.path.getsize(self.path) >= HEADER, "did not start")

    def wait_for(self, text):
        """Until these bytes have been written down: what came before them has been, too."""
        def seen():
            with open(self.path, "rb") as file:
                return text in file.read()
        self._wait(seen, f"did not see {text!r}")

    def _wait(self, condition, complaint):
        deadline = time.monotonic() + 15
        while not condition():
            if time.monotonic() > deadline:
                raise LabFailure(f"{self.program.name} {complaint}")
            time.sleep(0.02)

    def packets(self):
        """Ends the capture. Everything captured, in order."""
        self.machine.run("python3", "-c", LAST_PACKET, self.machine.address or self.machine.address6)
        self.wait_for(LAST_WORDS)
        self.program.stop()
        return [packet for packet in read(self.path) if LAST_WORDS not in packet.payload]


def read(path):
    with open(path, "rb") as file:
        magic, *_, link = struct.unpack("<IHHiIII", file.read(24))
        if magic != 0xA1B2C3D4:
            raise RuntimeError(f"{path} is not a capture of this machine's byte order")
        while len(header := file.read(16)) == 16:
            seconds, micros, size, _ = struct.unpack("<IIII", header)
            frame = file.read(size)
            packet = parse(seconds + micros / 1e6, frame[14:] if link == LINK_ETHERNET else frame)
            if packet:
                yield packet


def parse(at, ip):
    """The Packet in these bytes, None if it is not IP."""
    if len(ip) < 20:
        return None
    if ip[0] >> 4 == 4:
        start, protocol = (ip[0] & 15) * 4, ip[9]
        source, destination = ipaddress.IPv4Address(ip[12:16]), ipaddress.IPv4Address(ip[16:20])
        ip = ip[:struct.unpack(">H", ip[2:4])[0]]
    elif ip[0] >> 4 == 6 and len(ip) >= 40:
        start, protocol = 40, ip[6]
        source, destination = ipaddress.IPv6Address(ip[8:24]), ipaddress.IPv6Address(ip[24:40])
    else:
        return None
    ports, payload = (0, 0), ip[start:]
    if protocol in (UDP, TCP) and len(payload) >= 8:
        ports = struct.unpack(">HH", payload[:4])
        payload = payload[8 if protocol == UDP else payload[12] >> 4 << 2:]
    return Packet(at, protocol, str(source), str(destination), *ports, payload, len(ip))


def write(path, packets):
    """A capture file of UDP datagrams over IPv4, made from these packets' addresses, ports and payloads."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINK_RAW))
        for p in packets:
            udp = struct.pack(">HHHH", p.source_port, p.destination_port, 8 + len(p.payload), 0) + p.payload
            ip = struct.pack(">BBHIBBH4s4s", 0x45, 0, 20 + len(udp), 0, 64, UDP, 0,
                             ipaddress.IPv4Address(p.source).packed, ipaddress.IPv4Address(p.destination).packed) + udp
            seconds, fraction = divmod(p.at, 1)
            file.write(struct.pack("<IIII", int(seconds), int(fraction * 1e6), len(ip), len(ip)) + ip)


def longest_pause(packets, begin, end):
    """The longest time in [begin, end] (seconds since 1970) in which none of these packets came."""
    times = [begin, *(p.at for p in packets if begin < p.at < end), end]
    return max(after - before for before, after in zip(times, times[1:]))

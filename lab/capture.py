"""Captures on a machine's cable: tcpdump writes them, this reads them back as IP packets with their times."""
import dataclasses
import ipaddress
import os
import struct
import time

from program import LabFailure

LINK_ETHERNET, LINK_RAW = 1, 101
UDP, TCP = 17, 6
PROBE_PORT = 9  # discard


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
    """tcpdump on a machine's cable, until `packets()` or the end of the scenario."""

    def __init__(self, machine, name=None):
        self.machine = machine
        self.path = machine.world.file(f"{name or machine.name}.pcap")
        self.program = machine.start(f"tcpdump-{name or machine.name}", "tcpdump", "-Z", "root", "-q", "-n", "-U",
                                     "--immediate-mode", "-s", "2048", "-B", "8192", "-i", machine.cable, "-w", self.path)
        self._wait_for_start()

    def _wait_for_start(self):
        """tcpdump writes the file's header when it listens."""
        deadline = time.monotonic() + 15
        while not os.path.exists(self.path) or os.path.getsize(self.path) < 24:
            if time.monotonic() > deadline:
                raise LabFailure("tcpdump did not start")
            time.sleep(0.02)

    def packets(self):
        """Ends the capture. Everything captured, in order."""
        self.program.stop()
        return list(read(self.path))


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

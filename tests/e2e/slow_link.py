"""A slow line in front of a UDP port of this machine: packets are late, come no faster than the line carries them, and
are dropped where its queue is full."""
import collections
import select
import socket
import threading
import time


class SlowLink:
    def __init__(self, port, delay, bits_per_second=None, queue=0.15):
        """`delay` seconds each way; what would wait longer than `queue` seconds is dropped."""
        self.there = ("127.0.0.1", port)
        self.set(delay, bits_per_second)
        self.queue = queue
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.port = self.front.getsockname()[1]
        self.back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.back.bind(("127.0.0.1", 0))
        self.caller = None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def set(self, delay, bits_per_second=None):
        self.delay, self.rate = delay, bits_per_second

    def stop(self):
        self.over.set()
        self.thread.join()
        self.front.close()
        self.back.close()

    def run(self):
        ways = {self.front: collections.deque(), self.back: collections.deque()}  # (when to be given on, packet)
        free = {self.front: 0.0, self.back: 0.0}  # when the line has sent what it took
        while not self.over.is_set():
            due = min((way[0][0] for way in ways.values() if way), default=time.monotonic() + 0.1)
            ready, _, _ = select.select(list(ways), [], [], max(0.0, due - time.monotonic()))
            now = time.monotonic()
            for end in ready:
                packet, source = end.recvfrom(2048)
                if end is self.front:
                    self.caller = source
                begin = max(now, free[end])
                if begin - now > self.queue:
                    continue
                free[end] = begin + (8 * (len(packet) + 42) / self.rate if self.rate else 0)
                ways[end].append((free[end] + self.delay, packet))
            for end, way in ways.items():
                while way and way[0][0] <= now:
                    packet = way.popleft()[1]
                    if end is self.front:
                        self.back.sendto(packet, self.there)
                    elif self.caller:
                        self.front.sendto(packet, self.caller)

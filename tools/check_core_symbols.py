#!/usr/bin/env python3
"""Proves that the core does no I/O: no archive but os/ may want a clock, socket, file, thread, mutex, entropy or
environment symbol. Reads `nm -u` of the rooms' own objects; generated protobuf code is left out, because the
library's headers bring a once-flag along.

    check_core_symbols.py BUILD_DIR
"""
import pathlib
import re
import subprocess
import sys

CORE = "base crypto stun turn ice auth rendezvous link quic media session host viewer".split()

C_SYMBOLS = """clock_gettime gettimeofday time times clock nanosleep clock_nanosleep usleep sleep poll ppoll select
epoll_wait epoll_create1 socket bind listen accept accept4 connect send sendto sendmsg sendmmsg recv recvfrom recvmsg
recvmmsg getaddrinfo gethostbyname getifaddrs open open64 openat fopen fopen64 read write creat mmap fork execve
system getenv secure_getenv setenv getrandom getentropy rand srand random srandom drand48 arc4random
RAND_bytes RAND_priv_bytes gnutls_rnd""".split()
PATTERNS = [
    r"pthread_(create|join|mutex_|rwlock_|cond_|spin_)",
    r"std::(__1::)?chrono::.*::now\(",
    r"std::random_device",
    r"std::thread\b",
    r"std::condition_variable",
    r"std::basic_[io]?f(ile)?stream",
    r"std::filesystem",
    r"std::(cout|cerr|cin|clog)\b",
]
FORBIDDEN = re.compile("^(" + "|".join(map(re.escape, C_SYMBOLS)) + ")(@.*)?$|" + "|".join(PATTERNS))


def wanted_symbols(archive):
    out = subprocess.run(["nm", "-uC", str(archive)], capture_output=True, text=True, check=True).stdout
    member = ""
    for line in out.splitlines():
        if line.endswith(":"):
            member = line[:-1]
        elif line.strip().startswith(("U ", "w ")) and not member.endswith(".pb.cc.o"):
            yield member, line.strip()[2:]


def main():
    build = pathlib.Path(sys.argv[1])
    found = 0
    for room in CORE:
        archive = build / "src" / room / f"lib{room}.a"
        if not archive.exists():
            print(f"{archive}: not built")
            found += 1
            continue
        for member, symbol in wanted_symbols(archive):
            if FORBIDDEN.search(symbol):
                print(f"{room}/{member}: wants {symbol}")
                found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

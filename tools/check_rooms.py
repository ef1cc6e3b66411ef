#!/usr/bin/env python3
"""Holds the code against the table of rooms, docs/rooms.txt.

Every #include and every ROOMS list in src/<room>/ must be allowed by the table; a generated protobuf header
may appear in .cpp files only. Prints one line per breach and exits 1 when there is any.

    check_rooms.py [ROOT]
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]', re.M)
ROOM_CALL = re.compile(r"godesk_room\(([^)]*)\)", re.S)


def read_table(path):
    table = {}
    for line in path.read_text().splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        room, _, rest = line.partition(":")
        rooms, _, external = rest.partition("|")
        table[room.strip()] = (rooms.split(), external.split())
    return table


def is_standard(header):
    """C and C++ library headers, and the test framework's, are everyone's."""
    return ("/" not in header and not header.endswith(".h")) or header.startswith(("gtest/", "gmock/"))


def check_include(table, room, path, header):
    rooms, external = table[room]
    top = header.split("/")[0]
    if header.endswith(".pb.h") and path.suffix != ".cpp":
        return "a generated header belongs into .cpp files only"
    if top in table:
        if top == room or top in rooms or "*" in rooms:
            return None
        return f"{room} may not include {top}"
    if top == "sim" and (path.stem.endswith("_test") or path.stem.startswith("test_")):
        return None
    if is_standard(header) or "*" in external or header.startswith(tuple(external) or "\0"):
        return None
    return f"{room} may not include <{header}>"


def check_libraries(table, room, cmake):
    rooms, _ = table[room]
    for call in ROOM_CALL.findall(cmake.read_text()):
        words = call.split()
        if "ROOMS" not in words:
            continue
        for word in words[words.index("ROOMS") + 1:]:
            if word.isupper():
                break
            if word in table and word not in rooms and "*" not in rooms:
                yield f"{cmake}: {room} may not link {word}"


def breaches(root):
    table = read_table(root / "docs" / "rooms.txt")
    for folder in sorted((root / "src").iterdir()):
        room = folder.name
        if room not in table:
            yield f"{folder}: the room is not in docs/rooms.txt"
            continue
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".h", ".cpp", ".inc"):
                for header in INCLUDE.findall(path.read_text()):
                    why = check_include(table, room, path, header)
                    if why:
                        yield f"{path}: {why}"
        yield from check_libraries(table, room, folder / "CMakeLists.txt")


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    found = list(breaches(root))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Prints src/auth/normal_form_tables.inc: what Unicode normalisation form C needs, from Python's unicodedata.

Run it only to move to a newer Unicode: assigned characters never change their normal form.
"""

import itertools
import unicodedata

CODE_POINTS = range(0x110000)


def canonical(code):
    text = unicodedata.decomposition(chr(code))
    return [int(part, 16) for part in text.split()] if text and not text.startswith("<") else []


def classes():
    """(first, last, combining class) of each run of equal classes above zero."""
    for value, run in itertools.groupby(CODE_POINTS, lambda code: unicodedata.combining(chr(code))):
        run = list(run)
        if value:
            yield run[0], run[-1], value


def table(name, row_type, rows):
    print(f"constexpr {row_type} {name}[] = {{")
    for i in range(0, len(rows), 4):
        print("    " + " ".join("{" + ", ".join(f"{n:#x}" for n in row) + "}," for row in rows[i : i + 4]))
    print("};")


def main():
    pairs, others = [], []
    for code in CODE_POINTS:
        parts = canonical(code)
        if parts:
            composes = unicodedata.normalize("NFC", chr(code)) == chr(code)
            (pairs if composes else others).append((code, parts[0], parts[1] if len(parts) > 1 else 0))
    print(f"// Made by tools/make_normal_form_tables.py from Unicode {unicodedata.unidata_version}. Not edited by hand.")
    print("// clang-format off")
    print("// Decompose into two and compose again.")
    table("kPairs", "Decomposition", pairs)
    print("// Decompose and stay so; second is 0 where there is none.")
    table("kOneWay", "Decomposition", others)
    print("// Combining classes above zero.")
    table("kClasses", "ClassRange", list(classes()))
    print("// clang-format on")


main()

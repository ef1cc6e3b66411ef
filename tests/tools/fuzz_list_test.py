#!/usr/bin/env python3
"""Every function that looks like a decoder is in fuzz/decoders.txt, and every target named there exists and has seeds."""
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/dev"))
import fuzz  # noqa: E402


class FuzzList(unittest.TestCase):
    def test_no_decoder_is_missing(self):
        self.assertEqual(fuzz.unlisted(), [])

    def test_every_target_exists_and_has_seeds(self):
        wanted, _ = fuzz.decoders()
        for target in {target for target, _ in wanted}:
            self.assertTrue((ROOT / "fuzz" / f"{target}.cpp").is_file(), target)
            self.assertTrue(any((ROOT / "fuzz/corpus" / target).iterdir()), target)


if __name__ == "__main__":
    unittest.main()

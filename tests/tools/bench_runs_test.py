"""Several runs of a bench as one (bench/runs.py), and what it is held against (bench/limits.py)."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

from limits import limit  # noqa: E402
from runs import middle, verdicts_of  # noqa: E402


class BenchRuns(unittest.TestCase):
    def test_numbers_are_their_median_and_what_one_run_lacks_is_missing(self):
        runs = [{"a": {"film": {"cpu": cpu, "name": "x"}, "idle": idle}} for cpu, idle in ((3, {"bytes": 1}), (1.5, {"bytes": 2}), (2, None))]
        self.assertEqual(middle(runs), {"a": {"film": {"cpu": 2, "name": "x"}, "idle": None}})

    def test_one_run_is_itself(self):
        self.assertEqual(middle([{"a": 1.25, "b": None}]), {"a": 1.25, "b": None})

    def test_the_median_is_judged_and_all_values_are_told(self):
        verdict, = verdicts_of([[limit("cpu", value, 1)] for value in (0.5, 3.0, 0.9)])
        self.assertEqual((verdict["value"], verdict["values"], verdict["ok"]), (0.9, [0.5, 3.0, 0.9], True))
        verdict, = verdicts_of([[limit("cpu", value, 1)] for value in (0.5, 3.0, 1.1)])
        self.assertFalse(verdict["ok"])

    def test_a_run_that_measured_nothing_keeps_no_limit(self):
        self.assertFalse(verdicts_of([[limit("cpu", 0.5, 1)], [], [limit("cpu", 0.5, 1)]])[0]["ok"])


if __name__ == "__main__":
    unittest.main()

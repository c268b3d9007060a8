import unittest

import support

import gradwire_results
import summary
from figures import time_vs_nodes


class SummaryTest(unittest.TestCase):
    def test_ranks_by_hand(self):
        # 2 P(B(n, 1/2) < k) <= 5 %: as in tests/sim/results/statistics_test.cpp.
        for count, rank in {1: 0, 5: 0, 6: 1, 8: 1, 9: 2, 11: 2, 12: 3, 30: 10}.items():
            self.assertEqual(summary.median_interval_rank(count), rank, count)

    def test_equal_to_the_result_store(self):
        for kind in ("virtual", "local", "many"):
            results = gradwire_results.read(support.sample(kind))
            expected = support.sample_summaries(kind)
            self.assertEqual(len(expected), len(results.points))
            for row in expected:
                times = results.repeats[results.repeats.point == row.pop("point")].train_seconds
                self.assertEqual(summary.summarise(times.tolist())._asdict(), row)

    def test_a_single_extrapolated_repeat_has_the_interval_of_its_steps(self):
        # The sample says 10 % of the time of a step; the training is so many steps.
        results = gradwire_results.read(support.sample("single"))
        found = time_vs_nodes.point_summary(results, 3)
        self.assertEqual(found.spread, time_vs_nodes.WITHIN_RUN)
        self.assertAlmostEqual(found.low, 0.9 * found.median)
        self.assertAlmostEqual(found.high, 1.1 * found.median)


if __name__ == "__main__":
    unittest.main()

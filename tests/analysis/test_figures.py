"""What is drawn: the numbers, and that nothing lies on top of anything else."""

import math
import shutil
import sqlite3
import tempfile
import unittest

import pandas

import support

import gradwire_results
import style
from figures import accuracy, agreement, breakdown, quality, resources, time_vs_nodes
from gradwire_results import ResultsError

NODES = "network.nodes"
BANDWIDTH = "network.bandwidth"


def read(kind):
    return gradwire_results.read(support.sample(kind))


def texts(legend):
    return [text.get_text() for text in legend.get_texts()]


class FigureTest(unittest.TestCase):
    def assert_readable(self, figure):
        """The legend lies beside the axes and inside the figure, no tick labels touch."""
        figure.canvas.draw()
        for axis in figure.axes:
            for labels in (axis.get_xticklabels(), axis.get_yticklabels()):
                boxes = [label.get_window_extent() for label in labels if label.get_text()]
                for one, other in zip(boxes, boxes[1:]):
                    self.assertFalse(one.overlaps(other))
            if axis.get_legend():
                box = axis.get_legend().get_window_extent()
                self.assertLessEqual(box.x1, figure.bbox.x1)
                self.assertGreaterEqual(box.y0, figure.bbox.y0)
                for covered in figure.axes:
                    if covered.axison:
                        self.assertFalse(box.overlaps(covered.get_window_extent()))

    def tearDown(self):
        style.pyplot.close("all")

    def test_time_vs_nodes_draws_the_medians(self):
        results = read("virtual")
        figure = time_vs_nodes.draw([results], NODES, BANDWIDTH, {})
        (axis,) = figure.axes
        self.assertEqual(len(axis.lines), 4)
        # Points 0, 4, 8, 12 are 1 to 4 nodes at the first bandwidth; one repeat each.
        times = results.repeats.set_index("point").train_seconds
        self.assertEqual(list(axis.lines[0].get_xdata()), [1, 2, 3, 4])
        self.assertEqual(list(axis.lines[0].get_ydata()), [times[p] for p in (0, 4, 8, 12)])
        self.assertEqual(axis.get_yscale(), "log")  # 0.15 s to 324 s
        self.assertEqual(axis.get_ylabel(), "Training time (s)")
        self.assertEqual(axis.get_xlabel(), "Number of nodes")
        self.assertEqual(
            texts(axis.get_legend()), ["10 Mbit/s", "50 Mbit/s", "100 Mbit/s", "1 Gbit/s"]
        )
        self.assert_readable(figure)
        self.assertEqual([t.get_text() for t in axis.get_xticklabels()], ["1", "2", "3", "4"])

    def test_a_narrow_range_is_linear_from_zero(self):
        conditions = {NODES: {"2", "3", "4"}, BANDWIDTH: {"1Gbit"}}
        figure = time_vs_nodes.draw([read("virtual")], NODES, BANDWIDTH, conditions)
        self.assertEqual(figure.axes[0].get_yscale(), "linear")
        self.assertEqual(figure.axes[0].get_ylim()[0], 0)
        self.assert_readable(figure)

    def test_agreement_draws_predicted_over_measured(self):
        predicted, measured = read("virtual"), read("local")
        figure = agreement.draw(predicted, measured, BANDWIDTH, {NODES: {"2"}})
        (axis,) = figure.axes
        marks = [line for line in axis.lines if line.get_marker() in style.MARKERS]
        bandwidths = [value.text for value in measured.values(BANDWIDTH)]
        self.assertEqual(len(marks), len(bandwidths))
        for mark, bandwidth in zip(marks, bandwidths):
            for results, drawn in ((measured, mark.get_xdata()), (predicted, mark.get_ydata())):
                (point,) = [
                    point
                    for point in range(len(results.points))
                    if results.value(point, NODES).text == "2"
                    and results.value(point, BANDWIDTH).text == bandwidth
                ]
                times = results.repeats[results.repeats.point == point].train_seconds
                self.assertEqual(list(drawn), [times.median()])
        self.assert_readable(figure)
        with self.assertRaisesRegex(ResultsError, "the prediction .virtual. first"):
            agreement.draw(measured, predicted, BANDWIDTH, {})

    def test_overlay_predicts_with_lines_and_measures_with_markers(self):
        figure = time_vs_nodes.draw([read("virtual"), read("local")], NODES, BANDWIDTH, {})
        looks = {
            (line.get_linestyle() != "None", line.get_marker() != "none")
            for line in figure.axes[0].lines
            if len(line.get_xdata()) == 4 and line.get_marker() != "_"
        }
        self.assertEqual(looks, {(True, False), (False, True)})
        self.assertEqual(
            texts(figure.axes[0].get_legend())[5:],
            ["predicted (virtual)", "measured (local),\nextrapolated", "range of the repeats"],
        )
        self.assert_readable(figure)

    def test_a_fixed_value_joins_the_line_of_its_name(self):
        # "many" was run at 100 Mbit/s only: its markers have the colour of that line.
        figure = time_vs_nodes.draw([read("virtual"), read("many")], NODES, BANDWIDTH, {})
        measured = [line for line in figure.axes[0].lines if line.get_linestyle() == "None"]
        markers = [line for line in measured if line.get_marker() == style.MARKERS[2]]
        self.assertEqual([list(line.get_xdata()) for line in markers], [[1, 2, 4, 8]])
        self.assertEqual(markers[0].get_color(), style.COLOURS[2])
        self.assertIn("95 % interval\nof the median", texts(figure.axes[0].get_legend()))
        self.assert_readable(figure)

    def test_a_further_axis_becomes_panels(self):
        figure = time_vs_nodes.draw([read("algorithms")], NODES, BANDWIDTH, {})
        titles = [axis.get_title() for axis in figure.axes]
        self.assertEqual(titles, ["Algorithm: all-to-all", "Algorithm: ring"])
        self.assert_readable(figure)

    def test_other_keys_can_be_the_axes(self):
        figure = time_vs_nodes.draw([read("algorithms")], BANDWIDTH, "strategy.algorithm", {})
        self.assertEqual(len(figure.axes), 4)  # node counts
        self.assertEqual(figure.axes[0].get_xlabel(), "Bandwidth (Mbit/s)")
        self.assertEqual(list(figure.axes[0].lines[0].get_xdata()), [10, 50, 100, 1000])
        self.assert_readable(figure)

    def test_too_many_free_keys_are_named(self):
        with self.assertRaisesRegex(
            ResultsError,
            r"also swept: network.nodes \(1, 2, 3, 4\), network.bandwidth \(10Mbit, .*\); "
            "fix all but one with --where key=value",
        ):
            time_vs_nodes.draw([read("algorithms")], "strategy.algorithm", "nodes.speed", {})

    def test_distorted_points_are_marked(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        file = support.copy_of_sample("single", folder)
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE repeats SET host_distorted = 1 WHERE point = 5")
        results = gradwire_results.read(file)
        figure = time_vs_nodes.draw([results], NODES, BANDWIDTH, {})
        crosses = [line for line in figure.axes[0].lines if line.get_marker() == "x"]
        self.assertEqual([list(line.get_xdata()) for line in crosses], [[2]])
        self.assertIn("distorted by the host", texts(figure.axes[0].get_legend()))
        self.assertEqual(figure.axes[0].get_ylabel(), "Training time, extrapolated (s)")

    def test_breakdown_scales_to_the_whole_training(self):
        # One node only computes: 375 steps of 0.4 ms.
        parts, train = breakdown.mean_parts(read("virtual"), 0)
        self.assertAlmostEqual(parts["compute"], 0.15)
        self.assertEqual(parts["send"], 0)
        self.assertAlmostEqual(train, 0.15)
        # Measured over 10 steps, but shown for all: the parts again add up to the training time.
        parts, train = breakdown.mean_parts(read("local"), 7)
        self.assertAlmostEqual(sum(parts.values()), train)

    def test_breakdown_has_a_panel_for_each_bandwidth(self):
        figure = breakdown.draw(read("local"), NODES, BANDWIDTH, {})
        self.assertEqual(
            [axis.get_title() for axis in figure.axes],
            [f"Bandwidth: {rate}" for rate in ("10 Mbit/s", "50 Mbit/s", "100 Mbit/s", "1 Gbit/s")],
        )
        self.assertEqual(len(figure.axes[0].patches), 4 * len(breakdown.PARTS))
        self.assert_readable(figure)
        with self.assertRaisesRegex(ResultsError, r"also swept: strategy.algorithm"):
            breakdown.draw(read("algorithms"), NODES, BANDWIDTH, {})

    def test_accuracy_against_time_and_epoch(self):
        results = read("accuracy")
        figure = accuracy.draw(results, None, {"strategy.algorithm": {"ring"}})
        by_time, by_epoch = figure.axes
        self.assertEqual(list(by_epoch.lines[0].get_xdata()), list(range(1, 11)))
        last = results.epochs[(results.epochs.point == 0) & (results.epochs.epoch == 10)].accuracy
        self.assertAlmostEqual(by_epoch.lines[0].get_ydata()[-1], 100 * last.median())
        self.assertEqual(by_time.get_xscale(), "log")  # 0.15 s to 324 s
        self.assertEqual(by_time.get_xlabel(), "Time (s)")
        self.assertEqual(texts(by_epoch.get_legend())[:3], ["1", "2", "4"])
        self.assert_readable(figure)

    def test_quality_has_a_panel_for_each_value_and_a_line_for_each_score(self):
        figure = quality.draw(read("captions"), None, {})
        self.assertEqual(
            [axis.get_title() for axis in figure.axes], ["Pictures: given", "Pictures: shuffled"]
        )
        lines = figure.axes[0].lines
        self.assertEqual(list(lines[0].get_xdata()), list(range(1, 9)))
        # BLEU-4 after eight epochs, as results_sample makes it.
        self.assertAlmostEqual(lines[3].get_ydata()[-1], 0.9**4 * (1 - math.exp(-4)))
        legend = texts(figure.axes[1].get_legend())
        self.assertEqual(legend[:4], ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4"])
        self.assertEqual(legend[4], quality.PICTURES)
        self.assertEqual(figure.axes[0].get_ylabel(), "BLEU, likeliest words")
        self.assert_readable(figure)

    def test_quality_names_the_scores_that_there_are(self):
        with self.assertRaisesRegex(ResultsError, "no scores top5; there are bleu1, bleu2, bleu3"):
            quality.draw(read("captions"), ["bleu4", "top5"], {})
        with self.assertRaisesRegex(ResultsError, "bleu4; there are none"):
            quality.draw(read("plain"), None, {})

    def test_accuracy_without_a_sweep_is_one_line(self):
        figure = accuracy.draw(read("plain"), None, {})
        self.assertEqual(len(figure.axes[0].lines), 1)
        self.assert_readable(figure)

    def test_accuracy_needs_accuracy_and_one_key(self):
        with self.assertRaisesRegex(ResultsError, "no accuracy in these results"):
            accuracy.draw(read("timing"), None, {})
        with self.assertRaisesRegex(
            ResultsError, r"also swept: strategy.algorithm \(all-to-all, ring\); fix each"
        ):
            accuracy.draw(read("accuracy"), None, {})

    def test_resources_draws_the_means(self):
        results = read("hosts")
        self.assertEqual(sorted(results.resource_samples.interval.unique()), [0.5, 1.0])
        figure = resources.draw(results, NODES, BANDWIDTH, {BANDWIDTH: {"10Mbit", "1Gbit"}})
        labels = [axis.get_ylabel() for axis in figure.axes]
        self.assertEqual(labels, ["CPU (% of a core)", "Memory (MB)", "Sent (Mbit/s)",
                                  "Received (Mbit/s)"])  # fmt: skip
        # Rank 0 uses 25 % of a core, rank 1 50 %; 1 MB a second is sent, half of it received.
        for axis, (one, two) in zip(figure.axes, [(25, 37.5), (50, 50), (8, 8), (4, 4)]):
            heights = [bar.get_height() for bar in axis.patches]
            for height, expected in zip(heights, [one, one, two, two]):
                self.assertAlmostEqual(height, expected)
            self.assertEqual(len(heights), 4)
        legend = texts(figure.axes[1].get_legend())
        self.assertEqual(legend, ["10 Mbit/s", "1 Gbit/s", resources.WHISKERS])
        self.assert_readable(figure)

    def test_resources_of_one_node_once_have_no_whiskers_and_no_legend(self):
        results = read("hosts")
        results.resource_samples = results.resource_samples[results.resource_samples.repeat == 0]
        one = {BANDWIDTH: {"10Mbit"}, NODES: {"1"}}
        figure = resources.draw(results, NODES, NODES, one)
        self.assertIsNone(figure.axes[1].get_legend())

    def test_gpus_have_panels_where_there_are_any(self):
        results = read("hosts")
        results.resource_samples["gpu_share"] = 0.5
        results.resource_samples["gpu_memory_bytes"] = 2_000_000
        figure = resources.draw(results, NODES, BANDWIDTH, {BANDWIDTH: {"10Mbit"}})
        heights = {axis.get_ylabel(): axis.patches[0].get_height() for axis in figure.axes}
        self.assertAlmostEqual(heights["GPU (%)"], 50)
        self.assertAlmostEqual(heights["GPU memory (MB)"], 2)

    def test_unknown_samples_are_left_out_of_means(self):
        rows = pandas.DataFrame({"gpu_share": [0.5, None, 1.0], "interval": [1.0, 5.0, 3.0]})
        share = resources.OF_GPUS[0].value_of
        self.assertAlmostEqual(share(rows), (0.5 * 1 + 1.0 * 3) / 4 * 100)
        self.assertTrue(math.isnan(share(rows[1:2])))
        results = read("hosts")
        results.resource_samples["gpu_share"] = math.nan
        point = results.resource_samples.point.iloc[0]
        self.assertEqual(resources.node_means(results, point, resources.OF_GPUS[0]), [])

    def test_resources_need_samples(self):
        with self.assertRaises(ResultsError) as caught:
            resources.draw(read("virtual"), NODES, BANDWIDTH, {})
        self.assertIn("no resource samples at the chosen points", str(caught.exception))


if __name__ == "__main__":
    unittest.main()

import shutil
import sqlite3
import tempfile
import unittest
from pathlib import Path

import support

import gradwire_results
import selection
from gradwire_results import ResultsError, Value


class ReadingTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def assert_refused(self, path, message):
        with self.assertRaises(ResultsError) as caught:
            gradwire_results.read(path)
        self.assertEqual(str(caught.exception), message)

    def test_folder_and_file_are_the_same(self):
        folder = support.sample("virtual")
        by_folder = gradwire_results.read(folder)
        by_file = gradwire_results.read(folder / "results.sqlite")
        self.assertEqual(by_folder.points, by_file.points)
        self.assertEqual(by_folder.mode, "virtual")
        self.assertEqual(by_folder.scenario, "vnx-mlp")
        self.assertEqual(by_folder.axes, ["network.nodes", "network.bandwidth"])

    def test_swept_values_ascend_by_their_number(self):
        results = gradwire_results.read(support.sample("virtual"))
        rates = results.values("network.bandwidth")
        self.assertEqual([rate.text for rate in rates], ["10Mbit", "50Mbit", "100Mbit", "1Gbit"])
        self.assertEqual(rates[-1], Value("1Gbit", 1e9, "bit/s"))

    def test_what_is_not_swept_comes_from_the_scenario(self):
        results = gradwire_results.read(support.sample("timing"))
        self.assertEqual(results.values("network.bandwidth"), [Value("100Mbit")])
        self.assertEqual(results.values("network.colour"), [])

    def test_labels(self):
        labels = {
            "10Mbit": "10 Mbit/s",
            "1.5Gbit": "1.5 Gbit/s",
            "200us": "200 µs",
            "64KiB": "64 KiB",
            "4": "4",
            "ring": "ring",
            "[512, 256]": "[512, 256]",
        }
        for text, label in labels.items():
            self.assertEqual(Value(text).label(), label)

    def test_conditions_choose_points(self):
        results = gradwire_results.read(support.sample("virtual"))
        conditions = selection.parse_conditions(
            ["network.bandwidth=1Gbit", "network.nodes=1", "network.nodes=4"]
        )
        # The last axis varies fastest: 4 bandwidths, of which 1Gbit is the fourth.
        self.assertEqual(selection.matching_points(results, conditions), [3, 15])

    def test_files_that_are_not_results_are_refused(self):
        self.assert_refused(
            self.folder, f"{self.folder}: no results in this folder (results.sqlite is missing)"
        )
        self.assert_refused(self.folder / "x", f"{self.folder / 'x'}: no such file or folder")
        for content in (b"", b"x" * 5000):
            file = self.folder / "file"
            file.write_bytes(content)
            self.assert_refused(file, f"{file}: not a Gradwire results file")

    def test_a_newer_file_is_refused(self):
        file = support.copy_of_sample("plain", self.folder)
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA user_version = 7")
        self.assert_refused(
            file, f"{file}: written by a newer Gradwire (schema 7; this one reads up to 6)"
        )

    def test_an_older_file_has_no_scores(self):
        file = support.copy_of_sample("plain", self.folder)
        with sqlite3.connect(file) as connection:
            connection.executescript("DROP TABLE epoch_scores; PRAGMA user_version = 2")
        self.assertTrue(gradwire_results.read(file).epoch_scores.empty)

    def test_a_run_without_finished_repeats_is_refused(self):
        file = support.copy_of_sample("plain", self.folder)
        with sqlite3.connect(file) as connection:
            connection.execute("DELETE FROM repeats")
        self.assert_refused(file, f"{file}: no finished repeats in it yet")


if __name__ == "__main__":
    unittest.main()

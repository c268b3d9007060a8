"""The command: what it writes and prints, and how it fails."""

import shutil
import tempfile
import unittest
from pathlib import Path

import support

PNG = b"\x89PNG\r\n"


class PlotTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def assert_one_line_error(self, arguments, message):
        done = support.run_plot(*arguments)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(done.stderr, f"plot.py: {message}\n")

    def test_writes_png_and_svg_and_prints_their_paths(self):
        for figure, kind in (
            ("time-vs-nodes", "local"),
            ("breakdown", "local"),
            ("accuracy", "plain"),
        ):
            stem = self.folder / "new" / figure
            done = support.run_plot(figure, support.sample(kind), "--out", stem)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(done.stdout, f"{stem}.png\n{stem}.svg\n")
            self.assertTrue(Path(f"{stem}.png").read_bytes().startswith(PNG))
            self.assertIn(b"</svg>", Path(f"{stem}.svg").read_bytes())

    def test_a_second_run_writes_the_same_bytes(self):
        written = []
        for name in ("a", "b"):
            stem = self.folder / name / "figure"
            results = (support.sample("virtual"), support.sample("local"))
            support.run_plot("time-vs-nodes", *results, "--out", f"{stem}.png")
            written.append([Path(f"{stem}{end}").read_bytes() for end in (".png", ".svg")])
        self.assertEqual(written[0], written[1])

    def test_by_default_it_writes_into_the_results_folder(self):
        file = support.copy_of_sample("plain", self.folder)
        done = support.run_plot("accuracy", file)
        self.assertEqual(done.stdout.splitlines()[0], str(file.parent / "accuracy.png"))
        self.assertTrue((file.parent / "accuracy.svg").is_file())

    def test_errors_are_one_line(self):
        results = support.sample("virtual")
        file = results / "results.sqlite"
        self.assert_one_line_error(
            ["time-vs-nodes", "/nowhere"], "/nowhere: no such file or folder"
        )
        self.assert_one_line_error(
            ["time-vs-nodes", results, "--x", "network.colour"],
            f"{file}: --x network.colour is not a swept key; "
            "swept keys: network.nodes, network.bandwidth",
        )
        self.assert_one_line_error(
            ["breakdown", results, "--where", "network.bandwidth=3Mbit"],
            f"{file}: --where network.bandwidth=3Mbit: no such value; "
            "there are 10Mbit, 50Mbit, 100Mbit, 1Gbit",
        )
        self.assert_one_line_error(
            ["breakdown", results, "--where", "nodes"],
            "--where nodes: write key=value, e.g. network.bandwidth=10Mbit",
        )
        self.assert_one_line_error(
            ["pie", results],
            "argument FIGURE: invalid choice: 'pie' (choose from 'time-vs-nodes', 'breakdown', "
            "'agreement', 'accuracy', 'resources', 'quality'); see plot.py --help",
        )
        in_the_way = self.folder / "file"
        in_the_way.write_text("")
        self.assert_one_line_error(
            ["breakdown", results, "--out", in_the_way / "figure"],
            f"{in_the_way}: cannot write: File exists",
        )

    def test_help_names_every_figure(self):
        done = support.run_plot("--help")
        self.assertEqual(done.returncode, 0)
        for name in ("time-vs-nodes", "breakdown", "accuracy", "Exit codes"):
            self.assertIn(name, done.stdout)


if __name__ == "__main__":
    unittest.main()

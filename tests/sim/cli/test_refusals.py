"""What is wrong is said in one line, before anything runs, and nothing is left behind."""

import gzip
import os
import signal
import struct
import unittest

from support import BAD_INPUT, ENVIRONMENT, REAL, SWEEP, TINY, CliTest


def idx_images(count):
    return struct.pack(">4I", 0x803, count, 28, 28) + bytes(count * 784)


def idx_labels(count):
    return struct.pack(">2I", 0x801, count) + bytes(i % 10 for i in range(count))


class Scenarios(CliTest):
    def refused_scenario(self, text, *arguments):
        self.write("s.yaml", text)
        message = self.refused("run", "s.yaml", *arguments)
        self.assertEqual(self.refused("check", "s.yaml"), message)
        return message

    def test_a_typo_in_a_key(self):
        message = self.refused_scenario(TINY.replace("network:", "netwrok:"))
        self.assertIn("s.yaml:6: netwrok: unknown key; did you mean 'network'?", message)

    def test_a_missing_unit(self):
        message = self.refused_scenario(TINY.replace("100Mbit", "100"))
        self.assertIn("s.yaml:6: network.bandwidth: '100' has no unit", message)

    def test_more_hosts_than_nodes(self):
        text = TINY.replace("nodes: 2, bandwidth: 100Mbit", "nodes: 3, hosts: [{}, {}, {}, {}]")
        message = self.refused_scenario(text.replace("nodes: 3,", "nodes: 3, bandwidth: 1Gbit,"))
        self.assertIn("s.yaml:6: network.nodes: 3 nodes with 4 hosts listed", message)

    def test_a_depth_that_has_no_such_number_of_parameters(self):
        message = self.refused_scenario(TINY + "sweep: {model.depth: [1, 200]}\n")
        self.assertRegex(message, r"s\.yaml:\d+: model: no 200 hidden layers come within 1 % of")

    def test_no_scenario(self):
        self.assertIn("none.yaml: cannot be opened", self.refused("run", "none.yaml"))
        self.assertIn("allowed: a YAML file", self.refused("run", "."))


class Data(CliTest):
    """data.path with files that are none."""

    def setUp(self):
        super().setUp()
        (self.folder / "data").mkdir()
        digits = "{kind: digits, train: 96, test: 50}"
        self.write("s.yaml", TINY.replace(digits, "{kind: idx, path: data}"))
        for split in ("train", "t10k"):
            self.put(f"{split}-images-idx3-ubyte.gz", gzip.compress(idx_images(40)))
            self.put(f"{split}-labels-idx1-ubyte.gz", gzip.compress(idx_labels(40)))

    def put(self, name, content):
        (self.folder / "data" / name).write_bytes(content)

    def test_good_files_run(self):
        self.assertIn("tiny (virtual)", self.sim("run", "s.yaml"))

    def test_not_idx(self):
        self.put("train-images-idx3-ubyte.gz", gzip.compress(b"GIF89a" * 1000))
        message = self.refused("run", "s.yaml")
        self.assertIn("s.yaml:4: data.path: ", message)
        self.assertIn("train-images-idx3-ubyte.gz: offset 0: magic number", message)

    def test_a_truncated_gzip(self):
        whole = gzip.compress(idx_labels(40))
        self.put("train-labels-idx1-ubyte.gz", whole[: len(whole) // 2])
        message = self.refused("run", "s.yaml")
        self.assertIn("s.yaml:4: data.path: ", message)
        self.assertIn("train-labels-idx1-ubyte.gz", message)

    def test_a_missing_file(self):
        (self.folder / "data" / "t10k-labels-idx1-ubyte.gz").unlink()
        self.assertIn("t10k-labels-idx1-ubyte", self.refused("run", "s.yaml"))


class CommandLine(CliTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", TINY)
        self.write("real.yaml", REAL)

    def test_commands(self):
        allowed = r"allowed: run, check, ([a-z]+, )+[a-z]+; see sim --help$"
        self.assertRegex(self.refused("rnu", "s.yaml"), f"^sim: no command 'rnu'; {allowed}")
        self.assertRegex(self.refused(), f"^sim: no command given; {allowed}")

    def test_options(self):
        for arguments, wrong in [
            (("run", "s.yaml", "--fast"), "--fast"),
            (("run", "s.yaml", "other.yaml"), "other.yaml"),
            (("run",), "scenario is required"),
            (("run", "s.yaml", "--jobs", "0"), "--jobs"),
            (("run", "s.yaml", "--jobs", "many"), "--jobs"),
            (("run", "s.yaml", "--out"), "--out"),
            (("export",), "results is required"),
            (("export", "r", "--format", "xml"), "--format"),
            (("check",), "scenario is required"),
        ]:
            with self.subTest(arguments=arguments):
                message = self.refused(*arguments)
                command = f"sim {arguments[0]}"
                self.assertRegex(message, f"^{command}: .*; see {command} --help$")
                self.assertIn(wrong, message)

    def test_modes(self):
        self.assertEqual(
            self.refused("run", "s.yaml", "--mode", "fast"),
            "mode 'fast' does not exist; allowed: virtual, local, netns, lxc, podman, mpi",
        )
        for modes in ("virtual", "local,virtual", "virtual,virtual"):
            self.assertEqual(
                self.refused("compare", "real.yaml", "--modes", modes),
                "--modes: two modes, the prediction first; allowed: virtual,local, "
                "virtual,netns, virtual,lxc, virtual,podman or virtual,mpi",
            )

    def test_several_jobs_in_real_time(self):
        message = self.refused("run", "real.yaml", "--mode", "local", "--jobs", "2")
        self.assertIn("--jobs: real modes run one repeat at a time", message)

    def test_options_of_real_networks(self):
        for mode in ("virtual", "local", "mpi"):
            for option in (["--shaper", "tc"], ["--unverified"], ["--rate-tolerance", "5%"]):
                self.assertEqual(
                    self.refused("run", "real.yaml", "--mode", mode, *option),
                    f"{option[0]}: {mode} mode builds no network; allowed: with --mode netns, lxc "
                    "or podman",
                )
        self.assertEqual(
            self.refused("compare", "real.yaml", "--patience", "9s"),
            "--patience: local mode has no process for each node; allowed: with --mode netns, lxc, "
            "podman or mpi",
        )

    def test_options_of_a_network_that_is_measured(self):
        for option in (["--run", "x"], ["--shaper", "tc"], ["--rtt-tolerance", "1ms"]):
            self.assertEqual(
                self.refused("links", "real.yaml", *option),
                f"{option[0]}: is for measuring a network; allowed: with --verify",
            )
        self.assertEqual(
            self.refused("links", "real.yaml", "--verify", "--run", "x", "--switch", "ovs"),
            "--switch: the network of --run is built already; allowed: without --run",
        )

    def test_what_local_mode_cannot_show(self):
        expected = "s.yaml:7: nodes.step_time: local mode computes, and takes the time it takes"
        self.assertIn(expected, self.refused("run", "s.yaml", "--mode", "local"))
        self.assertIn(expected, self.refused("compare", "s.yaml"))

    def test_unknown_data_set(self):
        self.assertEqual(
            self.refused("fetch", "cifar"), "cifar: no such data set; allowed: mnist, fashion-mnist"
        )

    def test_every_wrong_scenario_of_a_check(self):
        self.write("bad.yaml", TINY.replace("network:", "netwrok:"))
        output = self.sim("check", "bad.yaml", "s.yaml", "none.yaml", expect=BAD_INPUT)
        self.assertEqual(output, "s.yaml: ok: 1 point, 1 repeat\n")
        self.assertIn("bad.yaml:6: netwrok", self.stderr)
        self.assertIn("none.yaml: cannot be opened", self.stderr)


class Folders(CliTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", TINY)

    def test_results_of_another_scenario(self):
        self.sim("run", "s.yaml", "--out", "r")
        before = self.sim("export", "r")
        message = self.refused("run", "s.yaml", "--set", "training.epochs=3", "--out", "r")
        self.assertIn("r: holds the results of another run", message)
        self.assertIn("'epochs: 2' there, 'epochs: 3' here", message)
        self.assertEqual(self.sim("export", "r"), before)

    def test_a_second_run_at_the_same_time(self):
        self.write("sweep.yaml", TINY + SWEEP)
        first = self.start("run", "sweep.yaml", "--out", "r")
        self.wait_for(first, "[1/40]")
        first.send_signal(signal.SIGSTOP)
        os.waitpid(first.pid, os.WUNTRACED)  # until it has stopped
        message = self.refused("run", "sweep.yaml", "--out", "r", expect=ENVIRONMENT)
        self.assertIn(f"r: another run (process {first.pid}) is writing here", message)

    def test_no_results(self):
        self.assertEqual(self.refused("export", "none"), "none: no such file or folder")
        self.assertIn("results.sqlite is missing", self.refused("export", "."))
        for kind in "json", "csv", "npy":
            self.assertEqual(
                self.refused("export", "s.yaml", "--format", kind),
                "s.yaml: not a Gradwire results file",
            )
        self.assertEqual(
            self.refused("export", "\x1b[2J\u009b.db"),
            "\\x1b[2J\\xc2\\x9b.db: no such file or folder",
        )

    def test_a_results_folder_that_cannot_be_made(self):
        message = self.refused("run", "s.yaml", "--out", "s.yaml/r", expect=ENVIRONMENT)
        self.assertIn("s.yaml/r: cannot create this folder: Not a directory", message)

    def test_another_kind_of_file_as_calibration(self):
        for arguments in (("run", "s.yaml"), ("calibrate", "s.yaml", "--again")):
            message = self.refused(*arguments, "--calibration", "s.yaml")
            self.assertIn("s.yaml: not a calibration file, or damaged; remove it, or", message)
        self.assertEqual((self.folder / "s.yaml").read_text(encoding="utf-8"), TINY)

    def test_a_calibration_that_cannot_be_written(self):
        message = self.refused(
            "run", "s.yaml", "--calibration", "s.yaml/calibration.json", expect=ENVIRONMENT
        )
        self.assertIn("s.yaml/calibration.json", message)


if __name__ == "__main__":
    unittest.main()

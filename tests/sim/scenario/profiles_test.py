"""The ready tables of layers: every row is what its comment derives, and their sums are known."""

import os
import pathlib
import re
import unittest

FOLDER = pathlib.Path(os.environ["GRADWIRE_SOURCE_DIR"]) / "scenarios" / "profiles"

# Parameters as in torchvision 0.15 and Hugging Face Transformers 4 (published); operations of the
# forward pass of a sample in 1e9: twice the multiply-adds that are published with torchvision's
# weights (4.09 and 15.47 thousand million), and for the transformers, with n tokens, blocks of
# 2 n 12 768^2 x 12 + 4 n^2 768 x 12, and their last layer.
TABLES = {
    "resnet-50.yaml": (25_557_032, 2 * 4.089),
    "vgg16.yaml": (138_357_544, 2 * 15.470),
    "bert-base.yaml": (109_482_240, 128 * (24 * 768**2 + 4 * 128 * 768) * 12e-9 + 2e-9 * 768**2),
    "gpt2-small.yaml": (
        124_439_808,
        1024 * ((24 * 768**2 + 4 * 1024 * 768) * 12e-9 + 2e-9 * 768 * 50257),
    ),
}

ROW = re.compile(
    r"- \{name: [\w.]+(?:, parameters: (?P<parameters>\d+))?(?:, flops: (?P<flops>\d+))?\}"
    r" +# (?P<why>.+)"
)


def derived(why, has_flops):
    """The parameters and operations that the comment of a row stands for."""
    if why.endswith(" operations"):
        return 0, product(why.removesuffix(" operations"))
    sizes, _, places = why.partition("; ")
    weights = sizes.split(" + ")[0]
    uses = product(places.removesuffix(" places")) if places else 1
    return product(sizes), 2 * product(weights) * uses if has_flops else 0


def product(text):
    if not re.fullmatch(r"[\d*+() ]+", text):
        raise ValueError(text)
    return eval(text)  # digits and operators only


class Profiles(unittest.TestCase):
    def test_rows_are_what_their_comments_derive(self):
        for file in FOLDER.glob("*.yaml"):
            for line in file.read_text().splitlines():
                if line.startswith("#"):
                    continue
                with self.subTest(file=file.name, line=line):
                    row = ROW.fullmatch(line)
                    parameters, flops = derived(row["why"], row["flops"] is not None)
                    self.assertEqual(int(row["parameters"] or 0), parameters)
                    self.assertEqual(int(row["flops"] or 0), flops)

    def test_sums_are_those_of_the_published_models(self):
        self.assertEqual({file.name for file in FOLDER.glob("*.yaml")}, set(TABLES))
        for name, (parameters, gigaflops) in TABLES.items():
            with self.subTest(file=name):
                rows = [ROW.fullmatch(line) for line in (FOLDER / name).read_text().splitlines()]
                rows = [row for row in rows if row]
                self.assertEqual(sum(int(row["parameters"] or 0) for row in rows), parameters)
                total = sum(int(row["flops"] or 0) for row in rows) / 1e9
                self.assertAlmostEqual(total / gigaflops, 1, places=3)


if __name__ == "__main__":
    unittest.main()

"""Photographs in JPEG files: what is trained on them, and what a captioner says of them."""

import json
import struct
import unittest

from PIL import Image
from support import TINY, CliTest

CAPTIONER = """\
gradwire: 1
name: talk
model: {kind: captioner, width: 8, dropout: 0}
data: {kind: flickr8k, path: flickr, min_count: 1}
training: {batch: {per_node: 8}, epochs: 2, weights: kept}
network: {nodes: 1, bandwidth: 100Mbit}
nodes: {step_time: 1ms}
"""


class Photographs(CliTest):
    def photograph(self, name, colour, size=(40, 30)):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, colour).save(path, quality=95)

    def test_in_folders_are_classes(self):
        for number in range(6):
            self.photograph(f"data/train/red/{number}.jpg", (200 + number, 20, 20))
            self.photograph(f"data/train/blue/{number}.jpg", (20, 20, 200 + number))
        for name, colour in (("red", (210, 25, 15)), ("blue", (15, 25, 210))):
            self.photograph(f"data/test/{name}/0.jpg", colour, (17, 90))
        data = "kind: images, path: data, side: 8"
        text = TINY.replace("kind: digits, train: 96, test: 50", data)
        self.write("s.yaml", text.replace("epochs: 2", "epochs: 20"))
        self.sim("run", "s.yaml", "--out", "results")
        (repeat,) = json.loads(self.sim("export", "results"))["repeats"]
        self.assertEqual(repeat["accuracy"], 1.0)  # red and blue are easily told apart
        (self.folder / "data/test/red/1.jpg").write_bytes(b"\xff\xd8\xff no picture")
        self.assertRegex(
            self.refused("check", "s.yaml"),
            r"^s\.yaml:4: data\.path: .*/data/test/red/1\.jpg: offset 0: no whole JPEG: ",
        )

    def flickr8k(self):
        colours = {"a.jpg": (250, 10, 10), "b.jpg": (10, 250, 10)}
        captions = []
        for name, colour in colours.items():
            self.photograph(f"flickr/Flicker8k_Dataset/{name}", colour)
            captions += [f"{name}#{n}\tA picture .\n" for n in range(5)]
        self.write("flickr/Flickr8k.token.txt", "".join(captions))
        for part in ("train", "dev", "test"):
            self.write(f"flickr/Flickr_8k.{part}Images.txt", "a.jpg\nb.jpg\n")

    def test_have_captions(self):
        self.flickr8k()
        self.write("s.yaml", CAPTIONER)
        self.sim("run", "s.yaml", "--out", "results")
        self.photograph("new.jpg", (250, 10, 10), (70, 80))
        said = self.sim("caption", "new.jpg", "--results", "results")
        self.assertEqual(len(said.splitlines()), 1)
        self.assertIn(
            "features.npy: cannot be opened",
            self.refused("caption", "features.npy", "--results", "results"),
        )

    def test_have_features_for_captioners(self):
        """Weights of VGG16 take half a gigabyte: only what is refused is tried here, and what a
        captioner makes of features."""
        self.flickr8k()
        header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}\n"
        array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
        (self.folder / "flickr/features.npy").write_bytes(array + struct.pack("<6f", *range(6)))
        self.write("flickr/features_names.txt", "a.jpg\nb.jpg\n")
        self.write("s.yaml", CAPTIONER)
        self.sim("run", "s.yaml", "--out", "results")
        self.assertRegex(
            self.refused("caption", "flickr/Flicker8k_Dataset/a.jpg", "--results", "results"),
            "a.jpg: a photograph for a captioner of features; allowed: an array of NumPy, as sim "
            "features makes it",
        )
        self.assertIn(
            "data.augment: flip 0.5 and shift 0 of 3 features a sample; allowed: of pictures",
            self.refused("run", "s.yaml", "--set", "data.augment.flip=0.5", "--out", "other"),
        )
        photographs = "flickr/Flicker8k_Dataset"
        for arguments, expected in [
            ([photographs, "--weights", "none"], "none: cannot be opened"),
            ([photographs, "--weights", "s.yaml"], "s.yaml: offset 0: no safetensors: a header of"),
            (["flickr", "--weights", "s.yaml"], "flickr: no file *.jpg"),
            (["nowhere", "--weights", "s.yaml"], "nowhere: No such file or directory"),
        ]:
            self.assertIn(expected, self.refused("features", *arguments))


if __name__ == "__main__":
    unittest.main()

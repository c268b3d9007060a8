"""sim fetch from mirrors on this machine; what it downloads is checked."""

import functools
import http.server
import socket
import threading
import unittest

from support import ENVIRONMENT, CliTest


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Fetch(CliTest):
    def serve(self, folder):
        handler = functools.partial(Quiet, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}/"

    def test_wrong_content(self):
        mirror = self.folder / "mirror"
        mirror.mkdir()
        for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"):
            (mirror / name).write_bytes(b"something else")
        self.sim("fetch", "mnist", "--to", "m", "--mirror", self.serve(mirror), expect=ENVIRONMENT)
        self.assertIn("train-images-idx3-ubyte.gz", self.stderr)
        self.assertFalse((self.folder / "m" / "train-images-idx3-ubyte.gz").exists())

    def test_nothing_there(self):
        (self.folder / "empty").mkdir()
        url = self.serve(self.folder / "empty")
        self.sim("fetch", "mnist", "--mirror", url, expect=ENVIRONMENT)
        self.assertIn("404", self.stderr)

    def test_nobody_answers(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
            self.sim("fetch", "fashion-mnist", "--mirror", url, expect=ENVIRONMENT)
        self.assertIn(url, self.stderr)


if __name__ == "__main__":
    unittest.main()

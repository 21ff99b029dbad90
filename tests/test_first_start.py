"""The first start for real: real interpreters, a real pip, and a package made here, so without a network."""

import base64
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from django.test import SimpleTestCase

from tests.homes import at_home

load_tests = at_home("postgresql", __name__)

ROOT = Path(__file__).resolve().parent.parent


class RealStartTests(SimpleTestCase):
    """Real interpreters, a real pip and a package made here, so that no network is needed."""

    def setUp(self):
        outside = Path(os.path.realpath(self.enterContext(tempfile.TemporaryDirectory())))
        self.root = outside / "a place"
        (self.root / "config").mkdir(parents=True)
        for name in ("__init__", "bootstrap", "installer", "pins"):
            shutil.copy(ROOT / "config" / f"{name}.py", self.root / "config")
        self.root.joinpath("start.py").write_text(
            "import json, os, sys\nfrom config import bootstrap\nbootstrap.enter('check', [])\n"
            "import pebble\nprint(json.dumps([sys.prefix, pebble.WEIGHT, os.getpid()]))\n"
        )
        wheel = outside / "pebble-1.0-py3-none-any.whl"
        hashes = self.make_wheel(wheel)
        (self.root / "requirements.txt").write_text(f"pebble==1.0 --hash=sha256:{hashes}\n")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(outside),
            "PIP_CONFIG_FILE": os.devnull,
        }

    def make_wheel(self, path):
        """Write a package of one module as a wheel; return the file's SHA-256."""
        info = "pebble-1.0.dist-info"
        files = {
            "pebble.py": "WEIGHT = 7\n",
            f"{info}/METADATA": "Metadata-Version: 2.1\nName: pebble\nVersion: 1.0\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        digests = {name: hashlib.sha256(text.encode()).digest() for name, text in files.items()}
        lines = [
            f"{name},sha256={base64.urlsafe_b64encode(digests[name]).decode().rstrip('=')},{len(text)}"
            for name, text in files.items()
        ]
        files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,", ""])
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def begin(self, **environment):
        return subprocess.Popen(
            [sys.executable, str(self.root / "start.py")],
            env={**self.environment, **environment},
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def test_two_first_starts_at_once_inside_another_environment_in_a_path_with_a_space(self):
        if importlib.util.find_spec("ensurepip") is None:
            self.skipTest("this Python has no ensurepip (apt install python3-venv)")
        starts = [self.begin(PIP_TARGET=str(self.root / "astray"), PYTHONHOME="") for _ in range(2)]
        ends = [start.communicate(timeout=120) for start in starts]
        for start, (output, errors) in zip(starts, ends, strict=True):
            self.assertEqual(start.returncode, 0, errors)
            prefix, weight, pid = json.loads(output)
            self.assertEqual((prefix, weight), (str(self.root / ".venv"), 7))
            self.assertEqual(pid, start.pid)  # The same process, so that signals reach it.
        told = "".join(errors for _, errors in ends)
        self.assertEqual(told.count("preparing the environment .venv"), 1, told)
        self.assertFalse((self.root / "astray").exists())

    def test_a_killed_start_keeps_the_lock_as_long_as_its_installing_child_runs(self):
        self.root.joinpath("slow.py").write_text(
            "from config import bootstrap, installer\nimport sys\n"
            "with bootstrap.locked() as lock:\n"
            "    print('locked', flush=True)\n"
            "    installer.run([sys.executable, '-c', 'import time; time.sleep(1.5)'], lock)\n"
        )
        command = [sys.executable, str(self.root / "slow.py")]
        first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.assertEqual(first.stdout.readline(), "locked\n")
        time.sleep(0.3)
        first.send_signal(signal.SIGKILL)
        first.wait()
        killed_at = time.monotonic()
        second = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(second.stdout.readline(), "locked\n")
        waited = time.monotonic() - killed_at
        _, errors = second.communicate(timeout=30)
        first.stdout.close()
        self.assertIn("Another process is preparing", errors)
        self.assertGreater(waited, 0.5)

"""Go and its package x/mod, with which others' code reads the ledger."""

import os
import shutil
import subprocess
from pathlib import Path
from unittest import SkipTest

GOPATH = Path("/usr/share/gocode")
PACKAGE = GOPATH / "src/golang.org/x/mod/sumdb"
SOURCE = Path(__file__).parent / "interop"


def need_go():
    """Raise SkipTest where Go or the package is not there."""
    if not shutil.which("go") or not PACKAGE.is_dir():
        raise SkipTest("Go or its package x/mod is not there: apt install golang-go golang-golang-x-mod-dev")


def build_checker(folder: Path) -> Path:
    """Build the checker of tests/interop offline into a folder and return its path."""
    checker = folder / "interop"
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GOPATH), "GOFLAGS": ""}
    environment["GOCACHE"] = str(folder / "cache")
    command = ["go", "build", "-o", checker, "."]
    done = subprocess.run(command, cwd=SOURCE, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"The checker cannot be built:\n{done.stderr}")
    return checker

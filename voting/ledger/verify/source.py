"""A bundle's files, in a folder or a ZIP file, read in pieces."""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .report import Fault

LISTING = "bundle.json"
PIECE = 1 << 20
MOST_LINE_BYTES = 1 << 17
# What reading a damaged, encrypted or strangely packed ZIP file raises, and what a bad disk does.
UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class NotABundle(Fault):
    """The path leads to no bundle; `en` and `zh` say why."""


class Bundle:
    """The files of a bundle by their names, which are paths parted by slashes."""

    def __init__(self, names, opener):
        self.names, self._opener = frozenset(names), opener

    @contextmanager
    def open(self, name: str):
        """Open a file for reading bytes; Fault where there is none, or where it cannot be read."""
        if name not in self.names:
            raise Fault(f"The file {name} is missing.", f"缺少文件 {name}。")
        try:
            with self._opener(name) as file:
                yield file
        except UNREADABLE as error:
            raise Fault(f"The file {name} cannot be read: {error}.", f"文件 {name} 无法读取。") from None

    def read(self, name: str, most: int = 1 << 25) -> bytes:
        """Return a whole file of at most `most` bytes."""
        with self.open(name) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise Fault(f"The file {name} is too long.", f"文件 {name} 过长。")
        return data

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a file without their ends; Fault where one has none, or is far too long."""
        with self.open(name) as file:
            while line := file.readline(MOST_LINE_BYTES):
                if not line.endswith(b"\n"):
                    raise Fault(f"A line of {name} has no end.", f"{name} 中有一行不完整。")
                yield line[:-1]

    def digest(self, name: str) -> tuple[int, str]:
        """Return length and SHA-256 (hex) of a file."""
        digest, length = hashlib.sha256(), 0
        with self.open(name) as file:
            while piece := file.read(PIECE):
                digest.update(piece)
                length += len(piece)
        return length, digest.hexdigest()


@contextmanager
def open_bundle(path: Path):
    """Yield the Bundle at a path; NotABundle where there is none."""
    if path.is_dir():
        names = [file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()]
        _check_place(path, names)
        yield Bundle(names, lambda name: Path(path, name).open("rb"))  # noqa: SIM115 - `Bundle.open` closes it
        return
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise NotABundle(f"There is no file {path}.", f"没有文件 {path}。") from None
    except UNREADABLE as error:
        raise NotABundle(
            f"{path} is neither a folder nor a ZIP file that can be read: {error}.",
            f"{path} 不是文件夹，也不是可读的 ZIP 文件。",
        ) from None
    with archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        if len(names) != len(set(names)):
            raise NotABundle(f"{path} holds two files of one name.", f"{path} 中有重名文件。")
        _check_place(path, names)
        yield Bundle(names, archive.open)


def _check_place(path, names):
    if LISTING not in names:
        raise NotABundle(
            f"{path} is no bundle: it has no {LISTING} at its top. If there is one in a folder inside, name "
            "that folder.",
            f"{path} 不是核验资料：最上层没有 {LISTING}。如在其中的文件夹里，请指明该文件夹。",
        )

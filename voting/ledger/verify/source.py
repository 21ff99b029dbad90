"""A bundle's files, in a folder or a ZIP file, read in pieces."""

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .report import Fault

PIECE = 1 << 20


class NotABundle(Exception):
    """The path leads to no bundle. The message says why, in English and in Chinese."""


class Bundle:
    """The files of a bundle by their names, which are paths parted by slashes."""

    def __init__(self, names, opener):
        self.names, self._opener = frozenset(names), opener

    @contextmanager
    def open(self, name: str):
        """Open a file for reading bytes; Fault where there is none."""
        if name not in self.names:
            raise Fault(f"The file {name} is missing.", f"缺少文件 {name}。")
        with self._opener(name) as file:
            yield file

    def read(self, name: str, most: int = 1 << 25) -> bytes:
        """Return a whole file of at most `most` bytes."""
        with self.open(name) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise Fault(f"The file {name} is too long.", f"文件 {name} 过长。")
        return data

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a file without their ends; Fault where the last one has none."""
        with self.open(name) as file:
            line = b"\n"
            for line in file:
                if not line.endswith(b"\n"):
                    break
                yield line[:-1]
        if not line.endswith(b"\n"):
            raise Fault(f"The last line of {name} is cut off.", f"{name} 的最后一行不完整。")

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
        yield Bundle(names, lambda name: Path(path, name).open("rb"))  # noqa: SIM115 - `Bundle.open` closes it
        return
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise NotABundle(
            f"{path} is neither a folder nor a ZIP file that can be read: {error}. / "
            f"{path} 不是文件夹，也不是可读的 ZIP 文件。"
        ) from None
    with archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        if len(names) != len(set(names)):
            raise NotABundle("The ZIP file holds a name twice. / ZIP 文件中有重名文件。")
        yield Bundle(names, archive.open)

"""`python -m voting.ledger verify BUNDLE`: check a vote from its public files, offline."""

import argparse
import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path

from .verify import verify
from .verify.source import NotABundle, open_bundle

WIDTH = 40
LINE = 2 * WIDTH


def main(arguments=None) -> int:
    """Run the command; 0 where nothing failed, 1 where something did, 2 where there is nothing to check."""
    options = _parser().parse_args(arguments)
    try:
        papers = {name: [_read(path) for path in getattr(options, name)] for name in ("pledges", "proofs")}
        with open_bundle(options.bundle) as bundle, _bar(options.progress) as progress:
            report = verify(
                bundle, manifest=options.manifest, heads=options.heads, progress=progress, **papers
            )
    except NotABundle as refused:
        print(getattr(refused, options.language), file=sys.stderr)
        return 2
    if options.json:
        lines = [line._asdict() for line in report.lines]
        print(json.dumps({"good": report.good, "lines": lines}, ensure_ascii=False, indent=1))
    else:
        print(report.text(options.language))
    return 0 if report.good else 1


def _parser():
    parser = argparse.ArgumentParser(prog="python -m voting.ledger", description=__doc__)
    verb = parser.add_subparsers(required=True, metavar="verify").add_parser(
        "verify", help="check a bundle: a folder or a ZIP file"
    )
    verb.add_argument("bundle", type=Path, help="the bundle, a folder or a ZIP file")
    verb.add_argument(
        "--manifest", default="", help="the manifest's check code (SHA-256) that you were shown"
    )
    verb.add_argument(
        "--head", dest="heads", action="append", default=[], help="a head's line from a newspaper"
    )
    verb.add_argument(
        "--pledge",
        dest="pledges",
        action="append",
        default=[],
        help="a file with the signed confirmation of a vote",
    )
    verb.add_argument("--proof", dest="proofs", action="append", default=[], help="a .tlog-proof file")
    verb.add_argument("--progress", action="store_true", help="draw a progress bar even where no terminal is")
    language = "en" if os.environ.get("LANG", "").startswith("en") else "zh"
    verb.add_argument("--language", choices=("zh", "en"), default=language)
    verb.add_argument("--json", action="store_true", help="write the report for programs")
    return parser


def _read(path):
    """Return the text of a voter's file; NotABundle where it cannot be read."""
    try:
        return Path(path).read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        raise NotABundle(f"The file {path} cannot be read as text.", f"文件 {path} 无法读取。") from None


@contextmanager
def _bar(wanted):
    """Yield what draws a bar on a terminal, and does nothing elsewhere; wipe it at the end."""
    if not (wanted or sys.stderr.isatty()):
        yield lambda done, total: None
        return

    def draw(done, total):
        if total:
            filled = WIDTH * done // total
            line = f"[{'#' * filled}{'.' * (WIDTH - filled)}] {done:,}/{total:,}"
        else:
            line = f"{done:,} …"
        print(f"{line:{LINE}}", end="\r", file=sys.stderr, flush=True)

    try:
        yield draw
    finally:
        print(" " * LINE, end="\r", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

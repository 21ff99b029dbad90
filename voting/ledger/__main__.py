"""`python -m voting.ledger verify BUNDLE`: check a vote from its public files, offline."""

import argparse
import json
import os
import sys
from pathlib import Path

from .verify import verify
from .verify.source import NotABundle, open_bundle


def main(arguments=None) -> int:
    """Run the command; 0 where nothing failed, 1 where something did, 2 where there is nothing to check."""
    options = _parser().parse_args(arguments)
    try:
        texts = {
            name: [Path(path).read_bytes().decode() for path in getattr(options, name)]
            for name in ("pledges", "proofs")
        }
        with open_bundle(options.bundle) as bundle:
            report = verify(
                bundle, manifest=options.manifest, heads=options.heads, progress=_progress(), **texts
            )
    except (NotABundle, OSError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
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
    language = "en" if os.environ.get("LANG", "").startswith("en") else "zh"
    verb.add_argument("--language", choices=("zh", "en"), default=language)
    verb.add_argument("--json", action="store_true", help="write the report for programs")
    return parser


def _progress():
    """Return what draws a bar on a terminal, and does nothing elsewhere."""
    if not sys.stderr.isatty():
        return lambda done, total: None

    def draw(done, total):
        if total:
            filled = 40 * done // total
            end = "\r"
            print(f"[{'#' * filled}{'.' * (40 - filled)}] {done:,}/{total:,}", end=end, file=sys.stderr)
        else:
            print(f"[{'·' * 40}] {done:,}        ", end="\r", file=sys.stderr)

    return draw


if __name__ == "__main__":
    sys.exit(main())

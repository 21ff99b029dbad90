"""Run Lighthouse over the demo and write docs/lighthouse.md: `python -m tests.lighthouse [--runs 5]`."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.browser import CHROMIUM, FLAGS

from .demo import ROOT, served
from .report import CATEGORIES, below, document, medians, scores_of

HERE = Path(__file__).parent
REPORT = ROOT / "docs" / "lighthouse.md"
PROGRAM = Path("node_modules", "lighthouse", "cli", "index.js")


def install(folder):
    """Install the pinned Lighthouse into a folder, unless it is there; no package's script is run."""
    if (folder / PROGRAM).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)


def run(folder, url, tries=3):
    """Return Lighthouse's answer for one page.

    On a busy machine the browser's trace is sometimes lost (NO_NAVSTART), of which Lighthouse says
    itself that one should run it again.
    """
    with tempfile.TemporaryDirectory(prefix="lighthouse-") as place:
        path = Path(place, "answer.json")
        command = ["node", folder / PROGRAM, url, "--quiet", "--output=json", f"--output-path={path}"]
        command += [f"--only-categories={','.join(CATEGORIES)}"]
        command += [f"--chrome-flags={' '.join(['--headless=new', *FLAGS])}"]
        environment = {**os.environ, "CHROME_PATH": CHROMIUM, "TMPDIR": place}
        for left in reversed(range(tries)):
            done = subprocess.run(command, env=environment)
            if done.returncode == 0:
                return json.loads(path.read_text())
            if not left:
                sys.exit(f"Lighthouse cannot judge {url}.")
    return None


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.lighthouse", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "lighthouse", help="where npm installs")
    options = parser.parse_args()
    for program, present in (("node and npm", shutil.which("npm")), ("Chromium", CHROMIUM)):
        if not present:
            sys.exit(f"Lighthouse needs {program}, which is not installed.")
    install(options.folder)
    results, spread, sizes, version = {}, {}, {}, ""
    with served() as (address, paths):
        for page, path in paths.items():
            answers = [run(options.folder, address + path) for _run in range(options.runs)]
            scored = [scores_of(answer) for answer in answers]
            results[page] = medians([scores for scores, _lost in scored])
            spread[page] = {name: min(scores[name] for scores, _lost in scored) for name in CATEGORIES}
            sizes[page] = max(answer["audits"]["total-byte-weight"]["numericValue"] for answer in answers)
            version = answers[0]["lighthouseVersion"]
            print(page, results[page], *sorted(set().union(*(lost for _scores, lost in scored))), sep="\n  ")
    REPORT.write_text(document(results, spread, sizes, options.runs, version))
    low = below(results)
    for page, name, score in low:
        print(f"{page}: {name} is {score}")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())

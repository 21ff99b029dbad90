"""Play the scene: `python -m tests.attack FOLDER VOTERS`, as `stage.py` runs it."""

import sys
from pathlib import Path

import django


def main(folder, voters):
    django.setup()
    from .scene import play_all

    play_all(Path(folder), int(voters))


if __name__ == "__main__":
    main(*sys.argv[1:])

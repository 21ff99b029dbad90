#!/usr/bin/env python3
"""Run a command of this project, in an environment that manage.py makes itself (config/bootstrap.py)."""

import os
import sys

from config import bootstrap


def main():
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command in ("demo", "test") and not os.environ.get("MODE"):
        os.environ["MODE"] = command
    bootstrap.enter(command, sys.argv[2:])

    if command == "test":
        from config import suites

        return suites.main(sys.argv[2:])

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        from config import settings  # noqa: F401
    except ImproperlyConfigured as error:
        return str(error)
    except OSError as error:
        return (
            f"无法写入 {error.filename}：{error.strerror}。\nCannot write {error.filename}: {error.strerror}."
        )
    return execute_from_command_line(sys.argv)


if __name__ == "__main__":
    sys.exit(main())

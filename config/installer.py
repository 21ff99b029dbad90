"""Install pinned packages into an environment, whatever pip the machine has; standard library only."""

import os
import re
import sys
from pathlib import Path

from config.pins import missing

# The pip that is fetched where neither the interpreter nor the system has one.
PIP_WHEEL = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
SYSTEM_WHEELS = Path("/usr/share/python-wheels")  # where Debian keeps the wheels that ensurepip would use

# What an install and the program itself must not inherit, since each diverts where Python finds packages.
DIVERTING = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
PIP_DIVERTING = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_CONSTRAINT", "PIP_REQUIREMENT")
# What is kept of pip's own configuration when it has to be put aside: where packages come from.
SOURCES = re.compile("(extra-)?index-url|find-links|no-index|trusted-host|cert|proxy")

CURES = (
    ("No space left", "磁盘空间不足，约需 300 MB。", "The disk is full; about 300 MB are needed."),
    ("DO NOT MATCH THE HASHES", "下载的文件与校验值不符。", "A downloaded file does not match its hash."),
    (
        "Connection|Temporary failure|Name or service|timed out|ProxyError|SSLError|Max retries|urlopen",
        "请检查网络；也可用环境变量 PIP_INDEX_URL 指定镜像，用 HTTPS_PROXY 指定代理。",
        "Is the network up? PIP_INDEX_URL names a mirror, HTTPS_PROXY a proxy.",
    ),
    (
        "No matching distribution|requires a different Python|Could not find a version",
        "软件源里没有适合本机 Python 版本的软件包，请用 Python 3.11 至 3.13。",
        "The package index has no file for this Python; use Python 3.11 to 3.13.",
    ),
    ("Permission denied", "没有写入权限。", "Write permission is missing."),
)


def install(files, venv, base, lock):
    """Install into `venv` what `files` pin and see that it came: pip.conf may send it elsewhere."""
    pip = find_pip(venv, base, lock)
    command = [*pip, "install", "--quiet", "--no-input", "--no-warn-script-location", "--require-hashes"]
    for file in files:
        command += ["-r", file]
    environment = pip_environment()
    done = run(command, lock, environment)
    if done.returncode == 0 and next(missing(files, site_packages(venv)), None):
        say(
            "pip 的配置文件把软件包装到了别处；正在不用该配置重装。",
            "pip's own configuration sent the packages elsewhere; installing again without it.",
        )
        environment = {**environment, **sources_of(pip, lock, environment), "PIP_CONFIG_FILE": os.devnull}
        done = run(command, lock, environment)
    left = list(missing(files, site_packages(venv)))
    if done.returncode or left:
        explain(done.stdout or f"pip reported success, yet {', '.join(left)} did not come.")


def find_pip(venv, base, lock):
    """Return the command of the first pip that works on `venv`, the most ordinary first."""
    if any(Path(folder, "pip").is_dir() for folder in site_packages(venv)):
        return [interpreter(venv), "-m", "pip"]
    candidates = [[base, "-m", "pip", "--python", interpreter(venv)]]
    candidates += [[interpreter(venv), f"{wheel}/pip"] for wheel in sorted(SYSTEM_WHEELS.glob("pip-*.whl"))]
    for candidate in candidates:
        if run([*candidate, "--version"], lock).returncode == 0:
            return candidate
    return [interpreter(venv), f"{fetch_pip(venv)}/pip"]


def fetch_pip(venv):
    """Fetch the pinned pip wheel from the index that PIP_INDEX_URL names into `venv`; return its path."""
    import hashlib
    from urllib.parse import urljoin
    from urllib.request import urlopen

    if not os.environ.get("PIP_INDEX_URL"):
        fail_without_pip("There is no pip on this machine, and PIP_INDEX_URL names no package index.")
    page = os.environ["PIP_INDEX_URL"].rstrip("/") + "/pip/"
    try:
        with urlopen(page, timeout=60) as answer:
            links = re.findall(rf'href="([^"#]*{re.escape(PIP_WHEEL)})[#"]', answer.read().decode())
        with urlopen(urljoin(page, links[0]), timeout=60) as answer:
            wheel = answer.read()
    except (OSError, ValueError, IndexError) as error:
        fail_without_pip(str(error))
    if hashlib.sha256(wheel).hexdigest() != PIP_SHA256:
        fail_without_pip(f"{PIP_WHEEL} does not match its hash")
    path = venv / PIP_WHEEL
    path.write_bytes(wheel)
    return path


def sources_of(pip, lock, environment):
    """Return, as environment variables, where pip's configuration says that packages come from."""
    import ast

    listed = run([*pip, "config", "list"], lock, environment).stdout
    found = re.findall(r"^(?:global|install)\.([a-z-]+)=(['\"].*)$", listed, re.M)
    return {
        "PIP_" + name.upper().replace("-", "_"): " ".join(ast.literal_eval(value).split())
        for name, value in found
        if SOURCES.fullmatch(name)
    }


def run(command, lock, environment=None):
    """Run an installing child that holds the lock with us; its output comes back as one text."""
    import subprocess

    return subprocess.run(
        [str(part) for part in command],
        env=pip_environment() if environment is None else environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        pass_fds=(lock,),
    )


def clean_environment():
    """Return the environment variables without those that divert where Python finds packages."""
    return {name: value for name, value in os.environ.items() if name not in DIVERTING}


def pip_environment():
    """Return the environment variables for pip: nothing may lead the install away from .venv."""
    kept = {name: value for name, value in clean_environment().items() if name not in PIP_DIVERTING}
    return {**kept, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}


def site_packages(venv):
    """Return the folders of `venv` that packages are installed into."""
    import sysconfig

    roots = {"base": str(venv), "platbase": str(venv)}
    return sorted({sysconfig.get_path(kind, "venv", vars=roots) for kind in ("purelib", "platlib")})


def interpreter(venv):
    return venv / "bin" / "python"


def explain(output):
    """Stop with the end of pip's output and the cure that it hints at."""
    print("\n".join(output.strip().splitlines()[-8:]), file=sys.stderr)
    cure = next((cure for cure in CURES if re.search(cure[0], output)), ("", "", ""))
    fail(
        f"软件包没有装好。{cure[1]}改正后再运行同一命令即可。",
        f"The packages could not be installed. {cure[2]} Then run the same command again.",
    )


def fail_without_pip(reason):
    """Stop where no pip can be had, with the line that cures it on Debian and Ubuntu."""
    line = f"apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    line = line if os.geteuid() == 0 else f"sudo {line}"
    print("\n".join(reason.strip().splitlines()[-3:]), file=sys.stderr)
    fail(
        f"本机的 Python 不能建立运行环境。请先执行：{line}",
        f"This Python cannot make an environment. First run: {line}",
    )


def say(chinese, english):
    """Tell the person at the terminal; on stderr, so that a command's own output stays clean."""
    print(chinese, english, sep="\n", file=sys.stderr, flush=True)


def fail(chinese, english):
    """Stop with a sentence."""
    say(chinese, english)
    sys.exit(1)

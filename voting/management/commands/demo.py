"""The command that shows everything on one machine."""

import contextlib
import fcntl
import json
import shutil
import socket
import sys
import tempfile
import urllib.error
import urllib.request

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import connection

from voting import processes

READY_WITHIN = 60  # seconds
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Command(BaseCommand):
    help = "Make a demo vote, serve it and print how to reach it. 演示，非正式投票."

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets other machines in.")
        parser.add_argument("--reset", action="store_true", help="Delete the demo's data and begin again.")

    def handle(self, *, port, host, reset, **options):
        if not settings.DEMO:
            raise CommandError(
                f"MODE 是 {settings.MODE}，演示只在 MODE=demo 下运行。\n"
                f"MODE is {settings.MODE}; the demo runs with MODE=demo only."
            )
        check_folder()
        port = check_port(host, port)
        with alone(), processes.stop_signals() as received:
            check_ownership()
            if reset:
                delete_data()
            call_command("migrate", verbosity=0)
            from voting.demo import prepare_demo

            demo = prepare_demo()
            connection.close()
            mine = address(host, port)
            children = []
            try:
                for name, command in programs(host, port):
                    children.append(processes.start(name, command, cwd=settings.BASE_DIR))
                if wait_for_page(mine + demo.address_path, children, received):
                    self.announce(demo, mine, host)
                    processes.watch(children, received)
            except processes.ChildEnded as ended:
                name, code = ended.child.name, ended.child.process.returncode
                raise CommandError(
                    f"{name} 意外结束（代码 {code}），演示已停止；原因见上。\n"
                    f"{name} ended by itself (code {code}), so the demo stopped; the lines above say why."
                ) from None
            finally:
                processes.stop(children)
        self.stdout.write("演示已停止，数据都保留着。\nThe demo has stopped; its data are kept.")

    def announce(self, demo, mine, host):
        """Print where the demo is and how staff sign in."""
        lines = [
            "",
            "演示，非正式投票。",
            "This is a demo, not a formal vote.",
            "",
            f"  投票 Vote                {mine}{demo.address_path}",
            f"  工作人员 Staff           {mine}/admin/",
            f"  用户名 Name              {demo.staff_name}",
            f"  密码 Password            {demo.staff_password}",
            "",
        ]
        if host not in LOOPBACK:
            lines += ["  本机以外也能打开此演示。", "  Other machines can reach this demo too.", ""]
        lines += ["已就绪。按 Ctrl-C 停止。", "Ready. Press Ctrl-C to stop."]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def check_folder():
    """Refuse to start where the demo's folder cannot be written."""
    try:
        for folder in (settings.VAR_DIR, settings.KEY_DIR, settings.STATIC_ROOT):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.TemporaryFile(dir=folder):
                pass
    except OSError as error:
        raise CommandError(
            f"无法写入 {folder}：{error.strerror}。请改正权限，或用环境变量 VAR_DIR 指定别的文件夹。\n"
            f"Cannot write to {folder}: {error.strerror}. Correct that, or name another folder in VAR_DIR."
        ) from None


def check_port(host, port):
    """Refuse to start where the port cannot be had; return it (a free one for 0)."""
    try:
        if not 0 <= port <= 65535:
            raise OverflowError("0-65535")
        family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            return probe.getsockname()[1]
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        other = 8001 if port == 8000 else 8000
        raise CommandError(
            f"无法使用 {host} 的 {port} 端口：{reason}。请换一个端口，例如 --port {other}。\n"
            f"Port {port} of {host} cannot be used: {reason}. Choose another, such as --port {other}."
        ) from None


@contextlib.contextmanager
def alone():
    """Refuse a second demo on the same data, since two keepers would write one ledger."""
    with open(settings.VAR_DIR / "demo.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"已有一个演示在使用 {settings.VAR_DIR}。\nAnother demo is using {settings.VAR_DIR} already."
            ) from None
        yield


def check_ownership():
    """Refuse a database or a key folder filled by anybody but a demo; mark empty ones as the demo's own.

    A demo must never add to, let alone reset, the data and keys of a real vote.
    """
    own = {name: str(connection.settings_dict[name]) for name in ("ENGINE", "HOST", "PORT", "NAME")}
    own["KEY_DIR"] = str(settings.KEY_DIR)
    mark = settings.VAR_DIR / "demo.json"
    if mark.exists() and json.loads(mark.read_text()) == own:
        return
    if connection.introspection.table_names() or any(settings.KEY_DIR.iterdir()):
        raise CommandError(
            "数据库或密钥文件夹里已有不是演示留下的内容，演示不会改动。"
            "请用 VAR_DIR 或 DATABASE_URL 指定别处。\n"
            "The database or the key folder holds what no demo made, so the demo will not touch it. "
            "Name another place in VAR_DIR or DATABASE_URL."
        )
    mark.write_text(json.dumps(own))


def delete_data():
    """Delete tables, keys and files that check_ownership has found to be the demo's own."""
    if connection.vendor == "sqlite":
        connection.close()
        for suffix in ("", "-wal", "-shm"):
            settings.VAR_DIR.joinpath(connection.settings_dict["NAME"] + suffix).unlink(missing_ok=True)
    else:
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names():
                cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")
    for folder in (settings.KEY_DIR, settings.SIGNER_DIR, settings.HOLDER_DIR, settings.MEDIA_ROOT):
        shutil.rmtree(folder, ignore_errors=True)


def programs(host, port):
    """Return name and command of the demo's processes in the order in which they are stopped."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    web = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.conf.py", "--no-control-socket"]
    web += ["--log-level", "warning", "--bind", bind, "config.wsgi"]
    return [
        ("网站 web server", web),
        ("登记程序 ledger keeper", [sys.executable, "manage.py", "keep_ledger"]),
    ]


def address(host, port):
    """Return the address under which this machine reaches the demo."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)
    return f"http://[{near}]:{port}" if ":" in near else f"http://{near}:{port}"


def wait_for_page(url, children, received):
    """Wait till the page answers; return whether it did, which a stop signal prevents."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    tries = iter(range(int(READY_WITHIN / processes.TICK)))

    def answers():
        if next(tries, None) is None:
            raise CommandError(f"{url} 没有应答。\n{url} does not answer.")
        try:
            with opener.open(url, timeout=10):
                return True
        except urllib.error.HTTPError as error:
            raise CommandError(f"{url} 答复 {error.code}。\n{url} answers {error.code}.") from None
        except OSError:
            return False

    return processes.watch(children, received, until=answers)

"""The nginx of `deploy/nginx.conf`, run from a temporary folder with a certificate made for it."""

import contextlib
import shutil
import socket
import subprocess
import time
from pathlib import Path

from benchmarks.stage import ROOT, free_port
from voting import processes

CONF = ROOT / "deploy" / "nginx.conf"
# What an operator changes too, so that the rest is tried as it is.
AROUND = """
worker_processes 1;
pid {folder}/nginx.pid;
daemon off;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    include {types};
    default_type application/octet-stream;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/shortlist.conf;
}}
"""
TYPES = "/etc/nginx/mime.types"


def binary():
    """Return the path of nginx, None where it is not installed."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def write_conf(folder: Path, *, upstream="127.0.0.1:8000", static=None) -> dict:
    """Write the configuration with this folder's paths and free ports; return the ports by their scheme."""
    ports = {"plain": free_port(), "tls": free_port()}
    for name in ("cache", "log", "static"):
        (folder / name).mkdir(exist_ok=True)
    make_certificate(folder)
    text = CONF.read_text()
    for old, new in {
        "listen 80;": f"listen 127.0.0.1:{ports['plain']};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{ports['tls']} ssl http2;",
        "/etc/ssl/shortlist/": f"{folder}/",
        "/var/cache/nginx/shortlist": f"{folder}/cache",
        "/var/log/nginx/": f"{folder}/log/",
        "/opt/shortlist/var/production/static/": f"{static or folder / 'static'}/",
        "server 127.0.0.1:8000;": f"server {upstream};",
    }.items():
        if old not in text:
            raise ValueError(f"deploy/nginx.conf has no {old!r}")
        text = text.replace(old, new)
    (folder / "shortlist.conf").write_text(text)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, types=TYPES))
    return ports


def make_certificate(folder):
    """Write a certificate for one day."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-nodes", "-subj", "/CN=vote.example", "-days", "1", "-keyout", folder / "privkey.pem"]
    subprocess.run([*command, "-out", folder / "fullchain.pem"], check=True, capture_output=True)


def faults_of(folder) -> str:
    """Return what nginx says against the configuration; nothing where it is right."""
    command = [binary(), "-t", "-q", "-p", folder, "-c", folder / "nginx.conf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode or "[warn]" in done.stderr else ""


@contextlib.contextmanager
def nginx(folder, ports):
    """Run it; yield its process."""
    command = [binary(), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    child = processes.start("nginx", command, cwd=folder)
    try:
        _wait_for(ports["tls"])
        yield child.process
    finally:
        processes.stop([child])


def _wait_for(port, seconds=20):
    """Wait until somebody listens; asking would be led away to the real port."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nginx does not listen on port {port}")

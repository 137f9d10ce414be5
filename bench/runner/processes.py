"""Programs that are started, asked whether they are ready, looked at and stopped."""

import contextlib
import http.client
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import types

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / "bench" / "cache"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
PATIENCE = 60.0  # seconds after which something that does not answer is broken


class Broken(Exception):
    """Something that is measured does not work; the text says what."""


def run(command, **options):
    """Runs a command to its end, and returns what it printed."""
    done = subprocess.run([str(part) for part in command], text=True, capture_output=True, **options)
    if done.returncode != 0:
        raise Broken(f"{' '.join(map(str, command))} failed:\n{done.stderr[-2000:] or done.stdout[-2000:]}")
    return done.stdout


def build(*command):
    """Builds with cargo into the one target directory, and shows how far it is."""
    done = subprocess.run(["cargo", "build", "--release", "--locked", *command], cwd=ROOT)
    if done.returncode != 0:
        raise SystemExit(done.returncode)


def build_service():
    build("-p", "countersign-server", "--bin", "countersign")
    return TARGET / "countersign"


def build_load():
    build("-p", "countersign-bench")
    return TARGET / "countersign-bench"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port, path, method="GET", headers=None, body=None):
    """One request on a connection of its own: status and headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


@contextlib.contextmanager
def directory():
    """A place on the disk that is measured, which everybody may enter: PostgreSQL is another user."""
    with tempfile.TemporaryDirectory(prefix="countersign-bench.") as made:
        os.chmod(made, 0o755)
        before, tempfile.tempdir = tempfile.tempdir, made
        try:
            yield pathlib.Path(made)
        finally:
            tempfile.tempdir = before


class Started:
    """A running program that answers at a port."""

    def __init__(self, process, port, milliseconds, log):
        self.process, self.port, self.log = process, port, log
        self.milliseconds = milliseconds  # until its first answer

    def family(self):
        """The process and all that it started, which share the work in other products."""
        children = {}
        for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = status.read_text().rsplit(")", 1)[1].split()
                children.setdefault(int(fields[1]), []).append(int(status.parent.name))
        found, todo = [], [self.process.pid]
        while todo:
            found.append(todo[-1])
            todo.extend(children.get(todo.pop(), []))
        return found

    def memory_mb(self, field="VmRSS"):
        """Resident memory in MB (10^6 bytes) of all of them, as the kernel counts it."""
        total = 0
        for pid in self.family():
            with contextlib.suppress(OSError):
                for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith(field + ":"):
                        total += int(line.split()[1]) * 1024
        return total / 1e6

    def forget_peak(self):
        """From now on VmHWM is the most from now on."""
        for pid in self.family():
            pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")

    def cpu_seconds(self):
        """The processor time of all its threads so far, as the kernel's scheduler counts it."""
        total = 0
        for pid in self.family():
            for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
                with contextlib.suppress(OSError):
                    total += int(task.read_text().split()[0])
        return total / 1e9


@contextlib.contextmanager
def started(command, port, path="/health", env=None, cwd=None, status=200, log=None):
    """Starts a program and waits until it answers."""
    log = log or tempfile.NamedTemporaryFile(prefix="countersign-bench.", suffix=".log", delete=False).name
    began = time.perf_counter()
    with open(log, "w") as output:
        process = subprocess.Popen(
            [str(part) for part in command], stdout=output, stderr=output, env={**os.environ, **(env or {})}, cwd=cwd
        )
    try:
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if ask(port, path)[0] == status:
                    break
            if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise Broken(f"does not answer: {command}\n{pathlib.Path(log).read_text()[-2000:]}")
            time.sleep(0.0005)
        yield Started(process, port, (time.perf_counter() - began) * 1000, log)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        pathlib.Path(log).unlink(missing_ok=True)


class Postgres:
    """A PostgreSQL server of its own on the disk that is measured."""

    def __init__(self, said, pid):
        self.host, self.port, self.user = said["host"], said["port"], said["user"]
        self.server = Started(types.SimpleNamespace(pid=pid), int(self.port), 0.0, None)
        self.made = 0

    def fresh(self):
        """The address of a database that is made now."""
        self.made += 1
        name = f"bench_{self.made}"
        where = ["-h", self.host, "-p", self.port, "-U", self.user]
        run(["psql", *where, "-q", "-c", f"CREATE DATABASE {name}", "postgres"])
        return f"postgresql://{self.user}@{self.host}:{self.port}/{name}"


@contextlib.contextmanager
def postgres(place, env=None):
    """Starts one by scripts/with-postgres, which ends it when nobody wants it any more."""
    place.mkdir()
    os.chmod(place, 0o777)
    command = [ROOT / "scripts" / "with-postgres", "sh", "-c", 'echo "$TEST_POSTGRES"; read -r _ || true']
    on_disk = {"TMPDIR": str(place), "POSTGRES_ON_DISK": "yes"}
    # Its own default, which the tests make smaller.
    on_disk["POSTGRES_SETTINGS"] = "max_wal_size = 1GB"
    process = subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **on_disk, **(env or {})},
    )
    try:
        said = dict(pair.split("=") for pair in process.stdout.readline().split())
        if "port" not in said:
            raise Broken("PostgreSQL does not start: scripts/ensure-tools says what is missing")
        pid = next(place.glob("*/data/postmaster.pid")).read_text().split()[0]
        yield Postgres(said, int(pid))
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.wait(PATIENCE)


@contextlib.contextmanager
def nginx(place, port, locations, upstreams):
    """A real nginx with a worker for each core."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not os.path.exists(program):
        raise Broken("nginx is not installed")
    config = place / f"nginx-{port}.conf"
    config.write_text(f"""daemon off;
worker_processes auto;
pid {place}/nginx-{port}.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi;
  uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
  {upstreams}
  server {{
    listen 127.0.0.1:{port};
    location = /health {{ return 200; }}
    {locations}
  }}
}}
""")
    with started([program, "-p", place, "-c", config], port) as server:
        yield server

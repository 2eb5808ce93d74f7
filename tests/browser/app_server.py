"""A Streamlit server of the app's own, on a free port of this machine alone."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS_TO_START = 90


@dataclass(frozen=True)
class AppServer:
    """A running server: where it answers, its process, and the file with everything it wrote."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def written(self) -> str:
        """All that the server wrote so far, to either stream."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def run_server(
    script: Path = ROOT / "app.py", *options: str, environment: Mapping[str, str] | None = None
) -> Iterator[AppServer]:
    """Run the app until the `with` block ends; fail if it does not start, dies, or writes an exception or a warning."""
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true"]
    command += ["--server.address=127.0.0.1", f"--server.port={port}", "--server.fileWatcherType=none", *options]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})}
            )
        server = AppServer(f"http://127.0.0.1:{port}", process, log)
        try:
            _wait_until_healthy(server)
            yield server
            assert process.poll() is None, f"The server died:\n{server.written()}"
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        complaints = ("Traceback (most recent call last)", "Exception", "Error", "Warning", "warning")
        assert not any(complaint in server.written() for complaint in complaints), server.written()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_until_healthy(server: AppServer) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        assert server.process.poll() is None, f"The server did not start:\n{server.written()}"
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            if urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2).read() == b"ok":
                return
        time.sleep(0.1)
    raise AssertionError(f"The server did not answer within {SECONDS_TO_START} s:\n{server.written()}")

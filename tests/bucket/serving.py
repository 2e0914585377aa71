"""A server that speaks S3 over HTTP, moto's, in a process of its own; a file makes it answer as one in trouble does."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import boto3
from django.conf import settings

from tests.stack import free_port

KEY, SECRET = "key-id", "secret-of-the-bucket"
TROUBLES = {
    "503": ("503 Slow Down", "SlowDown"),
    "403": ("403 Forbidden", "InvalidAccessKeyId"),
    "500": ("500 Internal Server Error", "InternalError"),
}


class ObjectServer:
    """The server: `url`, `trouble("503")` until `trouble("")`, `requests()` counted by method."""

    def __init__(self, folder: Path) -> None:
        self.switch, self.log = folder / "trouble", folder / "requests"
        self.switch.write_text("")
        self.log.write_text("")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "tests.bucket.serving", str(port), str(self.switch), str(self.log)]
        self.process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.client = boto3.client(
            "s3", endpoint_url=self.url, region_name="us-east-1", aws_access_key_id=KEY, aws_secret_access_key=SECRET
        )
        until = time.monotonic() + 60
        while True:
            try:
                self.client.list_buckets()
                return
            except Exception:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def trouble(self, what: str) -> None:
        """Answer every request in this way from now on: "503", "500", "403", a word in a method to fail ("PUT 500")."""
        self.switch.write_text(what)

    def requests(self) -> Counter[str]:
        """Count the requests so far by their method."""
        return Counter(line.split()[0] for line in self.log.read_text().splitlines())

    def keys(self, bucket: str) -> list[str]:
        """Name every object in a bucket."""
        return sorted(each["Key"] for each in self.client.list_objects_v2(Bucket=bucket).get("Contents", ()))

    def unfinished(self, bucket: str) -> list[str]:
        """Name every object in a bucket that has parts and was not finished."""
        return [each["Key"] for each in self.client.list_multipart_uploads(Bucket=bucket).get("Uploads", ())]

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()


def serve(port: int, switch: Path, log: Path) -> None:
    """Serve until killed."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, run_simple

    inner = DomainDispatcherApplication(create_backend_app)

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        with log.open("a") as file:
            file.write(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}\n")
        *methods, trouble = switch.read_text().split() or [""]
        if trouble and (not methods or environ["REQUEST_METHOD"] in methods):
            # A server that closes without reading would look like a broken line.
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            status, code = TROUBLES[trouble]
            body = f"<Error><Code>{code}</Code><Message>ordered by a test</Message></Error>".encode()
            start_response(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
            return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]
        return inner(environ, start_response)

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

    run_simple("127.0.0.1", port, application, threaded=True, request_handler=Quiet)


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))

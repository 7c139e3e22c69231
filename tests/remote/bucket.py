"""A bucket on 127.0.0.1 that speaks as much of S3 as s3fs asks for, with conditional writes, for many processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.remote.serving import answering

PAGE = 7  # names in an answer to a listing, so that listings have pages


class Bucket:
    """name: of the one bucket there is. objects: key -> content and time. conditional: whether it heeds If-None-Match.
    lost: keys of whose next put the answer is lost, after the object was written. down: whether it answers with 503."""

    name = "bucket"

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.conditional = True
        self.down = False
        self.lost: set[str] = set()
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What s3fs reads to find it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret-word",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required", "no_proxy": "127.0.0.1",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true",
        }  # fmt: skip

    def put(self, key: str, content: bytes, *, new: bool) -> bool:
        """Whether it was written."""
        with self.lock:
            if new and self.conditional and key in self.objects:
                return False
            self.objects[key] = content, datetime.now(UTC)
            return True

    def listing(self, prefix: str, delimiter: str, after: str, most: int) -> str:
        """A page of names, as XML."""
        with self.lock:
            found: dict[str, tuple[bytes, datetime] | None] = {}
            for key in sorted(key for key in self.objects if key.startswith(prefix)):
                head, cut, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key[len(prefix) :], "", "")
                found[prefix + head + cut] = None if cut else self.objects[key]
        left = [one for one in found if one > after]
        page = left[: min(most, PAGE)]
        rows = "".join(
            f"<CommonPrefixes><Prefix>{escape(key)}</Prefix></CommonPrefixes>" if (held := found[key]) is None else
            f"<Contents><Key>{escape(key)}</Key><LastModified>{held[1]:%Y-%m-%dT%H:%M:%S.%fZ}</LastModified>"
            f"<ETag>&quot;{md5(held[0]).hexdigest()}&quot;</ETag><Size>{len(held[0])}</Size></Contents>"
            for key in page
        )  # fmt: skip
        more = len(left) > len(page)
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        return (
            '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{self.name}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(page)}</KeyCount>"
            f"<MaxKeys>{PAGE}</MaxKeys><IsTruncated>{'true' if more else 'false'}</IsTruncated>{token}{rows}"
            "</ListBucketResult>"
        )

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        bucket = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                key, asked = self._asked()
                if not key:
                    one = {name: values[0] for name, values in asked.items()}
                    after = one.get("continuation-token", one.get("start-after", ""))
                    most = int(one.get("max-keys", "1000"))
                    page = bucket.listing(one.get("prefix", ""), one.get("delimiter", ""), after, most)
                    self._answer(200, page.encode())
                else:
                    self._object(key)

            def do_HEAD(self) -> None:
                self._object(self._asked()[0])

            def do_PUT(self) -> None:
                key, _ = self._asked()
                content = self.rfile.read(int(self.headers["Content-Length"] or 0))
                if bucket.down:
                    self._error(503, "SlowDown")
                elif not bucket.put(key, content, new=self.headers["If-None-Match"] == "*"):
                    self._error(412, "PreconditionFailed", "<Condition>If-None-Match</Condition>")
                elif key in bucket.lost:
                    bucket.lost.discard(key)
                    self.close_connection = True
                else:
                    self._answer(200, b"", ETag=f'"{md5(content).hexdigest()}"')

            def do_DELETE(self) -> None:
                with bucket.lock:
                    bucket.objects.pop(self._asked()[0], None)
                self._answer(204, b"")

            def _asked(self) -> tuple[str, dict[str, list[str]]]:
                parts = urlsplit(self.path)
                return unquote(parts.path).removeprefix(f"/{bucket.name}").lstrip("/"), parse_qs(parts.query)

            def _object(self, key: str) -> None:
                held = bucket.objects.get(key)
                if bucket.down:
                    self._error(503, "SlowDown")
                elif held is None:
                    self._error(404, "NoSuchKey")
                else:
                    when = format_datetime(held[1], usegmt=True)
                    self._answer(200, held[0], ETag=f'"{md5(held[0]).hexdigest()}"', **{"Last-Modified": when})

            def _error(self, status: int, code: str, more: str = "") -> None:
                body = f"<Error><Code>{code}</Code><Message>{code}</Message>{more}</Error>".encode()
                self._answer(status, body)

            def _answer(self, status: int, content: bytes, **headers: str) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Content-Type", "application/xml")
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def bucket_served() -> Iterator[Bucket]:
    """A bucket, until the block is left."""
    bucket = Bucket()
    with answering(bucket.server):
        yield bucket

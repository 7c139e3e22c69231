"""A Hugging Face hub on this machine: its answers to what its client asks for a file; and weights of a tiny CLIP."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import open_clip
import torch
from safetensors.torch import save_file

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY, FILE = "timm/vit_base_patch32_clip_224.openai", "open_clip_model.safetensors"
CLIP = "ViT-B-32"
TINY = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}


def make_clip_tiny(folder: Path) -> None:
    """Let open_clip take a tiny model for CLIP: the same code, without its 605 MB."""
    config = folder / f"{CLIP}.json"
    config.write_text(json.dumps(TINY))
    open_clip.add_model_config(config)


def tiny_weights(folder: Path) -> bytes:
    """Random weights of that model, as the hub has them."""
    torch.manual_seed(0)
    file = folder / FILE
    save_file(open_clip.create_model(CLIP, force_quick_gelu=True).state_dict(), str(file))
    return file.read_bytes()


@dataclass
class Hub:
    """address: of the server. asked: methods and paths. broken_after: bytes of a file after which it hangs up.
    as_proxy: the status that it answers everything with, as a proxy does that lets nothing through."""

    content: bytes
    address: str = ""
    asked: list[str] = field(default_factory=list)
    broken_after: int | None = None
    as_proxy: int | None = None

    def environment(self, home: Path) -> dict[str, str]:
        """Of a process that knows this hub alone, and keeps what it fetches under home."""
        without = {name: "" for name in os.environ if name.lower().endswith("_proxy")}
        return {
            **os.environ, **without, "HF_HOME": str(home), "HOME": str(home), "HF_ENDPOINT": self.address,
            "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "NO_PROXY": "127.0.0.1",
        }  # fmt: skip


@contextmanager
def hub_of(content: bytes) -> Iterator[Hub]:
    """A hub whose one repository has the file."""
    hub = Hub(content)

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def head(self) -> bool:
            hub.asked.append(f"{self.command} {self.path}")
            there = self.path == f"/{REPOSITORY}/resolve/main/{FILE}"
            if hub.as_proxy:
                self.send_response(hub.as_proxy)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return False
            self.send_response(200 if there or self.path == "/" else 404)
            if there:
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("ETag", f'"{hashlib.sha256(hub.content).hexdigest()}"')
            elif self.path != "/":
                self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", str(len(hub.content) if there else 0))
            self.end_headers()
            return there

        def do_HEAD(self) -> None:
            self.head()

        def do_GET(self) -> None:
            if self.head():
                self.wfile.write(hub.content[: hub.broken_after])
                if hub.broken_after is not None:
                    self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def keep(home: Path, content: bytes) -> Path:
    """The file in the client's cache as downloads leave it: a blob, a snapshot's link to it, and a reference."""
    folder = home / "hub" / f"models--{REPOSITORY.replace('/', '--')}"
    blob = folder / "blobs" / hashlib.sha256(content).hexdigest()
    snapshot = folder / "snapshots" / COMMIT / FILE
    for path in (blob, snapshot, folder / "refs" / "main"):
        path.parent.mkdir(parents=True, exist_ok=True)
    blob.write_bytes(content)
    snapshot.symlink_to(os.path.relpath(blob, snapshot.parent))
    (folder / "refs" / "main").write_text(COMMIT)
    return snapshot

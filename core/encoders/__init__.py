"""Frozen networks that turn images into vectors. Importing this loads no torch."""

from __future__ import annotations

from .catalogue import list_encoders
from .protocol import Encoder, EncoderInfo
from .registry import load_encoder

__all__ = ["Encoder", "EncoderInfo", "list_encoders", "load_encoder"]

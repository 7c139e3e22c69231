"""Lengths of time as a person says them."""

from __future__ import annotations

"""Corruptions of images: 16 kinds at 5 severities, made on the spot from a seed.

Noise, blur, weather and digital faults, after the kinds that Hendrycks & Dietterich 2019 compare networks by; written
from their mathematical description, so levels are ours and figures are not comparable with published ones.

Lengths are shares of the image's shorter side, so that a severity covers as much of the scene at 28 pixels as at 224.
What works pixel by pixel (noise, quantising) grows with the square root of the side: a fine image averages more of it
out. An image without colour stays without.
"""

from . import blur, digital, noise, weather  # noqa: F401  they register their kinds
from .registry import SEVERITIES, Corruption, all_corruptions, corrupt, get_corruption

__all__ = ["SEVERITIES", "Corruption", "all_corruptions", "corrupt", "get_corruption"]

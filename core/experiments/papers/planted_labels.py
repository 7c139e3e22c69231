"""What has to be known wherever labels are altered on a copy, and the altered are set beside those that were kept."""

from __future__ import annotations

ONE_SEED = "One training from one seed: no interval here covers how another would differ."
KEPT_LABELS = (
    "Kept labels are the given ones. Those of them that were wrong before count as kept, which makes what tells "
    "altered labels from them look rather smaller than it is."
)

"""`embedded`: EfficientNet-Lite0, whose weights come with the installation."""

from __future__ import annotations

from ..protocol import Encoder, Options
from ..registry import EMBEDDED, KnownModel, register


@register(
    EMBEDDED,
    form=EMBEDDED,
    aliases=("lite0",),
    known=(KnownModel("", 1280, 224, "", "EfficientNet-Lite0, ImageNet; needs no internet", "0–6"),),
)
def load(spec: str, model: str, options: Options) -> Encoder:
    """The one model of this family. See `load_encoder`."""
    from ..embedded import load as load_network

    return load_network(spec, model, options)

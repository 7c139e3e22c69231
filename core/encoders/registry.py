"""The families of encoders by prefix: `family:model`. A family is one file in `families` that registers its `load`.

No model library, and so no torch, is imported before an encoder of a family is asked for.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadInput, command
from .layers import LAST, read_layers
from .preprocessing import refuse_size
from .protocol import Encoder, Feature, Options

if TYPE_CHECKING:
    from .weights import Published

EMBEDDED = "embedded"
READS_TEXT = "open_clip:ViT-B-32/openai"
FEATURES: dict[str, Feature] = {"projected": "projected", "pooled": "pooled"}

Load = Callable[[str, str, Options], Encoder]


@dataclass(frozen=True)
class KnownModel:
    """A model worth naming. dimension: of the projected feature. image_size: its own side. place: of its weights.

    blocks: those that `--layers` can put beside the last, the first and the last of them; "" for none. megabytes: of
    its weights, where they have to be fetched and their size is to be said first.
    """

    model: str
    dimension: int
    image_size: int
    place: str
    note: str
    blocks: str = ""
    megabytes: int = 0


@dataclass(frozen=True)
class Family:
    """A registered family.

    form: how a spec of it is written. known: models worth naming. published: a model's place -> where its weights are
    looked for; None where they come with the installation. reads_text: whether it encodes text too. aliases: other
    names of a family of one model.
    """

    prefix: str
    form: str
    load: Load
    known: tuple[KnownModel, ...]
    published: Callable[[str], Published] | None
    reads_text: bool
    aliases: tuple[str, ...]

    @property
    def of_one_model(self) -> bool:
        """Whether the prefix alone is a spec, and nothing may follow it."""
        return ":" not in self.form

    def spec_of(self, known: KnownModel) -> str:
        """The spec that names a model of this family."""
        return f"{self.prefix}:{known.model}" if known.model else self.prefix


_FAMILIES: dict[str, Family] = {}


def register(
    prefix: str, *, form: str, known: Sequence[KnownModel] = (), published: Callable[[str], Published] | None = None,
    reads_text: bool = False, aliases: Sequence[str] = (),
) -> Callable[[Load], Load]:  # fmt: skip
    """Register a family by its `load(spec, model, options)`; model is what follows the prefix. See `Family`.

    Raises ValueError on a prefix or alias that is taken, or a form that does not begin with the prefix.
    """
    taken = {name for family in _FAMILIES.values() for name in (family.prefix, *family.aliases)}
    if clash := taken & {prefix, *aliases}:
        raise ValueError(f"family of encoders {sorted(clash)[0]!r} is registered twice")
    if form.partition(":")[0] != prefix:
        raise ValueError(f"family of encoders {prefix!r}: its form is {form!r}")

    def keep(function: Load) -> Load:
        _FAMILIES[prefix] = Family(prefix, form, function, tuple(known), published, reads_text, tuple(aliases))
        return function

    return keep


@lru_cache(maxsize=1)
def _load_all() -> None:
    """Import every module of the folder of families, so that adding one is adding a file."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent / "families")]):
        import_module(f"{__package__}.families.{module.name}")


def all_families() -> list[Family]:
    """Every family, by prefix."""
    _load_all()
    return [_FAMILIES[prefix] for prefix in sorted(_FAMILIES)]


def reads_text(made: Mapping[str, Any]) -> bool:
    """Whether vectors of texts can be compared with those of an embedding. made: its parameters.

    They can where the encoder is of a family that encodes text too, and the vectors are the projected last alone.
    """
    prefix = str(made.get("encoder", "")).partition(":")[0]
    comparable = (made.get("feature", "projected"), made.get("layers", LAST)) == ("projected", LAST)
    return comparable and any(family.reads_text for family in all_families() if family.prefix == prefix)


def why_no_text(name: str, made: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Why texts cannot be compared with the vectors of an embedding, and the words of a command after which they can.

    name, made: the embedding's name and parameters.
    """
    encoder = str(made.get("encoder", ""))
    if not reads_text({"encoder": encoder}):
        return f"The encoder {name} has no text tower", ["embed", "--encoder", READS_TEXT]
    kept = f"the layers {made['layers']}" if "layers" in made else "the pooled feature"
    return f"The vectors {name} are {kept}, which texts are not compared with", ["embed", "--encoder", encoder]


def load_encoder(
    spec: str,
    *,
    device: str = "auto",
    image_size: int | None = None,
    feature: str = "projected",
    l2norm: bool = False,
    layers: str | None = None,
    download: bool = False,
) -> Encoder:
    """The encoder a spec names, ready to encode.

    spec: of the form its family registered, as `open_clip:MODEL/TAG`; where weights can be files, also with `@PATH`, a
    file or folder of them. image_size: the side it sees, the model's own by default.
    feature: "projected" (the vector compared with text) or "pooled" (the one before that projection); only
    open_clip models have the two, elsewhere both mean the penultimate layer. l2norm: scale vectors to length 1.
    layers: "last", the default, or blocks whose averaged outputs are put beside the last vector, as "4,6,last": see
    `blocks.beside`; l2norm is of the last vector, before that.
    download: allow fetching weights that are not on this machine.
    Raises BadInput on a spec that names nothing and on layers that it has not, WeightsUnavailable where the weights
    are not at hand.
    """
    if feature not in FEATURES:
        raise BadInput(f"There is no feature {feature!r}.", "Pass --feature projected or pooled.")
    if image_size is not None:  # families take 0 for none
        refuse_size(image_size)
    layers = LAST if layers is None else layers
    asked = read_layers(layers)
    prefix, _, model = spec.partition(":")
    found = next((family for family in all_families() if prefix in (family.prefix, *family.aliases)), None)
    if found is None or found.of_one_model != (not model):
        raise unknown_encoder(spec)
    name = found.prefix if found.of_one_model else spec
    loaded = found.load(name, model, Options(device, image_size, FEATURES[feature], l2norm, layers, download))
    if asked and loaded.layers == LAST:
        raise BadInput(f"Encoders of {found.prefix} give their last layer alone.", f"Pass --layers {LAST}.")
    return loaded


def unknown_encoder(spec: str) -> BadInput:
    """A spec with no family we know; most often the prefix was left out."""
    forms = ", ".join(family.form for family in all_families())
    message = f"There is no encoder {spec!r}; an encoder is one of {forms}."
    if "/" in spec and ":" not in spec:
        return BadInput(message, f"Did you mean open_clip:{spec}?")
    return BadInput(message, "Run", command(None, "encoders"))


def unknown_model(family: str, asked: str, known: Sequence[str], what: str = "model") -> BadInput:
    """A name its family does not have, with the closest it does."""
    import difflib  # for a name nobody knows; the dashboard starts without it

    close = difflib.get_close_matches(asked.lower(), [name.lower() for name in known], n=3, cutoff=0.5)
    spelled = [name for match in close for name in known if name.lower() == match]
    message = f"{family} has no {what} {asked!r}."
    if spelled:
        return BadInput(message, f"Did you mean {' or '.join(dict.fromkeys(spelled))}?")
    return BadInput(message, "Run", command(None, "encoders"))


def split_path(model: str) -> tuple[str, str]:
    """`MODEL@PATH` -> (MODEL, PATH), with PATH empty where none is given."""
    name, _, path = model.partition("@")
    return name, path

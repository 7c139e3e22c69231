"""`only=predicted:…`: the images that a model takes for one class, as the paper on VoG looks within one."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

import numpy as np

from ...errors import BadInput
from ...store.lookups import ids_predicted_as
from ...types import Ints
from ...wording import count, in_sentence
from ..view.reader import Reader
from ..view.subsets import register_subset, subset_ids, subset_words

KIND = "predicted"


@dataclass(frozen=True)
class PredictedAs:
    """Images by what a model takes them for. label: of the class. model: run id. within: another subset, "" for all."""

    label: int
    model: str
    within: str = ""

    def encode(self, reader: Reader) -> str:
        """As an address carries it after `only=`."""
        fields = {"class": reader.class_names[self.label], "model": self.model, "within": self.within}
        return f"{KIND}:{urlencode({name: text for name, text in fields.items() if text})}"


def predicted_as(reader: Reader, only: str) -> PredictedAs | None:
    """What a selection is, None where it is of another kind. Raises BadInput on what this audit does not have."""
    kind, _, payload = only.partition(":")
    return _decode(reader, payload) if kind == KIND else None


def _decode(reader: Reader, payload: str) -> PredictedAs:
    fields = dict(parse_qsl(payload))
    name, model = fields.get("class", ""), fields.get("model", "")
    run = reader.run(model)
    if name not in reader.class_names or run is None or run.kind != "train":
        raise BadInput(
            f"The address asks for images that {model!r} takes for {name!r}: this audit has none such.",
            "Choose a predicted class again on the page Error against difficulty, or remove only= from the address.",
        )
    return PredictedAs(reader.class_names.index(name), model, fields.get("within", ""))


def predicted_ids(reader: Reader, payload: str) -> Ints:
    """(m,) ids of the images, ascending."""
    chosen = _decode(reader, payload)
    ids = ids_predicted_as(reader.hub, chosen.model, chosen.label)
    if not chosen.within:
        return ids
    inside = np.zeros(reader.n_images, bool)
    inside[subset_ids(reader, chosen.within)] = True
    return ids[inside[ids]]


def predicted_words(reader: Reader, payload: str) -> str:
    """What they are, and how many: "predicted shirt by resnet8 (412)"."""
    chosen = _decode(reader, payload)
    run = reader.run(chosen.model)
    words = f"predicted {in_sentence(reader.class_names[chosen.label])} by {run.name if run else chosen.model}"
    words += f", of {subset_words(reader, chosen.within)}" if chosen.within else ""
    return f"{words} ({count(len(predicted_ids(reader, payload)))})"


register_subset(KIND, predicted_ids, predicted_words)

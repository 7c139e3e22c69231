"""The scorers by name. A scorer is one file in this folder that registers one function of `Inputs`."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache, wraps
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import BadInput, command
from ..types import ScoreColumn
from .inputs import Inputs
from .inputs.asks import AN_IMAGE, Asks, refuse_too_little
from .inputs.settings import read_setting

ScorerFunction = Callable[..., list[ScoreColumn]]


@dataclass(frozen=True)
class Scorer:
    """A registered scorer. needs: names of the `Inputs` fields it reads. direction: of its main column.

    may_use: fields it reads too where they are given, as a model's that was named.
    asks: of the data; where there is too little, `run` raises TooFewRows before it computes anything.
    about: what its columns are, with their ranges and units. form: raised when the same parameters give other columns
    than before, so that older runs are not taken for new ones. plain: the parameters with which it is its source's
    formula alone, where its defaults are not; plain=true stands for them.
    """

    name: str
    run: ScorerFunction
    needs: frozenset[str]
    source: str
    direction: int | None
    summary: str
    about: str = ""
    form: int = 1
    plain: Mapping[str, Any] = field(default_factory=dict)
    asks: Asks = AN_IMAGE
    may_use: frozenset[str] = frozenset()

    @property
    def reads(self) -> frozenset[str]:
        """Every field it may be given."""
        return self.needs | self.may_use


IN_WORDS = {
    "labels": "labels",
    "features": "an embedding",
    "augmented_sums": "its encoder",
    "text_features": "an encoder with text",
    "probabilities": "a model's predictions",
    "predicted": "a model's predictions",
    "dynamics": "a training run",
    "gradient_spread": "checkpoints",
    "penultimate": "checkpoints",
    "second_split": "four trainings of its own",
}
"""What a user has to have for a field of Inputs; the other fields every audit has."""

PLAIN = "plain"

_SCORERS: dict[str, Scorer] = {}


def register(
    name: str,
    *,
    needs: Iterable[str],
    source: str,
    direction: int | None,
    form: int = 1,
    plain: Mapping[str, Any] | None = None,
    asks: Asks = AN_IMAGE,
    may_use: Iterable[str] = (),
) -> Callable[[ScorerFunction], ScorerFunction]:
    """Register a function `(inputs: Inputs, **parameters) -> list[ScoreColumn]` under a name.

    needs: the fields of Inputs it reads. source: paper and section. form, plain, asks, may_use: see `Scorer`. Its
    docstring's first line is its summary, and that with the paragraph after it what its columns are.
    Raises ValueError on a name taken twice, a need that Inputs does not have, or an empty source.
    """
    needed, used = frozenset(needs), frozenset(may_use)
    unknown = (needed | used) - {one.name for one in fields(Inputs)}
    if unknown or not source:
        raise ValueError(
            f"scorer {name!r}: unknown needs {sorted(unknown)}" if unknown else f"scorer {name!r}: no source"
        )

    def keep(function: ScorerFunction) -> ScorerFunction:
        if name in _SCORERS:
            raise ValueError(f"scorer {name!r} is registered twice")
        summary, _, rest = (function.__doc__ or "").strip().partition("\n")
        about = " ".join([summary, *rest.strip().partition("\n\n")[0].split()])

        @wraps(function)
        def run(inputs: Inputs, *args: Any, **parameters: Any) -> list[ScoreColumn]:
            refuse_too_little(name, needed, asks, inputs)
            return function(inputs, *args, **parameters)

        _SCORERS[name] = Scorer(name, run, needed, source, direction, summary, about, form, plain or {}, asks, used)
        return run

    return keep


def needs_in_words(scorer: Scorer) -> str:
    """What a scorer needs: "labels, an embedding, 2 classes, 2 images of a class"."""
    fields_read = (words for field, words in IN_WORDS.items() if field in scorer.needs)
    return ", ".join(dict.fromkeys((*fields_read, *scorer.asks.in_words)))


@lru_cache(maxsize=1)
def _load_all() -> None:
    """Import every module of this folder, so that adding a scorer is adding a file."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        import_module(f"{__package__}.{module.name}")


def all_scorers() -> list[Scorer]:
    """Every scorer, by name."""
    _load_all()
    return [_SCORERS[name] for name in sorted(_SCORERS)]


def get_scorer(name: str) -> Scorer:
    """The scorer of that name. Raises BadInput with the names there are."""
    _load_all()
    if name not in _SCORERS:
        raise BadInput(
            f"There is no scorer {name!r}; there is: {', '.join(sorted(_SCORERS))}.", "Run", command(None, "scorers")
        )
    return _SCORERS[name]


def in_full(scorer: Scorer, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is passed to a scorer: plain=true stands for the parameters of its plain form, so both are one run.

    Raises BadInput on a parameter that the scorer does not have, with those it has and their defaults, on one that it
    cannot be given, and on one that says something else than plain does.
    """
    known = {p.name: p.default for p in list(inspect.signature(scorer.run).parameters.values())[1:]}
    known |= {PLAIN: False} if scorer.plain else {}
    unknown = [name for name in given if name not in known]
    if unknown:
        has = ", ".join(f"{name}={default}" for name, default in known.items()) or "no parameters"
        raise BadInput(
            f"{scorer.name} has no parameter {unknown[0]!r}; it has {has}.", "Name one of these, or leave it out."
        )
    read = {name: read_setting(name, value, known[name]) for name, value in given.items()}
    plain = read.pop(PLAIN, False)
    for name in scorer.plain.keys() & read.keys() if plain else ():
        raise BadInput(
            f"{PLAIN}=true says {name} of {scorer.name} already, and {name}={read[name]} was given beside it.",
            "Leave one of them out.",
        )
    return {**read, **scorer.plain} if plain else read

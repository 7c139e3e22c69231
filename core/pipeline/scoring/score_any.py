"""Any scorer by name, or all of them: what a scorer needs beyond the store is made first.

Networks are imported where one is needed: torch takes seconds and half a gigabyte, and most scorers read arrays.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import BadInput, ExtraMissing, MissingRun, TooFewRows, WeightsUnavailable, command
from ...progress import Reporter
from ...scorers.registry import Scorer, all_scorers, get_scorer, in_full
from ...store.audit import Audit
from ...wording import counted
from ..steps import Done
from .score import needed_embedding, needed_network, score

ALL = "all"
NOT_MET = (BadInput, ExtraMissing, MissingRun, TooFewRows, WeightsUnavailable)
"""What a scorer raises where this audit cannot give it what it needs."""
COSTLY = {
    "augmented_rmd": "it embeds the training images five times",
    "second_split_forgetting": "it trains a model on each half of the images, and then on the other",
}
"""Scorers that `all` leaves out for what they cost, and what that is."""


def score_any(
    audit: Audit,
    scorer_name: str,
    reporter: Reporter,
    *,
    encoder_run: str | None = None,
    model_run: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    device: str = "auto",
) -> Done:
    """Run any scorer, making first what only a network can make. Raises BadInput on a parameter it does not have."""
    scorer = get_scorer(scorer_name)
    parameters = in_full(scorer, parameters or {})
    if "gradient_spread" in scorer.needs:
        from .vog import score_gradients

        return score_gradients(audit, scorer_name, reporter, model_run=model_run, parameters=parameters, device=device)
    if "second_split" in scorer.needs:
        from .second_split import score_second_split

        return score_second_split(audit, scorer_name, reporter, parameters=parameters, device=device)

    def extra() -> dict[str, Any]:
        made: dict[str, Any] = {}
        if "text_features" in scorer.needs:
            from .encoded import prompt_vectors

            made["text_features"] = prompt_vectors(audit, needed_embedding(audit, scorer, encoder_run), device)
        if "penultimate" in scorer.needs:
            from .penultimate import features_before_the_last_layer

            run = needed_network(audit, scorer, model_run)
            made["penultimate"] = features_before_the_last_layer(audit, run, device, reporter)
        if "augmented_sums" in scorer.needs:
            from .encoded import augmented_sums

            passes, seed = (setting(scorer, parameters, name) for name in ("passes", "seed"))
            run = needed_embedding(audit, scorer, encoder_run)
            sums = augmented_sums(audit, run, passes, seed, device, reporter)
            made["augmented_sums"] = sums
            if parameters.get("score_augmented"):
                from .augmented_views import view_distances

                pca, ridge = (default_or(scorer, parameters, name) for name in ("pca", "ridge"))
                made["view_distances"] = view_distances(audit, run, sums, pca, ridge, seed, device, reporter)
        return made

    return score(
        audit,
        scorer_name,
        reporter,
        encoder_run=encoder_run,
        model_run=model_run,
        parameters=parameters,
        extra=extra,
        device=device,
    )


def score_several(
    audit: Audit,
    names: Sequence[str],
    reporter: Reporter,
    *,
    encoder_run: str | None = None,
    model_run: str | None = None,
    device: str = "auto",
) -> None:
    """Run these scorers, by name, one after the other. One that lacks something does not keep the others from running.

    Raises BadInput on a name that is none before the first is run, and at the end with those that could not be.
    """
    for name in names:
        get_scorer(name)
    lacking = []
    for name in dict.fromkeys(names):
        try:
            score_any(audit, name, reporter, encoder_run=encoder_run, model_run=model_run, device=device)
        except NOT_MET as error:
            error.name_audit(audit.name)
            lacking.append(f"{name}: {error}")
    if lacking:
        raise BadInput(
            f"{len(lacking)} of {counted(len(set(names)), 'score')} could not be computed. {' '.join(lacking)}",
            "The others are there. What each needs",
            command(None, "scorers"),
        )


def score_all(
    audit: Audit,
    reporter: Reporter,
    *,
    encoder_run: str | None = None,
    model_run: str | None = None,
    device: str = "auto",
) -> dict[str, str]:
    """Run every scorer that has what it needs. Returns and says which were left out, by name with the reason."""
    left_out = {}
    for scorer in all_scorers():
        if scorer.name in COSTLY:
            left_out[scorer.name] = f"{COSTLY[scorer.name]}; run: {command(audit.name, 'score', scorer.name)}"
            continue
        try:
            score_any(audit, scorer.name, reporter, encoder_run=encoder_run, model_run=model_run, device=device)
        except NOT_MET as error:
            error.name_audit(audit.name)
            left_out[scorer.name] = str(error)
    for name, reason in left_out.items():
        reporter.say(f"left out {name}: {reason}")
    return left_out


def default_or(scorer: Scorer, parameters: Mapping[str, Any], name: str) -> Any:
    """What is passed to a scorer under a name, or its default."""
    return parameters.get(name, inspect.signature(scorer.run).parameters[name].default)


def setting(scorer: Scorer, parameters: Mapping[str, Any], name: str) -> int:
    """A whole number, 0 or more, that is passed to a scorer, or its default. Raises BadInput on another value."""
    value = default_or(scorer, parameters, name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadInput(f"{name} is {value!r}.", f"Pass a whole number, such as --set {name}=5.")
    return value

"""A network of the user's own, from the name of the function that makes it."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from torch import nn

from ...errors import BadInput


def build_from_factory(spec: str) -> nn.Module:
    """The network that a function such as `my_project.nets:build` returns when called without arguments.

    spec: `package.module:function`, importable from the working folder or the environment. Its code runs.
    Raises BadInput where it cannot be imported, fails, or returns something else.
    """
    module_name, _, function_name = spec.partition(":")
    if not module_name or not function_name:
        raise BadInput(f"{spec!r} does not name a function.", "Write it as package.module:function.")
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)  # the installed command does not have it, and `python -m` does
    try:
        factory = getattr(import_module(module_name), function_name)
    except (ImportError, AttributeError) as error:
        raise BadInput(
            f"{spec!r} cannot be imported from {here}: {error}.",
            "Run the command in the folder that holds the module, or install its package.",
        ) from error
    try:
        model = factory()
    except Exception as error:
        raise BadInput(
            f"{spec!r} failed: {type(error).__name__}: {error}.", "It is called without arguments; give them defaults."
        ) from error
    if not isinstance(model, nn.Module):
        raise BadInput(f"{spec!r} returned {type(model).__name__}, not a torch.nn.Module.", "Return the model.")
    return model

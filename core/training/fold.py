"""A trained network made ready for input gradients: frozen, in evaluation mode, batch norm folded away."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy

import torch
from torch import fx, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..errors import BadInput


def refuse_batch_statistics(model: nn.Module) -> None:
    """Raise BadInput unless every image's output depends on that image alone, as per-image gradients need.

    One backward pass of a sum over the batch gives each image its own gradient only then (METHODS.md, section 4).
    """
    for name, module in model.named_modules():
        if module.training:
            raise BadInput(
                f"Layer {name or type(model).__name__!r} is in training mode, so images of a batch would mix.",
                "Call model.eval() first.",
            )
        if isinstance(module, _BatchNorm) and module.running_mean is None:
            raise BadInput(
                f"Layer {name!r} ({type(module).__name__}, track_running_stats=False) normalises by the batch's own "
                "statistics, so an image's gradient would depend on its neighbours.",
                "Use a network with running statistics, or another normalisation.",
            )


def ready_for_gradients(model: nn.Module) -> nn.Module:
    """A copy with frozen parameters and each batch norm folded into the convolution before it.

    The same function, to rounding, for less: folding takes away a third of the memory traffic, and without
    parameter gradients a backward pass costs one forward pass. A network that torch.fx cannot trace stays unfolded.
    Raises BadInput as `refuse_batch_statistics` does.
    """
    refuse_batch_statistics(model)
    frozen = deepcopy(model).requires_grad_(False)
    try:
        traced = fx.symbolic_trace(frozen)
    except Exception:  # noqa: BLE001 - tracing runs the user's own forward() on proxies, which may raise anything
        return frozen
    return fold_batch_norms(traced)


def fold_batch_norms(traced: fx.GraphModule) -> nn.Module:
    """Fold every Conv2d → BatchNorm2d pair of which the convolution feeds nothing else, both being called once."""
    modules = dict(traced.named_modules())
    calls = Counter(node.target for node in traced.graph.nodes if node.op == "call_module")
    for node in list(traced.graph.nodes):
        before = node.args[0] if node.args else None
        if node.op != "call_module" or not isinstance(before, fx.Node) or before.op != "call_module":
            continue
        convolution, norm = modules[before.target], modules[node.target]
        if not (isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)):
            continue
        if calls[before.target] > 1 or calls[node.target] > 1 or len(before.users) > 1:
            continue
        with torch.no_grad():
            fused = fuse_conv_bn_eval(convolution, norm)
        parent, _, leaf = str(before.target).rpartition(".")
        setattr(modules[parent], leaf, fused.requires_grad_(False))
        node.replace_all_uses_with(before)
        traced.graph.erase_node(node)
    traced.delete_all_unused_submodules()
    traced.recompile()
    return traced

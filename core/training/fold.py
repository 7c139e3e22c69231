"""A trained network made ready for input gradients: frozen, in evaluation mode, batch norm folded away."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy

import torch
from torch import fx, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..errors import BadInput
from .checkpoints import on_device


def refuse_batch_statistics(model: nn.Module) -> None:
    """Raise BadInput unless every image's output depends on that image alone, as per-image gradients need.

    One backward pass of a sum over the batch gives each image its own gradient only then (docs/methods.md, section 4).
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
                "Use a model with running statistics, or another normalisation.",
            )


def ready_for_gradients(model: nn.Module) -> nn.Module:
    """A copy with frozen parameters, channels last, each batch norm folded into the convolution before it.

    The same function, to rounding, at the price of two forward passes for a gradient: without gradients of the
    weights the way back costs as much as the way forward. A network that torch.fx cannot trace stays unfolded.
    Raises BadInput as `refuse_batch_statistics` does.
    """
    refuse_batch_statistics(model)
    ready: nn.Module = deepcopy(model).requires_grad_(False)
    try:
        traced = fx.symbolic_trace(ready)
    except Exception:  # noqa: BLE001 - tracing runs the user's own forward() on proxies, which may raise anything
        traced = None
    if traced is not None:
        ready = fold_batch_norms(traced)
    return on_device(ready, next(model.parameters()).device)


def fold_batch_norms(traced: fx.GraphModule) -> fx.GraphModule:
    """Fold every Conv2d → BatchNorm2d pair of which the convolution feeds nothing else, both being called once.

    Exactly these two types: a subclass, or a convolution whose weight is read elsewhere, may mean something else.
    """
    modules = dict(traced.named_modules())
    calls = Counter(str(node.target) for node in traced.graph.nodes if node.op == "call_module")
    read = {str(node.target).rpartition(".")[0] for node in traced.graph.nodes if node.op == "get_attr"}
    for node in list(traced.graph.nodes):
        before = node.args[0] if node.args else None
        if node.op != "call_module" or not isinstance(before, fx.Node) or before.op != "call_module":
            continue
        names = (str(before.target), str(node.target))
        convolution, norm = (modules[name] for name in names)
        if type(convolution) is not nn.Conv2d or type(norm) is not nn.BatchNorm2d:
            continue
        if len(before.users) > 1 or any(calls[name] > 1 or name in read for name in names):
            continue
        with torch.no_grad():
            fused = fuse_conv_bn_eval(convolution, norm)
        parent, _, leaf = names[0].rpartition(".")
        setattr(modules[parent], leaf, fused.requires_grad_(False))
        node.replace_all_uses_with(before)
        traced.graph.erase_node(node)
    traced.delete_all_unused_submodules()
    traced.recompile()
    return traced

"""The blocks of a network, whatever library it is of, and what each gives for an image, averaged to one vector.

Found by how networks are built rather than by a list of models: a container called `blocks`, `stages` and the like, or
siblings that are numbered, `layer1` to `layer4`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ..errors import BadInput
from .layers import LAST, layers_text, read_layers

CONTAINERS = {"blocks", "stages", "layers", "features", "resblocks", "transformers", "levels"}
NUMBERED = re.compile(r"(?:layer|stage|level|block|s)\d+")
NUMBER = re.compile(r"\d+$")
MIDDLE_WEIGHT = 0.5
"""Length of a middle block's part beside the last vector's. Half: what the last layer says of classes stays in charge,
and a block is heard where it is undecided."""


@dataclass(frozen=True)
class Block:
    """A block that gives one array for an image. name: as it is asked for. path: of its module. width: its channels.

    over: the axes that are averaged: places of a map, or tokens, the class token as one of them.
    """

    name: str
    path: str
    width: int
    over: tuple[int, ...]

    def pooled(self, output: Any) -> torch.Tensor:
        """What its module returned -> (b, width) float32."""
        array: torch.Tensor = _array_of(output)
        return array.mean(dim=self.over, dtype=torch.float32) if self.over else array.float()


def blocks_of(network: nn.Module, size: int) -> list[Block]:
    """The blocks of a network in eval mode in the order in which it computes them, by one image of size × size.

    Those that give no single array, or several images in one, are left out; [] where no blocks can be told.
    """
    paths = _paths(network)
    shapes: dict[str, torch.Size] = {}

    def look(path: str) -> Any:
        def keep(_: nn.Module, __: Any, output: Any) -> None:
            array = _array_of(output)
            if isinstance(array, torch.Tensor):
                shapes[path] = array.shape

        return keep

    handles = [network.get_submodule(path).register_forward_hook(look(path)) for path in paths]
    try:
        with torch.inference_mode():
            network(torch.zeros(1, 3, size, size))
    finally:
        for handle in handles:
            handle.remove()
    last = _channels_last(list(shapes.values()))
    return [
        Block(path.rpartition(".")[2], path, shape[axis], tuple(one for one in range(1, len(shape)) if one != axis))
        for path, shape in shapes.items()
        if shape[0] == 1 and (axis := _channel_axis(shape, last)) is not None
    ]


def chosen(encoder: str, layers: str, blocks: Sequence[Block]) -> list[Block]:
    """The blocks that a text names, in their own order. Raises BadInput, saying which there are and how wide."""
    asked = read_layers(layers)
    if not blocks:
        raise BadInput(f"Of encoder {encoder!r} no blocks can be told apart, so it has its last layer alone.",
                       "Pass --layers last.")  # fmt: skip
    by_name = {**_by_number(blocks), **{block.name: block for block in blocks}}
    for name in asked:
        if name not in by_name:
            there = ", ".join(f"{block.name} ({block.width} wide)" for block in blocks)
            example = layers_text([block.name for block in blocks[len(blocks) // 2 : -1][-2:]])
            raise BadInput(
                f"Encoder {encoder!r} has no block {name!r}. It has {there}, and {LAST}.", f"Pass --layers {example}."
            )
    wanted = {by_name[name].path for name in asked}
    return [block for block in blocks if block.path in wanted]


class Middles:
    """Forward hooks that keep what the chosen blocks gave in the latest pass, averaged as it comes.

    At once, because a later layer may change an array in place, and because a map is a hundred times its average.
    """

    def __init__(self, network: nn.Module, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        self._latest: dict[str, torch.Tensor] = {}
        for block in blocks:
            network.get_submodule(block.path).register_forward_hook(self._keep(block))

    def latest(self) -> list[torch.Tensor]:
        """(b, width) float32 of each block."""
        return [self._latest.pop(block.path) for block in self._blocks]

    def _keep(self, block: Block) -> Any:
        def keep(_: nn.Module, __: Any, output: Any) -> None:
            self._latest[block.path] = block.pooled(output)

        return keep


def beside(last: torch.Tensor, middles: Sequence[torch.Tensor]) -> torch.Tensor:
    """(b, d) and (b, w) of each block -> (b, d + all w): the last as it is, then each block's part.

    A part has MIDDLE_WEIGHT of the last vector's length, image by image: of cosines this is what unit lengths would
    give, and the leading d numbers are those of an encoder without middle layers.
    """
    if not middles:
        return last
    length = MIDDLE_WEIGHT * torch.linalg.vector_norm(last, dim=1, keepdim=True)
    return torch.cat([last, *(nn.functional.normalize(middle, dim=1) * length for middle in middles)], dim=1)


def _array_of(output: Any) -> Any:
    """A module's output, or the first part of one that carries its shape beside it."""
    return output[0] if isinstance(output, tuple) and output else output


def _paths(network: nn.Module) -> list[str]:
    """Paths of the blocks: children of the outermost container, or the outermost numbered siblings."""
    for path, module in _outermost_first(network):
        children = [name for name, _ in module.named_children()]
        if path.rpartition(".")[2] in CONTAINERS and len(children) > 1:
            return [f"{path}.{name}" for name in children]
        numbered = [name for name in children if NUMBERED.fullmatch(name)]
        if len(numbered) > 1:
            return [f"{path}.{name}".lstrip(".") for name in numbered]
    return []


def _outermost_first(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    modules = list(network.named_modules())
    return iter(sorted(modules, key=lambda item: (bool(item[0]), item[0].count("."))))


def _by_number(blocks: Sequence[Block]) -> dict[str, Block]:
    """`4` for `layer4` or `encoder_layer_4`, where it is one block's alone."""
    numbers = [(found[0], block) for block in blocks if (found := NUMBER.search(block.name))]
    every = [number for number, _ in numbers]
    return {number: block for number, block in numbers if every.count(number) == 1}


def _channels_last(shapes: Sequence[torch.Size]) -> bool:
    """Whether maps of this network have their channels last: (b, H, W, C).

    A map of a square image is square, which tells the axes apart unless it has as many channels as rows; those are
    read as most of the network's other maps are.
    """
    maps = [shape for shape in shapes if len(shape) == 4 and not shape[1] == shape[2] == shape[3]]
    return sum(shape[1] == shape[2] for shape in maps) > sum(shape[2] == shape[3] for shape in maps)


def _channel_axis(shape: torch.Size, channels_last: bool) -> int | None:
    """The axis of the channels in what a block gives for one image; None where that cannot be told."""
    if len(shape) == 2:
        return 1
    if len(shape) == 3:
        return 2
    if len(shape) != 4:
        return None
    square = {1: shape[2] == shape[3], 3: shape[1] == shape[2]}
    first = 3 if channels_last else 1
    return next((axis for axis in (first, 4 - first) if square[axis]), None)

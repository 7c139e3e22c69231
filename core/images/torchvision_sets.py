"""One split of a data set that torchvision knows by name. torchvision is imported when one is opened."""

from __future__ import annotations

from typing import Any

from ..errors import BadInput

TRAIN_FLAG = ("CIFAR10", "CIFAR100", "FashionMNIST", "KMNIST", "MNIST", "USPS")
"""Data sets that have `train=` where the others have `split=`."""


def open_split(name: str, split: str, root: str, *, download: bool) -> Any:
    """torchvision's own object for one split. Raises BadInput where its files are not there."""
    from torchvision import datasets

    options: dict[str, Any] = {"train": split == "train"} if name in TRAIN_FLAG else {"split": split} if split else {}
    try:
        return getattr(datasets, name)(root, download=download, **options)
    except (RuntimeError, OSError) as error:
        reason = "could not be fetched" if download else "is not there"
        hint = "Check the connection and the disk." if download else "Pass --download to fetch it, or --root FOLDER."
        raise BadInput(f"torchvision's {name} {reason} in {root}: {str(error).rstrip('.')}.", hint) from error

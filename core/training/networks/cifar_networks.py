"""Networks for small images, as their papers give them, that torchvision does not have."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def initialise(model: nn.Module) -> None:
    """He et al. 2015 for convolutions (fan out), ones and zeros for batch norm; linear layers keep torch's default."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)


def conv3x3(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    """A 3×3 convolution that keeps the size (at stride 1)."""
    return nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)


class PadShortcut(nn.Module):
    """The parameter-free shortcut: every second pixel, zeros for the new channels (He et al. 2016, option A)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.before = (outputs - inputs) // 2
        self.after = outputs - inputs - self.before

    def forward(self, x: Tensor) -> Tensor:
        """(b, inputs, H, W) to (b, outputs, H/2, W/2)."""
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.before, self.after))


class BasicBlock(nn.Module):
    """Two 3×3 convolutions and a shortcut (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv3x3(inputs, outputs, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = conv3x3(outputs, outputs), nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity() if inputs == outputs else PadShortcut(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(b, inputs, H, W) to (b, outputs, H/stride, W/stride)."""
        inside = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(inside)) + self.shortcut(x))


class CifarResNet(nn.Module):
    """The 6n + 2 layers of He et al. 2016, section 4.2: three stages of n blocks with 16, 32 and 64 channels.

    width: channels of the first stage; half as many cost about half the time on a CPU.
    """

    def __init__(self, n: int, n_classes: int, in_channels: int = 3, width: int = 16) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv3x3(in_channels, width), nn.BatchNorm2d(width)
        widths = [width] * (n + 1) + [2 * width] * n + [4 * width] * n
        self.blocks = nn.Sequential(*(BasicBlock(a, b, 1 if a == b else 2) for a, b in pairwise(widths)))
        self.fc = nn.Linear(4 * width, n_classes)
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """(b, in_channels, S, S) to (b, n_classes) logits."""
        x = self.blocks(F.relu(self.bn1(self.conv1(x))))
        return self.fc(x.mean(dim=(2, 3)))  # type: ignore[no-any-return]


class WideBlock(nn.Module):
    """Batch norm and ReLU before each of two 3×3 convolutions (Zagoruyko & Komodakis 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv3x3(inputs, outputs, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs), conv3x3(outputs, outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if inputs != outputs else None

    def forward(self, x: Tensor) -> Tensor:
        """(b, inputs, H, W) to (b, outputs, H/stride, W/stride)."""
        active = F.relu(self.bn1(x))
        inside = self.conv2(F.relu(self.bn2(self.conv1(active))))
        return inside + (x if self.shortcut is None else self.shortcut(active))  # type: ignore[no-any-return]


class WideResNet(nn.Module):
    """Wide residual network of depth 6n + 4 (Zagoruyko & Komodakis 2016), without dropout."""

    def __init__(self, depth: int, width: int, n_classes: int, in_channels: int = 3) -> None:
        super().__init__()
        n = (depth - 4) // 6
        self.conv1 = conv3x3(in_channels, 16)
        widths = [16, 16 * width, 32 * width, 64 * width]
        blocks = [
            WideBlock(before if i == 0 else after, after, 2 if i == 0 and stage > 0 else 1)
            for stage, (before, after) in enumerate(pairwise(widths))
            for i in range(n)
        ]
        self.blocks = nn.Sequential(*blocks)
        self.bn = nn.BatchNorm2d(widths[-1])
        self.fc = nn.Linear(widths[-1], n_classes)
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """(b, in_channels, S, S) to (b, n_classes) logits."""
        x = F.relu(self.bn(self.blocks(self.conv1(x))))
        return self.fc(x.mean(dim=(2, 3)))  # type: ignore[no-any-return]


class DenseLayer(nn.Module):
    """1×1 to 4·growth channels, 3×3 to growth; the input is kept beside the output (Huang et al. 2017)."""

    def __init__(self, inputs: int, growth: int) -> None:
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, 4 * growth, 1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(4 * growth), conv3x3(4 * growth, growth)

    def forward(self, x: Tensor) -> Tensor:
        """(b, inputs, H, W) to (b, inputs + growth, H, W)."""
        inside = self.conv1(F.relu(self.bn1(x)))
        return torch.cat([x, self.conv2(F.relu(self.bn2(inside)))], dim=1)


class DenseNetBC(nn.Module):
    """DenseNet-BC with compression 0.5 in three blocks (Huang et al. 2017, table 2's CIFAR nets)."""

    def __init__(self, depth: int, growth: int, n_classes: int, in_channels: int = 3) -> None:
        super().__init__()
        per_block = (depth - 4) // 6
        channels = 2 * growth
        layers: list[nn.Module] = [conv3x3(in_channels, channels)]
        for block in range(3):
            for _ in range(per_block):
                layers.append(DenseLayer(channels, growth))
                channels += growth
            layers += [nn.BatchNorm2d(channels), nn.ReLU()]
            if block < 2:
                layers += [nn.Conv2d(channels, channels // 2, 1, bias=False), nn.AvgPool2d(2)]
                channels //= 2
        self.features = nn.Sequential(*layers)
        self.fc = nn.Linear(channels, n_classes)
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """(b, in_channels, S, S) to (b, n_classes) logits."""
        return self.fc(self.features(x).mean(dim=(2, 3)))  # type: ignore[no-any-return]


class LeNet(nn.Module):
    """LeNet-5 (LeCun et al. 1998) with ReLU and maximum pooling: two convolutions, three linear layers."""

    def __init__(self, n_classes: int, image_size: int, in_channels: int = 3) -> None:
        super().__init__()
        side = (image_size // 2 - 4) // 2
        self.conv1, self.conv2 = nn.Conv2d(in_channels, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(16 * side * side, 120), nn.Linear(120, 84), nn.Linear(84, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """(b, in_channels, S, S) to (b, n_classes) logits."""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc3(F.relu(self.fc2(x)))  # type: ignore[no-any-return]

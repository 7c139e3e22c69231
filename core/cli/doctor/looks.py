"""Every check of `hardlook doctor`, and what they see now."""

from __future__ import annotations

from . import machine, software, surroundings
from .check import Check, State, checked

LOOKS = {
    "Hardlook": software.hardlook,
    "Python": software.python,
    "Libraries": software.libraries,
    "Extras": software.extras,
    "Device": machine.device,
    "Threads": machine.threads,
    "Memory": machine.memory,
    "Disk": surroundings.disk,
    "Audits": surroundings.audits,
    "Temporary files": surroundings.temporary,
    "Encoders": surroundings.weights,
    "Port": surroundings.port,
    "Browser": surroundings.browser,
}
"""Every check by its name, in the order in which they are said."""


def examine() -> list[Check]:
    """Everything looked at, now and on this machine."""
    return [checked(name, look) for name, look in LOOKS.items()]


__all__ = ["LOOKS", "Check", "State", "examine"]

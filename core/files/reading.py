"""What a system says where a file cannot be read: whether that is of the file, or of the disk that it lies on."""

from __future__ import annotations

import errno

OUT_OF_REACH = frozenset({
    errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN,
    errno.ENETUNREACH, errno.ECONNABORTED, errno.ECONNREFUSED, errno.ECONNRESET, errno.ENODEV,
})  # fmt: skip
"""What a system says of a network's disk that is gone, and not of one file on it."""
READ_ERRORS = frozenset({errno.EIO, getattr(errno, "EREMOTEIO", errno.EIO)})
"""What it says of a bad sector, and some of a network's disk that is gone: which of them, only other files tell."""

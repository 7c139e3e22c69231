"""Archives of images, read where they lie: a .zip has an index, and a .tar can be jumped through."""

from __future__ import annotations

import lzma
import tarfile
import threading
import zipfile


class ZipImages:
    """Members of a zip archive by their place in its directory. Each thread's read is a whole one."""

    def __init__(self, file: str) -> None:
        self._archive = zipfile.ZipFile(file)
        self._members = self._archive.infolist()

    def read(self, row: int) -> bytes:
        """The bytes of one member, whose checksum is tested. Raises ValueError where it cannot be unpacked."""
        try:
            return self._archive.read(self._members[row])
        except (RuntimeError, lzma.LZMAError) as error:  # a way of packing that is not read, or broken data of one
            raise ValueError(str(error)) from error


class TarImages:
    """Members of a tar archive by their place in it."""

    def __init__(self, file: str) -> None:
        self._archive = tarfile.open(file, "r:")  # noqa: SIM115  (open for as long as images are read)
        self._members = self._archive.getmembers()
        self._lock = threading.Lock()

    def read(self, row: int) -> bytes:
        """The bytes of one member. Raises ValueError where it is no file any more."""
        with self._lock:  # one file and one position for all threads
            try:
                opened = self._archive.extractfile(self._members[row])
                if opened is None:
                    raise ValueError("the member is no file")
                return opened.read()
            except tarfile.TarError as error:
                raise ValueError(str(error)) from error


def open_archive(file: str) -> ZipImages | TarImages:
    """The reader of an archive's images."""
    return ZipImages(file) if file.casefold().endswith(".zip") else TarImages(file)

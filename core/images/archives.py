"""Archives of images, read where they lie: a .zip has an index, and a .tar can be jumped through."""

from __future__ import annotations

import zipfile

ARCHIVES = (".zip", ".tar")
"""What is read in place: both have an index or can be jumped through, so one image costs one read."""


class ZipImages:
    """Members of a zip archive by their place in its directory. Each thread's read is a whole one."""

    def __init__(self, file: str) -> None:
        self._archive = zipfile.ZipFile(file)
        self._members = self._archive.infolist()

    def read(self, row: int) -> bytes:
        """The bytes of one member, whose checksum is tested. Raises what `BROKEN` lists."""
        return self._archive.read(self._members[row])


class TarImages:
    """Members of a tar archive by their place in it: where each starts is learned once, and any is then one read."""

    def __init__(self, file: str) -> None:
        import tarfile  # the dashboard starts without it

        self._file = file
        try:
            with tarfile.open(file, "r:") as archive:
                self._members = [(member.offset_data, member.size) for member in archive.getmembers()]
        except tarfile.TarError as error:
            raise ValueError(str(error)) from error

    def read(self, row: int) -> bytes:
        """The bytes of one member."""
        start, size = self._members[row]
        with open(self._file, "rb") as opened:
            opened.seek(start)
            return opened.read(size)


def open_archive(file: str) -> ZipImages | TarImages:
    """The reader of an archive's images."""
    return ZipImages(file) if file.casefold().endswith(".zip") else TarImages(file)

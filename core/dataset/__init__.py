"""Reading a user's data set: one file per format, one function for all of them."""

from .model import Dataset, IngestOptions, Refused
from .read import list_source, read_dataset, source_fingerprint

__all__ = ["Dataset", "IngestOptions", "Refused", "list_source", "read_dataset", "source_fingerprint"]

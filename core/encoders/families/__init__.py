"""The families of encoders, one file each. A file here loads in no time: what imports torch is imported by `load`."""

"""The way to the worker, without PyTorch: requests, the messages they travel in, work in the background."""

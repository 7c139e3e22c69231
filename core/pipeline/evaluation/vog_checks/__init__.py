"""Does the variance of gradients do what its paper says: on blobs, on altered labels, over seeds and checkpoints?"""

"""What the variance of gradients is worth beside errors: of groups of images, and of networks that differ by chance."""

"""Files that appear whole or not at all, what is left of those that did not, and disks that are full."""

"""Files that appear whole or not at all, what is left of those that did not, full disks, and names that files take."""

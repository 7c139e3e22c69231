"""What lies in a folder or an archive, what its folders mean, and which format it is."""

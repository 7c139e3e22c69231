"""Files that hold a row for each image, whatever was computed: their columns by name, and which row is whose."""

"""Which labels are doubted, how well doubts find wrong ones, and images that are there twice."""

"""Which labels are one class, which are none, and images that are listed with several."""

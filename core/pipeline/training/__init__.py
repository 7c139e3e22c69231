"""Networks: planned, trained or imported, one or a grid of them."""

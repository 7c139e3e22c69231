"""What every page stands in: header, links, filters, waiting, and what guards the door."""

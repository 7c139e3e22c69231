"""What lies at URLs: which of them may be opened, by which library, and what became of it where it could not be."""

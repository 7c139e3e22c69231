"""What differs between two audits, two states of one, or two versions of its labels."""

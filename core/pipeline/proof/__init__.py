"""What reviewing was worth: networks on original, reviewed and altered labels."""

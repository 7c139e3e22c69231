"""Tables and arrays that describe images: how they are written, which column is what, what their cells say."""

"""The networks themselves: by name, of the user's own making, and read from files."""

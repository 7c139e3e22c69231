"""Hardlook's core, a room an idea; `core.api` is its public face, which `import hardlook` shows."""

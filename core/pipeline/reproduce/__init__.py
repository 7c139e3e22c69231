"""What the papers' experiments need on an audit: named steps, each resumable, planned and run in one go."""

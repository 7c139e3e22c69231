"""Results as text: tables on a terminal, and Markdown files."""

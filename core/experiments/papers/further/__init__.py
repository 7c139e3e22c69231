"""Sections beyond both papers: newer measures, and how well planted mistakes are found."""

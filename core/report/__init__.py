"""The report: what an audit found, as one HTML file that needs no script, no server and no network."""

"""The one place that knows store, encoders, scorers, networks and engine: a function per step of an audit.

ingest -> embed -> train -> score -> evaluate; `audit` does them all. Each step is a run: done once, resumed where
it was stopped, a no-op that says so when its result is there already.
"""

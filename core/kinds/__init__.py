"""The kinds of run: what each stores and which command makes it, below the store and everything else.

The store makes the tables a kind declares, the runs page says its command. A kind that only one of them knew would be
written and never be repeated, or be listed and have nowhere to be kept.
"""

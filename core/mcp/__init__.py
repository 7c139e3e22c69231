"""What an assistant may ask of an audit: headlines, suspects, deciles, an image, estimates. A person decides.

`answers` are functions of names, `server` gives them to the protocol, `command` starts it. Nothing here writes.
"""

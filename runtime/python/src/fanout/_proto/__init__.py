"""Generated code of the protocol: `generate.py` makes it."""

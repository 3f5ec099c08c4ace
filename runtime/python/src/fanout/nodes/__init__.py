"""Nodes: what they are made of, and one execution of one of them. Nothing here knows of streams."""

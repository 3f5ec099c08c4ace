"""Graphs: what follows what, checked when it is built."""

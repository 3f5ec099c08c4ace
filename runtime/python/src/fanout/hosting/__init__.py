"""Hosting nodes: the stream to a state manager, what is executed, and what is reported."""

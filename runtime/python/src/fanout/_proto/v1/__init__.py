# Made by generate.py from proto/fanout/v1: do not edit.

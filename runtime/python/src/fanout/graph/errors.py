"""Mistakes in graphs, found when they are built."""

import difflib
from collections.abc import Iterable


class GraphError(Exception):
    """A graph that cannot be built: a bad name or id, an unknown output, a missing input, and the like."""


class UnknownReference(GraphError, AttributeError):
    """A reference to something that is not there."""


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """The end of a sentence that names what is near, or what there is."""
    names = sorted(known)
    near = difflib.get_close_matches(wrong, names, n=1, cutoff=0.5)
    if near:
        return f': did you mean "{near[0]}"?'
    if not names:
        return ": there are none"
    shown = ", ".join(f'"{name}"' for name in names[:10])
    return f": there is {shown}{'' if len(names) <= 10 else ' and others'}"

"""The part of a run that is steered: all of it, or what grew from a state."""


def steered_part(call: str, **given: str | None) -> str:
    """Id of the state that a call names, by the names of its parameters; empty: all of the run.

    Raises ValueError: an id is there and empty, which stands for a state that was not found, and never for all of the run.
    """
    for name, state_id in given.items():
        if state_id == "":
            raise ValueError(f"{call}: {name} is empty: give the id of a state, or leave it out for all of the run")
    return next((state_id for state_id in given.values() if state_id is not None), "")

"""References: what the inputs of a node in a graph name. What is not there is found when the graph is built."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from fanout.graph.errors import UnknownReference, did_you_mean
from fanout.graph.json_types import ANYTHING, Schema, properties_of, resolved, types_of

_NAME = re.compile(r"[\w@$-]+")
#: An empty text: a string that is nothing but an expression, beside it, is text, and keeps no JSON type.
_EMPTY_TEXT = "${{ '' }}"
_ONE_EXPRESSION = re.compile(r"\$\{\{[^}]*\}\}")


class Ref:
    """Names a value that the run has when the node is handed out; its fields are references, too.

    `split.out.user.name`, or `split.out["first-name"]` where Python knows no such name; `[0]` names an item of a list.
    In an f-string it is interpolated, and what that makes arrives as text, also where nothing else stands in it.
    """

    __slots__ = ("_definitions", "_is_united", "_owner", "_path", "_schema")

    def __init__(
        self, path: str, schema: Schema, definitions: Schema, *, owner: str = "", is_united: bool = False
    ) -> None:
        self._path = path
        self._schema = schema
        self._definitions = definitions
        #: Owner of the value, for people.
        self._owner = owner or path
        self._is_united = is_united

    def __getattr__(self, name: str) -> "Ref":
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, key: str | int) -> "Ref":
        if isinstance(key, int):
            items = resolved(self._schema, self._definitions).get("items", ANYTHING)
            return self._child(str(key), items if isinstance(items, Mapping) else ANYTHING)
        if not _NAME.fullmatch(key):
            raise UnknownReference(
                f'{self._path} has a field "{key}", which expressions cannot name: use letters, digits, _, -, @ and $, '
                "or pass on the whole"
            )
        fields = properties_of(self._schema, self._definitions)
        if fields is None:
            types = types_of(self._schema, self._definitions)
            if types is not None and "object" not in types and not (key.isdigit() and "array" in types):
                raise UnknownReference(f'{self._owner} is {" or ".join(sorted(types))}, and has no field "{key}"')
            return self._child(key, ANYTHING)
        if key not in fields:
            raise UnknownReference(f'{self._owner} has no "{key}"{did_you_mean(key, fields)}')
        return self._child(key, fields[key])

    @property
    def _expression(self) -> str:
        return f"${{{{ {self._path} }}}}"

    def __str__(self) -> str:
        # In an f-string it is part of a text, or all of it.
        return _EMPTY_TEXT + self._expression

    def __format__(self, spec: str) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"<reference {self._path}>"

    def __iter__(self) -> Iterator[NoReturn]:
        raise TypeError(f"{self._path} is known only while a run goes on, and cannot be looped over here")

    def __bool__(self) -> bool:
        raise TypeError(f"{self._path} is known only while a run goes on: what depends on it is decided by a node")

    def _child(self, name: str, schema: Schema) -> "Ref":
        return Ref(f"{self._path}.{name}", schema, self._definitions, is_united=self._is_united)


def root_ref(path: str, schema: Schema, *, owner: str) -> Ref:
    """A reference to all that a schema describes."""
    return Ref(path, schema, schema.get("$defs", {}), owner=owner)


def united_ref(path: str, schema: Schema) -> Ref:
    """A reference to something that exists only where branches are united."""
    return Ref(path, schema, {}, is_united=True)


def all_of(reference: Ref) -> Ref:
    """Lists a value over all branches that succeeded, in order, in a uniting node."""
    if not isinstance(reference, Ref):
        raise TypeError(f"all_of wants a reference such as place.out.field, and not {reference!r}")
    schema = {"type": "array", "items": reference._schema}
    # One expression names both: where it stands decides.
    return Ref(reference._path, schema, reference._definitions, is_united=True)


def write_input(value: Any, plain: Callable[[Any], Any]) -> Any:
    """An input as the template has it: each reference is written as its expression, anything else by `plain`."""
    if isinstance(value, Ref):
        return value._expression
    if isinstance(value, str):
        return _write_text(str(plain(value)))
    if isinstance(value, Mapping):
        return {str(key): write_input(item, plain) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [write_input(item, plain) for item in value]
    return plain(value)


def _write_text(text: str) -> str:
    """A text with references in it. Beside other text they are text anyhow."""
    bare = text.replace(_EMPTY_TEXT + "${{", "${{")
    return text if _ONE_EXPRESSION.fullmatch(bare) else bare


def refs_in(value: Any) -> Iterator[Ref]:
    """Every reference in a value."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from refs_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from refs_in(item)

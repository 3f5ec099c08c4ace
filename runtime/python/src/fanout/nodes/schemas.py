"""Schemas of nodes, read from the type hints of their functions."""

import collections.abc as abc
import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo
from pydantic_core import from_json
from typing_extensions import Never, NotRequired, TypedDict

from fanout.nodes.context import Context
from fanout.wire.errors import NotRetryable

_ASYNC_LISTS = (abc.AsyncIterator, abc.AsyncIterable)
_BLOCKING_LISTS = (abc.Iterator, abc.Iterable)
_MANY_OUTPUTS = (
    list,
    tuple,
    abc.Sequence,
    abc.Iterable,
    abc.Iterator,
    abc.Generator,
    abc.AsyncIterable,
    abc.AsyncIterator,
    abc.AsyncGenerator,
)

#: The parameter that takes all inputs as one pydantic model.
WHOLE = "inputs"


class Nothing(TypedDict):
    """The output of a node that returns nothing."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of a node, as its function takes them."""

    #: JSON Schema of all of them.
    schema: dict[str, Any]
    #: Inputs that are read in pages, with what reads one item.
    iterators: Mapping[str, TypeAdapter[Any]]
    #: The parameter that takes the context; None: none does.
    context: str | None
    #: Reads those that are not read in pages.
    plain: TypeAdapter[Any]
    #: True: one parameter, `inputs`, takes all of them.
    is_whole: bool

    def read(self, node_name: str, text: str) -> dict[str, Any]:
        """The arguments of the function, without lists that are read in pages. Raises NotRetryable INPUT_INVALID."""
        try:
            values = self.plain.validate_json(text)
        except ValidationError as error:
            raise invalid("INPUT_INVALID", f"the inputs of {node_name}", error) from None
        return {WHOLE: values} if self.is_whole else dict(values)

    def given_list(self, node_name: str, name: str, text: str) -> list[Any]:
        """A list that came with the assignment, such as a constant of the graph. Raises NotRetryable INPUT_INVALID."""
        found = from_json(text).get(name)
        if isinstance(found, list):
            return found
        raise NotRetryable(f"the input {name} of {node_name}: a list was expected", code="INPUT_INVALID")


def read_inputs(name: str, function: Callable[..., Any], hints: Mapping[str, Any], *, is_async: bool) -> Inputs:
    """The inputs that the parameters of a function declare. Raises TypeError: a hint is missing or wrong."""
    context: str | None = None
    plain: dict[str, Any] = {}
    iterators: dict[str, Any] = {}
    parameters = inspect.signature(function).parameters.values()
    for parameter in parameters:
        hint = _hint_of(name, parameter, hints)
        if hint is Context:
            context = parameter.name
        elif _is_list_in_pages(name, parameter, hint, is_async=is_async):
            iterators[parameter.name] = (get_args(_bare(hint)) or (Any,))[0]
        elif parameter.default is inspect.Parameter.empty:
            plain[parameter.name] = hint
        else:
            plain[parameter.name] = NotRequired[_with_default(hint, parameter.default)]
    if list(plain) == [WHOLE] and not iterators and _is_model(plain[WHOLE]):
        adapter = _adapter(name, "inputs", plain[WHOLE])
        return Inputs(_schema(name, "inputs", adapter, "validation"), {}, context, adapter, is_whole=True)
    shown = _adapter(name, "inputs", _typed_dict(plain | {key: _list_of(item) for key, item in iterators.items()}))
    return Inputs(
        schema=_schema(name, "inputs", shown, "validation"),
        iterators={key: _adapter(name, f"input {key}", item) for key, item in iterators.items()},
        context=context,
        plain=_adapter(name, "inputs", _typed_dict(plain)) if iterators else shown,
        is_whole=False,
    )


def read_outputs(name: str, hint: Any) -> tuple[TypeAdapter[Any], dict[str, Any]]:
    """Adapter that checks and writes one output, and its JSON Schema. Raises TypeError: it is no object, or has no schema."""
    one = _output_of(hint)
    adapter = _adapter(name, "outputs", Nothing if one is None else one)
    schema = _schema(name, "outputs", adapter, "serialization")
    if not _is_object(schema, schema.get("$defs", {})):
        raise TypeError(
            f"node {name}: an output is a JSON object, and its return hint {_shown(hint)} is none: use a pydantic model, "
            "a TypedDict, a dataclass or dict[str, Any]; a list of these makes one branch of each"
        )
    return adapter, schema


def hints_of(name: str, function: Callable[..., Any], local_names: Mapping[str, Any]) -> dict[str, Any]:
    """The type hints of a function. Raises TypeError: one names something that is not there."""
    target = function if inspect.isroutine(function) else type(function).__call__
    try:
        return get_type_hints(target, localns=dict(local_names), include_extras=True)
    except NameError as error:
        raise TypeError(
            f"node {name}: a type hint cannot be read: {error}; define what it names before the node"
        ) from error


def invalid(code: str, what: str, error: ValidationError) -> NotRetryable:
    """Tells what is wrong with inputs or outputs."""
    lines = [
        f"  {'.'.join(map(str, each['loc'])) or '$'}: {each['msg']}"
        for each in error.errors(include_url=False, include_context=False, include_input=False)[:20]
    ]
    return NotRetryable("\n".join([f"{what} break its schema:", *lines]), code=code)


def _hint_of(name: str, parameter: inspect.Parameter, hints: Mapping[str, Any]) -> Any:
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
        raise TypeError(f"node {name}: parameter {parameter.name!r} cannot be given by name, as inputs are")
    if parameter.name not in hints:
        raise TypeError(
            f"node {name}: parameter {parameter.name!r} has no type hint: write it, such as {parameter.name}: list[str], "
            "since the schema of the inputs is made of it"
        )
    if isinstance(parameter.default, FieldInfo):
        raise TypeError(f"node {name}: parameter {parameter.name!r}: write Annotated[…, Field(…)], and a plain default")
    return hints[parameter.name]


def _is_list_in_pages(name: str, parameter: inspect.Parameter, hint: Any, *, is_async: bool) -> bool:
    bare = _bare(hint)
    origin = get_origin(bare) or bare
    if origin not in (*_ASYNC_LISTS, *_BLOCKING_LISTS):
        return False
    if (origin in _ASYNC_LISTS) == is_async:
        return True
    good, kind = ("AsyncIterator", "an async function") if is_async else ("Iterator", "a plain function")
    raise TypeError(
        f"node {name}: parameter {parameter.name!r}: {kind} reads a list in pages as {good}[…]; list[…] takes it whole"
    )


def _with_default(hint: Any, default: Any) -> Any:
    """Shows the default in the schema; the function itself fills it in."""

    def add(schema: dict[str, Any]) -> None:
        if default is None or isinstance(default, (bool, int, float, str)):
            schema["default"] = default

    return Annotated[hint, FieldInfo(json_schema_extra=add)]


def _list_of(item: Any) -> Any:
    return list[item]


def _typed_dict(fields: Mapping[str, Any]) -> Any:
    return TypedDict("Inputs", dict(fields))  # type: ignore[operator]


def _adapter(name: str, what: str, hint: Any) -> TypeAdapter[Any]:
    try:
        return TypeAdapter(hint)
    except (PydanticUserError, TypeError) as error:
        raise TypeError(f"node {name}: its {what} have a type hint without a schema: {error}") from error


def _schema(name: str, what: str, adapter: TypeAdapter[Any], mode: Any) -> dict[str, Any]:
    try:
        return adapter.json_schema(mode=mode, by_alias=True)
    except PydanticUserError as error:
        raise TypeError(f"node {name}: its {what} cannot be written as JSON Schema: {error}") from error


def _output_of(hint: Any) -> Any:
    """The type of one output, of what a function returns; None: it returns nothing."""
    hint = _bare(hint)
    if hint in (None, type(None), NoReturn, Never):
        return None
    origin = get_origin(hint) or hint
    if origin in (Union, types.UnionType):
        members = [member for member in map(_output_of, get_args(hint)) if member is not None]
        return Union[tuple(members)] if members else None  # noqa: UP007
    if origin in _MANY_OUTPUTS:
        return (get_args(hint) or (dict[str, Any],))[0]
    return hint


def _bare(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _is_model(hint: Any) -> bool:
    bare = _bare(hint)
    return isinstance(bare, type) and issubclass(bare, BaseModel)


def _is_object(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> bool:
    if "$ref" in schema:
        return _is_object(definitions.get(str(schema["$ref"]).rsplit("/", 1)[-1], {}), definitions)
    members = schema.get("anyOf") or schema.get("oneOf")
    if members:
        return all(_is_object(member, definitions) for member in members)
    return schema.get("type") == "object"


def _shown(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)

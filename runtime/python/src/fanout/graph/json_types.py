"""JSON Schemas, as far as a builder has to understand them."""

from collections.abc import Mapping
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

#: Anything goes.
ANYTHING: Schema = {}


def resolved(schema: Schema, definitions: Schema) -> Schema:
    """The schema that a `$ref` names; any other one as it is."""
    while "$ref" in schema:
        schema = definitions.get(str(schema["$ref"]).rsplit("/", 1)[-1], ANYTHING)
    return schema


def members_of(schema: Schema, definitions: Schema) -> list[Schema]:
    """The alternatives that a schema lists, or itself."""
    schema = resolved(schema, definitions)
    members = schema.get("anyOf") or schema.get("oneOf")
    return [each for member in members for each in members_of(member, definitions)] if members else [schema]


def properties_of(schema: Schema, definitions: Schema) -> dict[str, Schema] | None:
    """The fields of an object, over all alternatives; None: it may have others."""
    fields: dict[str, Schema] = {}
    for member in members_of(schema, definitions):
        if member.get("type") == "null":
            continue
        is_open = bool(member.get("additionalProperties")) or "patternProperties" in member
        if "properties" not in member and (member.get("type") != "object" or is_open or not member.get("title")):
            return None
        if is_open:
            return None
        fields |= member.get("properties", {})
    return fields


def types_of(schema: Schema, definitions: Schema) -> set[str] | None:
    """JSON types that a value may have, integers being numbers; None: any."""
    types: set[str] = set()
    for member in members_of(schema, definitions):
        found = member.get("type")
        if found is None and "const" in member:
            found = type_of(member["const"])
        if found is None and "enum" in member:
            found = [type_of(each) for each in member["enum"]]
        if found is None:
            return None
        types |= {found} if isinstance(found, str) else set(found)
    return {"number" if each == "integer" else each for each in types}


def type_of(value: Any) -> str:
    """The JSON type of a plain value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list() | tuple():
            return "array"
        case _:
            return "object"


def fits(given: Schema, given_definitions: Schema, wanted: Schema, wanted_definitions: Schema) -> bool:
    """False if no value of one schema fits the other, as far as their types tell."""
    have, want = types_of(given, given_definitions), types_of(wanted, wanted_definitions)
    if have is None or want is None:
        return True
    if not have & want:
        return False
    if have & want != {"array"}:
        return True
    items = [_items(each, given_definitions) for each in members_of(given, given_definitions)]
    wanted_items = [_items(each, wanted_definitions) for each in members_of(wanted, wanted_definitions)]
    pairs = [(one, other) for one in items for other in wanted_items if one is not None and other is not None]
    return not pairs or any(fits(one, given_definitions, other, wanted_definitions) for one, other in pairs)


def _items(schema: Schema, _definitions: Schema) -> Schema | None:
    if schema.get("type") != "array":
        return None
    items = schema.get("items", ANYTHING)
    return items if isinstance(items, Mapping) else ANYTHING


def shown(schema: Schema, definitions: Schema) -> str:
    """A type for people."""
    types = types_of(schema, definitions)
    if types is None:
        return "any value"
    if types == {"array"}:
        items = next((_items(each, definitions) for each in members_of(schema, definitions)), None)
        return f"a list of {shown(items, definitions)}" if items else "a list"
    return " or ".join(sorted(types))

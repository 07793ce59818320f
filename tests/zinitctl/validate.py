#!/usr/bin/env python3
"""validate.py SCHEMA [DEFINITION]: holds each line of standard input, a JSON document, against a JSON Schema, or
against one of its $defs.

Knows the keywords that docs/zinitctl.schema.json uses, and refuses all others. A member that the schema does not name
is an error here, although readers must ignore it.
"""
import json
import re
import sys

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int,
         "number": (int, float)}
COMMENTS = {"$schema", "$defs", "title", "description"}
KEYWORDS = COMMENTS | {"$ref", "type", "enum", "pattern", "minimum", "maximum", "required", "properties", "items",
                       "additionalProperties", "anyOf", "oneOf"}


def has_type(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def alternatives(schema, value, place, root):
    """What is wrong under anyOf and oneOf, and the members that the fitting alternative names."""
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            tried = [(list(problems(one, value, place, root, set())), one) for one in schema[keyword]]
            fitting = [one for wrong, one in tried if not wrong]
            if not fitting:
                nearest = min((wrong for wrong, _ in tried), key=lambda wrong: ("/subcommand" in wrong[0], len(wrong)))
                return nearest, set()
            if keyword == "oneOf" and len(fitting) > 1:
                return [f"{place}: {len(fitting)} alternatives fit"], set()
            return [], set(fitting[0].get("properties", {}))
    return [], set()


def problems(schema, value, place, root, outer=None):
    """What is wrong with a value. `outer`: the schema is an alternative in a larger one, which checks the members."""
    for keyword in schema.keys() - KEYWORDS:
        raise SystemExit(f"validate.py does not know the keyword {keyword}")
    if "$ref" in schema:
        yield from problems(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], value, place, root)
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(has_type(value, name) for name in types):
        yield f"{place}: {value!r} is not of type {types}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is not one of {schema['enum']}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{place}: {value!r} does not match {schema['pattern']}"
    if has_type(value, "number") and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{place}: {value} is out of range"
    wrong, named = alternatives(schema, value, place, root)
    yield from wrong
    if isinstance(value, list):
        for index, entry in enumerate(value):
            yield from problems(schema.get("items", {}), entry, f"{place}[{index}]", root)
    if isinstance(value, dict):
        yield from members(schema, value, place, root, named if outer is None else None)


def members(schema, value, place, root, named):
    properties = schema.get("properties", {})
    for key in schema.get("required", []):
        if key not in value:
            yield f"{place}: {key} is missing"
    for key, member in value.items():
        if key in properties:
            yield from problems(properties[key], member, f"{place}/{key}", root)
        elif "additionalProperties" in schema:
            yield from problems(schema["additionalProperties"], member, f"{place}/{key}", root)
        elif named is not None and "$ref" not in schema and key not in named:
            yield f"{place}: the schema does not name {key}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    form = schema["$defs"][sys.argv[2]] if len(sys.argv) > 2 else schema
    wrong = []
    lines = sys.stdin.buffer.read().decode("utf-8").rstrip("\n").split("\n")
    for number, line in enumerate(lines, 1):
        def unique(pairs):
            if len({key for key, _ in pairs}) != len(pairs):
                wrong.append(f"line {number}: a member is there twice")
            return dict(pairs)
        document = json.loads(line, object_pairs_hook=unique)
        wrong += [f"line {number}: {problem}" for problem in problems(form, document, "", schema)]
    for problem in wrong:
        print(problem)
    return 1 if wrong else 0


sys.exit(main())

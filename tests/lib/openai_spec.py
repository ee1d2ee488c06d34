# SPDX-License-Identifier: Apache-2.0
"""Holds bodies and stream events against OpenAI's own description, when the shared data has it.

Everything is checked as it came, but for one thing: the extension key `bulkhead` is taken out of
vector-store search results (the page, its items, their content), where the description allows no
other keys. Nowhere else is anything taken out.
"""
import copy
import functools
import json
import os
import unittest

import jsonschema
import referencing
import referencing.jsonschema

SHARED = os.environ.get("BULKHEAD_SHARED") or os.path.abspath(
    os.path.join(os.path.dirname(__file__), "../../../shared"))
PATH = os.path.join(SHARED, "data/specs/openai/openapi.json")
EXTENSION = "bulkhead"
ROOT = "urn:openai"


def available():
    return os.path.isfile(PATH)


def needs_spec(test):
    return unittest.skipUnless(available(), f"no OpenAI description at {PATH}")(test)


@functools.cache
def document():
    with open(PATH, encoding="utf-8") as file:
        return _nullable(json.load(file))


def _nullable(schema):
    """Some places still say `nullable`, a word of OpenAPI 3.0 that JSON Schema does not know."""
    if isinstance(schema, list):
        return [_nullable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {name: _nullable(value) for name, value in schema.items()}
    if schema.get("nullable") is True:
        return {"anyOf": [{k: v for k, v in schema.items() if k != "nullable"}, {"type": "null"}]}
    return schema


def _followed(schema):
    """The schema behind $ref; all of the description's references are to places in itself."""
    while "$ref" in schema:
        place = document()
        for name in schema["$ref"].partition("#")[2].strip("/").split("/"):
            place = place[name]
        schema = place
    return schema


def _constants(schema, name):
    """The values that `name` may have in a branch, through $ref, allOf and unions; None: anything."""
    schema = _followed(schema)
    found = None
    for part in [schema, *map(_followed, schema.get("allOf", ()))]:
        for branch in part.get("anyOf", []) + part.get("oneOf", []):
            values = _constants(branch, name)
            if values is not None:
                found = (found or set()) | values
        row = _followed(part.get("properties", {}).get(name, {}))
        if "const" in row:
            found = (found or set()) | {row["const"]}
        elif "enum" in row:
            found = (found or set()) | set(row["enum"])
    return found


def _union(word, plain):
    """A union with a discriminator is the one branch whose constant the value has."""
    def check(validator, branches, instance, schema):
        name = schema.get("discriminator", {}).get("propertyName")
        if name is None or not isinstance(instance, dict) or name not in instance:
            yield from plain(validator, branches, instance, schema)
            return
        fitting = [branch for branch in branches
                   if (values := _constants(branch, name)) is None
                   or instance[name] in values]
        if not fitting:
            yield jsonschema.ValidationError(f"{name} {instance[name]!r} is in no branch of this {word}")
        elif len(fitting) == 1:
            yield from validator.descend(instance, fitting[0])
        else:
            yield from _ANY(validator, fitting, instance, schema)
    return check


_BASE = jsonschema.Draft202012Validator
_ANY = _BASE.VALIDATORS["anyOf"]
_Validator = jsonschema.validators.extend(_BASE, {
    "anyOf": _union("anyOf", _BASE.VALIDATORS["anyOf"]),
    "oneOf": _union("oneOf", _BASE.VALIDATORS["oneOf"]),
})


@functools.cache
def _registry():
    resource = referencing.Resource(document(), referencing.jsonschema.DRAFT202012)
    return referencing.Registry().with_resource(ROOT, resource)


@functools.cache
def validator(name):
    """For one named schema of the description."""
    return _Validator({"$ref": f"{ROOT}#/components/schemas/{name}"}, registry=_registry())


@functools.cache
def _pointer_validator(pointer):
    return _Validator({"$ref": f"{ROOT}#{pointer}"}, registry=_registry())


@functools.cache
def event_schema(kind):
    """The schema of one event type of a Response's stream."""
    for branch in document()["components"]["schemas"]["ResponseStreamEvent"]["anyOf"]:
        if kind in (_constants(branch, "type") or ()):
            return branch["$ref"].rsplit("/", 1)[1]
    return None


def _raise(check, value, what):
    errors = sorted(check.iter_errors(value), key=lambda error: len(error.absolute_path), reverse=True)
    if errors:
        lines = [f"{what} breaks OpenAI's description:"]
        for error in errors[:5]:
            best = jsonschema.exceptions.best_match([error])
            lines.append(f"  at /{'/'.join(map(str, error.absolute_path))}: {best.message[:400]}")
        lines.append("  " + json.dumps(value)[:1500])
        raise AssertionError("\n".join(lines))


def check(name, value):
    """Raises AssertionError when `value` is not a valid `name`."""
    if not available():
        return
    if name == "VectorStoreSearchResultsPage":
        value = without_extension(value)
    _raise(validator(name), value, name)


def check_event(event):
    """One event of a Response's stream, by its type."""
    if not available():
        return
    name = event_schema(event.get("type"))
    if name is None:
        raise AssertionError(f"no event of type {event.get('type')!r} in OpenAI's description")
    _raise(validator(name), event, name)


def check_answer(method, path, status, value):
    """The JSON answer of a route, found by its path in the description ("/files/{file_id}")."""
    if not available():
        return
    if status >= 400:
        check("ErrorResponse", value)
        return
    answers = document()["paths"][path][method.lower()]["responses"]
    content = answers[str(status)].get("content", {})
    if "application/json" not in content:
        return
    if path.endswith("/search"):
        value = without_extension(value)
    pointer = "/".join(["", "paths", path.replace("~", "~0").replace("/", "~1"), method.lower(),
                        "responses", str(status), "content", "application~1json", "schema"])
    _raise(_pointer_validator(pointer.replace("{", "%7B").replace("}", "%7D")), value, f"{method} {path}")


def without_extension(page):
    """A search page without our one extension key, in the three places where it may stand."""
    page = copy.deepcopy(page)
    page.pop(EXTENSION, None)
    for item in page.get("data", ()):
        item.pop(EXTENSION, None)
        for content in item.get("content", ()):
            content.pop(EXTENSION, None)
    return page

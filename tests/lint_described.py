# SPDX-License-Identifier: Apache-2.0
"""Checks of api/openapi.yaml: valid, and the same as the tables of routes and objects."""
import json
import os
import re
import subprocess
import unittest

import yaml

from checkout import PROGRAM, text

METHODS = {"get", "post", "put", "delete", "patch", "head", "options"}
# Answered by the gateway itself, in no service's table.
GATEWAY = {("GET", "/metrics"): "metrics:read", ("GET", "/metrics/{service}"): "metrics:read"}


class Description(unittest.TestCase):
    """api/openapi.yaml: valid, and exactly the public routes."""

    @classmethod
    def setUpClass(cls):
        cls.document = yaml.safe_load(text("api/openapi.yaml"))

    def operations(self):
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method in METHODS:
                    yield method.upper(), path, operation

    def routes(self):
        if not os.path.exists(PROGRAM):
            self.fail(f"{PROGRAM} is not built; run `make build`")
        done = subprocess.run([PROGRAM, "routes", "--json"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_it_is_a_valid_description(self):
        import jsonschema
        self.assertRegex(self.document["openapi"], r"^3\.1\.")
        self.assertTrue({"info", "paths", "components"} <= set(self.document))
        for method, path, operation in self.operations():
            with self.subTest(operation=f"{method} {path}"):
                self.assertTrue(operation["summary"] and operation["responses"] and operation["operationId"])
                # Asking for no credential is said in both ways or in neither.
                self.assertEqual(operation.get("security") == [], operation["x-bulkhead-scope"] == "none")
                named = {self.resolved(each)["name"] for each in operation.get("parameters", ())
                         if self.resolved(each)["in"] == "path"}
                self.assertEqual(named, set(re.findall(r"\{(\w+)\}", path)))
                self.assertIn("default", operation["responses"])
        for name, schema in self.document["components"]["schemas"].items():
            with self.subTest(schema=name):
                jsonschema.Draft202012Validator.check_schema(schema)

    def resolved(self, value):
        while "$ref" in value:
            place = self.document
            for name in value["$ref"].removeprefix("#/").split("/"):
                place = place[name]
            value = place
        return value

    def test_every_reference_leads_somewhere_and_every_part_is_used(self):
        used = set(re.findall(r"\$ref: '?(#/[\w/]+)", text("api/openapi.yaml")))
        for each in used:
            with self.subTest(reference=each):
                self.resolved({"$ref": each})
        for kind in ("schemas", "parameters", "responses"):
            for name in self.document["components"][kind]:
                with self.subTest(part=name):
                    self.assertIn(f"#/components/{kind}/{name}", used)

    def test_operation_ids_are_unique(self):
        names = [operation["operationId"] for _, _, operation in self.operations()]
        self.assertEqual(len(names), len(set(names)))

    def test_it_describes_every_public_route_and_nothing_else(self):
        routes = {(row["method"], row["path"]) for row in self.routes() if row["reach"] == "public"} | set(GATEWAY)
        described = {(method, path) for method, path, _ in self.operations()}
        self.assertEqual(sorted(routes - described), [], "routes that are not described")
        self.assertEqual(sorted(described - routes), [], "descriptions without a route")

    def test_scopes_and_streams_are_those_of_the_routes(self):
        rows = {(row["method"], row["path"]): row for row in self.routes() if row["reach"] == "public"}
        for method, path, operation in self.operations():
            with self.subTest(operation=f"{method} {path}"):
                row = rows.get((method, path))
                scope = GATEWAY.get((method, path)) or (row and row["scope"])
                self.assertEqual(operation["x-bulkhead-scope"], scope)
                content = operation["responses"].get("200", {}).get("content", {})
                self.assertEqual("text/event-stream" in content, bool(row and row["stream"]))

    def test_idempotency_keys_are_described_where_routes_honour_them(self):
        rows = {(row["method"], row["path"]): row for row in self.routes() if row["reach"] == "public"}
        for method, path, operation in self.operations():
            with self.subTest(operation=f"{method} {path}"):
                named = {self.resolved(each)["name"] for each in operation.get("parameters", ())}
                row = rows.get((method, path))
                self.assertEqual("Idempotency-Key" in named, bool(row and row["idempotent_key"]))


class Shapes(unittest.TestCase):
    """The objects of api/openapi.yaml and the tables they are read and written by say the same, both ways."""

    TYPES = {"text": "string", "id": "string", "date": "string", "money": "string", "choice": "string", "int": "integer",
             "time": "integer", "double": "number", "bool": "boolean", "words": "array", "array": "array",
             "metadata": "object", "object": "object"}
    # What a row leaves to its handler: too few words for a table, or a rule over several members.
    BOUNDS = {"int": ("minimum", "maximum"), "time": ("minimum", "maximum"), "double": ("minimum", "maximum"),
              "text": ("minLength", "maxLength"), "array": ("minItems", "maxItems")}

    @classmethod
    def setUpClass(cls):
        cls.document = yaml.safe_load(text("api/openapi.yaml"))
        done = subprocess.run([PROGRAM, "routes", "--json"], capture_output=True, text=True, check=True)
        cls.rows = [row for row in json.loads(done.stdout) if row["reach"] == "public"]

    resolved = Description.resolved

    def body(self, part):
        """The schema of a JSON body or answer, and its name."""
        schema = self.resolved(part)["content"]["application/json"]["schema"]
        return schema, schema.get("$ref", "").rpartition("/")[2]

    def test_routes_take_and_give_what_is_described(self):
        for row in self.rows:
            operation = self.document["paths"][row["path"]][row["method"].lower()]
            with self.subTest(route=f"{row['method']} {row['path']}"):
                if row["takes"]:
                    self.assertEqual(self.body(operation["requestBody"])[1], row["takes"]["name"])
                if row["gives"]:
                    status = next(each for each in operation["responses"] if each.startswith("2"))
                    schema, name = self.body(operation["responses"][status])
                    if name != row["gives"]["name"]:
                        name = self.resolved(schema)["properties"]["data"]["items"]["$ref"].rpartition("/")[2]
                    self.assertEqual(name, row["gives"]["name"])

    def test_members_are_those_of_the_tables(self):
        shapes = {(way, row[way]["name"]): row[way]["fields"] for row in self.rows for way in ("takes", "gives") if row[way]}
        self.assertGreater(len(shapes), 30)
        taken = {name for way, name in shapes if way == "takes"}
        for (way, name), fields in sorted(shapes.items()):
            schema = self.document["components"]["schemas"][name]
            for fault in self.compare(fields, schema, name, way == "takes" or name in taken):
                with self.subTest(member=fault):
                    self.fail(fault)

    def compare(self, fields, schema, at, taken):
        schema = self.resolved(schema)
        properties = dict(schema.get("properties", {}))
        for field in fields:
            place = f"{at}.{field['name']}"
            if field["type"] in ("ignored", "refused"):
                properties.pop(field["name"], None)
            elif field["name"] not in properties:
                if not (field["omitted"] and not taken):
                    yield f"{place} is not described"
            else:
                yield from self.compare_member(field, properties.pop(field["name"]), place, taken)
                always = field["required"] if taken else not field["omitted"]
                if always != (field["name"] in schema.get("required", ())) and not (field["required"] and not taken):
                    yield f"{place} is {'required' if always else 'not required'}"
        yield from (f"{at}.{name} is described only" for name in properties)

    def compare_member(self, field, schema, place, taken):
        choices = [self.resolved(each) for each in schema.get("anyOf", [schema])]
        nullable = any(each.get("type") == "null" for each in choices)
        choices = [each for each in choices if each.get("type") != "null"]
        if field["type"] in ("any", "ignored"):
            return
        if nullable != field["nullable"]:
            yield f"{place} {'cannot' if nullable else 'can'} be null"
        if len(choices) != 1 or "oneOf" in choices[0]:
            return
        schema = choices[0]
        if field["type"] == "const":
            if schema.get("const") != field["words"] and field["words"] not in schema.get("enum", ()):
                yield f"{place} is {field['words']}"
            return
        if "const" not in schema and schema.get("type") != self.TYPES[field["type"]]:
            yield f"{place} is of type {self.TYPES[field['type']]}"
        if field["type"] == "id" and schema.get("format" if not field["words"] else "pattern") != (
                f"^{field['words']}[0-9a-f]{{32}}$" if field["words"] else "uuid"):
            yield f"{place} is an id with prefix {field['words']}"
        if field["type"] == "choice" and set(schema.get("enum", ())) != set(field["words"].split()):
            yield f"{place} is one of {field['words']}"
        if field["fields"]:
            yield from self.compare(field["fields"], schema, place, taken)
        if field["element"]:
            yield from self.compare_member(field["element"], schema["items"], place + "[]", taken)
        if taken and field["type"] in self.BOUNDS:
            yield from self.compare_bounds(field, schema, place)

    def compare_bounds(self, field, schema, place):
        bounded = field["least"] or field["most"]
        wanted = (field["least"] if bounded else None, field["most"] if bounded and field["most"] >= field["least"] else None)
        for name, bound in zip(self.BOUNDS[field["type"]], wanted):
            if (schema.get(name) or None) != (bound or None):
                yield f"{place} has {name} {bound}"

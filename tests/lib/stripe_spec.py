# SPDX-License-Identifier: Apache-2.0
"""Holds objects against Stripe's own description: the example objects of today's API, and the schemas of an older one."""
import json

from instance import shared_file

EXAMPLES = shared_file("specs/stripe/fixtures3.2026-08-21.json")
SCHEMAS = shared_file("specs/stripe/spec3.json")
# Members that only some objects of a kind have, or only when they are asked for.
SOMETIMES = {
    "price": {"tiers", "currency_options"},
    "invoice": {"payments", "confirmation_secret"},
    "customer": {"subscriptions"},
    "checkout.session": {"line_items"},
    "webhook_endpoint": {"secret"},
    "event": {"account", "context"},
}
# Members of the examples that are not of every object: of a price of usage there is no quantity.
ABSENT = {"subscription_item": {"quantity"}, "item": {"quantity"},
          "credit_note_line_item": {"invoice_line_item"}}
# Members that have another type today than in the older schema.
CHANGED = {("checkout.session", "ui_mode"), ("price", "recurring"), ("invoice", "billing_reason"), ("tax_rate", "tax_type")}


def kind_of(value):
    if value is None:
        return None
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return {str: "string", list: "array", dict: "object"}[type(value)]


class Checker:
    """Collects what is wrong with the objects of answers."""

    def __init__(self):
        with open(EXAMPLES, encoding="utf-8") as file:
            self.examples = json.load(file)["resources"]
        with open(SCHEMAS, encoding="utf-8") as file:
            self.schemas = json.load(file)["components"]["schemas"]
        self.errors = []
        self.seen = {}

    def check(self, value, at=""):
        """A whole answer, and every object inside it."""
        if isinstance(value, list):
            for index, element in enumerate(value):
                self.check(element, f"{at}[{index}]")
        elif isinstance(value, dict):
            name = value.get("object")
            if isinstance(name, str) and not value.get("deleted"):
                self.object(name, value, at or name)
            for member, inner in value.items():
                if member not in ("metadata", "payload", "previous_attributes"):
                    self.check(inner, f"{at or name}.{member}")

    def object(self, name, value, at):
        example = self.examples.get(name)
        schema = self.schemas.get(name, {})
        known = schema.get("properties", {})
        if example is None:
            return
        self.seen[name] = self.seen.get(name, 0) + 1
        for member in example.keys() - value.keys() - ABSENT.get(name, set()):
            self.errors.append(f"{at}: {name} lacks {member}")
        for member in value.keys() - example.keys() - known.keys() - SOMETIMES.get(name, set()):
            self.errors.append(f"{at}: {name} has {member}, which is not Stripe's")
        for member, inner in value.items():
            self.types(inner, example.get(member), f"{at}.{member}")
            if member in known and (name, member) not in CHANGED:
                self.property(inner, known[member], f"{at}.{member}", member in schema.get("required", []))
        if set(example) <= set(known):
            for member in schema.get("required", []):
                if member not in value and member not in ABSENT.get(name, set()):
                    self.errors.append(f"{at}: {name} lacks {member}, which its schema requires")

    def types(self, value, example, at):
        """Types as in the example; an id may stand for an object, or the object for its id."""
        mine, theirs = kind_of(value), kind_of(example)
        if mine is None or theirs is None:
            return
        if {mine, theirs} == {"string", "object"} and (isinstance(value, dict) and "id" in value
                                                      or isinstance(example, dict) and "id" in example):
            return
        if mine != theirs:
            self.errors.append(f"{at} is {mine}, not {theirs}")
        elif mine == "object" and "object" not in value and not at.endswith(("metadata", "data.object")):
            for member, inner in value.items():
                if member in example:
                    self.types(inner, example[member], f"{at}.{member}")

    def property(self, value, schema, at, _required):
        """Type, null and words as the schema has them."""
        if value is None:
            if not schema.get("nullable") and "anyOf" not in schema and "$ref" not in schema:
                self.errors.append(f"{at} is null, which its schema does not allow")
            return
        wanted = schema.get("type")
        mine = kind_of(value)
        if wanted and mine != ("number" if wanted == "integer" else wanted):
            self.errors.append(f"{at} is {mine}, not {wanted}")
        if "enum" in schema and isinstance(value, str) and value not in schema["enum"]:
            self.errors.append(f"{at} is {value!r}, none of {schema['enum']}")

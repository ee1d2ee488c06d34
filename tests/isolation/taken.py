# SPDX-License-Identifier: Apache-2.0
"""Tests: Citus takes every statement of the sources, with a tenant given: what it refuses it refuses before a
row is looked at. They are run, for a tenant without rows, and rolled back."""

import re
import unittest

import statements
from ground import A, GROUND
from rows import literal

VALUES = {"uuid": literal(A), "text": "'x'", "bigint": "1", "boolean": "true", "double precision": "1", "timestamptz": "now()",
          "bytea": "'\\x00'::bytea", "jsonb": "'{}'", "date": "current_date", "vector": "'[1]'"}


def value_of(kind):
    return VALUES.get(kind) or f"'{{}}'::{kind}"


def refusal(statement):
    """What Citus says against a statement, by any of its lists of parameters; None where it takes it."""
    said = None
    for types in [types[:statement.needed] for types, _ in statement.lists] + [[]]:
        if types and len(types) < statement.needed:
            continue
        declared = f" ({', '.join(types)})" if types else ""
        # The server tells the types that the sources do not.
        try:
            lines = GROUND.database.psql(
                f"PREPARE tried{declared} AS {statement.sql};\n"
                "SELECT unnest(parameter_types)::text FROM pg_prepared_statements WHERE name = 'tried';")
            kinds = [line.replace("timestamp with time zone", "timestamptz") for line in lines]
            call = f" ({', '.join(value_of(kind) for kind in kinds)})" if kinds else ""
            GROUND.database.psql(f"\\set VERBOSITY verbose\nBEGIN;\n{GROUND.database.context(A)}\nPREPARE tried{declared} AS {statement.sql};\n"
                                 f"EXECUTE tried{call};\nROLLBACK;")
            return None
        except RuntimeError as error:
            # What the values are refused for (a constraint, a text that is no number) was planned before.
            if re.search(r"ERROR:  (?!0A000|XX000)\w{5}: ", str(error)):
                return None
            said = said or str(error)
    return said


class Taken(unittest.TestCase):
    """One test for a file."""


def file_test(path):
    def test(self):
        for statement in statements.read(path):
            with self.subTest(statement=statement.where):
                self.assertIsNone(refusal(statement), statement.sql)
    return test


def generate():
    for path in statements.sources():
        name = path.removeprefix("src/").removesuffix(".c").replace("/", "_")
        setattr(Taken, f"test_{name}", file_test(path))

# SPDX-License-Identifier: Apache-2.0
"""Every SQL literal of the sources, planned by the server: each table it reads must be tied to $1."""

import json
import os
import re
import subprocess
from dataclasses import dataclass

from catalogue import PLATFORM
from database import ROOT

# Statements that may leave the rule, by file and function, with the reason.
FREE = {
    ("src/service/retention.c", "find_due"): "finds work before the tenant is known",
    ("src/queue/claim.c", "turns_look"): "puts in turn whoever has due work, before the tenant is known",
    ("src/queue/claim.c", "ready_take"): "finds work before the tenant is known",
    ("src/queue/many.c", "bh_lease_extend_all"): "holds a process's leases, of whichever tenants, by their epochs",
    ("src/queue/many.c", "bh_queue_states"): "tells a process how its clients' jobs stand, of whichever tenants",
    ("src/queue/many.c", "bh_queue_note_watched"): "notes for whose jobs a process has clients that wait",
    ("src/queue/wanted.c", "bh_queue_make_wanted"): "finds work before the tenant is known",
    ("src/auth/store_mail.c", "auth_store_mail_tenants"): "tells the operator whose mail waits, without its content",
    ("src/backup/rows.c", "backup_rows_tenants"): "a backup is of all tenants, and made as the set-up role",
    ("src/queue/claim.c", "bh_queue_others_wait"): "tells only whether there is work of any other tenant",
}
TYPES = {"uuid": "uuid", "text": "text", "text_len": "text", "int": "bigint", "bool": "boolean",
         "double": "double precision", "time": "timestamptz", "bytes": "bytea", "json": "jsonb",
         "vector": "vector", "uuid_array": "uuid[]", "text_array": "text[]", "int_array": "bigint[]",
         "double_array": "double precision[]", "bytes_array": "bytea[]", "uuid_or_null": "uuid",
         "int_or_null": "bigint", "time_or_null": "timestamptz", "digest": "bytea", "json_text": "jsonb"}
NULL_TYPES = {"UUID": "uuid", "TEXT": "text", "INT": "bigint", "BOOL": "boolean", "TIME": "timestamptz",
              "DOUBLE": "double precision", "BYTES": "bytea", "JSON": "jsonb", "VECTOR": "vector"}
STRING = r'"(?:[^"\\]|\\.)*"'


@dataclass
class Statement:
    """One literal, where it stands, and the parameter lists of its function: types, and which of
    them is the platform's tenant."""

    path: str
    function: str
    sql: str
    lists: list

    @property
    def where(self):
        return f"{self.path}, {self.function}"

    @property
    def needed(self):
        return max([int(number) for number in re.findall(r"\$(\d+)", self.sql)] or [0])

    @property
    def tenants(self):
        """Numbers of the parameters that may name the tenant: the first, and the platform's."""
        return {1} | {number for _, platform in self.lists for number in platform}


def sources():
    """Every C file that may hold SQL, the tests' own aside. src/db runs migrations and knows no tenant."""
    for folder, _, names in os.walk(os.path.join(ROOT, "src")):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), ROOT)
            if name.endswith(".c") and not name.startswith("test") and not path.startswith("src/db/"):
                with open(os.path.join(ROOT, path), encoding="utf-8") as file:
                    if "bh_db_" in file.read():
                        yield path


def preprocessed(path):
    """The file's own text with its macros expanded, without what it includes."""
    compiler = os.environ.get("CC", "cc").split()
    done = subprocess.run([*compiler, "-E", "-D_GNU_SOURCE", "-I", "src", "-I", ".", path], cwd=ROOT,
                          capture_output=True, text=True, check=True)
    kept, ours = [], False
    for line in done.stdout.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            ours = marker.group(1) == path
        elif ours:
            kept.append(line)
    return "\n".join(kept)


def unquote(strings):
    joined = "".join(each[1:-1] for each in re.findall(STRING, strings))
    return joined.replace("\\t", "\t").replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")


def bracketed(text, start):
    """The text between the bracket at `start` and the one that closes it."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth == 0:
            return text[start + 1:at]
    raise ValueError("unbalanced")


def pieces(text):
    """The elements of a list divided by commas, those inside brackets aside."""
    depth, cuts = 0, [-1]
    for at, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            cuts.append(at)
    found = [text[start + 1:end].strip() for start, end in zip(cuts, [*cuts[1:], len(text)])]
    return [each for each in found if each]


def parameter_list(text):
    """The types in a list of parameters (the server infers those that only the C type tells), and the
    numbers of those that are the platform's tenant."""
    types, platform = [], []
    for number, each in enumerate(pieces(text), 1):
        call = re.search(r"\bbh_(\w+?)_param\((?:\s*BH_PARAM_(\w+))?", each)
        if call:
            types.append(NULL_TYPES[call.group(2)] if call.group(1) == "null" else TYPES[call.group(1)])
        else:
            types.append("unknown")
        if re.search(r"\(\s*&bh_platform_tenant\s*\)", each):
            platform.append(number)
    return types, platform


def parameter_lists(text):
    """Every list of parameters in a function's text: an array's, or one made in a call (BH_PARAMS)."""
    while (choice := text.find("_Generic(")) >= 0:
        text = text[:choice] + text[choice + len("_Generic()") + len(bracketed(text, choice + 8)):]
    return [parameter_list(bracketed(text, start.end() - 1))
            for start in re.finditer(r"struct bh_param(?: \w+)?\[\w*\](?: =|\))\s*\{", text)]


def read(path):
    """The statements of a file: literals that begin with a word of SQL."""
    text = preprocessed(path)
    found = []
    for match in re.finditer(rf"(?:{STRING}\s*)+", text):
        sql = unquote(match.group())
        if not re.match(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s", sql):
            continue
        functions = re.findall(r"^(\w+)\(", text[:match.start()], flags=re.M)
        rest = text[match.end():].split("\n}")[0]
        found.append(Statement(path, functions[-1] if functions else "?", sql, parameter_lists(rest)))
    return found


def plan_of(database, statement):
    """The generic plan, as nested dictionaries. Planned by a role that row security does not bind, so
    that what ties a table to its tenant is the statement's own text."""
    call = f" ({', '.join(['NULL'] * statement.needed)})" if statement.needed else ""
    failure = None
    for types in [types[:statement.needed] for types, _ in statement.lists] + [[]]:
        if types and len(types) < statement.needed:
            continue
        declared = f" ({', '.join(types)})" if types else ""
        try:
            lines = database.psql(
                "BEGIN;\nSET LOCAL plan_cache_mode = force_generic_plan;\n"
                f"PREPARE tried{declared} AS {statement.sql};\n"
                f"EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) EXECUTE tried{call};\nROLLBACK;")
            return json.loads("\n".join(lines))[0]["Plan"]
        except RuntimeError as error:
            failure = failure or error
    raise failure


def conditions(node):
    return [value for name, value in node.items()
            if name.endswith(("Cond", "Filter")) and isinstance(value, str)]


def parts(condition):
    """A condition's top level as (AND, OR or None, its parts); texts other than the platform's id are
    emptied first, so that nothing in them is read as structure."""
    condition = re.sub(r"'(?:[^']|'')*'", lambda m: m.group() if PLATFORM in m.group() else "''", condition)
    while True:
        depth, cuts, word, outer = 0, [0], None, condition.startswith("(")
        for at, letter in enumerate(condition):
            depth += (letter == "(") - (letter == ")")
            if depth == 0 and letter == ")" and at < len(condition) - 1:
                outer = False
            found = re.match(r" (AND|OR) ", condition[at:at + 5]) if depth == 0 else None
            if found:
                word = found.group(1)
                cuts.append(at)
        if not outer:
            break
        condition = condition[1:-1]
    pieces = [condition[start:end].removeprefix(f" {word} ")
              for start, end in zip(cuts, [*cuts[1:], len(condition)])]
    return word, pieces


def ties(condition, pattern):
    """True when a condition cannot hold without the tenant: one part of an AND, every part of an OR."""
    word, pieces = parts(condition)
    if word is None:
        return re.fullmatch(pattern, pieces[0]) is not None
    decide = any if word == "AND" else all
    return decide(ties(piece, pattern) for piece in pieces)


def tied(node, around, pattern):
    """The node's own conditions or one of a join above it; a bitmap's lie in its children."""
    if any(ties(condition, pattern) for condition in conditions(node) + around):
        return True
    bitmaps = [child for child in node.get("Plans", []) if child["Node Type"].startswith("Bitmap")]
    decide = all if node["Node Type"] == "BitmapOr" else any
    return bool(bitmaps) and decide(tied(child, [], pattern) for child in bitmaps)


def walk(node, above=()):
    """Each node with the conditions of the joins above it."""
    yield node, list(above)
    # Only joins hand conditions down: a sub-plan's row is not held by its caller's filter.
    handed = [*above, *conditions(node)] if "Join" in node["Node Type"] or node["Node Type"] == "Nested Loop" \
        else list(above)
    for child in node.get("Plans", []):
        kept = () if child.get("Parent Relationship") in ("InitPlan", "SubPlan") else handed
        yield from walk(child, kept)


def untied(plan, tables, tenants):
    """The tables a plan reads without a condition that ties their tenant to a parameter of `tenants`, to
    the platform, or to the tenant of a row beside them."""
    given = "|".join([*(rf"\${number}" for number in sorted(tenants)), rf"'{PLATFORM}'::uuid"])
    value = rf"(?:{given}|\w+\.\w*tenant_id|\(?\w*\.?\$?\w*tenant_id\)?)"
    found = []
    for node, around in walk(plan):
        name = node.get("Relation Name")
        if name not in tables or node["Node Type"] in ("ModifyTable", "Tid Scan"):
            continue
        own = rf"(?:{re.escape(node.get('Alias', name))}\.)?tenant_id"
        either = rf"{own} = ANY \(ARRAY\[(?:{given})(?:, (?:{given}))*\]\)"
        if not tied(node, around, rf"{own} = {value}|{value} = {own}|{either}"):
            found.append(name)
    return found


def insert_targets(sql):
    """The tables that a statement inserts into, each with whether tenant_id comes first and from $1 or
    from a row of the same statement."""
    for match in re.finditer(r"INSERT INTO (\w+)(?: AS \w+)?\s*(\([^)]*\))?\s*(.*)", sql, flags=re.S):
        column = (match.group(2) or "").strip("( ").split(",")[0].strip(" )")
        first = re.match(r"(?:VALUES\s*\(|SELECT\s+)([^,()\s]+)", match.group(3).strip())
        value = first.group(1) if first else ""
        yield match.group(1), column == "tenant_id" and bool(re.fullmatch(r"\$1|(?:\w+\.)?tenant_id", value))

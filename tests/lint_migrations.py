# SPDX-License-Identifier: Apache-2.0
"""What a migration may do while the platform serves: nothing that locks or rewrites a table that can be large, nor takes
away what the release before still uses. docs/upgrade.md says what to write instead."""
import os
import re
import unittest

from checkout import ROOT, text

FOLDER = "db/migrations"

# The schema as it was when the rules came; nothing of it was released.
FIRST = "0260"

# Later ones that may break a rule, with the reason: `"NNNN-name": "why nobody notices"`.
ACCEPTED = {}

# What people set up, or one row of a tenant: a lock for the time of a scan is not noticed. Every other table can be large.
SMALL = set("""audit_stream audit_syslog audit_syslog_sender budget cors_origin instance invoice_prefix invoice_series model model_default notice_endpoint plan
plan_meter plan_version price price_unit request_limit response_default revocation_counter saved_view schema_patch
schema_release signing_key storage_limit stripe_account tax_rate team team_member tenant tenant_setting token_limit""".split())

# Evaluated once for the whole statement, so that a default of them is no rewrite.
STABLE = {"now", "current_timestamp", "current_date", "make_interval"}

NAME = r'(?:bulkhead\.)?"?([a-z_][a-z0-9_]*)"?'


def version(words):
    return tuple(int(word) for word in words.split("."))


def least():
    """The oldest program that works on the schema of this one."""
    return re.search(r'#define BH_SCHEMA_LEAST "([0-9.]+)"', text("src/db/release.h")).group(1)


def statements(script):
    """The statements outside of function bodies and DO blocks, in one line each, without comments and literals."""
    script = re.sub(r"--[^\n]*", " ", script)
    script = re.sub(r"/\*.*?\*/", " ", script, flags=re.S)
    script = re.sub(r"(\$[a-z_]*\$).*?\1", "''", script, flags=re.S | re.I)
    script = re.sub(r"'(?:[^']|'')*'", "''", script)
    return [" ".join(each.split()) for each in script.split(";") if each.strip()]


def actions(statement):
    """The table and the parts of an ALTER TABLE."""
    match = re.match(rf"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?{NAME} (.*)$", statement, re.I)
    if not match:
        return None, []
    parts, depth, part = [], 0, ""
    for letter in match.group(2):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += letter
    return match.group(1), [*parts, part.strip()]


def column(part, large):
    """ADD COLUMN."""
    if re.search(r"\bGENERATED\b|\b(?:big|small)?serial\b", part, re.I):
        yield "a generated column rewrites the table"
    default = re.search(r"\bDEFAULT\s+(.*)$", part, re.I)
    called = {name.lower() for name in re.findall(r"\b([a-z_][a-z0-9_.]*)\s*\(", default.group(1), re.I)} if default else set()
    called -= {"check", "numeric", "varchar", "references"}
    if called - STABLE:
        yield f"a default of {sorted(called - STABLE)[0]}() rewrites the table"
    if re.search(r"\bNOT NULL\b", part, re.I) and not default:
        yield "a column without a default cannot be NOT NULL where there are rows"
    if large and re.search(r"\b(?:CHECK|REFERENCES|UNIQUE|PRIMARY KEY)\b", part, re.I):
        yield "a constraint of a new column is checked under the lock: add it NOT VALID, and validate it in a later migration"


def alteration(table, part, large, validated):
    """One part of an ALTER TABLE of a table that was there before."""
    word = part.upper()
    if re.match(r"ADD (?:COLUMN )?(?!CONSTRAINT|CHECK|FOREIGN|PRIMARY|UNIQUE|EXCLUDE)", word):
        yield from column(part, large)
    elif re.match(r"ALTER (?:COLUMN )?\S+ (?:SET DATA )?TYPE\b", word):
        yield "a new type rewrites the table: add a column, and fill it while both are written"
    elif large and re.match(r"ALTER (?:COLUMN )?\S+ SET NOT NULL", word) and table not in validated:
        yield "SET NOT NULL reads the table under the lock: validate a CHECK (… IS NOT NULL) in an earlier migration"
    elif large and re.match(r"ADD (?:CONSTRAINT \S+ )?(?:CHECK|FOREIGN KEY)\b", word) and "NOT VALID" not in word:
        yield "a constraint reads the table under the lock: add it NOT VALID, and validate it in a later migration"
    elif large and re.match(r"ADD (?:CONSTRAINT \S+ )?(?:PRIMARY KEY|UNIQUE|EXCLUDE)\b", word) and "USING INDEX" not in word:
        yield "a key builds its index under the lock: build it online, and add the key USING INDEX"
    elif large and re.match(r"ATTACH PARTITION\b", word):
        yield "ATTACH PARTITION reads the table under the lock"
    elif re.match(r"SET (?:LOGGED|UNLOGGED|TABLESPACE|ACCESS METHOD)\b", word):
        yield "this rewrites the table"


def takes_away(statement, made):
    """Whether it removes or renames what an earlier migration made."""
    table, parts = actions(statement)
    if table is not None and table not in made:
        return any(re.match(r"(?:DROP (?:COLUMN )?(?!CONSTRAINT|DEFAULT|NOT|IDENTITY|EXPRESSION)|RENAME)", part, re.I)
                   for part in parts)
    match = re.match(rf"DROP (?:TABLE|VIEW|MATERIALIZED VIEW|TYPE|SEQUENCE) (?:IF EXISTS )?{NAME}", statement, re.I)
    if match:
        return match.group(1) not in made
    return bool(re.match(r"ALTER (?:FUNCTION|VIEW|TYPE|SEQUENCE) .* RENAME\b", statement, re.I))


def plainly(statement, made):
    """What is wrong with a statement that is no ALTER TABLE."""
    index = re.match(rf"CREATE (?:UNIQUE )?INDEX (CONCURRENTLY )?(?:IF NOT EXISTS )?(?:\S+ )?ON (?:ONLY )?{NAME}", statement,
                     re.I)
    if index and index.group(1):
        yield "CONCURRENTLY needs a migration of its own, with the first line `-- online: index NAME`"
    elif index and index.group(2) not in made | SMALL:
        yield f"an index on {index.group(2)} is built under a lock: make a migration `-- online: index NAME`"
    written = re.match(rf"(?:UPDATE|DELETE FROM) (?:ONLY )?{NAME}", statement, re.I)
    if written and written.group(1) not in made | SMALL:
        yield f"{written.group(1)} is written in one transaction: let a worker of a service fill it, a batch at a time"
    if re.match(r"(?:LOCK|TRUNCATE|CLUSTER|VACUUM|REINDEX)\b", statement, re.I):
        yield "this locks the table"
    if re.match(r"SET (?:LOCAL |SESSION )?(?:lock_timeout|statement_timeout)\b", statement, re.I) or "set_config" in statement:
        yield "how long a migration waits for a lock is not its own to say"


def online(name, script):
    """A migration with one statement outside of a transaction."""
    head = re.match(r"-- online: index ([a-z0-9_]{1,63})\n", script)
    found = statements(script)
    if not head:
        yield "the first line is `-- online: index NAME`"
    elif len(found) != 1 or not re.match(
            rf"(?:CREATE (?:UNIQUE )?INDEX CONCURRENTLY {head.group(1)} ON|DROP INDEX CONCURRENTLY (?:bulkhead\.)?{head.group(1)}$)",
            found[0], re.I):
        yield f"{name} is one CREATE or DROP INDEX CONCURRENTLY of the index that it names"


def findings(name, script, validated=frozenset(), oldest="0.0.0"):
    """The rules that a migration breaks. `validated`: tables of which an earlier one has validated a constraint;
    `oldest`: the oldest program that works on this schema."""
    if re.match(r"-- online:", script):
        return list(online(name, script))
    found, all_of_it = [], statements(script)
    made = {match.group(1) for match in (re.match(rf"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?{NAME}", each, re.I)
                                         for each in all_of_it) if match}
    contract = re.search(r"^-- contract: unused since (\d+\.\d+\.\d+)$", script, re.M)
    for each in all_of_it:
        table, parts = actions(each)
        if takes_away(each, made) and not (contract and version(contract.group(1)) <= version(oldest)):
            found.append(f"the release before uses what this removes ({each[:60]}): say `-- contract: unused since VERSION` once "
                         f"the oldest program that works on the schema ({oldest}) no longer does")
        if table is not None and table not in made:
            adds = any("NOT VALID" in part.upper() for part in parts)
            if any(re.match(r"VALIDATE", part, re.I) for part in parts) and (
                    adds or re.search(rf"ALTER TABLE (?:bulkhead\.)?{table} [^;]*NOT VALID", script, re.I)):
                found.append("a constraint is validated in a later migration than it is added: the lock is held to the end")
            for part in parts:
                found += alteration(table, part, table not in SMALL, validated)
        elif table is None:
            found += plainly(each, made)
    return found


class Migrations(unittest.TestCase):
    def test_none_stops_a_platform_that_serves(self):
        validated = set()
        names = sorted(name[:-4] for name in os.listdir(os.path.join(ROOT, FOLDER)) if name.endswith(".sql"))
        self.assertTrue(names)
        for name in names:
            script = text(f"{FOLDER}/{name}.sql")
            if name >= FIRST and name not in ACCEPTED:
                with self.subTest(migration=name):
                    self.assertEqual(findings(name, script, validated, least()), [])
            for each in statements(script):
                table, parts = actions(each)
                if any(re.match(r"VALIDATE", part, re.I) for part in parts):
                    validated.add(table)

    def test_the_oldest_program_is_this_one_or_of_the_release_before(self):
        """CHANGELOG.md lists the releases, newest first."""
        releases = re.findall(r"^## (\d+\.\d+\.\d+)$", text("CHANGELOG.md"), re.M)
        own = re.search(r"version: '([0-9.]+)'", text("meson.build")).group(1)
        before = [each for each in releases if version(each)[:2] < version(own)[:2]]
        allowed = {each for each in [own, *releases]
                   if version(each)[:2] in {version(own)[:2], version(before[0])[:2] if before else version(own)[:2]}}
        self.assertIn(least(), allowed)

    def refused(self, script, word, **options):
        found = findings("0999-test", script, **options)
        self.assertTrue(any(word in each for each in found), (script, found))

    def accepted(self, script, **options):
        self.assertEqual(findings("0999-test", script, **options), [], script)

    def test_what_locks_or_rewrites_is_refused(self):
        for script, word in (
                ("ALTER TABLE usage_event ALTER COLUMN kind SET NOT NULL;", "SET NOT NULL"),
                ("ALTER TABLE usage_event ALTER kind TYPE bigint;", "new type"),
                ("ALTER TABLE tenant ALTER COLUMN name SET DATA TYPE varchar(9);", "new type"),
                ("ALTER TABLE tenant ADD COLUMN a uuid DEFAULT gen_random_uuid();", "gen_random_uuid"),
                ("ALTER TABLE tenant ADD a timestamptz DEFAULT clock_timestamp();", "clock_timestamp"),
                ("ALTER TABLE file ADD COLUMN a int GENERATED ALWAYS AS (1) STORED;", "generated"),
                ("ALTER TABLE file ADD COLUMN a bigserial;", "generated"),
                ("ALTER TABLE file ADD COLUMN a int NOT NULL;", "NOT NULL"),
                ("ALTER TABLE file ADD COLUMN a int CHECK (a > 0);", "NOT VALID"),
                ("ALTER TABLE file\n\tADD COLUMN b int,\n\tADD COLUMN a uuid REFERENCES document (id);", "NOT VALID"),
                ("ALTER TABLE file ADD CONSTRAINT x CHECK (a > 0);", "NOT VALID"),
                ("ALTER TABLE bulkhead.file ADD FOREIGN KEY (a) REFERENCES b;", "NOT VALID"),
                ("ALTER TABLE file ADD CONSTRAINT x UNIQUE (tenant_id, a);", "USING INDEX"),
                ("ALTER TABLE file ADD CONSTRAINT x CHECK (a > 0) NOT VALID;\nALTER TABLE file VALIDATE CONSTRAINT x;", "later"),
                ("CREATE INDEX x ON file (tenant_id, a);", "online"),
                ("CREATE UNIQUE INDEX ON ONLY bulkhead.usage_event (tenant_id, a);", "online"),
                ("CREATE INDEX CONCURRENTLY x ON file (tenant_id, a);", "of its own"),
                ("UPDATE response SET a = 1;", "a batch"), ("DELETE FROM audit_event;", "a batch"),
                ("LOCK TABLE tenant;", "locks"), ("TRUNCATE job;", "locks"), ("REINDEX TABLE job;", "locks"),
                ("SET LOCAL lock_timeout = 0;", "wait"), ("SELECT set_config('lock_timeout', '0', true);", "wait"),
                ("ALTER TABLE usage_event ATTACH PARTITION x DEFAULT;", "ATTACH"),
                ("ALTER TABLE tenant DROP COLUMN name;", "contract"), ("ALTER TABLE tenant DROP name;", "contract"),
                ("ALTER TABLE tenant RENAME COLUMN a TO b;", "contract"), ("ALTER TABLE tenant RENAME TO b;", "contract"),
                ("DROP TABLE IF EXISTS tenant;", "contract"), ("ALTER FUNCTION x(int) RENAME TO y;", "contract"),
                ("-- online: index x\nCREATE INDEX x ON file (a);", "CONCURRENTLY"),
                ("-- online: index x\nCREATE INDEX CONCURRENTLY y ON file (a);", "names"),
                ("-- online: index x\nCREATE INDEX CONCURRENTLY x ON file (a);\nSELECT 1;", "one"),
                ("-- online: something\nCREATE INDEX CONCURRENTLY x ON file (a);", "first line")):
            with self.subTest(script=script):
                self.refused(script, word)
        self.refused("-- contract: unused since 0.5.0\nDROP TABLE tenant;", "contract", oldest="0.4.9")

    def test_what_nobody_notices_is_not(self):
        for script in (
                "CREATE TABLE x (a uuid DEFAULT gen_random_uuid(), CHECK (a IS NOT NULL));\nCREATE INDEX y ON x (a);\n"
                "ALTER TABLE x ALTER COLUMN a SET NOT NULL;\nUPDATE x SET a = NULL;\nALTER TABLE x DROP COLUMN a;\nDROP TABLE x;",
                "ALTER TABLE usage_event ADD COLUMN a bigint NOT NULL DEFAULT 0, ADD b timestamptz DEFAULT now();",
                "ALTER TABLE usage_event ADD CONSTRAINT x CHECK (a > 0) NOT VALID;",
                "ALTER TABLE usage_event VALIDATE CONSTRAINT x;",
                "ALTER TABLE file DROP CONSTRAINT x;\nALTER TABLE file ALTER COLUMN a DROP NOT NULL, ALTER a SET DEFAULT 'b';",
                "ALTER TABLE plan ADD CONSTRAINT x CHECK (a > 0);\nCREATE INDEX x ON plan (tenant_id, a);\nUPDATE plan SET a = 1;",
                "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ UPDATE file SET a = 1; $$;\nDROP FUNCTION f;",
                "COMMENT ON TABLE file IS 'ALTER TABLE file DROP COLUMN a; it''s';\n-- DROP TABLE file;",
                "-- online: index x\n-- Why.\nCREATE INDEX CONCURRENTLY x ON file (tenant_id, a) WHERE a > 0;",
                "-- online: index x\nDROP INDEX CONCURRENTLY bulkhead.x;"):
            with self.subTest(script=script):
                self.accepted(script)
        self.accepted("ALTER TABLE file ALTER COLUMN a SET NOT NULL;", validated={"file"})
        self.accepted("-- contract: unused since 0.4.0\nALTER TABLE file DROP COLUMN a, RENAME TO b;", oldest="0.4.0")


if __name__ == "__main__":
    unittest.main()

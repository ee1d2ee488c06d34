# SPDX-License-Identifier: Apache-2.0
"""The schema as the database describes it: tables, keys, policies, grants, as plain objects."""

import json
from dataclasses import dataclass, field

import services

PLATFORM = "00000000-0000-0000-0000-000000000001"
SERVICES = services.roles()

TABLES_SQL = """
SELECT coalesce(jsonb_agg(t ORDER BY t.name), '[]') FROM (
  SELECT c.relname AS name, n.nspname AS schema, c.relkind::text AS kind, c.relispartition AS leaf,
         c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
         pg_get_userbyid(c.relowner) AS owner,
         obj_description(c.oid, 'pg_class') AS comment,
         array_to_string(c.reloptions, ',') AS options,
         pg_get_partkeydef(c.oid) AS partitioned_by,
         (SELECT parent.relname FROM pg_inherits i JOIN pg_class parent ON parent.oid = i.inhparent
           WHERE i.inhrelid = c.oid) AS parent,
         pg_get_expr(c.relpartbound, c.oid) AS bound,
         (SELECT coalesce(jsonb_agg(jsonb_build_object('name', a.attname,
                   'type', format_type(a.atttypid, a.atttypmod), 'not_null', a.attnotnull,
                   'generated', a.attgenerated <> '' OR a.attidentity <> '',
                   'comment', col_description(c.oid, a.attnum)) ORDER BY a.attnum), '[]')
            FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
           AS columns,
         (SELECT coalesce(jsonb_agg(jsonb_build_object('name', ic.relname, 'primary', i.indisprimary,
                   'partial', i.indpred IS NOT NULL, 'unique', i.indisunique OR i.indisexclusion,
                   'method', am.amname,
                   'columns', (SELECT jsonb_agg(a.attname ORDER BY k.at)
                                 FROM unnest(i.indkey) WITH ORDINALITY AS k (number, at)
                                 LEFT JOIN pg_attribute a
                                   ON a.attrelid = c.oid AND a.attnum = k.number
                                WHERE k.at <= i.indnkeyatts)) ORDER BY ic.relname), '[]')
            FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
            JOIN pg_am am ON am.oid = ic.relam WHERE i.indrelid = c.oid) AS indexes,
         (SELECT coalesce(jsonb_agg(jsonb_build_object('name', k.conname, 'type', k.contype,
                   'definition', pg_get_constraintdef(k.oid), 'inherited', k.coninhcount > 0,
                   'columns', (SELECT jsonb_agg(a.attname ORDER BY u.at)
                                 FROM unnest(k.conkey) WITH ORDINALITY AS u (number, at)
                                 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number),
                   'target', (SELECT relname FROM pg_class WHERE oid = k.confrelid),
                   'target_columns', (SELECT jsonb_agg(a.attname ORDER BY u.at)
                                        FROM unnest(k.confkey) WITH ORDINALITY AS u (number, at)
                                        JOIN pg_attribute a
                                          ON a.attrelid = k.confrelid AND a.attnum = u.number)
                   ) ORDER BY k.conname), '[]')
            FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f'))
           AS constraints,
         (SELECT coalesce(jsonb_agg(jsonb_build_object('name', p.polname, 'command', p.polcmd,
                   'permissive', p.polpermissive,
                   'roles', (SELECT jsonb_agg(CASE r WHEN 0 THEN 'public' ELSE pg_get_userbyid(r)::text END
                                             ORDER BY CASE r WHEN 0 THEN 'public' ELSE pg_get_userbyid(r)::text END)
                               FROM unnest(p.polroles) AS r),
                   'using', pg_get_expr(p.polqual, c.oid),
                   'check', pg_get_expr(p.polwithcheck, c.oid)) ORDER BY p.polname), '[]')
            FROM pg_policy p WHERE p.polrelid = c.oid) AS policies,
         (SELECT coalesce(jsonb_agg(jsonb_build_object('role', CASE g.grantee WHEN 0 THEN 'public'
                   ELSE pg_get_userbyid(g.grantee)::text END, 'privilege', g.privilege_type,
                   'grantable', g.is_grantable, 'column', g.attname)), '[]')
            FROM (SELECT x.grantee, x.privilege_type, x.is_grantable, NULL AS attname
                    FROM aclexplode(c.relacl) AS x
                   UNION ALL
                  SELECT x.grantee, x.privilege_type, x.is_grantable, a.attname
                    FROM pg_attribute a, aclexplode(a.attacl) AS x
                   WHERE a.attrelid = c.oid) AS g) AS grants
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
     AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'probe')) AS t
"""

ROLES_SQL = """
SELECT coalesce(jsonb_agg(t), '[]') FROM (
  SELECT r.rolname AS name, r.rolsuper AS super, r.rolbypassrls AS bypass, r.rolcreaterole AS makes_roles,
         r.rolcreatedb AS makes_databases, r.rolreplication AS replicates, r.rolcanlogin AS login,
         (SELECT coalesce(jsonb_agg(pg_get_userbyid(m.roleid)::text), '[]') FROM pg_auth_members m
           WHERE m.member = r.oid) AS member_of,
         (SELECT count(*) FROM pg_shdepend d WHERE d.refobjid = r.oid AND d.deptype = 'o'
             AND (d.dbid = 0 OR d.dbid = (SELECT oid FROM pg_database
                                           WHERE datname = current_database()))) AS owns,
         (SELECT coalesce(jsonb_agg(nspname::text), '[]') FROM pg_namespace
           WHERE has_schema_privilege(r.rolname, oid, 'CREATE')) AS creates_in,
         has_database_privilege(r.rolname, current_database(), 'TEMPORARY') AS temporary
    FROM pg_roles r WHERE r.rolname LIKE 'bulkhead%') AS t
"""

FUNCTIONS_SQL = """
SELECT coalesce(jsonb_agg(t), '[]') FROM (
  SELECT p.proname AS name, p.prosecdef AS definer, pg_get_userbyid(p.proowner) AS owner,
         obj_description(p.oid, 'pg_proc') AS comment, p.proconfig AS settings,
         (SELECT coalesce(jsonb_agg(CASE g.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(g.grantee)::text END
                   ORDER BY 1), '[]')
            FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS g
           WHERE g.grantee <> p.proowner) AS callers
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE n.nspname = 'bulkhead') AS t
"""


DISTRIBUTION_SQL = "SELECT coalesce(jsonb_agg(to_jsonb(d)), '[]') FROM bulkhead.distribution() AS d"
FUNCTION_PLACES_SQL = "SELECT coalesce(jsonb_agg(to_jsonb(d)), '[]') FROM bulkhead.distribution_functions() AS d"


@dataclass
class Table:
    """One relation; `constraints` are checks and foreign keys, `indexes` hold the keys."""

    name: str
    schema: str
    kind: str
    leaf: bool
    enabled: bool
    forced: bool
    owner: str
    comment: str
    options: str
    partitioned_by: str
    parent: str
    bound: str
    columns: list
    indexes: list
    constraints: list
    policies: list
    grants: list

    @property
    def keys(self):
        return [index for index in self.indexes if index["unique"]]

    @property
    def foreign_keys(self):
        return [each for each in self.constraints if each["type"] == "f"]

    @property
    def checks(self):
        return [each for each in self.constraints if each["type"] == "c"]

    @property
    def of_platform(self):
        """Its rows can only be the platform's."""
        return any(each["columns"] == ["tenant_id"] and PLATFORM in each["definition"]
                   for each in self.checks)

    def granted(self, role, privilege):
        """The columns a role holds a privilege on; all of them for a grant on the table."""
        names = [column["name"] for column in self.columns]
        for grant in self.grants:
            if grant["role"] == role and grant["privilege"] == privilege and not grant["column"]:
                return names
        return [grant["column"] for grant in self.grants
                if grant["role"] == role and grant["privilege"] == privilege]


@dataclass
class Catalogue:
    """Everything the lint and the matrix read."""

    relations: list
    roles: list
    functions: list
    distribution: list
    function_places: list
    by_name: dict = field(default_factory=dict)

    @property
    def tables(self):
        return [each for each in self.relations if each.kind in "rp"]

    @property
    def parents(self):
        """Tables that services speak to: leaves are reached through them."""
        return [each for each in self.tables if not each.leaf]


def read(database, before=""):
    """Reads the catalogue; `before` runs first in the same transaction, which is rolled back."""
    lines = database.psql(f"BEGIN; {before}\n{TABLES_SQL};\n{ROLES_SQL};\n{FUNCTIONS_SQL};\n{DISTRIBUTION_SQL};\n"
                          f"{FUNCTION_PLACES_SQL};\nROLLBACK;")
    relations, roles, functions, distribution, places = [json.loads(line) for line in lines[-5:]]
    catalogue = Catalogue([Table(**each) for each in relations], roles, functions, distribution, places)
    catalogue.by_name = {each.name: each for each in catalogue.relations}
    return catalogue

# SPDX-License-Identifier: Apache-2.0
"""The rules of tenant isolation, read off the catalogue. Each returns what breaks it, in words."""

import re

import services
from catalogue import PLATFORM, SERVICES

TEMPLATE = "(tenant_id=(NULLIF(current_setting('bulkhead.tenant_id'::text,true),''::text))::uuid)"
NO_CONTEXT = "(SELECT(NULLIF(current_setting('bulkhead.tenant_id'::text,true),''::text)ISNULL))"
OWN_QUEUE = "(queue=(SELECTsubstr((CURRENT_USER)::text,10)))"
PLAIN_OWN_QUEUE = "(queue=substr((CURRENT_USER)::text,10))"
PLAIN_NO_CONTEXT = "(COALESCE(current_setting('bulkhead.tenant_id'::text,true),''::text)=''::text)"
WORKERS = sorted(services.workers())
OWN_ROW = TEMPLATE.replace("(tenant_id=", "(id=", 1)
OF_PLATFORM = f"(tenant_id='{PLATFORM}'::uuid)"

# (table, policy): command (r read, w update), roles, condition. The list of db/policies/exceptions.sql.
EXCEPTIONS = {
    ("job_ready", "workers_find_work"): ("r", WORKERS, f"({OWN_QUEUE}AND{NO_CONTEXT})"),
    ("job_ready", "workers_take_work"): ("w", WORKERS, f"({OWN_QUEUE}AND{NO_CONTEXT})"),
    ("job_tenant", "workers_find_work"): ("r", WORKERS, f"({OWN_QUEUE}AND{NO_CONTEXT})"),
    ("job_tenant", "workers_take_work"): ("w", WORKERS, f"({OWN_QUEUE}AND{NO_CONTEXT})"),
    ("retention", "workers_find_work"): ("r", sorted(SERVICES), f"({PLAIN_OWN_QUEUE}AND{PLAIN_NO_CONTEXT})"),
    ("job_wanted", "workers_find_work"): ("r", sorted(SERVICES), f"({PLAIN_OWN_QUEUE}AND{PLAIN_NO_CONTEXT})"),
    ("model", "platform_rows_read"): ("r", ["bulkhead_model"], OF_PLATFORM),
    ("model_default", "platform_rows_read"): ("r", ["bulkhead_model"], OF_PLATFORM),
    ("price", "platform_rows_read"): ("r", ["bulkhead_agent", "bulkhead_billing", "bulkhead_model", "bulkhead_rag"], OF_PLATFORM),
    ("price_unit", "platform_rows_read"): ("r", ["bulkhead_agent", "bulkhead_billing", "bulkhead_model", "bulkhead_rag"], OF_PLATFORM),
    ("tenant", "tenant_own_row_read"): ("r", ["bulkhead_auth"], OWN_ROW),
}


def of_queue(role):
    return f"queue = '{role.removeprefix('bulkhead_')}'"


# What an exception lets a role see besides its own rows, for the matrix: (table, role) -> condition,
# without a context and with one.
SEEN_WITHOUT_CONTEXT = {
    **{(table, role): of_queue(role) for table in ("job_ready", "job_tenant") for role in WORKERS},
    **{("retention", role): of_queue(role) for role in SERVICES},
    **{("job_wanted", role): of_queue(role) for role in WORKERS},
    ("model", "bulkhead_model"): f"tenant_id = '{PLATFORM}'",
    ("model_default", "bulkhead_model"): f"tenant_id = '{PLATFORM}'",
}
SEEN_WITH_CONTEXT = {
    ("model", "bulkhead_model"): f"tenant_id = '{PLATFORM}'",
    ("model_default", "bulkhead_model"): f"tenant_id = '{PLATFORM}'",
    ("tenant", "bulkhead_auth"): "id = nullif(current_setting('bulkhead.tenant_id', true), '')::uuid",
}

METERS = ["bulkhead_model", "bulkhead_rag", "bulkhead_finetune", "bulkhead_agent"]

# Functions that run with the owner's rights, and who may call them: those that make and drop the tables of
# large stores' vectors and of months of usage and audit lines, which no service can own, those that move money, for
# none may write the books otherwise, those that add the lines of an audit file, which are of every tenant, and those
# by which the platform reads them and counts what all tenants have.
DEFINERS = {
    "own_vectors_open": ["bulkhead_rag"],
    "own_vectors_close": ["bulkhead_rag"],
    "own_vectors_erase": ["bulkhead_rag"],
    "ledger_post": ["bulkhead_billing"],
    "usage_correct": ["bulkhead_billing"],
    "usage_months_open": ["bulkhead_model"],
    "usage_months_drop": ["bulkhead_model"],
    "meter_reserve": METERS,
    "meter_settle": METERS,
    "meter_expire": METERS,
    "meter_renew": METERS,
    "meter_charge": METERS,
    "meter_dead": METERS,
    "meter_lock": ["bulkhead_billing"],
    "meter_limit": ["bulkhead_billing", "bulkhead_model"],
    "meter_fund": ["bulkhead_billing"],
    "meter_fund_end": ["bulkhead_billing"],
    "meter_prepaid": ["bulkhead_billing"],
    "meter_past": [],
    "notice_make": [],
    "meter_owner_resume": [],
    "meter_owners_drop": ["bulkhead_model"],
    "audit_months": ["bulkhead_auth"],
    **{name: ["bulkhead_auth"] for name in ("audit_chain_due", "audit_chain_begin", "audit_tile_add",
                                            "audit_checkpoint_add", "audit_stream_claim", "audit_syslog_begin",
                                            "audit_syslog_claim", "audit_syslog_end", "audit_syslog_state")},
    "audit_across": ["bulkhead_auth"],
    "audit_across_by": ["bulkhead_auth"],
    "audit_sources": ["bulkhead_auth"],
    "platform_queues": ["bulkhead_auth"],
    "platform_database": ["bulkhead_auth"],
    "platform_tenants": ["bulkhead_auth"],
    "platform_mails": ["bulkhead_auth"],
    "platform_invoices": ["bulkhead_billing"],
    "platform_jobs": ["bulkhead_auth"],
    "platform_figures": ["bulkhead_auth"],
    **{name: SERVICES for name in ("audit_positions", "audit_forget", "audit_step", "audit_step_behind")},
    **{name: SERVICES for name in ("audit_positions", "audit_forget", "audit_step", "audit_step_behind", "instance_beat",
                                  "schema_state")},
    **{name: SERVICES for name in ("audit_positions", "audit_forget", "audit_step", "audit_step_behind",
                                         "audit_step_chained", "audit_step_behind_chained")},
}

# What is found first: no service can make anything in these.
SEARCH_PATHS = {"search_path=pg_catalog, pg_temp", "search_path=bulkhead, pg_temp"}

RULES = []


def rule(function):
    RULES.append(function)
    return function


def plain(expression):
    """An expression without blanks and without the names PostgreSQL gives to sub-select columns."""
    return re.sub(r"\s+", "", re.sub(r' AS "?[a-z_?]+"?', "", expression or ""))


@rule
def everything_lies_in_the_schema(catalogue):
    return [f"{each.schema}.{each.name} lies outside of schema bulkhead"
            for each in catalogue.relations if each.schema != "bulkhead"]


@rule
def only_tables_and_invoker_views(catalogue):
    found = []
    for each in catalogue.relations:
        if each.kind == "v" and "security_invoker=true" not in (each.options or ""):
            found.append(f"view {each.name} reads with its owner's rights: security_invoker is not set")
        if each.kind in "mfS":
            found.append(f"{each.name}: materialised views, foreign tables and sequences know no tenant")
    return found


@rule
def every_table_belongs_to_the_owner(catalogue):
    return [f"{each.name} belongs to {each.owner}"
            for each in catalogue.relations if each.owner != "bulkhead_owner"]


@rule
def tenant_id_is_first_and_never_null(catalogue):
    found = []
    for table in catalogue.tables:
        first = table.columns[0] if table.columns else {"name": None}
        if first["name"] != "tenant_id":
            found.append(f"{table.name} does not begin with tenant_id")
        elif first["type"] != "uuid" or not first["not_null"]:
            found.append(f"{table.name}.tenant_id is not uuid NOT NULL")
    return found


@rule
def tenant_id_leads_every_key(catalogue):
    found = []
    for table in catalogue.tables:
        if not any(index["primary"] for index in table.indexes):
            found.append(f"{table.name} has no primary key")
        for key in table.keys:
            if key["columns"][0] != "tenant_id":
                found.append(f"key {key['name']} of {table.name} does not begin with tenant_id")
    return found


def own_or_platform(table, column):
    """True when a CHECK keeps the column to the row's own tenant or the platform."""
    forms = [f"(({column}=ANY(ARRAY[tenant_id,'{PLATFORM}'::uuid])))",
             f"((({column}=tenant_id)OR({column}='{PLATFORM}'::uuid)))",
             f"(({column}='{PLATFORM}'::uuid))"]
    return any(plain(check["definition"]).removeprefix("CHECK") in forms for check in table.checks)


@rule
def foreign_keys_stay_with_the_tenant(catalogue):
    found = []
    for table in catalogue.tables:
        for key in table.foreign_keys:
            name = f"foreign key {key['name']} of {table.name}"
            first = key["columns"][0]
            if key["target_columns"][0] != "tenant_id":
                found.append(f"{name} does not refer to (tenant_id, …)")
            elif first == "tenant_id":
                continue
            elif not first.endswith("_tenant_id") or not own_or_platform(table, first):
                found.append(f"{name} begins with {first}, which no CHECK keeps to own or platform")
    return found


@rule
def partitioned_tables_have_no_foreign_keys(catalogue):
    split = {table.name for table in catalogue.tables if table.kind == "p"}
    return [f"foreign key {key['name']} of {table.name} touches a partitioned table"
            for table in catalogue.tables for key in table.foreign_keys
            if table.name in split or key["target"] in split]


@rule
def row_security_is_enabled_and_forced(catalogue):
    return [f"{table.name}: row security is {'not forced' if table.enabled else 'off'}"
            for table in catalogue.tables if not (table.enabled and table.forced)]


@rule
def every_table_has_the_one_policy(catalogue):
    found = []
    for table in catalogue.tables:
        policy = next((each for each in table.policies if each["name"] == "tenant_isolation"), None)
        if policy is None:
            # A leaf without a policy shows nothing; a parent without one serves nobody.
            if not table.leaf:
                found.append(f"{table.name} has no policy tenant_isolation")
            continue
        if policy["command"] != "*" or policy["roles"] != ["public"] or not policy["permissive"]:
            found.append(f"{table.name}: tenant_isolation is not for all commands and roles")
        for part in ("using", "check"):
            if plain(policy[part]) != TEMPLATE:
                found.append(f"{table.name}: tenant_isolation's {part} is {policy[part]}")
    return found


@rule
def other_policies_are_the_listed_exceptions(catalogue):
    found = []
    seen = set()
    for table in catalogue.tables:
        for policy in table.policies:
            if policy["name"] == "tenant_isolation":
                continue
            expected = EXCEPTIONS.get((table.name, policy["name"]))
            seen.add((table.name, policy["name"]))
            actual = (policy["command"], policy["roles"], plain(policy["using"]))
            if expected is None:
                found.append(f"{table.name}: policy {policy['name']} is not a listed exception")
            elif actual != expected or policy["check"]:
                found.append(f"{table.name}: policy {policy['name']} reads {actual}")
    found += [f"{table}: the exception {name} is listed but absent"
              for table, name in EXCEPTIONS if (table, name) not in seen]
    return found


@rule
def services_hold_no_rights_over_the_schema(catalogue):
    found = []
    roles = {role["name"]: role for role in catalogue.roles}
    for name in SERVICES:
        role = roles.get(name)
        if role is None:
            found.append(f"role {name} does not exist")
            continue
        for attribute in ("super", "bypass", "makes_roles", "makes_databases", "replicates", "temporary"):
            if role[attribute]:
                found.append(f"{name} has the attribute {attribute}")
        if role["owns"]:
            found.append(f"{name} owns {role['owns']} objects")
        if role["member_of"]:
            found.append(f"{name} is a member of {', '.join(role['member_of'])}")
        if role["creates_in"]:
            found.append(f"{name} may create in {', '.join(role['creates_in'])}")
    return found


@rule
def the_owner_cannot_sign_in(catalogue):
    owner = next((role for role in catalogue.roles if role["name"] == "bulkhead_owner"), None)
    if owner is None:
        return ["role bulkhead_owner does not exist"]
    found = [f"bulkhead_owner has the attribute {name}"
             for name in ("super", "login", "makes_roles", "makes_databases") if owner[name]]
    if not owner["bypass"]:
        found.append("bulkhead_owner lacks BYPASSRLS: seeds and foreign keys would see no rows")
    return found


@rule
def grants_are_to_services_and_never_on_leaves(catalogue):
    found = []
    for table in catalogue.relations:
        for grant in table.grants:
            role, privilege = grant["role"], grant["privilege"]
            if role in ("bulkhead_owner", "bulkhead_maintenance"):
                continue
            if role not in SERVICES:
                found.append(f"{table.name}: {privilege} is granted to {role}")
            elif table.leaf:
                found.append(f"leaf {table.name}: {privilege} is granted to {role}")
            elif privilege not in ("SELECT", "INSERT", "UPDATE", "DELETE"):
                found.append(f"{table.name}: {role} holds {privilege}, which row security does not bind")
            elif grant["grantable"]:
                found.append(f"{table.name}: {role} may pass on {privilege}")
    return found


@rule
def functions_run_with_the_callers_rights(catalogue):
    found = []
    for function in catalogue.functions:
        if function["definer"] and function["name"] not in DEFINERS:
            found.append(f"function {function['name']} is SECURITY DEFINER")
        if function["definer"] and not SEARCH_PATHS & set(function["settings"] or []):
            found.append(f"function {function['name']} is SECURITY DEFINER and its search_path is not fixed")
        if function["definer"] and function["callers"] != DEFINERS.get(function["name"]):
            found.append(f"function {function['name']} is SECURITY DEFINER and may be called by"
                         f" {', '.join(function['callers'])}")
        if function["owner"] != "bulkhead_owner":
            found.append(f"function {function['name']} belongs to {function['owner']}")
    names = {function["name"] for function in catalogue.functions if function["definer"]}
    return found + [f"{name} is listed as SECURITY DEFINER but is not" for name in DEFINERS if name not in names]


@rule
def everything_is_commented(catalogue):
    found = [f"function {each['name']} has no comment" for each in catalogue.functions
             if not each["comment"]]
    for table in catalogue.relations:
        if table.leaf:
            continue
        if not table.comment:
            found.append(f"{table.name} has no comment")
        found += [f"{table.name}.{column['name']} has no comment"
                  for column in table.columns if not column["comment"]]
    return found


@rule
def approximate_indexes_cover_one_tenant_only(catalogue):
    found = []
    for table in catalogue.tables:
        parent = catalogue.by_name.get(table.parent) if table.parent else None
        alone = parent is not None and (parent.partitioned_by or "").startswith("LIST")
        for index in table.indexes:
            if index["method"] in ("hnsw", "ivfflat") and not alone:
                found.append(f"{table.name}: {index['name']} ranks rows that tenants share")
    return found


@rule
def lists_of_tenants_have_no_default_partition(catalogue):
    return [f"{table.name} is a DEFAULT partition" for table in catalogue.tables
            if table.parent and (catalogue.by_name[table.parent].partitioned_by or "").startswith("LIST")
            if table.leaf and table.bound == "DEFAULT"]


# What tables give up under Citus or need there, besides triggers with the caller's rights (docs/database.md): triggers with
# their owner's, and foreign keys that it does not take.
GIVEN_UP = {
    "meter_owner": "trigger meter_owner_resume runs on the servers of the rows with its owner's rights",
    "meter_notice": "trigger notice_make runs on the servers of the rows with its owner's rights",
    "api_key": "foreign key api_key_tenant_id_team_id_fkey is left out: it sets columns beside tenant_id",
}


@rule
def every_table_has_its_place_under_citus(catalogue):
    found = []
    for row in catalogue.distribution:
        # Large stores' own tables lie below their tenant's: `distribute` refuses while there are any.
        if row["breaks"] and not (row["name"].endswith("_own") and row["breaks"].endswith("is divided again")):
            found.append(f"{row['name']} ({row['place']}): {row['breaks']}")
        found += [f"{row['name']}: {each}" for each in row["needs"].split("; ")
                  if each and not each.endswith("of the rows") and each != GIVEN_UP.get(row["name"])]
    return found


# Functions with the owner's rights that run on the coordinator under Citus, where the owner signs in on the servers of the
# rows. All others act for the tenant of their first argument and run on the server of its rows, or are triggers.
OF_SEVERAL_TENANTS = {
    "usage_months_open", "usage_months_drop", "audit_months",  # make and drop tables
    "own_vectors_open", "own_vectors_close", "own_vectors_erase",
    "audit_positions", "audit_forget", "audit_step", "audit_step_behind", "audit_step_chained", "audit_step_behind_chained",
    "audit_chain_due", "audit_stream_claim", "audit_syslog_begin", "audit_syslog_claim", "audit_syslog_end", "audit_syslog_state",
    "audit_across", "audit_across_by", "audit_sources",
    "platform_queues", "platform_database", "platform_tenants", "platform_mails", "platform_invoices", "platform_jobs",
    "platform_figures", "schema_state", "instance_beat", "meter_dead", "meter_charge",
}


@rule
def every_function_has_its_place_under_citus(catalogue):
    definers = {each["name"] for each in catalogue.functions if each["definer"]}
    places = [(row["name"].split("(")[0].removeprefix("bulkhead."), row) for row in catalogue.function_places]
    found = [f"function {row['name']}: {row['breaks']}" for _, row in places if row["breaks"]]
    for name, row in places:
        if (row["place"] == "coordinator") != (name in OF_SEVERAL_TENANTS):
            found.append(f"function {row['name']} has its place at {row['place']}")
        if (row["place"] in ("tenant", "coordinator")) and name not in definers:
            found.append(f"function {row['name']} is placed as one with its owner's rights")
    return found + [f"function {name} is of several tenants, but is not there"
                    for name in sorted(OF_SEVERAL_TENANTS - {name for name, _ in places})]

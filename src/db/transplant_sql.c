/* SPDX-License-Identifier: Apache-2.0 */
/* transplant_sql.c: what a transplantation asks and tells the two databases. */
#include "db/transplant_sql.h"

#include "base/macros.h"

#define PLATFORM "'" TRANSPLANT_PLATFORM "'"

const struct transplant_place transplant_places[] = {
	{"tenant", "id", false},
	{"account", "id", true},
	{"account_email", "account_id", true},
	{"account_client", "account_id", true},
	{"account_totp", "account_id", true},
	{"account_recovery_code", "account_id", true},
	{"account_directory", "member_tenant_id", false},
	{"key_expiry", "key_tenant_id", false},
};
const size_t transplant_n_places = BH_COUNT(transplant_places);

#define FIND \
	"  FROM bulkhead.tenant WHERE tenant_id = " PLATFORM " AND id <> " PLATFORM \
	"   AND (id::text = lower($1) OR replace(id::text, '-', '') = lower($1) OR name = $1)" \
	" ORDER BY name = $1 LIMIT 1"
const char transplant_find_id[] = "SELECT id" FIND;
const char transplant_find_name[] = "SELECT name" FIND;

/* ---- may it be ---- */

const char transplant_patches[] = "SELECT string_agg(p::text, ' ' ORDER BY p::text)"
								  "  FROM (SELECT name FROM bulkhead.schema_patch) AS p";

const char transplant_state[] = "SELECT state FROM bulkhead.tenant WHERE tenant_id = " PLATFORM
								" AND id = $1::uuid FOR UPDATE";
const char transplant_name_key[] =
	"SELECT name_key FROM bulkhead.tenant WHERE tenant_id = " PLATFORM " AND id = $1::uuid";
const char transplant_name_taken[] = "SELECT 1 FROM bulkhead.tenant WHERE tenant_id = " PLATFORM
									 " AND id <> $1::uuid AND name_key = $2";

/* What was agreed with, or paid by, somebody outside; a paid credit is such a payment. */
#define MONEY \
	"  FROM (SELECT 'invoice ' || number AS what FROM bulkhead.invoice" \
	"         WHERE tenant_id = $1::uuid AND number IS NOT NULL" \
	"         UNION ALL" \
	"        SELECT 'payment ' || reference FROM bulkhead.invoice_payment WHERE tenant_id = " \
	"$1::uuid" \
	"         UNION ALL" \
	"        SELECT 'refund of ' || payment FROM bulkhead.invoice_refund WHERE tenant_id = " \
	"$1::uuid" \
	"         UNION ALL" \
	"        SELECT 'paid credit ' || id FROM bulkhead.credit_grant" \
	"         WHERE tenant_id = $1::uuid AND category = 'paid') AS money"
const char transplant_money[] = "SELECT coalesce(array_agg(what), '{}')::text" MONEY;
const char transplant_money_lost[] = "SELECT string_agg(what, E'\n' ORDER BY what)" MONEY
									 " WHERE what <> ALL ($2::text[])";

const char transplant_people[] =
	"SELECT coalesce(array_agg(account_id), '{}')::text FROM bulkhead.account_directory"
	" WHERE tenant_id = " PLATFORM " AND member_tenant_id = $1::uuid";
const char transplant_people_missing[] =
	"SELECT coalesce(array_agg(id), '{}')::text FROM unnest($2::uuid[]) AS wanted (id)"
	" WHERE $1::uuid IS NOT NULL AND NOT EXISTS (SELECT FROM bulkhead.account AS a"
	"       WHERE a.tenant_id = " PLATFORM " AND a.id = wanted.id)";
const char transplant_addresses[] =
	"SELECT coalesce(array_agg(address), '{}')::text FROM bulkhead.account_email"
	" WHERE tenant_id = " PLATFORM " AND $1::uuid IS NOT NULL AND account_id = ANY ($2::uuid[])";
const char transplant_addresses_taken[] =
	"SELECT string_agg('address ' || address, E'\n' ORDER BY address) FROM bulkhead.account_email"
	" WHERE tenant_id = " PLATFORM " AND $1::uuid IS NOT NULL AND address = ANY ($2::text[])";

/* A log goes on: what was chained and signed since is not taken back. */
const char transplant_has_audit[] = "SELECT 1 FROM bulkhead.audit_chain WHERE tenant_id = $1::uuid";

/* ---- the role ---- */

const char transplant_begin[] =
	"SET LOCAL lock_timeout = '10s';"
	" SET LOCAL session_replication_role = replica;"
	" SELECT pg_advisory_xact_lock(hashtextextended('bulkhead.restore', 0));"
	" CREATE ROLE " TRANSPLANT_ROLE " NOLOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT;"
	" GRANT USAGE ON SCHEMA bulkhead TO " TRANSPLANT_ROLE;
const char transplant_end[] = "DROP OWNED BY " TRANSPLANT_ROLE "; DROP ROLE " TRANSPLANT_ROLE
							  "; COMMIT";

/* Tables of own vectors last, because making one asks for its store. */
const char transplant_tables[] =
	"WITH RECURSIVE reference AS ("
	"	SELECT DISTINCT conrelid AS child, confrelid AS parent FROM pg_constraint"
	"	 WHERE contype = 'f' AND conrelid <> confrelid AND conparentid = 0"
	"), place (id, depth) AS ("
	"	SELECT oid, 0 FROM pg_class"
	"	 WHERE relnamespace = 'bulkhead'::regnamespace AND relkind IN ('r', 'p')"
	"	 UNION"
	"	SELECT reference.parent, place.depth + 1 FROM place"
	"	  JOIN reference ON reference.child = place.id WHERE place.depth < 64"
	")"
	"SELECT string_agg(t.relname, E'\n'"
	"       ORDER BY t.relname LIKE 'chunk\\_vector\\_%\\_own', ordered.depth DESC, t.relname)"
	"  FROM pg_class AS t"
	"  JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attname = 'tenant_id' AND NOT "
	"a.attisdropped"
	"  JOIN (SELECT id, max(depth) AS depth FROM place GROUP BY id) AS ordered ON ordered.id = "
	"t.oid"
	" WHERE $1::uuid IS NOT NULL AND t.relnamespace = 'bulkhead'::regnamespace"
	"   AND t.relkind IN ('r', 'p') AND NOT t.relispartition";
const char transplant_grants[] =
	"SELECT 'GRANT SELECT, INSERT, DELETE ON '"
	"    || string_agg(format('bulkhead.%I', name), ', ') || ' TO " TRANSPLANT_ROLE "'"
	"  FROM unnest(string_to_array($2, E'\n')) AS t (name) WHERE $1::uuid IS NOT NULL";

const char transplant_columns[] =
	"SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
	" WHERE attrelid = format('bulkhead.%I', $1::text)::regclass"
	"   AND attnum > 0 AND NOT attisdropped AND attgenerated = ''";

/* ---- references ---- */

const char transplant_keys[] =
	"SELECT 'SELECT string_agg(what || '': '' || n, E''\\n'' ORDER BY what) FROM ('"
	"    || string_agg(format('SELECT %L AS what, count(*) AS n FROM bulkhead.%I AS c"
	" WHERE c.tenant_id = $1::uuid AND %s AND NOT EXISTS (SELECT FROM bulkhead.%I AS p WHERE %s)',"
	"           child.relname || ' without its ' || parent.relname, child.relname, pairs.filled,"
	"           parent.relname, pairs.equal), ' UNION ALL ')"
	"    || ') AS lost WHERE n > 0'"
	"  FROM pg_constraint AS k"
	"  JOIN pg_class AS child ON child.oid = k.conrelid"
	"  JOIN pg_class AS parent ON parent.oid = k.confrelid"
	" CROSS JOIN LATERAL ("
	"	SELECT string_agg(format('c.%I IS NOT NULL', own.attname), ' AND ') AS filled,"
	"	       string_agg(format('p.%I = c.%I', other.attname, own.attname), ' AND ') AS equal"
	"	  FROM unnest(k.conkey, k.confkey) AS pair (own, other)"
	"	  JOIN pg_attribute AS own ON own.attrelid = k.conrelid AND own.attnum = pair.own"
	"	  JOIN pg_attribute AS other ON other.attrelid = k.confrelid AND other.attnum = pair.other"
	" ) AS pairs"
	" WHERE $1::uuid IS NOT NULL AND k.contype = 'f' AND k.conparentid = 0"
	"   AND child.relname = ANY (string_to_array($2, E'\n'))";

const char transplant_plans[] =
	"SELECT string_agg('subscription to the plan ' || plan_id || ', version ' || plan_version, "
	"E'\n')"
	"  FROM bulkhead.subscription AS s"
	" WHERE s.tenant_id = $1::uuid AND s.state <> 'canceled'"
	"   AND NOT EXISTS (SELECT FROM bulkhead.plan_version AS v WHERE v.tenant_id = " PLATFORM
	"       AND v.plan_id = s.plan_id AND v.version = s.plan_version)";

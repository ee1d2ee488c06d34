/* SPDX-License-Identifier: Apache-2.0 */
/* transplant.c: the order of a transplantation; its statements are in transplant_sql.c. */
#include "db/transplant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "db/conn.h"
#include "db/transplant_sql.h"

enum { WAIT_MS = 10000 };

/* One run. */
struct run {
	const struct bh_transplant_conf *conf;
	struct bh_conn *from, *to; /* owned */
	char tenant[BH_UUID_TEXT];
	struct bh_buf tables; /* owned: names, a line each, those that others refer to first */
	struct bh_buf people; /* owned: accounts that are missing, as an array's text */
	struct bh_buf *list;  /* borrowed */
	struct bh_transplanted done;
	bool was_there; /* any row of the tenant */
};

static void
run_close(struct run *run)
{
	bh_conn_close(run->from);
	bh_conn_close(run->to);
	bh_buf_close(&run->tables);
	bh_buf_close(&run->people);
}

static int
open_both(struct run *run)
{
	struct bh_conn_conf conf = {.application = "bulkhead-restore", .wait_ms = WAIT_MS};
	int rc;

	conf.conninfo = run->conf->from;
	rc = bh_conn_open(&conf, &run->from);
	conf.conninfo = run->conf->to;
	if (rc == 0)
		rc = bh_conn_open(&conf, &run->to);
	/* Rows are compared as text. */
	if (rc == 0)
		rc = bh_conn_script(run->from, TRANSPLANT_SESSION "; BEGIN READ ONLY");
	return rc < 0 ? rc : bh_conn_script(run->to, TRANSPLANT_SESSION "; BEGIN");
}

/* One value of a statement with the tenant as $1. */
static int
ask(struct run *run, struct bh_conn *conn, const char *sql, struct bh_buf *out, bool *out_found)
{
	const char *const args[] = {run->tenant};

	return bh_conn_value(conn, sql, args, 1, out, out_found);
}

/* The same with another argument. */
static int
ask_with(struct run *run, struct bh_conn *conn, const char *sql, const char *arg,
	struct bh_buf *out)
{
	const char *const args[] = {run->tenant, arg};

	return bh_conn_value(conn, sql, args, 2, out, NULL);
}

/* ---- may it be ---- */

static int
check_same(struct run *run, const char *sql, const char *said)
{
	BH_AUTO(bh_buf_close) struct bh_buf from = {0};
	BH_AUTO(bh_buf_close) struct bh_buf to = {0};
	int rc = bh_conn_value(run->from, sql, NULL, 0, &from, NULL);

	if (rc == 0)
		rc = bh_conn_value(run->to, sql, NULL, 0, &to, NULL);
	if (rc == 0 && strcmp(bh_buf_string(&from), bh_buf_string(&to)) != 0)
		rc = bh_error(BH_E_STATE, "%s", said);
	return rc;
}

static int
check_tenant(struct run *run)
{
	BH_AUTO(bh_buf_close) struct bh_buf state = {0};
	BH_AUTO(bh_buf_close) struct bh_buf key = {0};
	bool there, taken;
	int rc = ask(run, run->to, transplant_state, &state, &there);

	if (rc == 0)
		rc = ask(run, run->from, transplant_name_key, &key, NULL);
	if (rc < 0)
		return rc;
	if (there && !run->conf->replace)
		return bh_error(BH_E_EXISTS, "the tenant exists: --replace puts the backup in its place");
	if (there && strcmp(bh_buf_string(&state), "suspended") != 0)
		return bh_error(BH_E_STATE, "the tenant is %s: suspend it first", bh_buf_string(&state));
	rc = bh_conn_value(run->to, transplant_name_taken,
		(const char *const[]){run->tenant, bh_buf_string(&key)}, 2, NULL, &taken);
	if (rc == 0 && taken)
		rc = bh_error(BH_E_EXISTS, "another tenant has the same name by now");
	return rc;
}

/* Numbers that were given out, and money that has come, cannot be taken back. */
static int
check_money(struct run *run)
{
	BH_AUTO(bh_buf_close) struct bh_buf known = {0};
	size_t before = run->list->len;
	int rc = ask(run, run->from, transplant_money, &known, NULL);

	if (rc == 0)
		rc = ask_with(run, run->to, transplant_money_lost, bh_buf_string(&known), run->list);
	if (rc == 0 && run->list->len > before)
		rc = bh_error(BH_E_STATE, "invoices or payments of after the backup would be lost");
	return rc;
}

/* Persons who are still there stay as they are; those who have gone come back, unless somebody else has their
 * address by now. */
static int
check_people(struct run *run)
{
	BH_AUTO(bh_buf_close) struct bh_buf all = {0};
	BH_AUTO(bh_buf_close) struct bh_buf addresses = {0};
	size_t before = run->list->len;
	int rc = ask(run, run->from, transplant_people, &all, NULL);

	if (rc == 0)
		rc = ask_with(run, run->to, transplant_people_missing, bh_buf_string(&all), &run->people);
	if (rc == 0)
		rc = ask_with(run, run->from, transplant_addresses, bh_buf_string(&run->people),
			&addresses);
	if (rc == 0)
		rc = ask_with(run, run->to, transplant_addresses_taken, bh_buf_string(&addresses),
			run->list);
	if (rc == 0 && run->list->len > before)
		rc = bh_error(BH_E_STATE, "persons of the tenant have other accounts by now");
	return rc;
}

static int
check(struct run *run)
{
	int rc = check_same(run, transplant_patches,
		"the backup is of another version: its tables differ from those of this platform");

	if (rc == 0)
		rc = check_tenant(run);
	if (rc == 0)
		rc = check_money(run);
	return rc < 0 ? rc : check_people(run);
}

/* ---- the role ---- */

static int
make_role(struct run *run)
{
	BH_AUTO(bh_buf_close) struct bh_buf grants = {0};
	int rc = bh_conn_script(run->to, transplant_begin);

	if (rc < 0)
		return bh_error(BH_E_CONFIG, "a tenant is restored by a superuser of the database: %s",
			bh_error_detail(rc));
	rc = ask(run, run->to, transplant_tables, &run->tables, NULL);
	if (rc == 0)
		rc = ask_with(run, run->to, transplant_grants, bh_buf_string(&run->tables), &grants);
	return rc < 0 ? rc : bh_conn_script(run->to, bh_buf_string(&grants));
}

/* From here on, what is written is of this tenant or refused. */
static int
enter(struct run *run, const char *tenant)
{
	BH_AUTO(bh_buf_close) struct bh_buf script = {0};

	bh_buf_printf(&script,
		"SET LOCAL ROLE " TRANSPLANT_ROLE "; SET LOCAL bulkhead.tenant_id = '%s'", tenant);
	return bh_conn_script(run->to, bh_buf_string(&script));
}

static int
leave(struct run *run)
{
	return bh_conn_script(run->to, "RESET ROLE; SET LOCAL bulkhead.tenant_id = ''");
}

/* ---- tables ---- */

typedef int table_fn(struct run *run, const char *table);

static bool
is_audit(const char *table)
{
	return strncmp(table, "audit_", strlen("audit_")) == 0;
}

/* Each table, in order or against it. */
static int
each_table(struct run *run, bool backwards, table_fn *work)
{
	BH_AUTO(bh_buf_close) struct bh_buf copy = {0};
	char *names[1024];
	size_t n = 0;
	int rc = 0;

	bh_buf_text(&copy, bh_buf_string(&run->tables));
	for (char *at = copy.data, *end; at != NULL && *at != '\0'; at = end) {
		BH_ASSERT(n < BH_COUNT(names));
		end = strchr(at, '\n');
		if (end != NULL)
			*end++ = '\0';
		names[n++] = at;
	}
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const char *name = names[backwards ? n - 1 - i : i];

		if (!(run->done.audit_kept && is_audit(name)))
			rc = work(run, name);
	}
	return rc;
}

static int
remove_rows(struct run *run, const char *table)
{
	BH_AUTO(bh_buf_close) struct bh_buf sql = {0};

	bh_buf_printf(&sql, "DELETE FROM bulkhead.%s WHERE tenant_id = '%s'", table, run->tenant);
	return bh_conn_script(run->to, bh_buf_string(&sql));
}

static int
columns_of(struct run *run, const char *table, struct bh_buf *out)
{
	return bh_conn_value(run->to, transplant_columns, (const char *const[]){table}, 1, out, NULL);
}

/* Rows of the source that `where` names, into the same table under the context of `tenant`. */
static int
move_rows(struct run *run, const char *table, const char *where, const char *tenant)
{
	BH_AUTO(bh_buf_close) struct bh_buf columns = {0};
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	BH_AUTO(bh_buf_close) struct bh_buf in = {0};
	int64_t rows = 0;
	int rc = columns_of(run, table, &columns);

	if (rc < 0)
		return rc;
	bh_buf_printf(&out, "COPY (SELECT %s FROM bulkhead.%s WHERE %s) TO STDOUT (FORMAT binary)",
		bh_buf_string(&columns), table, where);
	bh_buf_printf(&in,
		"CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS SELECT %s FROM bulkhead.%s WITH NO DATA;"
		" GRANT SELECT ON incoming TO " TRANSPLANT_ROLE,
		bh_buf_string(&columns), table);
	rc = bh_conn_script(run->to, bh_buf_string(&in));
	if (rc == 0)
		rc = bh_conn_copy(run->from, bh_buf_string(&out), run->to,
			"COPY pg_temp.incoming FROM STDIN (FORMAT binary)", &rows);
	bh_buf_reset(&in);
	bh_buf_printf(&in,
		"INSERT INTO bulkhead.%s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM pg_temp.incoming",
		table, bh_buf_string(&columns), bh_buf_string(&columns));
	if (rc == 0 && rows > 0) {
		rc = enter(run, tenant);
		if (rc == 0)
			rc = bh_conn_script(run->to, bh_buf_string(&in));
		if (rc == 0)
			rc = leave(run);
	}
	run->done.tables += rows > 0;
	run->done.rows += rows;
	return rc < 0 ? bh_error(rc, "%s: %s", table, bh_error_detail(rc))
				  : bh_conn_script(run->to, "DROP TABLE pg_temp.incoming");
}

/* A store whose vectors lie in a table of their own has that table first. */
static int
open_own_vectors(struct run *run, const char *table)
{
	BH_AUTO(bh_buf_close) struct bh_buf sql = {0};
	BH_AUTO(bh_buf_close) struct bh_buf stores = {0};
	BH_AUTO(bh_buf_close) struct bh_buf refused = {0};
	int rc;

	if (strncmp(table, "chunk_vector_", strlen("chunk_vector_")) != 0 ||
		strstr(table, "_own") == NULL)
		return 0;
	bh_buf_printf(&sql,
		"SELECT coalesce(array_agg(DISTINCT store_id), '{}')::text FROM bulkhead.%s WHERE "
		"tenant_id = $1::uuid",
		table);
	rc = ask(run, run->from, bh_buf_string(&sql), &stores, NULL);
	if (rc < 0 || strcmp(bh_buf_string(&stores), "{}") == 0)
		return rc;
	bh_buf_reset(&sql);
	bh_buf_printf(&sql, "SET LOCAL bulkhead.tenant_id = '%s'", run->tenant);
	rc = bh_conn_script(run->to, bh_buf_string(&sql));
	bh_buf_reset(&sql);
	bh_buf_printf(&sql,
		"SELECT count(*) FILTER (WHERE NOT bulkhead.own_vectors_open($1::uuid, store, %d))"
		"  FROM unnest($2::uuid[]) AS store",
		atoi(table + strlen("chunk_vector_")));
	if (rc == 0)
		rc = ask_with(run, run->to, bh_buf_string(&sql), bh_buf_string(&stores), &refused);
	if (rc == 0 && strcmp(bh_buf_string(&refused), "0") != 0)
		rc = bh_error(BH_E_STATE, "there is no room for more tables of a store's own vectors");
	return rc;
}

static int
give_rows(struct run *run, const char *table)
{
	char where[BH_UUID_TEXT + 16];
	int rc = open_own_vectors(run, table);

	snprintf(where, sizeof(where), "tenant_id = '%s'", run->tenant);
	return rc < 0 ? rc : move_rows(run, table, where, run->tenant);
}

/* ---- what the platform has of it ---- */

static int
remove_place(struct run *run)
{
	BH_AUTO(bh_buf_close) struct bh_buf sql = {0};
	int rc = enter(run, TRANSPLANT_PLATFORM);

	for (size_t i = 0; rc == 0 && i < transplant_n_places; i++) {
		if (transplant_places[i].is_of_people)
			continue;
		bh_buf_reset(&sql);
		bh_buf_printf(&sql,
			"DELETE FROM bulkhead.%s WHERE tenant_id = '" TRANSPLANT_PLATFORM "' AND %s = '%s'",
			transplant_places[i].table, transplant_places[i].column, run->tenant);
		rc = bh_conn_script(run->to, bh_buf_string(&sql));
	}
	return rc < 0 ? rc : leave(run);
}

static int
give_place(struct run *run)
{
	BH_AUTO(bh_buf_close) struct bh_buf where = {0};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < transplant_n_places; i++) {
		bh_buf_reset(&where);
		bh_buf_printf(&where,
			"tenant_id = '" TRANSPLANT_PLATFORM "' AND %s = ANY ('%s%s%s'::uuid[])",
			transplant_places[i].column, transplant_places[i].is_of_people ? "" : "{",
			transplant_places[i].is_of_people ? bh_buf_string(&run->people) : run->tenant,
			transplant_places[i].is_of_people ? "" : "}");
		rc = move_rows(run, transplant_places[i].table, bh_buf_string(&where), TRANSPLANT_PLATFORM);
	}
	return rc;
}

/* ---- proofs ---- */

/* The rows of a table as the tenant sees them, on both sides. */
static int
compare_rows(struct run *run, const char *table)
{
	BH_AUTO(bh_buf_close) struct bh_buf columns = {0};
	BH_AUTO(bh_buf_close) struct bh_buf sql = {0};
	BH_AUTO(bh_buf_close) struct bh_buf from = {0};
	BH_AUTO(bh_buf_close) struct bh_buf to = {0};
	int rc = columns_of(run, table, &columns);

	bh_buf_printf(&sql,
		"SELECT count(*) || ' ' || coalesce(sum(hashtextextended(r::text, 0)::numeric), 0)"
		"  FROM (SELECT %s FROM bulkhead.%s WHERE tenant_id = $1::uuid) AS r",
		bh_buf_string(&columns), table);
	if (rc == 0)
		rc = ask(run, run->from, bh_buf_string(&sql), &from, NULL);
	if (rc == 0)
		rc = ask(run, run->to, bh_buf_string(&sql), &to, NULL);
	if (rc == 0 && strcmp(bh_buf_string(&from), bh_buf_string(&to)) != 0)
		rc = bh_error(BH_E_STATE, "the rows of %s differ: %s in the backup, %s here", table,
			bh_buf_string(&from), bh_buf_string(&to));
	return rc;
}

/* Keys, and what refers to the platform's rows without one. Only read: what is looked for is not the tenant's. */
static int
check_references(struct run *run)
{
	BH_AUTO(bh_buf_close) struct bh_buf sql = {0};
	BH_AUTO(bh_buf_close) struct bh_buf keys = {0};
	BH_AUTO(bh_buf_close) struct bh_buf plans = {0};
	int rc = ask_with(run, run->to, transplant_keys, bh_buf_string(&run->tables), &sql);

	if (rc == 0)
		rc = ask(run, run->to, bh_buf_string(&sql), &keys, NULL);
	if (rc == 0)
		rc = ask(run, run->to, transplant_plans, &plans, NULL);
	if (rc < 0 || (keys.len == 0 && plans.len == 0))
		return rc;
	bh_buf_text(run->list, bh_buf_string(&keys));
	if (keys.len > 0 && plans.len > 0)
		bh_buf_char(run->list, '\n');
	bh_buf_text(run->list, bh_buf_string(&plans));
	return bh_error(BH_E_STATE, "the tenant's rows refer to what this platform no longer has");
}

/* ---- all of it ---- */

static int
transplant(struct run *run)
{
	int rc = ask(run, run->to, transplant_has_audit, NULL, &run->done.audit_kept);

	if (rc == 0)
		rc = enter(run, run->tenant);
	if (rc == 0)
		rc = each_table(run, true, remove_rows);
	if (rc == 0)
		rc = leave(run);
	if (rc == 0)
		rc = remove_place(run);
	if (rc == 0)
		rc = give_place(run);
	if (rc == 0)
		rc = each_table(run, false, give_rows);
	if (rc == 0)
		rc = enter(run, run->tenant);
	if (rc == 0)
		rc = each_table(run, false, compare_rows);
	if (rc == 0)
		rc = leave(run);
	return rc < 0 ? rc : check_references(run);
}

int
bh_transplant(const struct bh_transplant_conf *conf, struct bh_buf *out_list,
	struct bh_transplanted *out)
{
	BH_AUTO(run_close) struct run run = {.conf = conf, .list = out_list};
	int rc;

	bh_uuid_format(&conf->tenant, run.tenant);
	rc = open_both(&run);
	if (rc == 0)
		rc = make_role(&run);
	if (rc == 0)
		rc = check(&run);
	if (rc == 0 && conf->before_rows != NULL)
		rc = conf->before_rows(conf->ctx);
	if (rc == 0)
		rc = transplant(&run);
	if (rc == 0 && conf->before_commit != NULL)
		rc = conf->before_commit(conf->ctx);
	/* What is not committed is undone when the connection closes. */
	if (rc == 0)
		rc = bh_conn_script(run.to, transplant_end);
	if (rc == 0)
		*out = run.done;
	return rc;
}

int
bh_transplant_find(const char *conninfo, const char *word, struct bh_uuid *out_tenant,
	struct bh_buf *out_name)
{
	BH_AUTO(bh_buf_close) struct bh_buf id = {0};
	const struct bh_conn_conf conf = {
		.conninfo = conninfo,
		.application = "bulkhead-restore",
		.wait_ms = WAIT_MS,
	};
	struct bh_conn *conn;
	int rc = bh_conn_open(&conf, &conn);

	if (rc < 0)
		return rc;
	rc = bh_conn_value(conn, transplant_find_id, &word, 1, &id, NULL);
	if (rc == 0 && bh_uuid_parse(bh_buf_string(&id), out_tenant) < 0)
		rc = bh_error(BH_E_NOT_FOUND, "the backup has no tenant '%.128s'", word);
	if (rc == 0)
		rc = bh_conn_value(conn, transplant_find_name, &word, 1, out_name, NULL);
	bh_conn_close(conn);
	return rc;
}

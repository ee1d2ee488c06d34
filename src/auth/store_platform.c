/* SPDX-License-Identifier: Apache-2.0 */
/* store_platform.c: the SQL of what is told of the whole platform; functions of the database that may count it. */
#include "auth/store_platform.h"

static const struct bh_row queue_row = BH_ROW(struct auth_queue, queue, ready, scheduled, running,
	oldest_s);
static const struct bh_row database_row = BH_ROW(struct auth_database, bytes, connections,
	connections_max, oldest_transaction_s, version);
static const struct bh_row jobs_row = BH_ROW(struct auth_jobs, queue, kind, ready, scheduled,
	running, oldest_s);
static const struct bh_row figure_row = BH_ROW(struct auth_figure, name, label, figure);

int
auth_store_platform_queues(struct bh_db *db, const struct bh_uuid *tenant, struct auth_queue **out,
	size_t *out_n)
{
	static const char sql[] =
		"SELECT queue, ready, scheduled, running, oldest_s FROM platform_queues($1)";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &queue_row, out, out_n);
}

int
auth_store_platform_database(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_database *out)
{
	static const char sql[] =
		"SELECT bytes, connections, connections_max, coalesce(oldest_transaction_s, -1), version"
		"  FROM platform_database($1)";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant), &database_row, out);
}

int
auth_store_platform_tenants(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_tenant_order *order, int64_t limit, struct auth_tenant_figures **out,
	size_t *out_n)
{
	const struct bh_row row = BH_ROW(struct auth_tenant_figures, id, name, state, created_ms, plan,
		members, month_spent, requests_today);
	static const char sql[] =
		"SELECT id, name, state, created_at, plan, members, month_spent, requests_today"
		"  FROM platform_tenants($1, $2, $3, $4, $5, $6)";

	return bh_db_read_each(db, sql,
		BH_PARAMS(tenant, order->sort, order->descending, bh_uuid_or_null_param(&order->after),
			order->text, limit),
		&row, out, out_n);
}

int
auth_store_platform_mails(struct bh_db *db, const struct bh_uuid *tenant, const char *state,
	const struct bh_uuid *before, int64_t limit, struct auth_mail_told **out, size_t *out_n)
{
	const struct bh_row row = BH_ROW(struct auth_mail_told, id, tenant, tenant_name, kind,
		recipient, state, error, attempts, created_ms, expires_ms);
	static const char sql[] =
		"SELECT id, of_tenant, tenant_name, kind, recipient, state, error, attempts, created_at,"
		"       expires_at"
		"  FROM platform_mails($1, $2, $3, $4)";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, state, before, limit), &row, out, out_n);
}

int
auth_store_platform_jobs(struct bh_db *db, const struct bh_uuid *tenant, struct auth_jobs **out,
	size_t *out_n)
{
	static const char sql[] =
		"SELECT queue, kind, ready, scheduled, running, oldest_s FROM platform_jobs($1)";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &jobs_row, out, out_n);
}

int
auth_store_platform_figures(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_figure **out, size_t *out_n)
{
	static const char sql[] = "SELECT name, label, figure FROM platform_figures($1)";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &figure_row, out, out_n);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* erase.c: a turn of a service in the deletion of a tenant. */
#include "service/erase.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "queue/worker.h"
#include "service/running.h"
#include "service/serving.h"

enum {
	ROWS_AT_ONCE = 2000,
	NAMES_MOST = 32 /* tables that a service keeps, or removes itself */
};

struct counted {
	const char *part;
	int64_t n;
};
static const struct bh_row counted_row = BH_ROW(struct counted, part, n);

/* ---- counting ---- */

/* The same handle, inside the same transaction, where the deletion is kept. */
static struct bh_db
in_platform(const struct bh_db *db)
{
	struct bh_db platform = *db;

	platform.payer = *bh_db_payer(db);
	platform.context = bh_platform_tenant;
	return platform;
}

int
bh_erase_count(struct bh_db *tx, struct bh_erase *erase, const char *part, int64_t n)
{
	static const char sql[] =
		"INSERT INTO tenant_deletion_count AS c (tenant_id, deletion_id, service, part, n)"
		" VALUES ($1, $2, $3, $4, $5)"
		" ON CONFLICT (tenant_id, deletion_id, service, part)"
		" DO UPDATE SET n = c.n + excluded.n, last_at = excluded.last_at";
	struct bh_db platform = in_platform(tx);
	int rc = 0;

	if (n > 0)
		rc = bh_db_exec(&platform, sql,
			BH_PARAMS(&bh_platform_tenant, &erase->deletion, erase->service->name, part, n), NULL);
	if (rc == 0)
		erase->removed += n;
	return rc;
}

/* What stays is counted anew each time. */
static int
count_kept(struct bh_db *tx, const struct bh_erase *erase, const struct counted *kept,
	const char *reason)
{
	static const char sql[] = "INSERT INTO tenant_deletion_count AS c"
							  "       (tenant_id, deletion_id, service, part, n, kept)"
							  " VALUES ($1, $2, $3, $4, $5, $6)"
							  " ON CONFLICT (tenant_id, deletion_id, service, part)"
							  " DO UPDATE SET n = excluded.n, last_at = excluded.last_at";
	struct bh_db platform = in_platform(tx);

	return bh_db_exec(&platform, sql,
		BH_PARAMS(&bh_platform_tenant, &erase->deletion, erase->service->name, kept->part, kept->n,
			reason),
		NULL);
}

/* ---- rows ---- */

struct names {
	const char *texts[NAMES_MOST];
	size_t n;
};

static void
names_add(struct names *names, const char *text)
{
	BH_ASSERT(names->n < NAMES_MOST);
	names->texts[names->n++] = text;
}

static void
kept_names(const struct bh_erase *erase, struct names *out)
{
	const struct bh_erase_kept *kept = erase->service->keeps;

	for (; kept != NULL && kept->table != NULL; kept++)
		names_add(out, kept->table);
}

/* What is not for bh_erase_turn to remove: what stays, and what the service removes itself. */
static void
skipped_names(const struct bh_erase *erase, struct names *out)
{
	kept_names(erase, out);
	for (const char *const *own = erase->service->erases; own != NULL && *own != NULL; own++)
		names_add(out, *own);
}

struct piece {
	struct bh_erase *erase;
	const struct names *skipped;
	int64_t rows;
};

static int
remove_piece(struct bh_db *tx, void *ctx)
{
	static const char sql[] = "SELECT part, n FROM erase_rows($1, $2, $3)";
	struct piece *piece = ctx;
	struct bh_erase *erase = piece->erase;
	const int64_t before = erase->removed;
	struct counted *rows = NULL;
	size_t n = 0;
	int rc = bh_db_each(tx, sql,
		BH_PARAMS(&erase->tenant, bh_text_array_param(piece->skipped->texts, piece->skipped->n),
			(int64_t)ROWS_AT_ONCE),
		&counted_row, &rows, &n);

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = bh_erase_count(tx, erase, rows[i].part, rows[i].n);
	piece->rows = erase->removed - before;
	/* Whoever runs it again counts again. */
	if (rc < 0)
		erase->removed = before;
	return rc;
}

/* In pieces, until none is left or the turn is over. */
static int
remove_rows(struct bh_erase *erase, bool *out_all)
{
	struct names skipped = {0};
	struct piece piece = {erase, &skipped, 1};
	int rc = 0;

	skipped_names(erase, &skipped);
	while (rc == 0 && piece.rows > 0 && !bh_erase_is_over(erase, bh_clock_steady_ms())) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db db = erase->db;

		db.arena = &arena;
		rc = bh_tx_run(&db, remove_piece, &piece);
	}
	*out_all = piece.rows == 0;
	return rc;
}

static int
note_kept(struct bh_db *tx, void *ctx)
{
	static const char sql[] = "SELECT part, n FROM erase_kept($1, $2)";
	const struct bh_erase *erase = ctx;
	const struct bh_erase_kept *kept = erase->service->keeps;
	struct names names = {0};
	struct counted *rows = NULL;
	size_t n = 0;
	int rc;

	kept_names(erase, &names);
	rc = bh_db_each(tx, sql, BH_PARAMS(&erase->tenant, bh_text_array_param(names.texts, names.n)),
		&counted_row, &rows, &n);
	BH_ASSERT(rc < 0 || n == names.n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = count_kept(tx, erase, &rows[i], kept[i].reason);
	return rc;
}

int
bh_erase_turn(struct bh_erase *erase)
{
	bool all = false;
	int rc = erase->service->closes != NULL ? erase->service->closes(erase) : 0;

	if (rc == 0)
		rc = remove_rows(erase, &all);
	if (rc == 0 && all && erase->service->erase != NULL)
		rc = erase->service->erase(erase);
	if (rc == 0 && all && erase->service->keeps != NULL)
		rc = bh_tx_run(&erase->db, note_kept, erase);
	return rc;
}

/* ---- what goes on in this process ---- */

/* Ends the tenant's requests, whose connections are gone, and its jobs, which lose their leases. How many are
 * still on their way out. */
static size_t
stop_work(struct bh_runtime *runtime, const struct bh_uuid *tenant)
{
	size_t n = bh_serve_cut(runtime, tenant);

	if (runtime->jobs != NULL)
		n += bh_worker_pool_drop(runtime->jobs, tenant);
	return n;
}

int
bh_erase_run(struct bh_runtime *runtime, struct bh_erase *erase, bool *out_clean)
{
	/* Before and after: what was still running may have written behind the rows' back. */
	size_t running = stop_work(runtime, &erase->tenant);
	int rc = bh_erase_turn(erase);

	running += stop_work(runtime, &erase->tenant);
	if (rc == 0)
		*out_clean = running == 0 && erase->removed == 0;
	return rc;
}

/* ---- the route ---- */

struct ask {
	const char *deletion;
};

static const struct bh_field ask_fields[] = {
	{"deletion", BH_FIELD_TEXT, offsetof(struct ask, deletion), BH_REQUIRED, 36, 36},
};
static const struct bh_shape ask_shape = BH_SHAPE(NULL, struct ask, ask_fields);

static const struct bh_field answer_fields[] = {
	{"clean", BH_FIELD_BOOL, offsetof(struct bh_erase_answer, clean)},
};
const struct bh_shape bh_erase_answer_shape = BH_SHAPE(NULL, struct bh_erase_answer, answer_fields);

int
bh_erase_http(struct bh_request *req)
{
	struct bh_erase_answer answer = {0};
	struct bh_erase erase = {
		.service = req->runtime->service,
		.state = req->service,
		.tenant = req->target,
		.db = *req->target_db,
		.until_ms = bh_clock_steady_ms() + BH_ERASE_TURN_MS,
	};
	struct ask ask = {0};
	int rc = bh_request_object(req, &ask_shape, &ask);

	if (rc == 0 && !__atomic_load_n(&req->runtime->state_open, __ATOMIC_ACQUIRE))
		rc = bh_error(BH_E_UNAVAILABLE, "the service is still starting");
	if (rc == 0 && bh_uuid_parse(ask.deletion, &erase.deletion) < 0)
		rc = bh_error_param(BH_E_INVALID, "deletion", "'deletion' must be a UUID.");
	if (rc == 0)
		rc = bh_erase_run(req->runtime, &erase, &answer.clean);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_object(req, 200, &bh_erase_answer_shape, &answer);
}

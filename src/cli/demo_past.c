/* SPDX-License-Identifier: Apache-2.0 */
/* demo_past.c: the demonstration's usage of the last ninety days, settled by the meter's own function as the set-up
 * role: time passes for no API. */
#include "base/error.h"
#include "cli/demo.h"
#include "db/db.h"
#include "supervisor/external.h"

#define DAYS 90
#define WAIT_MS 10000
#define STATEMENT_MS 60000

static const char past_sql[] = "SELECT meter_past($1, $2, $3, $4, $5)";
static const char owner_sql[] = "SET LOCAL ROLE bulkhead_owner";
static const char path_sql[] = "SET LOCAL search_path = bulkhead";

static int
settle(struct bh_db *tx, void *ctx)
{
	const struct cli_demo *demo = ctx;
	const struct bh_uuid tenant = tx->context;
	int64_t written = 0;
	int rc = bh_db_exec(tx, owner_sql, NULL, 0, NULL);

	if (rc == 0)
		rc = bh_db_exec(tx, path_sql, NULL, 0, NULL);
	if (rc < 0)
		return rc;
	return bh_db_one(tx, past_sql,
		BH_PARAMS(&tenant, (int64_t)DAYS, bh_uuid_array_param(demo->people, CLI_DEMO_PEOPLE - 1),
			bh_uuid_array_param(demo->keys, CLI_DEMO_KEYS), &demo->team),
		&bh_row_int, &written);
}

int
cli_demo_past(struct cli_demo *demo)
{
	struct cli *cli = demo->cli;
	const struct bh_db_conf conf = {
		.conninfo = supervisor_external_setup(&cli->instance.arena,
			&cli->instance.settings.platform),
		.connections = 1,
		.wait_ms = WAIT_MS,
		.statement_ms = STATEMENT_MS,
		.application = "bulkhead-demo",
	};
	struct bh_db db = {.arena = &cli->instance.arena};
	int rc = bh_uuid_parse(demo->tenant, &db.context);

	if (rc == 0)
		rc = bh_db_pool_open(&conf, &db.pool);
	if (rc < 0)
		return cli_fail(rc);
	rc = bh_tx_run(&db, settle, demo);
	bh_db_pool_close(db.pool);
	return rc < 0 ? cli_fail(rc) : CLI_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* store_charge.c: the SQL of pictures of jobs, each of which is charged once. */
#include "base/macros.h"
#include "model/store.h"

int
model_store_charge_put(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *job,
	int64_t position, const struct bh_uuid *act, bool *out_ours)
{
	/* Of two at the same moment the second sees neither row: it is not the first. */
	static const char sql[] =
		"WITH put AS ("
		"	INSERT INTO image_charge (tenant_id, image_job_id, position, act_id)"
		"	VALUES ($1, $2, $3, $4)"
		"	ON CONFLICT (tenant_id, image_job_id, position) DO NOTHING"
		"	RETURNING act_id"
		"), stood AS ("
		"	SELECT act_id FROM image_charge"
		"	 WHERE tenant_id = $1 AND image_job_id = $2 AND position = $3"
		")"
		" SELECT coalesce((SELECT act_id FROM put), (SELECT act_id FROM stood))"
		"        IS NOT DISTINCT FROM $4";

	return bh_db_one(db, sql, BH_PARAMS(tenant, job, position, act), &bh_row_bool, out_ours);
}

int
model_store_charge_take_back(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job, int64_t position, const struct bh_uuid *act)
{
	static const char sql[] = "DELETE FROM image_charge"
							  " WHERE tenant_id = $1 AND image_job_id = $2 AND position = $3"
							  "   AND act_id = $4";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, job, position, act), NULL);
}

int
model_store_charge_count(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *job,
	int64_t first, int64_t n, int64_t *out)
{
	static const char sql[] = "SELECT count(*)"
							  "  FROM image_charge"
							  " WHERE tenant_id = $1 AND image_job_id = $2"
							  "   AND position >= $3 AND position < $3 + $4";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, job, first, n), &bh_row_int, out);
}

int
model_store_charge_of(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *act,
	int64_t *out)
{
	static const char sql[] = "SELECT count(*)"
							  "  FROM image_charge"
							  " WHERE tenant_id = $1 AND act_id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, act), &bh_row_int, out);
}

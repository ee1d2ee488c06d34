/* SPDX-License-Identifier: Apache-2.0 */
/* store_course.c: the SQL of what a job goes through: events, checkpoints, and with whom these are shared. */
#include <string.h>

#include "finetune/store.h"
#include "service/list.h"

/* ---- events ---- */

int
finetune_store_event_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *job,
	const struct finetune_event *event)
{
	static const char sql[] =
		"INSERT INTO fine_tuning_event (tenant_id, fine_tuning_job_id, sequence_number, level,"
		"                               type, message, data)"
		" SELECT $1, $2, number, CASE WHEN number < $7 THEN $3 ELSE 'warn' END,"
		"        CASE WHEN number < $7 THEN $4 ELSE 'message' END,"
		"        CASE WHEN number < $7 THEN $5"
		"             ELSE 'The job has too many events: of those that follow the last one is "
		"kept.' END,"
		"        CASE WHEN number < $7 THEN $6 ELSE '{}' END"
		"   FROM (SELECT coalesce(max(sequence_number) + 1, 0) AS number FROM fine_tuning_event"
		"          WHERE tenant_id = $1 AND fine_tuning_job_id = $2) AS next"
		"  WHERE number <= $7";
	const int64_t full = event->is_last ? INT64_MAX : FINETUNE_EVENTS_MOST - 1;

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, job, event->level, event->type, event->message, event->data, full), NULL);
}

/* Half of the job's id, of its random part, and the number. */
static struct bh_uuid
event_id(const struct bh_uuid *job, int64_t number)
{
	struct bh_uuid id;

	memcpy(id.bytes, job->bytes + 8, 8);
	for (int i = 0; i < 8; i++)
		id.bytes[8 + i] = (uint8_t)((uint64_t)number >> 8 * (7 - i));
	return id;
}

int64_t
finetune_store_event_number(const struct bh_uuid *job, const struct bh_uuid *id)
{
	uint64_t number = 0;

	if (memcmp(id->bytes, job->bytes + 8, 8) != 0)
		return -1;
	for (int i = 0; i < 8; i++)
		number = number << 8 | id->bytes[8 + i];
	return number > INT64_MAX ? -1 : (int64_t)number;
}

static const struct bh_row event_row = BH_ROW(struct finetune_event, number, level, type, message,
	data, created_ms);

#define EVENTS \
	"SELECT sequence_number, level, type, message, data, created_at" \
	"  FROM fine_tuning_event" \
	" WHERE tenant_id = $1 AND fine_tuning_job_id = $2 AND sequence_number > $3" \
	"   AND sequence_number < $4"

int
finetune_store_event_list(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *job,
	const struct finetune_event_slice *slice, struct finetune_event **out, size_t *out_n)
{
	static const char up[] = EVENTS " ORDER BY sequence_number LIMIT $5";
	static const char down[] = EVENTS " ORDER BY sequence_number DESC LIMIT $5";
	int rc = bh_db_read_each(db, slice->up ? up : down,
		BH_PARAMS(tenant, job, slice->low, slice->high, slice->limit), &event_row, out, out_n);

	for (size_t i = 0; rc == 0 && i < *out_n; i++)
		(*out)[i].id = event_id(job, (*out)[i].number);
	return rc;
}

/* ---- checkpoints ---- */

static struct bh_param
known(bool is_known, double value)
{
	return is_known ? bh_double_param(value) : bh_null_param(BH_PARAM_DOUBLE);
}

int
finetune_store_checkpoint_put(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct finetune_checkpoint *checkpoint)
{
	static const char sql[] =
		"INSERT INTO fine_tuning_checkpoint (tenant_id, id, fine_tuning_job_id, step, name,"
		"       sha256, bytes, train_loss, train_accuracy, valid_loss, valid_accuracy,"
		"       created_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
		" ON CONFLICT (tenant_id, fine_tuning_job_id, step) DO UPDATE"
		"   SET sha256 = excluded.sha256, bytes = excluded.bytes";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &checkpoint->id, &checkpoint->job, checkpoint->step, checkpoint->name,
			checkpoint->sha256, checkpoint->bytes,
			known(checkpoint->has_train, checkpoint->train_loss),
			known(checkpoint->has_train, checkpoint->train_accuracy),
			known(checkpoint->has_valid, checkpoint->valid_loss),
			known(checkpoint->has_valid, checkpoint->valid_accuracy),
			bh_time_param(checkpoint->created_ms)),
		NULL);
}

#define CHECKPOINT_COLUMNS \
	"c.id, c.fine_tuning_job_id, c.step, c.name, c.sha256, c.bytes, c.train_loss IS NOT NULL," \
	" c.valid_loss IS NOT NULL, c.train_loss, c.train_accuracy, c.valid_loss, c.valid_accuracy," \
	" c.created_at"
static const struct bh_row checkpoint_row = BH_ROW(struct finetune_checkpoint, id, job, step, name,
	sha256, bytes, has_train, has_valid, train_loss, train_accuracy, valid_loss, valid_accuracy,
	created_ms);

#define CHECKPOINTS \
	"SELECT " CHECKPOINT_COLUMNS "  FROM fine_tuning_checkpoint AS c" \
	" WHERE c.tenant_id = $1 AND c.fine_tuning_job_id = $2 AND c.id > $3 AND c.id < $4"

int
finetune_store_checkpoint_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job, const struct bh_slice *slice, struct finetune_checkpoint **out,
	size_t *out_n)
{
	static const char up[] = CHECKPOINTS " ORDER BY c.id LIMIT $5";
	static const char down[] = CHECKPOINTS " ORDER BY c.id DESC LIMIT $5";

	return bh_db_read_each(db, slice->up ? up : down,
		BH_PARAMS(tenant, job, &slice->low, &slice->high, slice->limit), &checkpoint_row, out,
		out_n);
}

int
finetune_store_checkpoint_at(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job, int64_t step, struct finetune_checkpoint *out)
{
	static const char sql[] =
		"SELECT " CHECKPOINT_COLUMNS "  FROM fine_tuning_checkpoint AS c"
		" WHERE c.tenant_id = $1 AND c.fine_tuning_job_id = $2 AND c.step = $3";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, job, step), &checkpoint_row, out);
}

int
finetune_store_checkpoint_named(struct bh_db *db, const struct bh_uuid *tenant, const char *name,
	struct finetune_checkpoint *out)
{
	static const char sql[] = "SELECT " CHECKPOINT_COLUMNS "  FROM fine_tuning_checkpoint AS c"
							  " WHERE c.tenant_id = $1 AND c.name = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, name), &checkpoint_row, out);
}

/* ---- permissions ---- */

static const struct bh_row permission_row = BH_ROW(struct finetune_permission, id, project,
	created_ms);

int
finetune_store_permission_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *checkpoint, const char *project, struct finetune_permission *out)
{
	static const char sql[] =
		"WITH added AS ("
		"	INSERT INTO fine_tuning_permission (tenant_id, id, checkpoint_id, project_id)"
		"	VALUES ($1, $2, $3, $4)"
		"	ON CONFLICT (tenant_id, checkpoint_id, project_id) DO NOTHING"
		"	RETURNING id, project_id, created_at"
		")"
		" SELECT id, project_id, created_at FROM added"
		" UNION ALL"
		" SELECT id, project_id, created_at FROM fine_tuning_permission"
		"  WHERE tenant_id = $1 AND checkpoint_id = $3 AND project_id = $4";
	const struct bh_uuid id = bh_uuid_new();

	return bh_db_one(tx, sql, BH_PARAMS(tenant, &id, checkpoint, project), &permission_row, out);
}

#define PERMISSIONS \
	"SELECT id, project_id, created_at" \
	"  FROM fine_tuning_permission" \
	" WHERE tenant_id = $1 AND checkpoint_id = $2 AND ($3::text IS NULL OR project_id = $3)" \
	"   AND id > $4 AND id < $5"

int
finetune_store_permission_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *checkpoint, const char *project, const struct bh_slice *slice,
	struct finetune_permission **out, size_t *out_n)
{
	static const char up[] = PERMISSIONS " ORDER BY id LIMIT $6";
	static const char down[] = PERMISSIONS " ORDER BY id DESC LIMIT $6";

	return bh_db_read_each(db, slice->up ? up : down,
		BH_PARAMS(tenant, checkpoint, project, &slice->low, &slice->high, slice->limit),
		&permission_row, out, out_n);
}

int
finetune_store_permission_delete(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *checkpoint, const struct bh_uuid *id)
{
	static const char sql[] = "DELETE FROM fine_tuning_permission"
							  " WHERE tenant_id = $1 AND checkpoint_id = $2 AND id = $3";

	return bh_db_change(db, sql, BH_PARAMS(tenant, checkpoint, id));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* store.h: the finetune service's SQL, a function per statement. Tenant is always the second argument. */
#ifndef BH_FINETUNE_STORE_H
#define BH_FINETUNE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

struct bh_slice;

/* A row of `fine_tuning_job`. Zeroed and NULL where there is nothing yet. */
struct finetune_job {
	struct bh_uuid id;
	const char *status, *stage;
	const char *model, *method, *suffix;
	int64_t seed;
	struct bh_uuid training_file, validation_file;
	const char *spec, *metadata; /* JSON text */
	const char *subject, *actor;
	struct bh_uuid credential, session, user, key, team;
	const char *request_id, *traceparent;
	int64_t created_ms, begun_ms, paused_ms, finished_ms, estimated_ms;
	int64_t steps_done, steps, trained_tokens;
	int64_t reserved_tokens, price_nanos, rate_version;
	const char *checked, *evaluation; /* JSON text */
	const char *engine, *fine_tuned_model;
	struct bh_uuid result_file;
	bool published;
	const char *error_code, *error_message, *error_param;
};

BH_MUST_CHECK int finetune_store_job_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct finetune_job *job);
BH_MUST_CHECK int finetune_store_job_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct finetune_job *out);
/* The same inside a transaction, which alone changes the row until its end. */
BH_MUST_CHECK int finetune_store_job_lock(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct finetune_job *out);
/* `metadata`: JSON text of an object, all of whose members a job must have; NULL: any. */
BH_MUST_CHECK int finetune_store_job_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_slice *slice, const char *metadata, struct finetune_job **out, size_t *out_n);
BH_MUST_CHECK int finetune_store_job_unfinished(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t *out);
/* Until the end of the transaction nobody else adds a job of the tenant. */
BH_MUST_CHECK int finetune_store_job_turn(struct bh_db *tx, const struct bh_uuid *tenant);
/* How many of the tenant's wait before this one. */
BH_MUST_CHECK int finetune_store_job_ahead(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t *out);

/* What its worker looks at several times a second. */
struct finetune_wanted {
	int64_t finished_ms, paused_ms;
};
BH_MUST_CHECK int finetune_store_job_wanted(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct finetune_wanted *out);

/* status, stage, checked, begun_ms and engine of *job. These five: BH_E_NOT_FOUND if it has ended. */
BH_MUST_CHECK int finetune_store_job_stage(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct finetune_job *job);
/* steps_done, steps, trained_tokens, estimated_ms of *job; never back. */
BH_MUST_CHECK int finetune_store_job_progress(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct finetune_job *job);
BH_MUST_CHECK int finetune_store_job_evaluation(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *evaluation, const char *name);
/* status, finished_ms, error_…, fine_tuned_model, result_file and published of *job. */
BH_MUST_CHECK int finetune_store_job_end(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct finetune_job *job);
BH_MUST_CHECK int finetune_store_job_pause(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, bool paused);

/* What was committed by this transaction is on the disk when it returns, though the books' functions are content with
 * less. */
BH_MUST_CHECK int finetune_store_durable(struct bh_db *tx);

/* A row of `fine_tuning_event`. */
struct finetune_event {
	struct bh_uuid id; /* made of the job's and the number */
	int64_t number;
	const char *level, *type, *message;
	const char *data; /* JSON text */
	bool is_last;     /* of its job: there is always room for it */
	int64_t created_ms;
};

/* Of a job that makes more of them, such as by being paused and resumed for ever, the last of these says so, and what
 * follows is not kept. */
enum { FINETUNE_EVENTS_MOST = 5000 };

/* Under the next number. Whoever writes events of a job has locked or changed its row before. */
BH_MUST_CHECK int finetune_store_event_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *job, const struct finetune_event *event);
/* Numbers between `low` and `high` (not these), the highest first unless `up`. */
struct finetune_event_slice {
	int64_t low, high, limit;
	bool up;
};
BH_MUST_CHECK int finetune_store_event_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job, const struct finetune_event_slice *slice,
	struct finetune_event **out, size_t *out_n);
/* The number that an id stands for; -1: of another job, or none. */
int64_t finetune_store_event_number(const struct bh_uuid *job, const struct bh_uuid *id);

/* A row of `fine_tuning_checkpoint`. */
struct finetune_checkpoint {
	struct bh_uuid id, job;
	int64_t step;
	const char *name, *sha256;
	int64_t bytes;
	bool has_train, has_valid;
	double train_loss, train_accuracy, valid_loss, valid_accuracy;
	int64_t created_ms;
};

/* One of the same step is replaced: it was written again. */
BH_MUST_CHECK int finetune_store_checkpoint_put(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct finetune_checkpoint *checkpoint);
BH_MUST_CHECK int finetune_store_checkpoint_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job, const struct bh_slice *slice, struct finetune_checkpoint **out,
	size_t *out_n);
BH_MUST_CHECK int finetune_store_checkpoint_at(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job, int64_t step, struct finetune_checkpoint *out);
BH_MUST_CHECK int finetune_store_checkpoint_named(struct bh_db *db, const struct bh_uuid *tenant,
	const char *name, struct finetune_checkpoint *out);

/* A row of `fine_tuning_permission`. */
struct finetune_permission {
	struct bh_uuid id;
	const char *project;
	int64_t created_ms;
};

/* The one that is there already, where there is one. */
BH_MUST_CHECK int finetune_store_permission_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *checkpoint, const char *project, struct finetune_permission *out);
BH_MUST_CHECK int finetune_store_permission_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *checkpoint, const char *project, const struct bh_slice *slice,
	struct finetune_permission **out, size_t *out_n);
BH_MUST_CHECK int finetune_store_permission_delete(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *checkpoint, const struct bh_uuid *id);

#endif

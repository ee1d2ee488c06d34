/* SPDX-License-Identifier: Apache-2.0 */
/* store.h: the multimodal service's SQL, a function per statement. Tenant is always the second argument. */
#ifndef BH_MULTIMODAL_STORE_H
#define BH_MULTIMODAL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

struct bh_slice;

/* A row of `image_job`. */
struct multimodal_job {
	struct bh_uuid id, job;
	const char *kind, *status;
	const char *spec;    /* JSON text */
	const char *removed; /* "" if nothing */
	int64_t images, done;
	bool detached, cancel_asked, test_backend;
	const char *subject;
	struct bh_uuid credential;
	const char *request_id, *traceparent;
	int64_t created_ms, completed_ms;
	const char *model;                                    /* NULL: not known yet */
	const char *error_code, *error_message, *error_param; /* NULL: none */
};

BH_MUST_CHECK int multimodal_store_job_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct multimodal_job *job);
BH_MUST_CHECK int multimodal_store_job_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct multimodal_job *out);
BH_MUST_CHECK int multimodal_store_job_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_slice *slice, struct multimodal_job **out, size_t *out_n);
/* How many of the tenant's are unfinished. */
BH_MUST_CHECK int multimodal_store_job_unfinished(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t *out);
/* How many of the tenant's wait before this one. */
BH_MUST_CHECK int multimodal_store_job_ahead(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t *out);
BH_MUST_CHECK int multimodal_store_job_begin(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id);
BH_MUST_CHECK int multimodal_store_job_model(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *model, bool test_backend);
BH_MUST_CHECK int multimodal_store_job_cancel(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id);
/* status, error_… and completed_ms of *job. */
BH_MUST_CHECK int multimodal_store_job_end(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct multimodal_job *job);

/* A row of `image_input`. */
struct multimodal_input {
	int64_t position;
	struct bh_uuid file;
	int64_t bytes; /* of it; 0: not known */
};
BH_MUST_CHECK int multimodal_store_input_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *job, const struct multimodal_input *input);
BH_MUST_CHECK int multimodal_store_input_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job, struct multimodal_input **out, size_t *out_n);

/* A row of `image`. */
struct multimodal_image {
	int64_t position;
	struct bh_uuid file;
	const char *format;
	int64_t width, height, bytes;
	const char *revised_prompt; /* NULL: none */
	int64_t created_ms;
};
BH_MUST_CHECK int multimodal_store_image_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *job, const struct multimodal_image *image);
BH_MUST_CHECK int multimodal_store_image_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job, struct multimodal_image **out, size_t *out_n);

/* A row of `image_event`. */
struct multimodal_event {
	int64_t number, position, partial;
	struct bh_uuid file;
	int64_t created_ms;
};
/* Under the next number. */
BH_MUST_CHECK int multimodal_store_event_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *job, const struct multimodal_event *event);
/* The first one behind a number. */
BH_MUST_CHECK int multimodal_store_event_next(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job, int64_t after, struct multimodal_event *out, bool *out_found);

#endif

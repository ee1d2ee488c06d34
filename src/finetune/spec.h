/* SPDX-License-Identifier: Apache-2.0 */
/* spec.h: what POST /v1/fine_tuning/jobs asks for, and the same as it is kept with the job. */
#ifndef BH_FINETUNE_SPEC_H
#define BH_FINETUNE_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "finetune/data.h"
#include "json/fields.h"

struct bh_request;

enum { FINETUNE_EPOCHS_AUTO = 3, FINETUNE_BATCH_AUTO = 4 };

/* Zero where it is "auto". */
struct finetune_hyper {
	int64_t epochs, batch_size;
	double rate_multiplier, beta;
};

/* Strings are borrowed from the request's body. */
struct finetune_spec {
	const char *model, *suffix; /* suffix NULL: none */
	struct bh_uuid training_file, validation_file;
	bool has_validation_file, has_seed;
	int64_t seed;
	const char *metadata; /* JSON text */
	const char *method;   /* "supervised", "dpo" */
	struct finetune_hyper hyper;
	/* "bulkhead" */
	bool leaks_allowed; /* held-out examples that are in the training data are warnings */
	bool publish_worse;
	int64_t held_out_percent;
	int64_t samples; /* answers to held-out examples, before and after */
};

/* Reads the request's body. Errors name the field. */
BH_MUST_CHECK int finetune_spec_request(struct bh_request *req, struct finetune_spec *out);

/* What is kept of it beside the columns of the job: hyperparameters and wishes. */
void finetune_spec_write(const struct finetune_spec *spec, struct bh_buf *out);
BH_MUST_CHECK int finetune_spec_read(const char *text, struct finetune_spec *out);

/* "auto" made a number. */
int64_t finetune_spec_epochs(const struct finetune_spec *spec);
int64_t finetune_spec_batch(const struct finetune_spec *spec);

/* {"n_epochs":…} as on the wire; beta with dpo only. */
void finetune_spec_write_hyper(struct bh_write *write, const struct finetune_hyper *hyper,
	bool with_beta);

extern const struct bh_shape finetune_job_create;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* job.h: what is to be trained, as it stands on descriptor 3. */
#ifndef TRAINER_JOB_H
#define TRAINER_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "json/json.h"

enum trainer_method { TRAINER_SUPERVISED, TRAINER_DPO };

/* The linear weights of a layer, by the bits of `targets`. */
enum trainer_target {
	TRAINER_Q = 1,
	TRAINER_K = 2,
	TRAINER_V = 4,
	TRAINER_O = 8,
	TRAINER_GATE = 16,
	TRAINER_UP = 32,
	TRAINER_DOWN = 64,
	TRAINER_TARGETS_ALL = 127
};

/* Members have the names of the job's, and the defaults of trainer_job_defaults. Strings are borrowed from `doc`. */
struct trainer_job {
	const char *model; /* required: path of the base model, GGUF */
	const char *
		model_hash; /* its SHA-256 in hex, as the service knows it: kept in the adapter; "" if unknown */
	const char *chat_template; /* path of the chat template that serves it; NULL: the model's own */
	const char *training;      /* required: path of the training data */
	const char *validation; /* path of held-out data; NULL: a part of the training data, by seed */
	const char *folder;     /* required: all that is written lies below it */
	int method;             /* "supervised" or "dpo" */
	double
		held_out; /* share of the training data that is held out without `validation`; 0 to 0.5 */
	double learning_rate; /* at its highest */
	double warmup;        /* share of the steps */
	double weight_decay;
	double gradient_norm_max; /* 0: not clipped */
	double beta;              /* of DPO */
	int64_t rank, alpha;
	int64_t targets; /* "target_modules": ["q","k","v","o","gate","up","down"] */
	int64_t epochs;
	int64_t batch_size; /* examples in memory at once */
	int64_t accumulate; /* batches in a step */
	int64_t seed;
	int64_t context;          /* tokens of an example; what is longer loses its end */
	int64_t checkpoint_steps; /* a checkpoint every so many steps, and at the end */
	int64_t checkpoints_kept; /* the newest; the best by valid_loss is kept besides */
	int64_t samples, sample_tokens;
	int64_t threads;
	int64_t memory_bytes; /* of this process, the base model's pages included */
	int64_t cpu_seconds;  /* 0: not limited */
	int64_t examples_min;
	bool leaks_allowed; /* held-out examples that are in the training data are warnings */

	const struct bh_json *target_names; /* internal: as read */
	struct bh_json_doc doc;             /* owned */
};

/* BH_E_… with a detail (bh_error_detail) and the member's name (bh_error_field). Close `out` in any case. */
BH_MUST_CHECK int trainer_job_parse(const char *text, size_t len, struct trainer_job *out);
void trainer_job_close(struct trainer_job *job);

/* SHA-256, in hex, of all that the losses depend on but the data and the model's bytes. */
void trainer_job_digest(const struct trainer_job *job, char out[65]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* create.h: makes a job of a request for pictures, and answers with what comes of it. */
#ifndef BH_MULTIMODAL_CREATE_H
#define BH_MULTIMODAL_CREATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "multimodal/spec.h"
#include "multimodal/store.h"

struct bh_request;

struct multimodal_new {
	const char *kind; /* "generation", "edit" */
	const struct multimodal_spec *spec;
	const struct multimodal_input *inputs;
	size_t n_inputs;
};

/* Whether the tenant may have one more job. BH_E_BUSY. */
BH_MUST_CHECK int multimodal_create_check(struct bh_request *req);

/* Writes the job, hands it to a worker, and answers the request: with the job where it is detached, with its events,
 * or with its pictures once all are there. */
int multimodal_create(struct bh_request *req, const struct multimodal_new *wanted);

/* The same for a request that repeats an earlier one (its Idempotency-Key). */
int multimodal_create_again(struct bh_request *req, const struct bh_uuid *job,
	const struct multimodal_spec *spec);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* answer.h: a job's pictures on the wire: as one answer, as events, as an object. No more than a piece of a picture is
 * held in memory for the first, and one picture for the second. */
#ifndef BH_MULTIMODAL_ANSWER_H
#define BH_MULTIMODAL_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "multimodal/store.h"

struct bh_request;

/* The error of a job that ended without its pictures; 0: it has them. */
BH_MUST_CHECK int multimodal_answer_error(const struct multimodal_job *job);

/* Replies: all return 0. */
int multimodal_answer_images(struct bh_request *req, const struct multimodal_job *job);
int multimodal_answer_job(struct bh_request *req, const struct multimodal_job *job);
/* Events behind a number (-1: all), to the job's end. `own`: of the request that made it, which is a failure if the
 * job is. */
int multimodal_answer_events(struct bh_request *req, const struct bh_uuid *id, int64_t after,
	bool own);

#endif

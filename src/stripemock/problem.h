/* SPDX-License-Identifier: Apache-2.0 */
/* problem.h: why a call is refused, as Stripe's clients are told. */
#ifndef BH_STRIPEMOCK_PROBLEM_H
#define BH_STRIPEMOCK_PROBLEM_H

#include "stripemock/value.h"

/* Zeroed means none. Texts are borrowed: literals, or of the arena. */
struct stripemock_problem {
	int status;
	const char *type; /* NULL: "invalid_request_error" */
	const char *code, *decline_code, *param, *message;
	const struct stripemock_value *payment_intent, *payment_method;
	/* What was written stays: a declined payment is kept as such. */
	bool is_kept;
};

/* {"error":{…}} */
void stripemock_problem_write(const struct stripemock_problem *problem, const char *request_id,
	struct bh_buf *out);

/* Fills *problem with a 400 and returns BH_E_INVALID. */
int stripemock_problem_set(struct stripemock_problem *problem, struct bh_arena *arena,
	const char *code, const char *param, const char *format, ...) BH_PRINTF(5, 6);

#endif

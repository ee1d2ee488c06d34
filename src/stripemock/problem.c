/* SPDX-License-Identifier: Apache-2.0 */
/* problem.c: errors in the shape of Stripe's. */
#include "stripemock/problem.h"

#include <stdarg.h>

#include "base/arena.h"
#include "base/error.h"

int
stripemock_problem_set(struct stripemock_problem *problem, struct bh_arena *arena, const char *code,
	const char *param, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	*problem = (struct stripemock_problem){
		.status = 400,
		.code = code,
		.param = param,
		.message = bh_arena_vprintf(arena, format, args),
	};
	va_end(args);
	return BH_E_INVALID;
}

static void
pair(struct bh_write *write, const char *name, const char *text)
{
	if (text != NULL)
		bh_write_pair_text(write, name, text);
}

void
stripemock_problem_write(const struct stripemock_problem *problem, const char *request_id,
	struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_name(&write, "error");
	bh_write_object(&write);
	pair(&write, "code", problem->code);
	pair(&write, "decline_code", problem->decline_code);
	pair(&write, "message", problem->message);
	pair(&write, "param", problem->param);
	if (problem->payment_intent != NULL) {
		bh_write_name(&write, "payment_intent");
		stripemock_value_write(&write, problem->payment_intent, false);
	}
	if (problem->payment_method != NULL) {
		bh_write_name(&write, "payment_method");
		stripemock_value_write(&write, problem->payment_method, false);
	}
	pair(&write, "request_id", request_id);
	bh_write_pair_text(&write, "type",
		problem->type != NULL ? problem->type : "invalid_request_error");
	bh_write_end(&write);
	bh_write_end(&write);
}

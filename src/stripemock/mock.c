/* SPDX-License-Identifier: Apache-2.0 */
/* mock.c: calls that Stripe does not have: what is to go wrong. */
#include <string.h>

#include "stripemock/operation.h"

const struct stripemock_param fault_params[] = {
	{"webhooks.loss_percent", STRIPEMOCK_INT},
	{"webhooks.duplicate_percent", STRIPEMOCK_INT},
	{"webhooks.delay_ms", STRIPEMOCK_INT},
	{"webhooks.reorder", STRIPEMOCK_BOOL},
	{"seed", STRIPEMOCK_INT},
	{"api.fault", STRIPEMOCK_CHOICE, 0, "error rate_limit drop_before drop_after"},
	{"api.calls", STRIPEMOCK_INT},
	{0},
};

static const char *const fault_names[] = {
	[STRIPEMOCK_FAULT_NONE] = NULL,
	[STRIPEMOCK_FAULT_ERROR] = "error",
	[STRIPEMOCK_FAULT_RATE_LIMIT] = "rate_limit",
	[STRIPEMOCK_FAULT_DROP_BEFORE] = "drop_before",
	[STRIPEMOCK_FAULT_DROP_AFTER] = "drop_after",
};

struct stripemock_value *
stripemock_fault_state(struct stripemock *mock, struct bh_arena *arena)
{
	struct stripemock_faults_conf conf = stripemock_faults_get(&mock->faults);
	struct stripemock_value *state = stripemock_value_literal(arena,
		"{'object':'mock.faults','livemode':false}");

	put_int(state, "webhooks.loss_percent", conf.loss_percent);
	put_int(state, "webhooks.duplicate_percent", conf.duplicate_percent);
	put_int(state, "webhooks.delay_ms", conf.delay_ms);
	put_bool(state, "webhooks.reorder", conf.reorder);
	put_int(state, "seed", conf.seed);
	put_text(state, "api.fault", conf.api_calls > 0 ? fault_names[conf.api_fault] : NULL);
	put_int(state, "api.calls", conf.api_calls);
	return state;
}

static bool
is_percent(int64_t value)
{
	return value >= 0 && value <= 100;
}

/* What is not named is off. */
int
stripemock_fault_set(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	const struct stripemock_value *params = work->params;
	const char *fault = text_at(params, "api.fault");
	struct stripemock_faults_conf conf = {
		.loss_percent = int_at(params, "webhooks.loss_percent"),
		.duplicate_percent = int_at(params, "webhooks.duplicate_percent"),
		.delay_ms = int_at(params, "webhooks.delay_ms"),
		.reorder = bool_at(params, "webhooks.reorder"),
		.seed = int_at(params, "seed"),
		.api_calls = fault != NULL && !has_at(params, "api.calls") ? 1
																   : int_at(params, "api.calls"),
	};

	(void)operation;
	if (!is_percent(conf.loss_percent) || !is_percent(conf.duplicate_percent) ||
		conf.delay_ms < 0 || conf.delay_ms > 3600 * 1000 || conf.api_calls < 0 ||
		(conf.api_calls > 0 && fault == NULL))
		return stripemock_work_refuse(work, "parameter_invalid_integer", "webhooks",
			"A fault is out of its range.");
	for (size_t i = 1; fault != NULL && i < BH_COUNT(fault_names); i++) {
		if (strcmp(fault_names[i], fault) == 0)
			conf.api_fault = (enum stripemock_fault)i;
	}
	stripemock_faults_set(&work->mock->faults, &conf);
	work->result = stripemock_fault_state(work->mock, work->arena);
	return 0;
}

int
stripemock_fault_get(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	(void)operation;
	work->result = stripemock_fault_state(work->mock, work->arena);
	return 0;
}

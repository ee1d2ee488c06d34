/* SPDX-License-Identifier: Apache-2.0 */
/* finetune.c: bulkhead finetune … */
#include "cli/commands.h"
#include "cli/noun.h"

static const struct cli_column columns[] = {
	{"ID", "id"},
	{"CREATED", "created_at"},
	{"MODEL", "model"},
	{"STATUS", "status"},
	{"PAUSED", "bulkhead.paused"},
	{"STEPS", "bulkhead.steps_done"},
	{"OF", "bulkhead.steps"},
	{"RESULT", "fine_tuned_model"},
	{"COST", "bulkhead.cost"},
	{"ERROR", "error.message"},
};
static const struct cli_noun jobs = {"fine-tuning job", "finetune", "fine_tuning_jobs", true, NULL,
	BH_LIST(columns)};

const struct cli_act cli_finetune_list = {&jobs, "GET", NULL};
const struct cli_act cli_finetune_get = {&jobs, "GET", ""};
const struct cli_act cli_finetune_cancel = {&jobs, "POST", "/cancel"};

/* SPDX-License-Identifier: Apache-2.0 */
/* budget.h: budgets, for `bulkhead limit`. */
#ifndef BH_CLI_BUDGET_H
#define BH_CLI_BUDGET_H

#include "cli/api.h"

/* Whether a key, a user or a team is named. */
bool cli_budget_has_owner(const struct cli *cli);
/* Whether there is a budget to set here. */
bool cli_budget_is_given(const struct cli *cli);

/* Sets what is given of the owner that is named, else of the tenant; prints it if one is named. */
int cli_budget_set(struct cli *cli, const char *tenant);

/* Adds the tenant's budgets to an object that is open, and prints those of its owners from there. */
int cli_budget_add(struct cli *cli, const char *tenant, struct bh_write *write);
void cli_budget_print(struct cli *cli, const struct bh_json *limits);

#endif

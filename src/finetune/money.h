/* SPDX-License-Identifier: Apache-2.0 */
/* money.h: a job is one act of the kind training, metered by the tokens that went through its steps. What it is
 * estimated to come to is set aside in the transaction that makes the job, and settled in the one that ends it: so each is
 * done once, whoever dies in between. */
#ifndef BH_FINETUNE_MONEY_H
#define BH_FINETUNE_MONEY_H

#include <stdint.h>

#include "base/macros.h"
#include "finetune/store.h"
#include "meter/terms.h"

struct bh_request;

/* What a job is estimated to come to, in tokens, from the size of its training file. */
int64_t finetune_money_estimate(int64_t bytes, int64_t epochs);
/* What so many tokens cost, in nano-units. */
int64_t finetune_money_cost(const struct finetune_job *job, int64_t tokens);

/* Who spends, and at what price: the owners, price_nanos and rate_version of *job. */
void finetune_money_fill(const struct bh_request *req, const struct meter_terms *terms,
	struct finetune_job *job);

/* Sets aside what it may come to, where a limit or a prepaid balance concerns it. BH_E_OVER_BUDGET with the limit's
 * sentence. Inside bh_tx_run. */
BH_MUST_CHECK int finetune_money_reserve(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct meter_terms *terms, const struct finetune_job *job);

/* Settles it by its trained_tokens, at most by what was set aside; again changes nothing. Inside the bh_tx_run that ends
 * it, with its status and finished_ms. */
BH_MUST_CHECK int finetune_money_settle(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct finetune_job *job);

/* Says that it is still under way. */
BH_MUST_CHECK int finetune_money_renew(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job);

#endif

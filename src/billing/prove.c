/* SPDX-License-Identifier: Apache-2.0 */
/* prove.c: runs the proof and raises the alarm. */
#include "billing/prove.h"

#include "base/log.h"

struct proving {
	const struct billing *billing;
	const struct bh_uuid *tenant;
	int64_t event_days;
	struct billing_proof proof;
};

static int
prove(struct bh_db *tx, void *ctx)
{
	struct proving *proving = ctx;

	return billing_check(tx, proving->tenant, proving->billing->conf.currency, proving->event_days,
		&proving->proof);
}

int
billing_prove(struct billing *billing, struct bh_db *db, const struct bh_uuid *tenant,
	int64_t event_days, struct billing_proof *out)
{
	struct proving proving = {.billing = billing, .tenant = tenant, .event_days = event_days};
	int rc = bh_tx_run(db, prove, &proving);
	char text[BH_UUID_TEXT];

	if (rc < 0)
		return rc;
	bh_uuid_format(tenant, text);
	for (size_t i = 0; i < proving.proof.n_mismatches; i++) {
		const struct billing_mismatch *one = &proving.proof.mismatches[i];

		bh_log(BH_LOG_ERROR,
			"billing: the books of tenant %s do not add up: %s, %s: expected %lld, found %lld",
			text, one->check, one->subject, (long long)one->expected, (long long)one->found);
	}
	__atomic_add_fetch(&billing->mismatches, proving.proof.n_mismatches, __ATOMIC_RELAXED);
	*out = proving.proof;
	return 0;
}

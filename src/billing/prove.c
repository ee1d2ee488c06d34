/* SPDX-License-Identifier: Apache-2.0 */
/* prove.c: runs the proof and raises the alarm. */
#include "billing/prove.h"

#include "base/log.h"

int
billing_prove(struct billing *billing, struct bh_db *db, const struct bh_uuid *tenant,
	int64_t event_days, struct billing_proof *out)
{
	struct billing_proof proof = {0};
	int rc = billing_check(db, tenant, billing->conf.currency, event_days, &proof);
	char text[BH_UUID_TEXT];

	if (rc < 0)
		return rc;
	bh_uuid_format(tenant, text);
	for (size_t i = 0; i < proof.n_mismatches; i++) {
		const struct billing_mismatch *one = &proof.mismatches[i];

		bh_log(BH_LOG_ERROR,
			"billing: the books of tenant %s do not add up: %s, %s: expected %lld, found %lld",
			text, one->check, one->subject, (long long)one->expected, (long long)one->found);
	}
	__atomic_add_fetch(&billing->mismatches, proof.n_mismatches, __ATOMIC_RELAXED);
	*out = proof;
	return 0;
}

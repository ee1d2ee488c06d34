/* SPDX-License-Identifier: Apache-2.0 */
/* testing_invoice.c: see the header. */
#include "billing/testing_invoice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "meter/unit.h"

void
billing_test_use(const struct bh_uuid *tenant, int64_t nanos)
{
	const struct bh_uuid act = bh_uuid_new();

	billing_test_act(tenant, &act, "chat", METER_CHAT, nanos);
}

int64_t
billing_test_account(const struct bh_uuid *tenant, const char *name)
{
	struct bh_db db = bh_test_db_as(&billing_test, NULL, NULL);
	int64_t nanos = 0;
	bool found = false;

	assert_int_equal(bh_db_read_maybe(&db,
						 "SELECT nanos FROM bulkhead.ledger_balance"
						 " WHERE tenant_id = $1 AND account = $2",
						 BH_PARAMS(tenant, name), &bh_row_int, &nanos, &found),
		0);
	return found ? nanos : 0;
}

struct billing_invoice
billing_test_invoice_now(const struct bh_uuid *tenant, int64_t manual, int64_t minimum)
{
	struct bh_uuid id = billing_test_draft(tenant, manual, minimum);

	assert_int_equal(billing_test_finalize(tenant, &id), 0);
	return billing_test_invoice(tenant, &id);
}

void
billing_test_show(const struct billing_proof *proof)
{
	for (size_t i = 0; i < proof->n_mismatches; i++)
		print_error("%s %s: expected %lld, found %lld\n", proof->mismatches[i].check,
			proof->mismatches[i].subject, (long long)proof->mismatches[i].expected,
			(long long)proof->mismatches[i].found);
}

void
billing_test_proven(const struct bh_uuid *tenant, int64_t event_days)
{
	struct billing_proof proof = billing_test_check(tenant, event_days);

	billing_test_show(&proof);
	assert_int_equal(proof.n_mismatches, 0);
}

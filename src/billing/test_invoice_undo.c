/* SPDX-License-Identifier: Apache-2.0 */
/* test_invoice_undo.c: what void invoices and credit notes leave, and numbers that no two tenants share. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "billing/currency.h"
#include "billing/store_invoice.h"
#include "billing/testing_invoice.h"

enum { THREADS = 4 };

#define EURO INT64_C(1000000000)

/* The only draft that there is. */
static struct billing_invoice
the_draft(const struct bh_uuid *tenant)
{
	struct bh_db db = billing_test_db(tenant);
	const struct bh_slice all = {.high.bytes = {0xff}, .limit = 9};
	struct billing_invoice *drafts = NULL;
	size_t n = 0;

	assert_int_equal(billing_store_invoice_list(&db, tenant, &all, "draft", &drafts, &n), 0);
	assert_int_equal(n, 1);
	return drafts[0];
}

static void
a_void_invoice_leaves_a_draft_of_its_own_lines(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct billing_invoice invoice, again;
	struct bh_uuid replacement;

	(void)state;
	billing_test_use(&tenant, 3 * EURO);
	billing_test_age(&tenant);
	invoice = billing_test_invoice_now(&tenant, EURO, 7 * EURO);
	assert_int_equal(invoice.subtotal, 7 * EURO);
	assert_int_equal(billing_test_void(&tenant, &invoice.id), 0);
	replacement = the_draft(&tenant).id;
	assert_int_equal(billing_test_finalize(&tenant, &replacement), 0);
	again = billing_test_invoice(&tenant, &replacement);
	assert_true(bh_uuid_equal(&again.of_invoice, &invoice.id));
	assert_int_equal(again.subtotal, 7 * EURO);
	assert_int_equal(again.usage_nanos, 3 * EURO);
	assert_int_equal(again.due, invoice.due);
	assert_int_equal(billing_test_account(&tenant, "unbilled"), 0);
	/* And that one's as well. */
	assert_int_equal(billing_test_void(&tenant, &replacement), 0);
	replacement = the_draft(&tenant).id;
	assert_int_equal(billing_test_finalize(&tenant, &replacement), 0);
	assert_int_equal(billing_test_invoice(&tenant, &replacement).subtotal, 7 * EURO);
	billing_test_proven(&tenant, 0);
}

static void
a_full_credit_note_is_written_once(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct billing_invoice invoice = billing_test_invoice_now(&tenant, 100 * EURO, 0);
	struct billing_invoice other = billing_test_invoice_now(&tenant, 100 * EURO, 0);
	struct bh_uuid id = bh_uuid_new(), second = bh_uuid_new();

	(void)state;
	assert_int_equal(billing_test_credit(&tenant, &invoice.id, &id, 0), 0);
	assert_int_equal(billing_test_credit(&tenant, &invoice.id, &id, 0), 0);
	assert_int_equal(billing_test_credit(&tenant, &invoice.id, &id, 119 * EURO), 0);
	assert_int_equal(billing_test_credit(&tenant, &invoice.id, &id, EURO), BH_E_EXISTS);
	assert_int_equal(billing_test_credit(&tenant, &other.id, &id, 0), BH_E_EXISTS);
	assert_int_equal(billing_test_credit(&tenant, &other.id, &invoice.id, 0), BH_E_EXISTS);
	assert_int_equal(billing_test_credit(&tenant, &invoice.id, &second, 0), BH_E_INVALID);
	assert_int_equal(billing_test_invoice(&tenant, &invoice.id).credited, 119 * EURO);
	assert_int_equal(billing_test_account(&tenant, "tax_payable"), -19 * EURO);
	billing_test_proven(&tenant, 0);
}

static void
the_tax_of_many_notes_is_that_of_one(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct billing_invoice invoice = billing_test_invoice_now(&tenant, 10 * EURO / 3, 0);

	(void)state;
	/* 3.97 due of 3.966666666: shares of 0.01 are not whole nano-units. */
	for (int64_t left = invoice.due; left > 0; left -= 10000000) {
		struct bh_uuid id = bh_uuid_new();

		assert_int_equal(billing_test_credit(&tenant, &invoice.id, &id, 10000000), 0);
	}
	assert_int_equal(billing_test_account(&tenant, "tax_payable"),
		billing_share(invoice.due, invoice.tax_nanos, invoice.total) - invoice.tax_nanos);
	billing_test_proven(&tenant, 0);
}

struct crediting {
	struct bh_uuid tenant, invoice;
	const struct bh_uuid *note; /* NULL: one's own each */
	int taken;
};

static void *
credit_all(void *ctx)
{
	struct crediting *crediting = ctx;
	struct bh_uuid id = crediting->note != NULL ? *crediting->note : bh_uuid_new();
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = billing_test_db(&crediting->tenant);

	db.arena = &arena;
	if (billing_test_credit_at(&db, &crediting->tenant, &crediting->invoice, &id) == 0)
		__atomic_fetch_add(&crediting->taken, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void
notes_at_once_never_credit_more_than_was_due(void **state)
{
	struct crediting crediting = {.tenant = billing_test_tenant()};
	pthread_t threads[THREADS];
	struct bh_uuid note = bh_uuid_new();

	(void)state;
	for (int same = 0; same < 2; same++) {
		crediting.invoice = billing_test_invoice_now(&crediting.tenant, 100 * EURO, 0).id;
		crediting.note = same ? &note : NULL;
		crediting.taken = 0;
		for (int i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, credit_all, &crediting), 0);
		for (int i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		assert_int_equal(crediting.taken, same ? THREADS : 1);
		assert_int_equal(billing_test_invoice(&crediting.tenant, &crediting.invoice).credited,
			119 * EURO);
	}
	assert_int_equal(billing_test_count(&crediting.tenant,
						 "SELECT count(*) FROM bulkhead.invoice WHERE tenant_id = $1 AND kind = "
						 "'credit_note'"),
		2);
	billing_test_proven(&crediting.tenant, 0);
}

/* ---- numbers ---- */

static void
tenants_whose_ids_end_alike_have_other_numbers(void **state)
{
	const uint8_t *first_of, *last_of;
	struct bh_uuid tenants[3];
	const char *numbers[3];

	(void)state;
	tenants[0] = billing_test_tenant();
	for (size_t i = 1; i < 3; i++) {
		tenants[i] = bh_uuid_new();
		memcpy(tenants[i].bytes + 12, tenants[0].bytes + 12, 4);
		/* The third has as much in common with the second as with the first. */
		if (i == 2)
			memcpy(tenants[i].bytes + 10, tenants[1].bytes + 10, 2);
	}
	for (size_t i = 0; i < 3; i++)
		numbers[i] = billing_test_invoice_now(&tenants[i], EURO, 0).number;
	first_of = tenants[0].bytes + 12;
	last_of = tenants[2].bytes + 8;
	assert_int_equal(strlen(numbers[0]), strlen("INV-01234567-2026-000001"));
	assert_int_equal(strlen(numbers[1]), strlen("INV-0123456789AB-2026-000001"));
	assert_int_equal(strlen(numbers[2]), strlen("INV-0123456789ABCDEF-2026-000001"));
	assert_int_equal(strtoul(bh_arena_copy(&billing_test.arena, numbers[0] + 4, 2), NULL, 16),
		first_of[0]);
	assert_int_equal(strtoul(bh_arena_copy(&billing_test.arena, numbers[2] + 4, 2), NULL, 16),
		last_of[0]);
	/* And keeps it. */
	assert_memory_equal(billing_test_invoice_now(&tenants[2], EURO, 0).number, numbers[2], 20);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_void_invoice_leaves_a_draft_of_its_own_lines),
		cmocka_unit_test(a_full_credit_note_is_written_once),
		cmocka_unit_test(the_tax_of_many_notes_is_that_of_one),
		cmocka_unit_test(notes_at_once_never_credit_more_than_was_due),
		cmocka_unit_test(tenants_whose_ids_end_alike_have_other_numbers),
	};

	return cmocka_run_group_tests(tests, billing_test_open, billing_test_close);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* testing.h: a tenant whose acts cost what the test says. Tests only. */
#ifndef BH_BILLING_TESTING_H
#define BH_BILLING_TESTING_H

#include "billing/check.h"
#include "billing/credit.h"
#include "billing/invoice.h"
#include "db/testing.h"

#define BILLING_TEST_CURRENCY "EUR"

extern struct bh_test_db billing_test;

/* Setup and teardown of the group. */
int billing_test_open(void **state);
int billing_test_close(void **state);

/* A new tenant, and a handle of the service's role in its context. */
struct bh_uuid billing_test_tenant(void);
struct bh_db billing_test_db(const struct bh_uuid *tenant);

/* The number that a statement of the set-up role answers with; $1 is the tenant. */
int64_t billing_test_count(const struct bh_uuid *tenant, const char *sql);
/* A statement of the set-up role; $1 is the tenant. */
void billing_test_do(const struct bh_uuid *tenant, const char *sql);

/* The same, with the triggers that guard tables switched off, as only a superuser can. */
void billing_test_damage(const struct bh_uuid *tenant, const char *sql);

/* An act of this kind and cost is settled (or another time: nothing happens). */
void billing_test_act(const struct bh_uuid *tenant, const struct bh_uuid *act, const char *kind,
	int64_t number, int64_t nanos);
/* Reserves for an act that nobody will vouch for, and charges it. */
void billing_test_lose(const struct bh_uuid *tenant, const struct bh_uuid *act, int64_t nanos);

/* In a transaction each. */
int billing_test_give(const struct bh_uuid *tenant, const struct billing_credit *credit);
int billing_test_post(const struct bh_uuid *tenant);
struct billing_proof billing_test_check(const struct bh_uuid *tenant, int64_t event_days);

/* A seller in Germany, 19 % there and 21 % in Spain, 10 % contained in Japan. */
extern const struct billing_terms billing_test_terms;

/* A day passes: what was used so far was used a day earlier. For tenants without postings. */
void billing_test_age(const struct bh_uuid *tenant);

/* A draft, with one line by hand if it is not 0; and the invoice as it stands. */
struct bh_uuid billing_test_draft(const struct bh_uuid *tenant, int64_t manual, int64_t minimum);
int billing_test_finalize(const struct bh_uuid *tenant, const struct bh_uuid *id);
/* The same on a thread's own handle: a draft of one euro. */
int billing_test_draft_at(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id);
int billing_test_finalize_at(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id);
struct billing_invoice billing_test_invoice(const struct bh_uuid *tenant, const struct bh_uuid *id);
int billing_test_pay(const struct bh_uuid *tenant, const struct bh_uuid *id, const char *reference,
	int64_t nanos);
int billing_test_credit(const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_uuid *note, int64_t nanos);
/* All that is left of it, on a thread's own handle. */
int billing_test_credit_at(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_uuid *note);
int billing_test_void(const struct bh_uuid *tenant, const struct bh_uuid *id);
int billing_test_write_off(const struct bh_uuid *tenant, const struct bh_uuid *id);

/* A number below that one, by xorshift64*: the same for the same seed, which is not 0. */
uint64_t billing_test_draw(uint64_t *seed, uint64_t below);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* testing.h: a tenant whose acts cost what the test says. Tests only. */
#ifndef BH_BILLING_TESTING_H
#define BH_BILLING_TESTING_H

#include "billing/credit.h"
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

/* An act of this kind and cost is settled (or another time: nothing happens). */
void billing_test_act(const struct bh_uuid *tenant, const struct bh_uuid *act, const char *kind,
	int64_t number, int64_t nanos);
/* Reserves for an act that nobody will vouch for, and charges it. */
void billing_test_lose(const struct bh_uuid *tenant, const struct bh_uuid *act, int64_t nanos);

/* In a transaction each. */
int billing_test_give(const struct bh_uuid *tenant, const struct billing_credit *credit);
int billing_test_post(const struct bh_uuid *tenant);

#endif

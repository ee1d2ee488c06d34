/* SPDX-License-Identifier: Apache-2.0 */
/* testing_s3.h: the s3 driver on a real store, BULKHEAD_TEST_S3 ("URL BUCKET ROLE ID SECRET"), and an object of a tenant.
 * Tests only. */
#ifndef BH_OBJECT_TESTING_S3_H
#define BH_OBJECT_TESTING_S3_H

#include "object/s3.h"

struct testing_s3 {
	char url[256], bucket[64], role[256];
	struct bh_object_key key;
	struct bh_object_store *store;
	struct bh_uuid tenant, other, id;
};

int testing_s3_open(void **state);
int testing_s3_close(void **state);

/* Settings of the store; they point into the fixture. */
struct bh_object_conf testing_s3_conf(const struct testing_s3 *fix);

/* Publishes the object; its hash. */
void testing_s3_put(struct testing_s3 *fix, const char *text, struct bh_digest *out_hash);
void testing_s3_put_bytes(struct testing_s3 *fix, const void *bytes, size_t len,
	struct bh_digest *out_hash);

/* Opens the object as this tenant; what came of it. */
int testing_s3_read(struct testing_s3 *fix, const struct bh_uuid *tenant);

/* The one test where no store is named: it is skipped. */
void testing_s3_none(void **state);

#endif

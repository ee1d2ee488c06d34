/* SPDX-License-Identifier: Apache-2.0 */
/* testing_s3.c: see the header. */
#include "object/testing_s3.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bh_object_conf
testing_s3_conf(const struct testing_s3 *fix)
{
	return (struct bh_object_conf){.driver = "s3",
		.previous = "",
		.folder = "",
		.s3_endpoint = fix->url,
		.s3_sts_endpoint = "",
		.s3_download_endpoint = "",
		.s3_region = "us-east-1",
		.s3_bucket = fix->bucket,
		.s3_role = fix->role,
		.s3_key_file = "given",
		.s3_ca_file = getenv("BULKHEAD_TEST_S3_CA") != NULL ? getenv("BULKHEAD_TEST_S3_CA") : "",
		.s3_session_s = 3600,
		.s3_part_mib = 5,
		.s3_timeout_ms = 10000};
}

int
testing_s3_open(void **state)
{
	struct testing_s3 *fix = calloc(1, sizeof(*fix));
	struct bh_object_conf conf;

	assert_non_null(fix);
	assert_int_equal(sscanf(getenv("BULKHEAD_TEST_S3"), "%255s %63s %255s %128s %256s", fix->url,
						 fix->bucket, fix->role, fix->key.id, fix->key.secret),
		5);
	fix->tenant = bh_uuid_new();
	fix->other = bh_uuid_new();
	fix->id = bh_uuid_new();
	conf = testing_s3_conf(fix);
	assert_int_equal(bh_object_store_open(&conf,
						 &(struct bh_object_place){.spool_dir = "/tmp", .key = &fix->key},
						 &fix->store),
		0);
	*state = fix;
	return 0;
}

int
testing_s3_close(void **state)
{
	struct testing_s3 *fix = *state;

	assert_int_equal(bh_object_remove(fix->store, &fix->tenant, &fix->id), 0);
	bh_object_store_close(fix->store);
	free(fix);
	return 0;
}

void
testing_s3_put_bytes(struct testing_s3 *fix, const void *bytes, size_t len,
	struct bh_digest *out_hash)
{
	struct bh_object_writer writer = {0};

	assert_int_equal(bh_object_create(fix->store, &fix->tenant, &fix->id, &writer), 0);
	assert_int_equal(bh_object_write(&writer, bytes, len), 0);
	assert_int_equal(bh_object_publish(&writer, out_hash), 0);
	bh_object_writer_close(&writer);
}

void
testing_s3_put(struct testing_s3 *fix, const char *text, struct bh_digest *out_hash)
{
	testing_s3_put_bytes(fix, text, strlen(text), out_hash);
}

int
testing_s3_read(struct testing_s3 *fix, const struct bh_uuid *tenant)
{
	int64_t bytes;
	int fd;
	int rc = bh_object_read(fix->store, tenant, &fix->id, NULL, &fd, &bytes);

	if (rc == 0)
		close(fd);
	return rc;
}

void
testing_s3_none(void **state)
{
	(void)state;
	printf("BULKHEAD_TEST_S3 names no store\n");
	skip();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* test_s3.c: the s3 driver on a real store: objects, sessions, links, and a store that is away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "object/testing_s3.h"

static void
what_was_published_reads_back_with_its_hash(void **state)
{
	struct testing_s3 *fix = *state;
	struct bh_object_content content = {.bytes = 3};
	char hex[65], text[8] = "";
	int64_t bytes = 0;
	int fd = -1;
	bool held = false;

	testing_s3_put(fix, "abc", &content.hash);
	bh_text_hex(content.hash.bytes, sizeof(content.hash.bytes), hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(bh_object_read(fix->store, &fix->tenant, &fix->id, &content, &fd, &bytes), 0);
	assert_int_equal(bytes, 3);
	assert_int_equal(read(fd, text, sizeof(text)), 3);
	assert_string_equal(text, "abc");
	close(fd);
	assert_int_equal(bh_object_holds(fix->store, &fix->tenant, &fix->id, &content, &held), 0);
	assert_true(held);

	content.bytes = 4;
	assert_int_equal(bh_object_read(fix->store, &fix->tenant, &fix->id, &content, &fd, &bytes),
		BH_E_UNAVAILABLE);
	content.bytes = 3;
	content.hash.bytes[0] ^= 1;
	assert_int_equal(bh_object_read(fix->store, &fix->tenant, &fix->id, &content, &fd, &bytes),
		BH_E_UNAVAILABLE);
	assert_int_equal(bh_object_holds(fix->store, &fix->tenant, &fix->id, &content, &held), 0);
	assert_false(held);
}

static void
an_empty_object_is_an_object(void **state)
{
	struct testing_s3 *fix = *state;
	struct bh_digest hash;
	int64_t bytes = 7;
	int fd = -1;

	testing_s3_put(fix, "", &hash);
	assert_int_equal(hash.bytes[0], 0xe3);
	assert_int_equal(bh_object_read(fix->store, &fix->tenant, &fix->id, NULL, &fd, &bytes), 0);
	assert_int_equal(bytes, 0);
	close(fd);
}

static void
a_large_object_goes_in_parts_and_comes_back_whole(void **state)
{
	struct testing_s3 *fix = *state;
	size_t len = 12 * BH_MIB + 345;
	struct bh_object_content content = {.bytes = (int64_t)len};
	char *bytes = malloc(len);
	int64_t found = 0;
	int fd = -1;

	assert_non_null(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)(i * 2654435761u >> 13);
	testing_s3_put_bytes(fix, bytes, len, &content.hash);
	free(bytes);
	assert_int_equal(bh_object_read(fix->store, &fix->tenant, &fix->id, &content, &fd, &found), 0);
	assert_int_equal(found, len);
	close(fd);
}

static void
what_was_not_published_does_not_exist(void **state)
{
	struct testing_s3 *fix = *state;
	struct bh_object_writer writer = {0};

	assert_int_equal(bh_object_create(fix->store, &fix->tenant, &fix->id, &writer), 0);
	assert_int_equal(bh_object_write(&writer, "abc", 3), 0);
	assert_int_equal(testing_s3_read(fix, &fix->tenant), BH_E_NOT_FOUND);
	bh_object_writer_close(&writer);
	bh_object_writer_close(&writer);
}

static void
another_tenant_does_not_find_it(void **state)
{
	struct testing_s3 *fix = *state;
	struct bh_digest hash;

	testing_s3_put(fix, "abc", &hash);
	assert_int_equal(testing_s3_read(fix, &fix->other), BH_E_NOT_FOUND);
	assert_int_equal(bh_object_remove(fix->store, &fix->other, &fix->id), 0);
	assert_int_equal(testing_s3_read(fix, &fix->tenant), 0);
}

/* Our own lock is away: the session of one tenant is used for another's path. */
static int
call_elsewhere(struct testing_s3 *fix, const struct s3_session *session, const char *method,
	const struct s3_pair *params, size_t n_params, const char *path)
{
	struct s3_store *store = (struct s3_store *)fix->store;
	const struct s3_signer signer = {session->id, session->secret, session->token, "us-east-1",
		"s3"};
	struct bh_http_reply reply = {0};
	BH_AUTO(bh_buf_close) struct bh_buf authorization = {0}, target = {0};
	char when[S3_TIME_TEXT];
	int64_t now_ms = bh_clock_wall_ms();
	const struct s3_pair headers[] = {{"host", store->host},
		{"x-amz-content-sha256", S3_EMPTY_HASH}, {"x-amz-date", when},
		{"x-amz-security-token", session->token}};
	struct bh_http_header sent[4];
	int status;

	s3_time_text(now_ms, when);
	s3_sign(&(struct s3_signing){&signer, now_ms, method, path, params, n_params, BH_LIST(headers),
				S3_EMPTY_HASH},
		&authorization);
	for (size_t i = 1; i < BH_COUNT(headers); i++)
		sent[i - 1] = (struct bh_http_header){headers[i].name, headers[i].value};
	sent[3] = (struct bh_http_header){"authorization", bh_buf_string(&authorization)};
	bh_buf_text(&target, path);
	if (n_params > 0)
		bh_buf_char(&target, '?');
	s3_query(&target, params, n_params);
	assert_int_equal(bh_http_call(store->objects,
						 &(struct bh_http_call){.method = method,
							 .path = bh_buf_string(&target),
							 .headers = sent,
							 .n_headers = BH_COUNT(sent),
							 .first_byte_ms = 5000,
							 .idle_ms = 5000},
						 &reply),
		0);
	status = reply.status;
	bh_http_reply_close(&reply);
	return status;
}

static void
the_store_holds_a_session_to_its_tenant(void **state)
{
	struct testing_s3 *fix = *state;
	struct s3_store *store = (struct s3_store *)fix->store;
	struct s3_session session, names;
	struct bh_digest hash;
	BH_AUTO(bh_buf_close) struct bh_buf path = {0}, bucket = {0};
	char id[BH_UUID_HEX], tenant[BH_UUID_HEX];
	const struct s3_pair listing[] = {{"list-type", "2"}, {"prefix", tenant}};
	const struct s3_pair everything[] = {{"list-type", "2"}, {"prefix", ""}};
	const struct s3_pair uploads[] = {{"uploads", ""}};

	testing_s3_put(fix, "abc", &hash);
	bh_uuid_hex(&fix->id, id);
	bh_uuid_hex(&fix->tenant, tenant);
	s3_path(store, &fix->tenant, id, &path);
	s3_path(store, NULL, NULL, &bucket);
	assert_int_equal(s3_session_get(store, &fix->other, 0, &session), 0);
	assert_int_equal(s3_session_get(store, NULL, 0, &names), 0);

#define REFUSED(whose, method, params, n, where) \
	assert_int_equal(call_elsewhere(fix, whose, method, params, n, bh_buf_string(&where)), 403)
	REFUSED(&session, "GET", NULL, 0, path);
	REFUSED(&session, "HEAD", NULL, 0, path);
	REFUSED(&session, "DELETE", NULL, 0, path);
	REFUSED(&session, "PUT", NULL, 0, path);
	REFUSED(&session, "POST", uploads, 1, path);
	REFUSED(&session, "GET", listing, 2, bucket);
	REFUSED(&session, "GET", everything, 2, bucket);
	REFUSED(&session, "GET", uploads, 1, bucket);
	/* The session that may see names opens none of them. */
	REFUSED(&names, "GET", NULL, 0, path);
	REFUSED(&names, "DELETE", NULL, 0, path);
	REFUSED(&names, "PUT", NULL, 0, path);
	assert_int_equal(testing_s3_read(fix, &fix->tenant), 0);
	/* And its own, it may. */
	assert_int_equal(s3_session_get(store, &fix->tenant, 0, &session), 0);
	assert_int_equal(call_elsewhere(fix, &session, "GET", NULL, 0, bh_buf_string(&path)), 200);
}

static void
removing_twice_succeeds(void **state)
{
	struct testing_s3 *fix = *state;
	struct bh_digest hash;

	testing_s3_put(fix, "abc", &hash);
	assert_int_equal(bh_object_remove(fix->store, &fix->tenant, &fix->id), 0);
	assert_int_equal(bh_object_remove(fix->store, &fix->tenant, &fix->id), 0);
	assert_int_equal(testing_s3_read(fix, &fix->tenant), BH_E_NOT_FOUND);
}

static void
a_clock_that_is_wrong_is_corrected_by_the_stores(void **state)
{
	struct testing_s3 *fix = *state;
	struct s3_store *store = (struct s3_store *)fix->store;
	struct bh_digest hash;

	store->skew_ms = 2 * 3600 * 1000;
	testing_s3_put(fix, "abc", &hash);
	assert_true(store->skew_ms > -5000 && store->skew_ms < 5000);
	store->skew_ms = -2 * 3600 * 1000;
	assert_int_equal(testing_s3_read(fix, &fix->tenant), 0);
	assert_true(store->skew_ms > -5000 && store->skew_ms < 5000);
}

static void
a_session_that_the_store_does_not_know_is_replaced(void **state)
{
	struct testing_s3 *fix = *state;
	struct s3_store *store = (struct s3_store *)fix->store;
	struct s3_session before, after;
	struct bh_digest hash;

	testing_s3_put(fix, "abc", &hash);
	assert_int_equal(s3_session_get(store, &fix->tenant, 0, &before), 0);
	assert_int_equal(s3_session_get(store, &fix->tenant, 0, &after), 0);
	assert_string_equal(after.id, before.id);
	s3_session_drop(store, &fix->tenant, &after);
	assert_int_equal(testing_s3_read(fix, &fix->tenant), 0);
	assert_int_equal(s3_session_get(store, &fix->tenant, 0, &after), 0);
	assert_string_not_equal(after.id, before.id);
	/* One that was replaced already takes nobody's new one away. */
	s3_session_drop(store, &fix->tenant, &before);
	assert_int_equal(s3_session_get(store, &fix->tenant, 0, &before), 0);
	assert_string_equal(after.id, before.id);
}

static int
download(const struct testing_s3 *fix, const char *url, struct bh_buf *out_body, char type[64],
	char disposition[64])
{
	struct s3_store *store = (struct s3_store *)fix->store;
	struct bh_http_reply reply = {0};
	int status;

	assert_true(bh_text_starts(url, store->download_url));
	assert_int_equal(bh_http_call(store->objects,
						 &(struct bh_http_call){.method = "GET",
							 .path = url + strlen(store->download_url),
							 .first_byte_ms = 5000,
							 .idle_ms = 5000},
						 &reply),
		0);
	status = reply.status;
	if (status == 200) {
		snprintf(type, 64, "%s", bh_http_reply_header(&reply, "content-type"));
		snprintf(disposition, 64, "%s", bh_http_reply_header(&reply, "content-disposition"));
	}
	assert_int_equal(bh_http_reply_body(&reply, 100000, out_body), 0);
	bh_http_reply_close(&reply);
	return status;
}

static void
a_link_is_good_for_one_object_its_form_and_its_time(void **state)
{
	struct testing_s3 *fix = *state;
	struct s3_store *store = (struct s3_store *)fix->store;
	BH_AUTO(bh_buf_close) struct bh_buf url = {0}, body = {0}, old = {0};
	struct bh_digest hash;
	char type[64], disposition[64], changed[8192];
	const char *form = "attachment; filename*=UTF-8''b%C3%BCcher.txt";

	testing_s3_put(fix, "abc", &hash);
#define LINK(out) \
	assert_int_equal(bh_object_url(fix->store, &fix->tenant, &fix->id, 60, \
						 "application/octet-stream", form, out), \
		0)
	LINK(&url);
	assert_int_equal(download(fix, bh_buf_string(&url), &body, type, disposition), 200);
	assert_string_equal(bh_buf_string(&body), "abc");
	assert_string_equal(type, "application/octet-stream");
	assert_string_equal(disposition, form);

	snprintf(changed, sizeof(changed), "%s", bh_buf_string(&url));
	memcpy(strstr(changed, "octet-stream"), "octet-streaX", 12);
	assert_int_equal(download(fix, changed, &body, type, disposition), 403);
	snprintf(changed, sizeof(changed), "%s", bh_buf_string(&url));
	*(strchr(changed, '?') - 1) ^= 1;
	assert_int_equal(download(fix, changed, &body, type, disposition), 403);
	store->skew_ms = -3600 * 1000;
	LINK(&old);
	assert_int_equal(download(fix, bh_buf_string(&old), &body, type, disposition), 403);
}

static void
a_store_that_is_away_is_unavailable(void **state)
{
	struct testing_s3 *fix = *state;
	struct bh_object_conf conf = testing_s3_conf(fix);
	struct bh_object_store *away;
	struct bh_object_writer writer = {0};
	struct bh_object_name name;
	struct bh_object_walk walk_of = {0};
	struct bh_digest hash;
	int64_t bytes;
	size_t n;
	int fd;

	conf.s3_endpoint = "http://127.0.0.1:1";
	conf.s3_timeout_ms = 500;
	assert_int_equal(bh_object_store_open(&conf,
						 &(struct bh_object_place){.spool_dir = "/tmp", .key = &fix->key}, &away),
		0);
	assert_int_equal(bh_object_create(away, &fix->tenant, &fix->id, &writer), 0);
	assert_int_equal(bh_object_write(&writer, "x", 1), 0);
	assert_int_equal(bh_object_publish(&writer, &hash), BH_E_UNAVAILABLE);
	bh_object_writer_close(&writer);
	assert_int_equal(bh_object_read(away, &fix->tenant, &fix->id, NULL, &fd, &bytes),
		BH_E_UNAVAILABLE);
	assert_int_equal(bh_object_remove(away, &fix->tenant, &fix->id), BH_E_UNAVAILABLE);
	assert_int_equal(bh_object_walk_open(away, NULL, &walk_of), 0);
	assert_int_equal(bh_object_walk_next(&walk_of, 0, &name, 1, &n), BH_E_UNAVAILABLE);
	bh_object_walk_close(&walk_of);
	bh_object_store_close(away);
}

static void
a_key_that_may_not_assume_the_role_is_unavailable(void **state)
{
	struct testing_s3 *fix = *state;
	struct bh_object_conf conf = testing_s3_conf(fix);
	struct bh_object_key key = fix->key;
	struct bh_object_store *refused;
	int64_t bytes;
	int fd;

	key.secret[0] ^= 1;
	assert_int_equal(bh_object_store_open(&conf,
						 &(struct bh_object_place){.spool_dir = "/tmp", .key = &key}, &refused),
		0);
	assert_int_equal(bh_object_read(refused, &fix->tenant, &fix->id, NULL, &fd, &bytes),
		BH_E_UNAVAILABLE);
	assert_non_null(strstr(bh_error_detail(BH_E_UNAVAILABLE), "AssumeRole"));
	assert_null(strstr(bh_error_detail(BH_E_UNAVAILABLE), key.secret));
	bh_object_store_close(refused);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_s3_open, testing_s3_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_published_reads_back_with_its_hash),
		TEST(an_empty_object_is_an_object),
		TEST(a_large_object_goes_in_parts_and_comes_back_whole),
		TEST(what_was_not_published_does_not_exist),
		TEST(another_tenant_does_not_find_it),
		TEST(the_store_holds_a_session_to_its_tenant),
		TEST(removing_twice_succeeds),
		TEST(a_clock_that_is_wrong_is_corrected_by_the_stores),
		TEST(a_session_that_the_store_does_not_know_is_replaced),
		TEST(a_link_is_good_for_one_object_its_form_and_its_time),
		TEST(a_store_that_is_away_is_unavailable),
		TEST(a_key_that_may_not_assume_the_role_is_unavailable),
	};
	const struct CMUnitTest none[] = {cmocka_unit_test(testing_s3_none)};

	if (getenv("BULKHEAD_TEST_S3") == NULL)
		return cmocka_run_group_tests(none, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

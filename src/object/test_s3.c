/* SPDX-License-Identifier: Apache-2.0 */
/* test_s3.c: the s3 driver on a real store, BULKHEAD_TEST_S3 ("URL BUCKET ROLE ID SECRET"). */
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
#include "object/s3.h"

#define OLD_S (-10)  /* an age that everything has */
#define UPLOADS 1003 /* more than a page of a listing */

struct fixture {
	char url[256], bucket[64], role[256];
	struct bh_object_key key;
	struct bh_object_store *store;
	struct bh_uuid tenant, other, id;
};

static struct bh_object_conf
conf_of(const struct fixture *fix)
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

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	struct bh_object_conf conf;

	assert_non_null(fix);
	assert_int_equal(sscanf(getenv("BULKHEAD_TEST_S3"), "%255s %63s %255s %128s %256s", fix->url,
						 fix->bucket, fix->role, fix->key.id, fix->key.secret),
		5);
	fix->tenant = bh_uuid_new();
	fix->other = bh_uuid_new();
	fix->id = bh_uuid_new();
	conf = conf_of(fix);
	assert_int_equal(bh_object_store_open(&conf,
						 &(struct bh_object_place){.spool_dir = "/tmp", .key = &fix->key},
						 &fix->store),
		0);
	*state = fix;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(bh_object_remove(fix->store, &fix->tenant, &fix->id), 0);
	bh_object_store_close(fix->store);
	free(fix);
	return 0;
}

static void
put_bytes(struct fixture *fix, const void *bytes, size_t len, struct bh_digest *out_hash)
{
	struct bh_object_writer writer = {0};

	assert_int_equal(bh_object_create(fix->store, &fix->tenant, &fix->id, &writer), 0);
	assert_int_equal(bh_object_write(&writer, bytes, len), 0);
	assert_int_equal(bh_object_publish(&writer, out_hash), 0);
	bh_object_writer_close(&writer);
}

static void
put(struct fixture *fix, const char *text, struct bh_digest *out_hash)
{
	put_bytes(fix, text, strlen(text), out_hash);
}

static int
read_of(struct fixture *fix, const struct bh_uuid *tenant)
{
	int64_t bytes;
	int fd;
	int rc = bh_object_read(fix->store, tenant, &fix->id, NULL, &fd, &bytes);

	if (rc == 0)
		close(fd);
	return rc;
}

static void
what_was_published_reads_back_with_its_hash(void **state)
{
	struct fixture *fix = *state;
	struct bh_object_content content = {.bytes = 3};
	char hex[65], text[8] = "";
	int64_t bytes = 0;
	int fd = -1;
	bool held = false;

	put(fix, "abc", &content.hash);
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
	struct fixture *fix = *state;
	struct bh_digest hash;
	int64_t bytes = 7;
	int fd = -1;

	put(fix, "", &hash);
	assert_int_equal(hash.bytes[0], 0xe3);
	assert_int_equal(bh_object_read(fix->store, &fix->tenant, &fix->id, NULL, &fd, &bytes), 0);
	assert_int_equal(bytes, 0);
	close(fd);
}

static void
a_large_object_goes_in_parts_and_comes_back_whole(void **state)
{
	struct fixture *fix = *state;
	size_t len = 12 * BH_MIB + 345;
	struct bh_object_content content = {.bytes = (int64_t)len};
	char *bytes = malloc(len);
	int64_t found = 0;
	int fd = -1;

	assert_non_null(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)(i * 2654435761u >> 13);
	put_bytes(fix, bytes, len, &content.hash);
	free(bytes);
	assert_int_equal(bh_object_read(fix->store, &fix->tenant, &fix->id, &content, &fd, &found), 0);
	assert_int_equal(found, len);
	close(fd);
}

static void
what_was_not_published_does_not_exist(void **state)
{
	struct fixture *fix = *state;
	struct bh_object_writer writer = {0};

	assert_int_equal(bh_object_create(fix->store, &fix->tenant, &fix->id, &writer), 0);
	assert_int_equal(bh_object_write(&writer, "abc", 3), 0);
	assert_int_equal(read_of(fix, &fix->tenant), BH_E_NOT_FOUND);
	bh_object_writer_close(&writer);
	bh_object_writer_close(&writer);
}

static void
another_tenant_does_not_find_it(void **state)
{
	struct fixture *fix = *state;
	struct bh_digest hash;

	put(fix, "abc", &hash);
	assert_int_equal(read_of(fix, &fix->other), BH_E_NOT_FOUND);
	assert_int_equal(bh_object_remove(fix->store, &fix->other, &fix->id), 0);
	assert_int_equal(read_of(fix, &fix->tenant), 0);
}

/* Our own lock is away: the session of one tenant is used for another's path. */
static int
call_elsewhere(struct fixture *fix, const struct s3_session *session, const char *method,
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
	struct fixture *fix = *state;
	struct s3_store *store = (struct s3_store *)fix->store;
	struct s3_session session, names;
	struct bh_digest hash;
	BH_AUTO(bh_buf_close) struct bh_buf path = {0}, bucket = {0};
	char id[BH_UUID_HEX], tenant[BH_UUID_HEX];
	const struct s3_pair listing[] = {{"list-type", "2"}, {"prefix", tenant}};
	const struct s3_pair everything[] = {{"list-type", "2"}, {"prefix", ""}};
	const struct s3_pair uploads[] = {{"uploads", ""}};

	put(fix, "abc", &hash);
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
	assert_int_equal(read_of(fix, &fix->tenant), 0);
	/* And its own, it may. */
	assert_int_equal(s3_session_get(store, &fix->tenant, 0, &session), 0);
	assert_int_equal(call_elsewhere(fix, &session, "GET", NULL, 0, bh_buf_string(&path)), 200);
}

static void
removing_twice_succeeds(void **state)
{
	struct fixture *fix = *state;
	struct bh_digest hash;

	put(fix, "abc", &hash);
	assert_int_equal(bh_object_remove(fix->store, &fix->tenant, &fix->id), 0);
	assert_int_equal(bh_object_remove(fix->store, &fix->tenant, &fix->id), 0);
	assert_int_equal(read_of(fix, &fix->tenant), BH_E_NOT_FOUND);
}

static void
a_condemned_object_is_due_after_its_time_unless_it_was_acquitted(void **state)
{
	struct fixture *fix = *state;
	struct bh_digest hash;
	bool due = true;

#define CONDEMN(age) \
	assert_int_equal(bh_object_condemn(fix->store, &fix->tenant, &fix->id, age, &due), 0)
	put(fix, "one", &hash);
	CONDEMN(OLD_S);
	assert_false(due);
	CONDEMN(1000);
	assert_false(due);
	CONDEMN(OLD_S);
	assert_true(due);
	assert_int_equal(bh_object_acquit(fix->store, &fix->tenant, &fix->id), 0);
	assert_int_equal(bh_object_acquit(fix->store, &fix->tenant, &fix->id), 0);
	CONDEMN(OLD_S);
	assert_false(due);
	/* The mark goes with its object. */
	assert_int_equal(bh_object_remove(fix->store, &fix->tenant, &fix->id), 0);
	CONDEMN(OLD_S);
	assert_false(due);
}

static size_t
walk(struct fixture *fix, const struct bh_uuid *tenant, int64_t age_s, struct bh_object_name *out,
	size_t room)
{
	struct bh_object_walk walk = {0};
	size_t n = 1, total = 0;

	assert_int_equal(bh_object_walk_open(fix->store, tenant, &walk), 0);
	while (n > 0 && total < room) {
		assert_int_equal(bh_object_walk_next(&walk, age_s, out + total, 2, &n), 0);
		total += n;
	}
	bh_object_walk_close(&walk);
	bh_object_walk_close(&walk);
	return total;
}

static void
a_walk_finds_objects_marks_and_tenants(void **state)
{
	struct fixture *fix = *state;
	struct bh_object_name names[4002];
	struct bh_uuid ids[5];
	struct bh_digest hash;
	size_t n, found = 0, marked = 0;
	bool due;

	for (size_t i = 0; i < BH_COUNT(ids); i++) {
		ids[i] = fix->id = bh_uuid_new();
		put(fix, "x", &hash);
	}
	assert_int_equal(bh_object_condemn(fix->store, &fix->tenant, &ids[2], 1000, &due), 0);
	assert_int_equal(walk(fix, &fix->tenant, 3600, names, 4000), 0);
	n = walk(fix, &fix->tenant, OLD_S, names, 4000);
	assert_int_equal(n, BH_COUNT(ids));
	for (size_t i = 0; i < n; i++) {
		marked += names[i].marked;
		for (size_t j = 0; j < BH_COUNT(ids); j++)
			found += bh_uuid_equal(&names[i].id, &ids[j]);
		assert_int_equal(names[i].marked, bh_uuid_equal(&names[i].id, &ids[2]));
	}
	assert_int_equal(found, BH_COUNT(ids));
	assert_int_equal(marked, 1);
	assert_int_equal(walk(fix, &fix->other, OLD_S, names, 4000), 0);

	n = walk(fix, NULL, 0, names, 4000);
	for (size_t i = found = 0; i < n; i++)
		found += bh_uuid_equal(&names[i].id, &fix->tenant);
	assert_int_equal(found, 1);
	for (size_t i = 0; i < BH_COUNT(ids); i++)
		assert_int_equal(bh_object_remove(fix->store, &fix->tenant, &ids[i]), 0);
}

static void
the_sweep_aborts_old_uploads_only(void **state)
{
	struct fixture *fix = *state;
	struct s3_store *store = (struct s3_store *)fix->store;
	struct s3_answer answer = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	char id[BH_UUID_HEX], upload[1024];
	struct s3_request begin = {.method = "POST",
		.tenant = &fix->tenant,
		.name = id,
		.params = {{"uploads", ""}},
		.n_params = 1};
	struct s3_request part = {.method = "PUT",
		.tenant = &fix->tenant,
		.name = id,
		.params = {{"partNumber", "1"}, {"uploadId", upload}},
		.n_params = 2};

	bh_uuid_hex(&fix->id, id);
	assert_int_equal(s3_call_text(store, &begin, &answer, &body), 0);
	assert_int_equal(s3_xml_find(body.data, body.len, "UploadId", sizeof(upload), upload), 0);
	assert_int_equal(bh_object_sweep(fix->store, 3600), 0);
	assert_int_equal(s3_call(store, &part, &answer), 0);
	s3_answer_close(&answer);
	assert_int_equal(bh_object_sweep(fix->store, OLD_S), 0);
	assert_int_equal(s3_call(store, &part, &answer), BH_E_NOT_FOUND);
}

static void
begin_upload(struct fixture *fix, const struct bh_uuid *tenant)
{
	struct bh_uuid name = bh_uuid_new();
	struct s3_answer answer = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	char id[BH_UUID_HEX];
	const struct s3_request begin = {.method = "POST",
		.tenant = tenant,
		.name = id,
		.params = {{"uploads", ""}},
		.n_params = 1};

	bh_uuid_hex(&name, id);
	assert_int_equal(s3_call_text((struct s3_store *)fix->store, &begin, &answer, &body), 0);
}

static size_t
uploads_left(struct fixture *fix)
{
	struct s3_answer answer = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const struct s3_request list = {.method = "GET",
		.params = {{"max-uploads", "1000"}, {"uploads", ""}},
		.n_params = 2};
	size_t n = 0;

	assert_int_equal(s3_call_text((struct s3_store *)fix->store, &list, &answer, &body), 0);
	for (const char *at = bh_buf_string(&body); (at = strstr(at, "<Upload>")) != NULL; at++)
		n++;
	return n;
}

static void
the_sweep_reads_every_page(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(bh_object_sweep(fix->store, OLD_S), 0);
	for (int i = 0; i < UPLOADS; i++)
		begin_upload(fix, &fix->tenant);
	assert_int_equal(bh_object_sweep(fix->store, OLD_S), 0);
	assert_int_equal(uploads_left(fix), 0);
}

static void
of_a_tenant_that_is_forgotten_nothing_is_left(void **state)
{
	struct fixture *fix = *state;
	struct bh_digest hash;
	size_t n = 0;

	assert_int_equal(bh_object_sweep(fix->store, OLD_S), 0);
	put(fix, "abc", &hash);
	begin_upload(fix, &fix->tenant);
	begin_upload(fix, &fix->other);
	assert_int_equal(bh_object_forget(fix->store, &fix->tenant, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(bh_object_forget(fix->store, &fix->tenant, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(read_of(fix, &fix->tenant), BH_E_NOT_FOUND);
	assert_int_equal(uploads_left(fix), 1);
	assert_int_equal(bh_object_forget(fix->store, &fix->other, &n), 0);
	assert_int_equal(uploads_left(fix), 0);
}

static void
a_clock_that_is_wrong_is_corrected_by_the_stores(void **state)
{
	struct fixture *fix = *state;
	struct s3_store *store = (struct s3_store *)fix->store;
	struct bh_digest hash;

	store->skew_ms = 2 * 3600 * 1000;
	put(fix, "abc", &hash);
	assert_true(store->skew_ms > -5000 && store->skew_ms < 5000);
	store->skew_ms = -2 * 3600 * 1000;
	assert_int_equal(read_of(fix, &fix->tenant), 0);
	assert_true(store->skew_ms > -5000 && store->skew_ms < 5000);
}

static void
a_session_that_the_store_does_not_know_is_replaced(void **state)
{
	struct fixture *fix = *state;
	struct s3_store *store = (struct s3_store *)fix->store;
	struct s3_session before, after;
	struct bh_digest hash;

	put(fix, "abc", &hash);
	assert_int_equal(s3_session_get(store, &fix->tenant, 0, &before), 0);
	assert_int_equal(s3_session_get(store, &fix->tenant, 0, &after), 0);
	assert_string_equal(after.id, before.id);
	s3_session_drop(store, &fix->tenant, &after);
	assert_int_equal(read_of(fix, &fix->tenant), 0);
	assert_int_equal(s3_session_get(store, &fix->tenant, 0, &after), 0);
	assert_string_not_equal(after.id, before.id);
	/* One that was replaced already takes nobody's new one away. */
	s3_session_drop(store, &fix->tenant, &before);
	assert_int_equal(s3_session_get(store, &fix->tenant, 0, &before), 0);
	assert_string_equal(after.id, before.id);
}

static int
download(const struct fixture *fix, const char *url, struct bh_buf *out_body, char type[64],
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
	struct fixture *fix = *state;
	struct s3_store *store = (struct s3_store *)fix->store;
	BH_AUTO(bh_buf_close) struct bh_buf url = {0}, body = {0}, old = {0};
	struct bh_digest hash;
	char type[64], disposition[64], changed[8192];
	const char *form = "attachment; filename*=UTF-8''b%C3%BCcher.txt";

	put(fix, "abc", &hash);
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
	struct fixture *fix = *state;
	struct bh_object_conf conf = conf_of(fix);
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
	struct fixture *fix = *state;
	struct bh_object_conf conf = conf_of(fix);
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

static void
the_driver_on_a_real_store(void **state)
{
	(void)state;
	printf("BULKHEAD_TEST_S3 names no store\n");
	skip();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
		TEST(a_condemned_object_is_due_after_its_time_unless_it_was_acquitted),
		TEST(a_walk_finds_objects_marks_and_tenants),
		TEST(the_sweep_aborts_old_uploads_only),
		TEST(the_sweep_reads_every_page),
		TEST(of_a_tenant_that_is_forgotten_nothing_is_left),
		TEST(a_clock_that_is_wrong_is_corrected_by_the_stores),
		TEST(a_session_that_the_store_does_not_know_is_replaced),
		TEST(a_link_is_good_for_one_object_its_form_and_its_time),
		TEST(a_store_that_is_away_is_unavailable),
		TEST(a_key_that_may_not_assume_the_role_is_unavailable),
	};

	const struct CMUnitTest none[] = {cmocka_unit_test(the_driver_on_a_real_store)};

	if (getenv("BULKHEAD_TEST_S3") == NULL)
		return cmocka_run_group_tests(none, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

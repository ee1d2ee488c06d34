/* SPDX-License-Identifier: Apache-2.0 */
/* s3_keys.c: tenants' keys as small objects below the tenant's prefix, and the beginning of an object. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "object/s3.h"
#include "object/s3_xml.h"

#define KEY_TEXT (sizeof(S3_KEY) + BH_UUID_HEX)
#define KEY_BYTES_MOST 4096u

static void
key_name(const struct bh_uuid *id, char out[KEY_TEXT])
{
	char hex[BH_UUID_HEX];

	bh_uuid_hex(id, hex);
	snprintf(out, KEY_TEXT, S3_KEY "%s", hex);
}

/* `prefix` and the id behind it; others are none of ours. */
static void
take_key(const char *value, const char *prefix, struct bh_uuid *out, size_t room, size_t *n)
{
	if (*n < room && bh_text_starts(value, prefix) &&
		bh_uuid_parse_id(value + strlen(prefix), "", &out[*n]) == 0)
		(*n)++;
}

int
s3_key_list(struct bh_object_store *base, const struct bh_uuid *tenant, struct bh_uuid *out,
	size_t room, size_t *out_n)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	BH_AUTO(s3_xml_close) struct s3_xml xml = {0};
	struct s3_answer answer = {0};
	struct s3_xml_end end;
	char prefix[BH_UUID_HEX + sizeof(S3_KEY)], hex[BH_UUID_HEX], most[24];
	const struct s3_request request = {.method = "GET",
		.tenant = tenant,
		.params = {{"list-type", "2"}, {"max-keys", most}, {"prefix", prefix}},
		.n_params = 3};
	size_t n = 0;
	int rc;

	bh_uuid_hex(tenant, hex);
	snprintf(prefix, sizeof(prefix), "%s/" S3_KEY, hex);
	snprintf(most, sizeof(most), "%zu", room);
	rc = s3_call_text((struct s3_store *)base, &request, &answer, &body);
	if (rc < 0)
		return s3_error(rc);
	xml.text = body.data;
	xml.len = body.len;
	while ((rc = s3_xml_next(&xml, &end)) > 0)
		if (strcmp(end.parent, "Contents") == 0 && strcmp(end.name, "Key") == 0)
			take_key(end.value, prefix, out, room, &n);
	if (rc < 0 || strcmp(end.name, "ListBucketResult") != 0)
		return bh_error(BH_E_UNAVAILABLE, "object store: list: the response is not a listing");
	*out_n = n;
	return 0;
}

int
s3_key_get(struct bh_object_store *base, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct bh_buf *out)
{
	struct s3_store *store = (struct s3_store *)base;
	struct s3_answer answer = {0};
	char name[KEY_TEXT];
	const struct s3_request request = {.method = "GET", .tenant = tenant, .name = name};
	int rc;

	key_name(id, name);
	rc = s3_call(store, &request, &answer);
	if (rc < 0)
		return s3_missing(store, tenant, name, rc);
	rc = bh_http_reply_body(&answer.reply, KEY_BYTES_MOST, out);
	s3_answer_close(&answer);
	return rc < 0 ? bh_error(BH_E_UNAVAILABLE, "object store: GET: %s", bh_error_detail(rc)) : 0;
}

/* Read back: objects are sealed under what is there. */
static int
check_key(struct bh_object_store *base, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const void *bytes, size_t len)
{
	BH_AUTO(bh_buf_close) struct bh_buf back = {0};
	int rc = s3_key_get(base, tenant, id, &back);

	if (rc == BH_E_NOT_FOUND ||
		(rc == 0 && (back.len != len || memcmp(back.data, bytes, len) != 0)))
		rc = bh_error(BH_E_UNAVAILABLE, "object store: it does not hold what it has accepted");
	return rc;
}

int
s3_key_put(struct bh_object_store *base, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const void *bytes, size_t len)
{
	struct s3_answer answer = {0};
	struct bh_digest hash;
	char name[KEY_TEXT], hex[65], base64[64];
	const struct s3_request request = {.method = "PUT",
		.tenant = tenant,
		.name = name,
		.headers = {{"x-amz-checksum-sha256", base64}},
		.n_headers = 1,
		.body = bytes,
		.body_len = len,
		.payload_hash = hex};
	int rc;

	key_name(id, name);
	bh_digest_sha256(bytes, len, &hash);
	bh_text_hex(hash.bytes, sizeof(hash.bytes), hex);
	bh_base64_encode(hash.bytes, sizeof(hash.bytes), base64);
	rc = s3_call((struct s3_store *)base, &request, &answer);
	s3_answer_close(&answer);
	return rc < 0 ? s3_error(rc) : check_key(base, tenant, id, bytes, len);
}

int
s3_key_remove(struct bh_object_store *base, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	struct s3_answer answer = {0};
	char name[KEY_TEXT];
	const struct s3_request request = {.method = "DELETE", .tenant = tenant, .name = name};
	int rc;

	key_name(id, name);
	rc = s3_call((struct s3_store *)base, &request, &answer);
	s3_answer_close(&answer);
	return rc == BH_E_NOT_FOUND ? 0 : s3_error(rc);
}

/* ---- the beginning of an object ---- */

/* "bytes 0-95/12345" */
static int
read_total(const struct bh_http_reply *reply, int64_t *out)
{
	const char *range = bh_http_reply_header(reply, "content-range");
	const char *total = range != NULL ? strchr(range, '/') : NULL;

	if (total == NULL || bh_text_int(total + 1, 0, INT64_MAX, out) < 0)
		return bh_error(BH_E_UNAVAILABLE, "object store: GET: a part without the length of all");
	return 0;
}

int
s3_peek(struct bh_object_store *base, const struct bh_uuid *tenant, const struct bh_uuid *id,
	uint8_t out[BH_OBJECT_HEAD], size_t *out_n, int64_t *out_bytes)
{
	struct s3_store *store = (struct s3_store *)base;
	struct s3_answer answer = {0};
	char name[BH_UUID_HEX], range[32];
	const struct s3_request request = {.method = "GET",
		.tenant = tenant,
		.name = name,
		.headers = {{"range", range}},
		.n_headers = 1};
	size_t n = 0;
	ssize_t count = 1;
	int rc;

	bh_uuid_hex(id, name);
	snprintf(range, sizeof(range), "bytes=0-%d", BH_OBJECT_HEAD - 1);
	rc = s3_call(store, &request, &answer);
	/* An empty object has no first byte. */
	if (rc < 0 && strcmp(answer.code, "InvalidRange") == 0) {
		*out_n = 0;
		*out_bytes = 0;
		return 0;
	}
	if (rc < 0)
		return s3_missing(store, tenant, name, rc);
	rc = read_total(&answer.reply, out_bytes);
	while (rc == 0 && count > 0 && n < BH_OBJECT_HEAD) {
		count = bh_http_reply_read(&answer.reply, (char *)out + n, BH_OBJECT_HEAD - n);
		n += count > 0 ? (size_t)count : 0;
	}
	/* To its end, which leaves the connection for the next call. */
	if (rc == 0 && count > 0 && n == BH_OBJECT_HEAD) {
		char more;

		count = bh_http_reply_read(&answer.reply, &more, 1);
	}
	if (rc == 0 && count != 0)
		rc = bh_error(BH_E_UNAVAILABLE, "object store: GET: the beginning of an object broke off");
	s3_answer_close(&answer);
	if (rc == 0)
		*out_n = n;
	return rc;
}

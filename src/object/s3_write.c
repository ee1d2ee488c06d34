/* SPDX-License-Identifier: Apache-2.0 */
/* s3_write.c: publishes an object: in one request, or in parts that become an object only at the end. Either
 * way the store checks every byte by SHA-256, and is asked afterwards what it holds. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "object/s3.h"
#include "object/s3_xml.h"

#define PARTS_MOST 10000
#define PART_BYTES_LEAST ((int64_t)5 * BH_MIB)
#define PARTS_AT_ONCE 4
#define ETAG_TEXT 256u
#define BASE64_TEXT 45

int
s3_spool_open(struct s3_store *store, int *out_fd)
{
	return bh_object_spool_open(&store->base, out_fd);
}

int
s3_write_create(struct bh_object_writer *writer)
{
	return s3_spool_open((struct s3_store *)writer->store, &writer->fd);
}

/* ---- pieces ---- */

/* Hex for the signature, base64 for what the store keeps with the object. */
struct sum {
	char hex[65], base64[BASE64_TEXT];
};

static void
sum_of(const struct bh_digest *hash, struct sum *out)
{
	bh_text_hex(hash->bytes, sizeof(hash->bytes), out->hex);
	bh_base64_encode(hash->bytes, sizeof(hash->bytes), out->base64);
}

static int
put_whole(struct s3_store *store, const struct bh_object_writer *writer, const char *name,
	const struct sum *sum)
{
	struct s3_answer answer = {0};
	const struct s3_request request = {.method = "PUT",
		.tenant = &writer->tenant,
		.name = name,
		.headers = {{"x-amz-checksum-sha256", sum->base64}, {S3_HASH_HEADER, sum->hex}},
		.n_headers = 2,
		.body_fd = writer->lying > 0 ? writer->fd : 0,
		.body_len = (size_t)writer->lying,
		.payload_hash = sum->hex};
	int rc = s3_call(store, &request, &answer);

	s3_answer_close(&answer);
	return rc;
}

/* ---- parts ---- */

/* What the store has answered about a part. */
struct part {
	char etag[ETAG_TEXT];
	char base64[BASE64_TEXT];
};

/* An upload, which several threads send parts of. */
struct upload {
	struct s3_store *store;
	const struct bh_object_writer *writer;
	const char *name, *bytes;
	char id[1024];
	int64_t part_bytes;
	struct part *parts; /* owned */
	size_t n_parts;
	atomic_size_t next;
	atomic_int failed; /* the first error; the others stop */
	char detail[256];  /* its detail: details are kept by thread */
};

static int
begin(struct upload *upload, const struct sum *sum)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct s3_answer answer = {0};
	const struct s3_request request = {.method = "POST",
		.tenant = &upload->writer->tenant,
		.name = upload->name,
		.params = {{"uploads", ""}},
		.n_params = 1,
		.headers = {{"x-amz-checksum-algorithm", "SHA256"}, {S3_HASH_HEADER, sum->hex}},
		.n_headers = 2};
	int rc = s3_call_text(upload->store, &request, &answer, &body);

	if (rc == 0)
		rc = s3_xml_find(body.data, body.len, "UploadId", sizeof(upload->id), upload->id);
	if (rc == 0 && upload->id[0] == '\0')
		rc = bh_error(BH_E_PROTOCOL, "object store: an upload has no id");
	return rc;
}

/* What goes into the list must not end an element of it. */
static bool
is_etag(const char *text)
{
	return text != NULL && text[0] != '\0' && strlen(text) < ETAG_TEXT &&
		strpbrk(text, "<>&\r\n") == NULL;
}

static int
put_part(struct upload *upload, size_t at)
{
	int64_t offset = (int64_t)at * upload->part_bytes;
	int64_t left = upload->writer->lying - offset;
	size_t len = (size_t)(left < upload->part_bytes ? left : upload->part_bytes);
	struct s3_answer answer = {0};
	struct bh_digest hash;
	struct sum sum;
	char number[24];
	const struct s3_request request = {.method = "PUT",
		.tenant = &upload->writer->tenant,
		.name = upload->name,
		.params = {{"partNumber", number}, {"uploadId", upload->id}},
		.n_params = 2,
		.headers = {{"x-amz-checksum-sha256", sum.base64}},
		.n_headers = 1,
		.body_fd = upload->writer->fd,
		.body_offset = offset,
		.body_len = len,
		.payload_hash = sum.hex};
	const char *etag;
	int rc;

	snprintf(number, sizeof(number), "%zu", at + 1);
	bh_digest_sha256(upload->bytes + offset, len, &hash);
	sum_of(&hash, &sum);
	rc = s3_call(upload->store, &request, &answer);
	if (rc < 0)
		return rc;
	etag = bh_http_reply_header(&answer.reply, "etag");
	if (is_etag(etag)) {
		snprintf(upload->parts[at].etag, ETAG_TEXT, "%s", etag);
		memcpy(upload->parts[at].base64, sum.base64, BASE64_TEXT);
	} else {
		rc = bh_error(BH_E_UNAVAILABLE, "object store: PUT: a part was answered without an ETag");
	}
	s3_answer_close(&answer);
	return rc;
}

static void *
put_some(void *ctx)
{
	struct upload *upload = ctx;
	size_t at;

	while (atomic_load(&upload->failed) == 0 &&
		(at = atomic_fetch_add(&upload->next, 1)) < upload->n_parts) {
		int rc = put_part(upload, at);
		int none = 0;

		if (rc < 0 && atomic_compare_exchange_strong(&upload->failed, &none, rc))
			snprintf(upload->detail, sizeof(upload->detail), "%s", bh_error_detail(rc));
	}
	return NULL;
}

/* This thread takes part, so that the parts leave even where no other can be started. */
static int
put_parts(struct upload *upload)
{
	pthread_t threads[PARTS_AT_ONCE - 1];
	size_t n = 0;
	int rc;

	while (n < BH_COUNT(threads) && n + 1 < upload->n_parts &&
		pthread_create(&threads[n], NULL, put_some, upload) == 0)
		n++;
	put_some(upload);
	while (n > 0)
		pthread_join(threads[--n], NULL);
	rc = atomic_load(&upload->failed);
	return rc < 0 ? bh_error(rc, "%s", upload->detail) : 0;
}

/* Parts of the same size, as few as the setting allows; S3 has a least size and a largest number. */
static void
divide(struct upload *upload)
{
	int64_t bytes = upload->writer->lying, most = upload->store->part_bytes;
	int64_t n = (bytes + most - 1) / most;

	if (n > PARTS_MOST)
		n = PARTS_MOST;
	upload->part_bytes = (bytes + n - 1) / n;
	if (upload->part_bytes < PART_BYTES_LEAST)
		upload->part_bytes = PART_BYTES_LEAST;
	upload->n_parts = (size_t)((bytes + upload->part_bytes - 1) / upload->part_bytes);
	upload->parts = calloc(upload->n_parts, sizeof(*upload->parts));
	BH_ASSERT(upload->parts != NULL);
}

/* The status is sent before the work is done: a failure may stand in the body. When the answer to a first
 * try was lost, the second finds no upload; what the store holds then decides. */
static int
complete(struct upload *upload)
{
	BH_AUTO(bh_buf_close) struct bh_buf list = {0}, body = {0};
	struct s3_answer answer = {0};
	struct bh_digest hash;
	char hex[65], code[S3_CODE_TEXT] = "";
	const char xmlns[] =
		"<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
	struct s3_request request = {.method = "POST",
		.tenant = &upload->writer->tenant,
		.name = upload->name,
		.params = {{"uploadId", upload->id}},
		.n_params = 1,
		.payload_hash = hex};
	int rc;

	bh_buf_text(&list, xmlns);
	for (size_t i = 0; i < upload->n_parts; i++)
		bh_buf_printf(&list,
			"<Part><PartNumber>%zu</PartNumber><ETag>%s</ETag><ChecksumSHA256>%s</ChecksumSHA256>"
			"</Part>",
			i + 1, upload->parts[i].etag, upload->parts[i].base64);
	bh_buf_text(&list, "</CompleteMultipartUpload>");
	bh_digest_sha256(list.data, list.len, &hash);
	bh_text_hex(hash.bytes, sizeof(hash.bytes), hex);
	request.body = list.data;
	request.body_len = list.len;
	rc = s3_call_text(upload->store, &request, &answer, &body);
	if (rc == BH_E_NOT_FOUND)
		return 0;
	if (rc == 0)
		rc = s3_xml_find(body.data, body.len, "Code", sizeof(code), code);
	if (rc == 0 && code[0] != '\0')
		rc = bh_error(BH_E_UNAVAILABLE, "object store: the parts were not put together");
	return rc;
}

static void
abort_upload(struct upload *upload)
{
	struct s3_answer answer = {0};
	const struct s3_request request = {.method = "DELETE",
		.tenant = &upload->writer->tenant,
		.name = upload->name,
		.params = {{"uploadId", upload->id}},
		.n_params = 1};

	/* What cannot be taken back now, the sweep takes. */
	if (s3_call(upload->store, &request, &answer) == 0)
		s3_answer_close(&answer);
}

static int
put_in_parts(struct s3_store *store, const struct bh_object_writer *writer, const char *name,
	const char *bytes, const struct sum *sum)
{
	struct upload upload = {.store = store, .writer = writer, .name = name, .bytes = bytes};
	int rc;

	divide(&upload);
	rc = begin(&upload, sum);

	if (rc == 0) {
		rc = put_parts(&upload);
		if (rc == 0)
			rc = complete(&upload);
		if (rc < 0) {
			char detail[512];

			snprintf(detail, sizeof(detail), "%s", bh_error_detail(rc));
			abort_upload(&upload);
			rc = bh_error(rc, "%s", detail);
		}
	}
	free(upload.parts);
	return rc;
}

/* ---- what is there afterwards ---- */

/* Compares what the store says about the object. BH_E_FORBIDDEN, BH_E_NOT_FOUND. */
static int
ask_head(struct s3_store *store, const struct bh_uuid *tenant, const char *name,
	const struct bh_object_content *content, bool *out)
{
	struct s3_answer answer = {0};
	const struct s3_request request = {.method = "HEAD", .tenant = tenant, .name = name};
	const char *length, *hash;
	char hex[65];
	int64_t bytes = -1;
	int rc = s3_call(store, &request, &answer);

	if (rc < 0)
		return rc;
	bh_text_hex(content->hash.bytes, sizeof(content->hash.bytes), hex);
	length = bh_http_reply_header(&answer.reply, "content-length");
	hash = bh_http_reply_header(&answer.reply, S3_HASH_HEADER);
	*out = length != NULL && bh_text_int(length, 0, INT64_MAX, &bytes) == 0 &&
		bytes == content->bytes && hash != NULL && strcmp(hash, hex) == 0;
	s3_answer_close(&answer);
	return 0;
}

/* An answer to HEAD has no body: a refusal may mean a missing object, or a session that has ended. The listing
 * tells of the one, and renews the other. */
int
s3_holds(struct bh_object_store *base, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_object_content *content, bool *out)
{
	struct s3_store *store = (struct s3_store *)base;
	int64_t changed_ms, now_ms;
	char name[BH_UUID_HEX];
	bool found = false;
	int rc;

	bh_uuid_hex(id, name);
	rc = ask_head(store, tenant, name, content, out);
	if (rc == BH_E_FORBIDDEN) {
		rc = s3_list_find(store, tenant, name, &found, &changed_ms, &now_ms);
		if (rc == 0)
			rc = found ? ask_head(store, tenant, name, content, out) : BH_E_NOT_FOUND;
	}
	if (rc == BH_E_NOT_FOUND) {
		*out = false;
		return 0;
	}
	return s3_error(rc);
}

int
s3_write_publish(struct bh_object_writer *writer, const void *bytes, const struct bh_digest *hash)
{
	struct s3_store *store = (struct s3_store *)writer->store;
	const struct bh_object_content content = {writer->lying, *hash};
	char name[BH_UUID_HEX];
	struct sum sum;
	bool there = false;
	int rc;

	bh_uuid_hex(&writer->id, name);
	sum_of(hash, &sum);
	rc = writer->lying <= store->part_bytes ? put_whole(store, writer, name, &sum)
											: put_in_parts(store, writer, name, bytes, &sum);
	if (rc == 0)
		rc = s3_holds(writer->store, &writer->tenant, &writer->id, &content, &there);
	if (rc == 0 && !there)
		rc = bh_error(BH_E_UNAVAILABLE, "object store: it does not hold what it has accepted");
	if (rc == BH_E_NOT_FOUND)
		rc = bh_error(BH_E_UNAVAILABLE, "%s", bh_error_detail(rc));
	return s3_error(rc);
}

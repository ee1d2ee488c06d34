/* SPDX-License-Identifier: Apache-2.0 */
/* s3_stream.c: an object on its way from the store to a client. The piece that completes it is given only when
 * the whole has the hash that it should have: whatever fails, nobody holds a whole object that is wrong. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "object/s3.h"

#define RANGE_TEXT 64

struct s3_stream {
	struct s3_store *store; /* borrowed */
	struct bh_uuid tenant;
	char name[BH_UUID_HEX];
	struct bh_object_content content;
	int watch_fd;
	struct s3_answer answer; /* owned */
	struct bh_hash hash;     /* owned until it has ended */
	int64_t at, end;         /* what has been given so far, and where the part ends */
	bool is_whole;           /* the part is all of it */
	bool resumed;            /* once is enough */
	int failed;              /* what it has ended with, or 0 */
};

/* Asks for what is left. The answer must be just that. */
static int
request_rest(struct s3_stream *stream)
{
	char range[RANGE_TEXT];
	struct s3_request request = {.method = "GET",
		.tenant = &stream->tenant,
		.name = stream->name,
		.watch_fd = stream->watch_fd};
	const char *length;
	int64_t bytes = -1;
	int rc;

	if (stream->at > 0 || stream->end < stream->content.bytes) {
		snprintf(range, sizeof(range), "bytes=%lld-%lld", (long long)stream->at,
			(long long)stream->end - 1);
		request.headers[request.n_headers++] = (struct s3_pair){"range", range};
	}
	rc = s3_call(stream->store, &request, &stream->answer);
	if (rc < 0)
		return s3_missing(stream->store, &stream->tenant, stream->name, rc);
	length = bh_http_reply_header(&stream->answer.reply, "content-length");
	if (length == NULL || bh_text_int(length, 0, INT64_MAX, &bytes) < 0 ||
		bytes != stream->end - stream->at)
		return bh_error(BH_E_DAMAGED, "object store: GET: a response of the wrong length");
	return 0;
}

int
s3_stream_open(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_object_content *content,
	const struct bh_http_range *part, int watch_fd, void **out)
{
	struct s3_stream *stream = calloc(1, sizeof(*stream));
	int rc;

	BH_ASSERT(stream != NULL);
	stream->store = (struct s3_store *)store;
	stream->tenant = *tenant;
	bh_uuid_hex(id, stream->name);
	stream->content = *content;
	stream->at = part != NULL ? part->start : 0;
	stream->end = part != NULL ? part->start + part->bytes : content->bytes;
	stream->is_whole = stream->at == 0 && stream->end == content->bytes;
	stream->watch_fd = watch_fd;
	bh_hash_begin(&stream->hash);
	rc = request_rest(stream);
	if (rc < 0) {
		s3_stream_close(stream);
		return rc;
	}
	*out = stream;
	return 0;
}

/* The hash of all that was given and of this last piece. */
static int
check_whole(struct s3_stream *stream)
{
	struct bh_digest digest;

	bh_hash_end(&stream->hash, &digest);
	if (bh_digest_equal(&digest, &stream->content.hash))
		return 0;
	return bh_error(BH_E_UNAVAILABLE,
		"object store: GET: the content differs from what was stored");
}

static ssize_t
receive(struct s3_stream *stream, char *out, size_t size)
{
	ssize_t n = bh_http_reply_read(&stream->answer.reply, out, size);
	int rc;

	if (n == BH_E_PROTOCOL && !stream->resumed) {
		stream->resumed = true;
		s3_answer_close(&stream->answer);
		rc = request_rest(stream);
		if (rc == BH_E_DAMAGED)
			rc = bh_error(BH_E_UNAVAILABLE, "%s", bh_error_detail(rc));
		n = rc < 0 ? rc : bh_http_reply_read(&stream->answer.reply, out, size);
	}
	if (n >= 0 || n == BH_E_GONE || n == BH_E_UNAVAILABLE)
		return n;
	return bh_error(BH_E_UNAVAILABLE, "object store: GET: %s", bh_error_detail((int)n));
}

ssize_t
s3_stream_next(void *impl, char *out, size_t size)
{
	struct s3_stream *stream = impl;
	ssize_t n;

	if (stream->failed < 0 || stream->at == stream->end)
		return stream->failed;
	n = receive(stream, out, size);
	if (n == 0)
		n = bh_error(BH_E_UNAVAILABLE, "object store: GET: the response ended early");
	if (n > 0) {
		bh_hash_add(&stream->hash, out, (size_t)n);
		stream->at += n;
		if (stream->at == stream->end && stream->is_whole) {
			int rc = check_whole(stream);

			n = rc < 0 ? rc : n;
		}
	}
	if (n < 0)
		stream->failed = (int)n;
	return n;
}

void
s3_stream_close(void *impl)
{
	struct s3_stream *stream = impl;
	struct bh_digest ignored;

	s3_answer_close(&stream->answer);
	if (stream->hash.impl != NULL)
		bh_hash_end(&stream->hash, &ignored);
	free(stream);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* idempotency_mark.c: what a key stands for (who asks for what) and what its request says. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "http/multipart.h"
#include "service/idempotency.h"
#include "service/request.h"

enum { KEY_MAX = 255, BLOCK_BYTES = 64 * 1024 };

/* The key without its quotes: the header is a quoted string by its specification, and bare in most
 * clients; both mean the same. */
static int
read_key(const char *sent, const char **out, size_t *out_len)
{
	size_t len = strlen(sent);

	if (len >= 2 && sent[0] == '"' && sent[len - 1] == '"') {
		sent++;
		len -= 2;
	}
	for (size_t i = 0; i < len; i++) {
		if (sent[i] < 0x21 || sent[i] > 0x7e)
			len = 0;
	}
	if (len == 0 || len > KEY_MAX)
		return bh_error_param(BH_E_INVALID, BH_IDEMPOTENCY_HEADER,
			"An " BH_IDEMPOTENCY_HEADER " must have between 1 and %d visible ASCII characters.",
			KEY_MAX);
	*out = sent;
	*out_len = len;
	return 0;
}

/* With its length in front, so that no two lists of pieces read the same. */
static void
add_piece(struct bh_hash *hash, const void *bytes, size_t len)
{
	uint64_t count = len;

	bh_hash_add(hash, &count, sizeof(count));
	bh_hash_add(hash, bytes, len);
}

static void
add_text(struct bh_hash *hash, const char *text)
{
	if (text == NULL)
		text = "";
	add_piece(hash, text, strlen(text));
}

static int
add_spooled(struct bh_hash *hash, struct bh_arena *arena, int fd)
{
	char *block = bh_arena_alloc(arena, BLOCK_BYTES);
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, block, BLOCK_BYTES, at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bh_error(BH_E_IO, "read a spooled body: %m");
		bh_hash_add(hash, block, (size_t)n);
		at += n;
	}
	return 0;
}

static int
add_part(struct bh_hash *hash, char *block, struct bh_multipart *form,
	const struct bh_multipart_part *part)
{
	struct bh_digest content;
	struct bh_hash inner;
	ssize_t n;

	add_text(hash, part->name);
	add_text(hash, part->filename);
	add_text(hash, part->content_type);
	bh_hash_begin(&inner);
	while ((n = bh_multipart_read(form, block, BLOCK_BYTES)) > 0)
		bh_hash_add(&inner, block, (size_t)n);
	bh_hash_end(&inner, &content);
	bh_hash_add(hash, content.bytes, sizeof(content.bytes));
	return n < 0 ? (int)n : 0;
}

/* A form's boundary is made up anew for each sending: its parts are what it says. A form that cannot be
 * read is not hashed further: its handler refuses it, and nothing is kept. */
static void
add_form(struct bh_hash *hash, struct bh_arena *arena, struct bh_multipart *form)
{
	char *block = bh_arena_alloc(arena, BLOCK_BYTES);
	struct bh_multipart_part part;
	bool end = false;
	int rc;

	do {
		rc = bh_multipart_next(form, &part, &end);
		if (rc == 0 && !end)
			rc = add_part(hash, block, form, &part);
	} while (rc == 0 && !end);
	bh_error_clear();
}

static int
add_body(struct bh_request *req, struct bh_hash *hash)
{
	const struct bh_http_exchange *http = req->http;
	struct bh_arena arena = {0};
	struct bh_multipart *form;
	int rc = 0;

	if (bh_multipart_open(http, &form) == 0) {
		add_text(hash, "form");
		add_form(hash, &arena, form);
		bh_multipart_close(form);
	} else {
		bh_error_clear();
		add_text(hash, "bytes");
		if (http->body_fd >= 0)
			rc = add_spooled(hash, &arena, http->body_fd);
		else
			bh_hash_add(hash, http->body.data, http->body.len);
	}
	bh_arena_close(&arena);
	return rc;
}

static void
seal(struct bh_request *req, struct bh_hash *hash, struct bh_digest *out)
{
	struct bh_secret secret;
	struct bh_digest digest;

	bh_hash_end(hash, &digest);
	bh_runtime_key(req->runtime, "idempotency", &secret);
	bh_digest_hmac(&secret, digest.bytes, sizeof(digest.bytes), out);
	bh_secret_close(&secret);
}

int
bh_idempotency_mark_key(struct bh_request *req, const char *sent, struct bh_digest *out)
{
	struct bh_hash hash;
	const char *key = "";
	size_t len = 0;
	int rc = read_key(sent, &key, &len);

	if (rc < 0)
		return rc;
	bh_hash_begin(&hash);
	add_text(&hash, req->claims.subject_text);
	add_piece(&hash, req->claims.session.bytes, sizeof(req->claims.session.bytes));
	add_text(&hash, req->http->method);
	add_text(&hash, req->http->path);
	add_piece(&hash, key, len);
	seal(req, &hash, out);
	return 0;
}

int
bh_idempotency_mark(struct bh_request *req, const char *sent, struct bh_idempotency_mark *out)
{
	struct bh_idempotency_mark mark;
	struct bh_hash hash;
	int rc = bh_idempotency_mark_key(req, sent, &mark.key);

	if (rc < 0)
		return rc;
	bh_hash_begin(&hash);
	add_text(&hash, req->http->query);
	rc = add_body(req, &hash);
	seal(req, &hash, &mark.fingerprint);
	if (rc == 0)
		*out = mark;
	return rc;
}

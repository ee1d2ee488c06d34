/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_multipart.c: the first line is the content type, the rest the body; parts must come out the
 * same for every size of read and wherever the window ends. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "http/multipart.h"

#define WINDOW 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
read_all(const char *type, const char *body, size_t len, size_t step, struct bh_buf *out)
{
	struct bh_multipart *multipart = NULL;
	struct bh_multipart_part part;
	char piece[512];
	bool end = false;
	int rc = bh_multipart_open_memory(type, body, len, &multipart);

	while (rc == 0 && !end) {
		ssize_t n = 0;

		rc = bh_multipart_next(multipart, &part, &end);
		if (rc < 0 || end)
			break;
		if (strlen(part.name) > 255 ||
			(part.filename != NULL && strchr(part.filename, '/') != NULL))
			abort();
		bh_buf_text(out, part.name);
		bh_buf_char(out, '|');
		while ((n = bh_multipart_read(multipart, piece, step)) > 0)
			bh_buf_add(out, piece, (size_t)n);
		rc = n < 0 ? (int)n : 0;
	}
	bh_multipart_close(multipart);
	return rc;
}

/* With a preamble in front, so that the window ends inside the body. */
static int
read_shifted(const char *type, const char *body, size_t len, struct bh_buf *out)
{
	size_t preamble = WINDOW - 2 - len / 2;
	char *text = malloc(preamble + len);
	int rc;

	if (text == NULL)
		abort();
	memset(text, 'p', preamble);
	memcpy(text + preamble - 2, "\r\n", 2);
	memcpy(text + preamble, body, len);
	rc = read_all(type, text, preamble + len, 64, out);
	free(text);
	return rc;
}

static void
must_equal(int a, const struct bh_buf *x, int b, const struct bh_buf *y)
{
	if (a != b ||
		(a == 0 && (x->len != y->len || (x->len > 0 && memcmp(x->data, y->data, x->len) != 0))))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *end = size > 0 ? memchr(text, '\n', size) : NULL;
	char type[300] = "";
	struct bh_buf large = {0};
	struct bh_buf small = {0};
	struct bh_buf shifted = {0};
	size_t len;
	int rc;

	if (end == NULL || end - text >= (ptrdiff_t)sizeof(type) || size > 60000)
		return 0;
	memcpy(type, text, (size_t)(end - text));
	len = size - (size_t)(end + 1 - text);
	rc = read_all(type, end + 1, len, 512, &large);
	must_equal(rc, &large, read_all(type, end + 1, len, 1, &small), &small);
	must_equal(rc, &large, read_shifted(type, end + 1, len, &shifted), &shifted);
	bh_buf_close(&large);
	bh_buf_close(&small);
	bh_buf_close(&shifted);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* peer_head.c: a strict reader of response heads and chunked framing; takes no liberties. */
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"
#include "http/peer.h"

#define LINE_MOST 4096u /* of a chunk's size with its extensions */
#define TRAILERS_MOST 8192u

static bool
is_value_char(unsigned char c)
{
	return c == '\t' || (c >= 0x20 && c != 0x7f);
}

/* "HTTP/1.1 200 OK": the reason may be empty, its blank may not. */
static int
parse_status(const char *line, size_t len, struct bh_peer_head *out)
{
	if (len < 12 || memcmp(line, "HTTP/1.", 7) != 0 || (line[7] != '0' && line[7] != '1') ||
		line[8] != ' ' || (len > 12 && line[12] != ' '))
		return bh_error(BH_E_PROTOCOL, "malformed status line");
	for (size_t i = 9; i < 12; i++) {
		if (line[i] < '0' || line[i] > '9')
			return bh_error(BH_E_PROTOCOL, "malformed status");
	}
	for (size_t i = 12; i < len; i++) {
		if (!is_value_char((unsigned char)line[i]))
			return bh_error(BH_E_PROTOCOL, "control character in a status line");
	}
	out->http10 = line[7] == '0';
	out->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
	if (out->status < 100)
		return bh_error(BH_E_PROTOCOL, "status out of range");
	return 0;
}

/* One header line, cut into two strings in place. A folded line begins with a blank: no token. */
static int
parse_header(char *text, size_t start, size_t end, struct bh_peer_head *out)
{
	size_t colon = start;
	size_t value;

	if (out->n_headers == BH_PEER_HEADERS_MOST)
		return bh_error(BH_E_PROTOCOL, "too many response headers");
	while (colon < end && bh_text_is_token(text[colon]))
		colon++;
	if (colon == start || colon == end || text[colon] != ':')
		return bh_error(BH_E_PROTOCOL, "malformed response header");
	value = colon + 1;
	while (value < end && (text[value] == ' ' || text[value] == '\t'))
		value++;
	while (end > value && (text[end - 1] == ' ' || text[end - 1] == '\t'))
		end--;
	for (size_t i = value; i < end; i++) {
		if (!is_value_char((unsigned char)text[i]))
			return bh_error(BH_E_PROTOCOL, "control character in a response header");
	}
	text[colon] = '\0';
	text[end] = '\0';
	out->headers[out->n_headers].name = (uint32_t)start;
	out->headers[out->n_headers].value = (uint32_t)value;
	out->n_headers++;
	return 0;
}

int
bh_peer_head_parse(char *text, size_t len, struct bh_peer_head *out)
{
	char *end = memmem(text, len, "\r\n\r\n", 4);
	size_t at = 0;
	int rc;

	if (end == NULL || end + 4 - text > (ptrdiff_t)BH_PEER_HEAD_MOST) {
		if (end != NULL || len >= BH_PEER_HEAD_MOST)
			return bh_error(BH_E_PROTOCOL, "response header larger than 32 KiB");
		return 0;
	}
	out->bytes = (size_t)(end - text) + 4;
	out->n_headers = 0;
	while (at < out->bytes - 2) {
		char *line_end = memchr(text + at, '\r', out->bytes - at);
		size_t stop = (size_t)(line_end - text);

		if (text[stop + 1] != '\n')
			return bh_error(BH_E_PROTOCOL, "stray carriage return in a response head");
		rc = at == 0 ? parse_status(text, stop, out) : parse_header(text, at, stop, out);
		if (rc < 0)
			return rc;
		at = stop + 2;
	}
	return 1;
}

const char *
bh_peer_head_find(const struct bh_peer_head *head, const char *text, const char *name,
	unsigned *out_count)
{
	const char *found = NULL;
	unsigned count = 0;

	for (size_t i = 0; i < head->n_headers; i++) {
		if (strcasecmp(text + head->headers[i].name, name) != 0)
			continue;
		if (count++ == 0)
			found = text + head->headers[i].value;
	}
	if (out_count != NULL)
		*out_count = count;
	return found;
}

int
bh_peer_head_framing(const struct bh_peer_head *head, const char *text, const char *method,
	enum bh_peer_framing *out, int64_t *out_bytes)
{
	unsigned n_coding;
	unsigned n_length;
	const char *coding = bh_peer_head_find(head, text, "transfer-encoding", &n_coding);
	const char *length = bh_peer_head_find(head, text, "content-length", &n_length);

	*out_bytes = 0;
	if (n_coding > 1 || n_length > 1 || (n_coding > 0 && n_length > 0))
		return bh_error(BH_E_PROTOCOL, "contradictory response length");
	if (strcmp(method, "HEAD") == 0 || head->status == 204 || head->status == 304) {
		*out = BH_PEER_EMPTY;
		return 0;
	}
	if (coding != NULL) {
		if (head->http10 || strcasecmp(coding, "chunked") != 0)
			return bh_error(BH_E_PROTOCOL, "unknown transfer coding");
		*out = BH_PEER_CHUNKED;
		return 0;
	}
	if (length == NULL) {
		*out = BH_PEER_UNTIL_CLOSE;
		return 0;
	}
	if (length[0] == '-' || bh_text_int(length, 0, INT64_MAX, out_bytes) < 0)
		return bh_error(BH_E_PROTOCOL, "malformed content-length");
	*out = *out_bytes > 0 ? BH_PEER_LENGTH : BH_PEER_EMPTY;
	return 0;
}

/* "1a2b" [;extensions]: at least one digit, at most fifteen, then the end or an extension. */
static int
parse_size(const char *line, size_t len, uint64_t *out)
{
	uint64_t size = 0;
	size_t i;

	for (i = 0; i < len && bh_text_hex_digit(line[i]) >= 0; i++) {
		if (i == 15)
			return bh_error(BH_E_PROTOCOL, "chunk size out of range");
		size = size * 16 + (uint64_t)bh_text_hex_digit(line[i]);
	}
	if (i == 0)
		return bh_error(BH_E_PROTOCOL, "malformed chunk size");
	while (i < len && (line[i] == ' ' || line[i] == '\t'))
		i++;
	if (i < len && line[i] != ';')
		return bh_error(BH_E_PROTOCOL, "malformed chunk size");
	for (; i < len; i++) {
		if (!is_value_char((unsigned char)line[i]))
			return bh_error(BH_E_PROTOCOL, "malformed chunk extension");
	}
	*out = size;
	return 0;
}

/* The size line of the next chunk, or a trailer line, both whole. */
static int
take_line(struct bh_chunks *chunks, const char *line, size_t len)
{
	int rc;

	if (chunks->state == BH_CHUNK_SIZE) {
		rc = parse_size(line, len, &chunks->left);
		if (rc < 0)
			return rc;
		chunks->state = chunks->left > 0 ? BH_CHUNK_DATA : BH_CHUNK_TRAILER;
		return 0;
	}
	chunks->trailer_bytes += len + 2;
	if (chunks->trailer_bytes > TRAILERS_MOST)
		return bh_error(BH_E_PROTOCOL, "trailers too long");
	if (len == 0)
		chunks->state = BH_CHUNK_DONE;
	return 0;
}

int
bh_chunks_feed(struct bh_chunks *chunks, const char *text, size_t len, size_t *out_used)
{
	size_t at = 0;
	int rc;

	while (chunks->state != BH_CHUNK_DATA && chunks->state != BH_CHUNK_DONE) {
		size_t left = len - at;
		const char *end;

		if (chunks->state == BH_CHUNK_DATA_END) {
			if (left < 2)
				break;
			if (memcmp(text + at, "\r\n", 2) != 0)
				return bh_error(BH_E_PROTOCOL, "chunk is not terminated");
			at += 2;
			chunks->state = BH_CHUNK_SIZE;
			continue;
		}
		end = left > 0 ? memchr(text + at, '\n', left) : NULL;
		if (end == NULL) {
			if (left > LINE_MOST)
				return bh_error(BH_E_PROTOCOL, "chunk line too long");
			break;
		}
		if (end == text + at || end[-1] != '\r' || end - (text + at) > (ptrdiff_t)LINE_MOST)
			return bh_error(BH_E_PROTOCOL, "malformed chunk line");
		rc = take_line(chunks, text + at, (size_t)(end - (text + at)) - 1);
		if (rc < 0)
			return rc;
		at = (size_t)(end - text) + 1;
	}
	*out_used = at;
	return 0;
}

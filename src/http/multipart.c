/* SPDX-License-Identifier: Apache-2.0 */
/* multipart.c: finds delimiters in a window over the source; holds one window and one head. */
#include "http/multipart.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "http/disposition.h"
#include "http/exchange.h"
#include "http/file_name.h"

#define WINDOW_BYTES ((size_t)64 * BH_KIB)
#define HEAD_BYTES_MOST ((size_t)8 * BH_KIB)
#define PARTS_MOST 64
#define PADDING_MOST 64 /* blanks behind a boundary */
#define BOUNDARY_MOST 70

enum state { IN_PREAMBLE, IN_PART, AT_DELIMITER, AT_END, BROKEN };

struct bh_multipart {
	const char *memory; /* borrowed; the source, unless fd */
	size_t memory_len;
	int fd; /* borrowed; -1: memory */
	uint64_t source_at;
	bool source_ended;
	char *window;                          /* owned */
	size_t start, end;                     /* the window's unread bytes */
	size_t clear;                          /* of them, surely without a delimiter */
	char delimiter[4 + BOUNDARY_MOST + 1]; /* CRLF "--" boundary */
	size_t delimiter_len;
	enum state state;
	unsigned parts;
	char *head; /* owned: HEAD_BYTES_MOST and the NUL */
	char name[BH_DISPOSITION_TEXT];
	char filename[BH_DISPOSITION_TEXT];
};

static int
malformed(struct bh_multipart *multipart, const char *what)
{
	multipart->state = BROKEN;
	return bh_error(BH_E_INVALID, "The multipart body is malformed: %s.", what);
}

/* ---- opening ---- */

/* RFC 2046 §5.1.1: one to seventy of these, the last one no blank. */
static bool
is_boundary(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len > BOUNDARY_MOST || text[len - 1] == ' ')
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
				strchr("'()+_,-./:=? ", c) != NULL))
			return false;
	}
	return true;
}

static int
find_boundary(const char *content_type, char out[BH_DISPOSITION_TEXT])
{
	char name[BH_DISPOSITION_TEXT];
	char value[BH_DISPOSITION_VALUE];
	bool found = false;
	const char *at;
	int rc;

	if (content_type == NULL || !bh_disposition_is(content_type, "multipart/form-data", &at))
		return bh_error(BH_E_MEDIA_TYPE, "The body must be multipart/form-data.");
	while ((rc = bh_disposition_next(&at, name, value)) > 0) {
		if (strcasecmp(name, "boundary") != 0)
			continue;
		if (found)
			return bh_error(BH_E_INVALID, "The content type has more than one boundary.");
		memcpy(out, value, BH_DISPOSITION_TEXT);
		found = true;
	}
	if (rc < 0)
		return rc;
	if (!found || !is_boundary(out))
		return bh_error(BH_E_INVALID, "The content type has no valid boundary.");
	return 0;
}

static int
open_source(const char *content_type, const char *memory, size_t len, int fd,
	struct bh_multipart **out)
{
	char boundary[BH_DISPOSITION_TEXT] = "";
	struct bh_multipart *multipart;
	int rc = find_boundary(content_type, boundary);

	if (rc < 0)
		return rc;
	multipart = calloc(1, sizeof(*multipart));
	BH_ASSERT(multipart != NULL);
	multipart->window = malloc(WINDOW_BYTES);
	multipart->head = malloc(HEAD_BYTES_MOST + 1);
	BH_ASSERT(multipart->window != NULL && multipart->head != NULL);
	multipart->memory = memory;
	multipart->memory_len = len;
	multipart->fd = fd;
	memcpy(multipart->delimiter, "\r\n--", 4);
	memcpy(multipart->delimiter + 4, boundary, strlen(boundary) + 1);
	multipart->delimiter_len = 4 + strlen(boundary);
	/* The first boundary may open the body: a line break before it makes it like all others. */
	memcpy(multipart->window, "\r\n", 2);
	multipart->end = 2;
	*out = multipart;
	return 0;
}

int
bh_multipart_open(const struct bh_http_exchange *exchange, struct bh_multipart **out)
{
	return open_source(bh_http_header(exchange, "content-type"), exchange->body.data,
		exchange->body.len, exchange->body_fd, out);
}

int
bh_multipart_open_memory(const char *content_type, const void *bytes, size_t len,
	struct bh_multipart **out)
{
	return open_source(content_type, bytes, len, -1, out);
}

void
bh_multipart_close(struct bh_multipart *multipart)
{
	if (multipart == NULL)
		return;
	free(multipart->window);
	free(multipart->head);
	free(multipart);
}

/* ---- the window ---- */

static size_t
unread(const struct bh_multipart *multipart)
{
	return multipart->end - multipart->start;
}

static ssize_t
read_source(struct bh_multipart *multipart, char *out, size_t size)
{
	size_t left;
	ssize_t n;

	if (multipart->fd >= 0) {
		do {
			n = pread(multipart->fd, out, size, (off_t)multipart->source_at);
		} while (n < 0 && errno == EINTR);
		return n < 0 ? bh_error(BH_E_IO, "read a spooled body: %m") : n;
	}
	left = multipart->memory_len - (size_t)multipart->source_at;
	if (size > left)
		size = left;
	memcpy(out, multipart->memory + multipart->source_at, size);
	return (ssize_t)size;
}

/* Moves the unread bytes to the front and fills up behind them. */
static int
refill(struct bh_multipart *multipart)
{
	ssize_t n;

	memmove(multipart->window, multipart->window + multipart->start, unread(multipart));
	multipart->end -= multipart->start;
	multipart->start = 0;
	n = read_source(multipart, multipart->window + multipart->end, WINDOW_BYTES - multipart->end);
	if (n < 0)
		return (int)n;
	multipart->source_ended = n == 0;
	multipart->source_at += (uint64_t)n;
	multipart->end += (size_t)n;
	return 0;
}

/* Sees to it that bytes are known to be clear of a delimiter, or one is at the start of the window.
 * 1: a delimiter is next; 0: clear bytes are next. */
static int
look(struct bh_multipart *multipart)
{
	while (multipart->clear == 0) {
		const char *from = multipart->window + multipart->start;
		const char *found = memmem(from, unread(multipart), multipart->delimiter,
			multipart->delimiter_len);
		int rc;

		if (found == from)
			return 1;
		if (found != NULL)
			multipart->clear = (size_t)(found - from);
		else if (unread(multipart) >= multipart->delimiter_len)
			multipart->clear = unread(multipart) - (multipart->delimiter_len - 1);
		else if (multipart->source_ended)
			return malformed(multipart, "it ends without its closing boundary");
		else if ((rc = refill(multipart)) < 0)
			return rc;
	}
	return 0;
}

static void
consume(struct bh_multipart *multipart, size_t n)
{
	multipart->start += n;
	multipart->clear -= n < multipart->clear ? n : multipart->clear;
}

ssize_t
bh_multipart_read(struct bh_multipart *multipart, char *out, size_t size)
{
	size_t n;
	int rc;

	if (multipart->state == BROKEN)
		return bh_error(BH_E_INVALID, "The multipart body is malformed.");
	if (multipart->state != IN_PART)
		return 0;
	rc = look(multipart);
	if (rc < 0)
		return rc;
	if (rc == 1) {
		consume(multipart, multipart->delimiter_len);
		multipart->state = AT_DELIMITER;
		return 0;
	}
	n = multipart->clear < size ? multipart->clear : size;
	memcpy(out, multipart->window + multipart->start, n);
	consume(multipart, n);
	return (ssize_t)n;
}

/* Passes over everything up to and including the next delimiter. */
static int
skip_to_delimiter(struct bh_multipart *multipart)
{
	for (;;) {
		int rc = look(multipart);

		if (rc < 0)
			return rc;
		if (rc == 1)
			break;
		consume(multipart, multipart->clear);
	}
	consume(multipart, multipart->delimiter_len);
	multipart->state = AT_DELIMITER;
	return 0;
}

/* Sees to it that at least `n` bytes are in the window. */
static int
need(struct bh_multipart *multipart, size_t n)
{
	while (unread(multipart) < n) {
		int rc = multipart->source_ended ? malformed(multipart, "it ends early")
										 : refill(multipart);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- what follows a delimiter ---- */

/* "--" closes, blanks and a line break open a part; anything else is no boundary line. */
static int
finish_delimiter(struct bh_multipart *multipart, bool *out_end)
{
	int rc = need(multipart, 2);

	if (rc < 0)
		return rc;
	*out_end = memcmp(multipart->window + multipart->start, "--", 2) == 0;
	if (*out_end) {
		multipart->state = AT_END;
		return 0;
	}
	for (int i = 0; i <= PADDING_MOST; i++) {
		const char *at;

		rc = need(multipart, 2);
		if (rc < 0)
			return rc;
		at = multipart->window + multipart->start;
		if (memcmp(at, "\r\n", 2) == 0) {
			consume(multipart, 2);
			return 0;
		}
		if (*at != ' ' && *at != '\t')
			break;
		consume(multipart, 1);
	}
	return malformed(multipart, "unexpected text after a boundary");
}

/* Copies the head, up to its empty line, into multipart->head. */
static int
take_head(struct bh_multipart *multipart, size_t *out_len)
{
	for (;;) {
		const char *from = multipart->window + multipart->start;
		const char *end;
		size_t len;
		int rc = need(multipart, 2);

		if (rc < 0)
			return rc;
		from = multipart->window + multipart->start;
		if (memcmp(from, "\r\n", 2) == 0) {
			consume(multipart, 2);
			*out_len = 0;
			return 0;
		}
		end = memmem(from, unread(multipart), "\r\n\r\n", 4);
		len = end != NULL ? (size_t)(end - from) + 2 : unread(multipart);
		if (len > HEAD_BYTES_MOST)
			return malformed(multipart, "the header of a part is larger than 8 KiB");
		if (end != NULL) {
			memcpy(multipart->head, from, len);
			multipart->head[len] = '\0';
			consume(multipart, len + 2);
			*out_len = len;
			return 0;
		}
		rc = need(multipart, unread(multipart) + 1);
		if (rc < 0)
			return rc;
	}
}

/* What a client calls a file may be a whole path; of other systems, too. */
static void
keep_last_element(char *path)
{
	const char *last = path;

	for (const char *at = path; *at != '\0'; at++) {
		if (*at == '/' || *at == '\\')
			last = at + 1;
	}
	memmove(path, last, strlen(last) + 1);
}

/* Told of the part whose file it is, where that is known already: clients write the name first. */
static int
bad_filename(struct bh_multipart *multipart, bool named)
{
	multipart->state = BROKEN;
	return bh_error_param(BH_E_INVALID, named ? multipart->name : "",
		"The file name must be plain text of at most %d bytes.", BH_DISPOSITION_TEXT - 1);
}

static int
take_disposition(struct bh_multipart *multipart, const char *value, bool *out_name,
	bool *out_filename)
{
	char name[BH_DISPOSITION_TEXT] = "";
	char text[BH_DISPOSITION_VALUE];
	struct bh_file_name file = {0};
	const char *at, *chosen;
	int rc;

	if (*out_name || !bh_disposition_is(value, "form-data", &at))
		return malformed(multipart, "a part is not form-data");
	while ((rc = bh_disposition_next(&at, name, text)) > 0) {
		if (!bh_file_name_take(&file, name, text))
			return bad_filename(multipart, *out_name);
		if (strcasecmp(name, "name") != 0)
			continue;
		if (*out_name || !bh_text_is_plain(text))
			return malformed(multipart, "the name of a part is not plain text");
		strcpy(multipart->name, text); /* no value but a file's name is longer */
		*out_name = true;
	}
	if (rc < 0 && strncasecmp(name, "filename", 8) == 0)
		return bad_filename(multipart, *out_name);
	if (rc < 0) {
		multipart->state = BROKEN;
		return rc;
	}
	chosen = bh_file_name_choose(&file);
	*out_filename = file.has_plain || file.has_encoded || file.n_pieces > 0;
	if (chosen == NULL && *out_filename)
		return bad_filename(multipart, *out_name);
	if (chosen != NULL)
		strcpy(multipart->filename, chosen);
	return 0;
}

/* One line of a head. */
static int
take_header(struct bh_multipart *multipart, char *line, struct bh_multipart_part *part,
	bool *out_name, bool *out_filename)
{
	char *colon = strchr(line, ':');
	char *value;
	size_t len;

	if (colon == NULL || colon == line || strcspn(line, " \t") < (size_t)(colon - line))
		return malformed(multipart, "a part has a malformed header");
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	len = strlen(value);
	while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		value[--len] = '\0';
	if (strcasecmp(line, "content-disposition") == 0)
		return take_disposition(multipart, value, out_name, out_filename);
	if (strcasecmp(line, "content-type") == 0) {
		if (part->content_type[0] != '\0' || !bh_text_is_plain(value))
			return malformed(multipart, "a part has a malformed content type");
		part->content_type = value;
	} else if (strcasecmp(line, "content-transfer-encoding") == 0 &&
		strcasecmp(value, "binary") != 0 && strcasecmp(value, "8bit") != 0 &&
		strcasecmp(value, "7bit") != 0) {
		return malformed(multipart, "a part has an unsupported transfer encoding");
	}
	return 0;
}

static int
parse_head(struct bh_multipart *multipart, size_t len, struct bh_multipart_part *out)
{
	bool has_name = false;
	bool has_filename = false;
	char *line = multipart->head;
	int rc = 0;

	if (memchr(multipart->head, '\0', len) != NULL)
		return malformed(multipart, "the header of a part contains a NUL byte");
	*out = (struct bh_multipart_part){.content_type = ""};
	while (rc == 0 && line < multipart->head + len) {
		char *end = strstr(line, "\r\n");

		*end = '\0';
		if (strpbrk(line, "\r\n") != NULL)
			return malformed(multipart, "the header of a part has a stray line break");
		rc = take_header(multipart, line, out, &has_name, &has_filename);
		line = end + 2;
	}
	if (rc < 0)
		return rc;
	if (!has_name)
		return malformed(multipart, "a part has no name");
	out->name = multipart->name;
	if (has_filename) {
		keep_last_element(multipart->filename);
		out->filename = multipart->filename[0] != '\0' ? multipart->filename : NULL;
	}
	return 0;
}

int
bh_multipart_next(struct bh_multipart *multipart, struct bh_multipart_part *out, bool *out_end)
{
	struct bh_multipart_part part;
	size_t head_len = 0;
	int rc = 0;

	*out_end = multipart->state == AT_END;
	if (*out_end)
		return 0;
	if (multipart->state == BROKEN)
		return bh_error(BH_E_INVALID, "The multipart body is malformed.");
	if (multipart->state != AT_DELIMITER)
		rc = skip_to_delimiter(multipart);
	if (rc == 0)
		rc = finish_delimiter(multipart, out_end);
	if (rc < 0 || *out_end)
		return rc;
	if (++multipart->parts > PARTS_MOST)
		return malformed(multipart, "it has more than 64 parts");
	rc = take_head(multipart, &head_len);
	if (rc == 0)
		rc = parse_head(multipart, head_len, &part);
	if (rc < 0)
		return rc;
	multipart->state = IN_PART;
	*out = part;
	return 0;
}

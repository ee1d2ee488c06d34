/* SPDX-License-Identifier: Apache-2.0 */
/* sse.c: the event stream format of the HTML standard, fed in whatever pieces arrive. */
#include "http/sse.h"

#include <string.h>

#include "base/error.h"

static const char mark[] = "\xef\xbb\xbf";

static bool
is_field(const struct bh_buf *line, const char *name, size_t name_len)
{
	return line->len >= name_len && memcmp(line->data, name, name_len) == 0 &&
		(line->len == name_len || line->data[name_len] == ':');
}

/* The value behind "name:", less one blank. */
static const char *
value_of(const struct bh_buf *line, size_t name_len, size_t *out_len)
{
	size_t at = name_len;

	if (at < line->len)
		at++;
	if (at < line->len && line->data[at] == ' ')
		at++;
	*out_len = line->len - at;
	return line->data + at;
}

/* One whole line. 1: it was empty and completes an event. */
static int
take_line(struct bh_sse *sse)
{
	const struct bh_buf *line = &sse->line;
	const char *value;
	size_t len;

	if (line->len == 0) {
		if (sse->has_data)
			return 1;
		bh_buf_reset(&sse->event);
		return 0;
	}
	if (is_field(line, "data", 4)) {
		value = value_of(line, 4, &len);
		if (sse->data.len + len + 1 > sse->line_max)
			return bh_error(BH_E_PROTOCOL, "an event is larger than %zu bytes", sse->line_max);
		if (sse->has_data)
			bh_buf_char(&sse->data, '\n');
		bh_buf_add(&sse->data, value, len);
		sse->has_data = true;
	} else if (is_field(line, "event", 5)) {
		value = value_of(line, 5, &len);
		bh_buf_reset(&sse->event);
		bh_buf_add(&sse->event, value, len);
	}
	return 0;
}

/* Takes what belongs to the current line; true when its end was among it. */
static bool
take_piece(struct bh_sse *sse, const char **bytes, size_t *len)
{
	size_t n = 0;

	while (n < *len && (*bytes)[n] != '\n' && (*bytes)[n] != '\r')
		n++;
	bh_buf_add(&sse->line, *bytes, n);
	*bytes += n;
	*len -= n;
	if (*len == 0)
		return false;
	sse->saw_cr = **bytes == '\r';
	*bytes += 1;
	*len -= 1;
	return true;
}

static void
forget_event(struct bh_sse *sse)
{
	bh_buf_reset(&sse->data);
	bh_buf_reset(&sse->event);
	sse->has_data = false;
	sse->dispatched = false;
}

/* The first line may begin with a byte-order mark. */
static void
skip_mark(struct bh_sse *sse)
{
	if (!sse->begun && sse->line.len >= 3 && memcmp(sse->line.data, mark, 3) == 0)
		bh_buf_shift(&sse->line, 3);
	sse->begun = true;
}

int
bh_sse_feed(struct bh_sse *sse, const char **bytes, size_t *len, struct bh_sse_event *out,
	bool *out_ready)
{
	*out_ready = false;
	if (sse->dispatched)
		forget_event(sse);
	while (*len > 0) {
		bool whole;
		int rc;

		if (sse->saw_cr && **bytes == '\n') {
			*bytes += 1;
			*len -= 1;
			sse->saw_cr = false;
			continue;
		}
		sse->saw_cr = false;
		whole = take_piece(sse, bytes, len);
		if (sse->line.len > sse->line_max)
			return bh_error(BH_E_PROTOCOL, "a line is longer than %zu bytes", sse->line_max);
		if (!whole)
			continue;
		skip_mark(sse);
		rc = take_line(sse);
		bh_buf_reset(&sse->line);
		if (rc < 0)
			return rc;
		if (rc == 0)
			continue;
		sse->dispatched = true;
		*out = (struct bh_sse_event){
			.event = bh_buf_string(&sse->event),
			.data = bh_buf_string(&sse->data),
			.data_len = sse->data.len,
		};
		*out_ready = true;
		return 0;
	}
	return 0;
}

void
bh_sse_close(struct bh_sse *sse)
{
	bh_buf_close(&sse->line);
	bh_buf_close(&sse->data);
	bh_buf_close(&sse->event);
	*sse = (struct bh_sse){0};
}

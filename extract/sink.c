/* SPDX-License-Identifier: Apache-2.0 */
/* sink.c: makes and writes the lines of the protocol. */
#include "sink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol.h"
#include "unicode.h"

enum {
	LEVEL_MAX = 6,
	INNER_LEVEL = 2,
};

static const struct {
	const char *code;
	const char *sentence; /* where the reader gave none */
} failures[] = {
	[-EXTRACT_E_ENCRYPTED] = {EXTRACT_CODE_ENCRYPTED,
		"The file is password-protected. Remove the password and upload it again."},
	[-EXTRACT_E_DAMAGED] = {EXTRACT_CODE_DAMAGED, "The file is damaged and cannot be read."},
	[-EXTRACT_E_EMPTY] = {EXTRACT_CODE_EMPTY, "The file contains no text."},
	[-EXTRACT_E_IMAGE_ONLY] = {EXTRACT_CODE_IMAGE_ONLY,
		"The file contains only scanned page images and no text."},
	[-EXTRACT_E_UNSUPPORTED] = {EXTRACT_CODE_UNSUPPORTED, "This file type is not supported."},
	[-EXTRACT_E_TOO_LARGE] = {EXTRACT_CODE_TOO_LARGE,
		"The file contains more text than is allowed."},
	[-EXTRACT_E_BOMB] = {EXTRACT_CODE_BOMB,
		"The file was rejected because it decompresses to far more than its size."},
	[-EXTRACT_E_SETUP] = {EXTRACT_CODE_SETUP, "Text recognition is not installed."},
};

static const char *const kinds[] = {
	[EXTRACT_HEADING] = "heading",
	[EXTRACT_PARAGRAPH] = "paragraph",
	[EXTRACT_LIST_ITEM] = "list_item",
	[EXTRACT_TABLE_ROW] = "table_row",
	[EXTRACT_CODE] = "code",
	[EXTRACT_CAPTION] = "caption",
};

void
extract_sink_open(struct extract_sink *out, int fd, uint64_t characters_max)
{
	*out = (struct extract_sink){.fd = fd, .characters_max = characters_max};
}

void
extract_sink_close(struct extract_sink *sink)
{
	extract_buffer_close(&sink->line);
	extract_buffer_close(&sink->text);
	extract_buffer_close(&sink->header);
	extract_recognized_close(&sink->recognized);
}

static int
write_line(struct extract_sink *sink)
{
	size_t done = 0;

	extract_buffer_byte(&sink->line, '\n');
	while (done < sink->line.len) {
		ssize_t part = write(sink->fd, sink->line.data + done, sink->line.len - done);

		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			return EXTRACT_E_OUTPUT;
		done += (size_t)part;
	}
	return 0;
}

static void add_format(struct extract_sink *sink, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* For the fixed parts of a line, which are short. */
static void
add_format(struct extract_sink *sink, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	extract_buffer_text(&sink->line, text);
}

/* The text is clean: of the control characters only \n and \t are left. */
static void
add_string(struct extract_sink *sink, const char *text, size_t len)
{
	size_t plain = 0;

	extract_buffer_byte(&sink->line, '"');
	for (size_t i = 0; i < len; i++) {
		const char *escape = text[i] == '"' ? "\\\""
			: text[i] == '\\'               ? "\\\\"
			: text[i] == '\n'               ? "\\n"
			: text[i] == '\t'               ? "\\t"
											: NULL;

		if (escape == NULL)
			continue;
		extract_buffer_append(&sink->line, text + plain, i - plain);
		extract_buffer_text(&sink->line, escape);
		plain = i + 1;
	}
	extract_buffer_append(&sink->line, text + plain, len - plain);
	extract_buffer_byte(&sink->line, '"');
}

/* Cleans a string that has to stay short. */
static void
clean_short(const char *text, size_t characters_max, struct extract_buffer *out)
{
	size_t len = strlen(text);

	extract_buffer_truncate(out, 0);
	if (len > 8 * characters_max)
		len = 8 * characters_max;
	extract_unicode_clean(text, len, out);
	if (out->len > 0)
		extract_buffer_truncate(out, extract_unicode_cut(out->data, out->len, characters_max));
}

void
extract_sink_enter(struct extract_sink *sink, const struct extract_block *heading)
{
	sink->inner++;
	sink->heading = heading;
}

bool
extract_sink_leave(struct extract_sink *sink)
{
	bool any = sink->heading == NULL;

	sink->inner--;
	sink->heading = NULL;
	return any;
}

int
extract_sink_document(struct extract_sink *sink, const char *format, const char *title, int pages)
{
	if (sink->inner > 0)
		return 0;
	extract_buffer_truncate(&sink->line, 0);
	add_format(sink, "{\"type\":\"document\",\"format\":\"%s\",\"title\":", format);
	clean_short(title == NULL ? "" : title, EXTRACT_TITLE_CHARACTERS_MAX, &sink->header);
	if (sink->header.len > 0)
		add_string(sink, sink->header.data, sink->header.len);
	else
		extract_buffer_text(&sink->line, "null");
	if (pages > 0)
		add_format(sink, ",\"pages\":%d}", pages);
	else
		extract_buffer_text(&sink->line, ",\"pages\":null}");
	return write_line(sink);
}

int
extract_sink_progress(struct extract_sink *sink, int done, int pages)
{
	if (sink->inner > 0)
		return 0;
	extract_buffer_truncate(&sink->line, 0);
	add_format(sink, "{\"type\":\"progress\",\"pages_done\":%d,\"pages\":%d}", done, pages);
	return write_line(sink);
}

/* Headings of an inner document are below its own, which is of the second level at most. */
static int
level_of(const struct extract_sink *sink, const struct extract_block *block)
{
	bool leveled = block->kind == EXTRACT_HEADING || block->kind == EXTRACT_CODE;
	int level = leveled ? block->level : 0;

	if (level > 0 && sink->inner > 0)
		level += INNER_LEVEL;
	return level > LEVEL_MAX ? LEVEL_MAX : level;
}

static int
write_part(struct extract_sink *sink, const struct extract_block *block, const char *text,
	size_t len)
{
	sink->characters += extract_unicode_count(text, len);
	if (sink->characters > sink->characters_max)
		return EXTRACT_E_TOO_LARGE;
	sink->blocks++;
	extract_buffer_truncate(&sink->line, 0);
	add_format(sink, "{\"type\":\"block\",\"kind\":\"%s\",\"level\":%d,\"page\":%d",
		kinds[block->kind], level_of(sink, block), sink->inner > 0 ? 0 : block->page);
	if (sink->header.len > 0) {
		extract_buffer_text(&sink->line, ",\"header\":");
		add_string(sink, sink->header.data, sink->header.len);
	}
	if (block->confidence > 0)
		add_format(sink, ",\"confidence\":%d", block->confidence);
	extract_buffer_text(&sink->line, ",\"text\":");
	add_string(sink, text, len);
	extract_buffer_byte(&sink->line, '}');
	return write_line(sink);
}

static int
put_block(struct extract_sink *sink, const struct extract_block *block)
{
	size_t at = 0;
	int rc = 0;

	extract_buffer_truncate(&sink->text, 0);
	extract_unicode_clean(block->text, block->len, &sink->text);
	clean_short(block->header == NULL ? "" : block->header, EXTRACT_HEADER_CHARACTERS_MAX,
		&sink->header);
	while (rc == 0 && at < sink->text.len) {
		const char *text = sink->text.data + at;
		size_t len = sink->text.len - at, shown;

		len = extract_unicode_cut(text, len, EXTRACT_BLOCK_CHARACTERS_MAX);
		at += len;
		/* Only code keeps its first line's indentation; a cut leaves a blank at either end. */
		while (len > 0 && (*text == '\n' || (block->kind != EXTRACT_CODE && *text == ' ')))
			text++, len--;
		shown = len;
		while (shown > 0 && strchr(" \t\n", text[shown - 1]) != NULL)
			shown--;
		if (shown > 0)
			rc = write_part(sink, block, text, shown);
	}
	return rc;
}

/* The heading of an inner document is written before its first text. */
int
extract_sink_block(struct extract_sink *sink, const struct extract_block *block)
{
	const struct extract_block *heading = sink->heading;
	int rc = 0;

	if (heading != NULL) {
		extract_buffer_truncate(&sink->text, 0);
		extract_unicode_clean(block->text, block->len, &sink->text);
		if (sink->text.len == 0)
			return 0;
		sink->heading = NULL;
		sink->inner--;
		rc = put_block(sink, heading);
		sink->inner++;
	}
	return rc < 0 ? rc : put_block(sink, block);
}

int
extract_sink_fail(struct extract_sink *sink, enum extract_failure failure, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(sink->message, sizeof(sink->message), format, args);
	va_end(args);
	return failure;
}

/* Attachments have no page numbers of their own. */
void
extract_sink_recognized(struct extract_sink *sink, int number, const struct extract_page *page)
{
	extract_recognized_add(&sink->recognized, sink->inner > 0 ? 0 : number, page);
}

void
extract_sink_unread(struct extract_sink *sink, int number)
{
	extract_recognized_skip(&sink->recognized, sink->inner > 0 ? 0 : number);
}

int
extract_sink_no_text(struct extract_sink *sink)
{
	if (sink->ocr_mode == EXTRACT_OCR_OFF)
		return EXTRACT_E_IMAGE_ONLY;
	if (sink->recognized.unread.first > 0 || sink->recognized.unread.attached)
		return extract_sink_fail(sink, EXTRACT_E_IMAGE_ONLY,
			"The file contains only images, and their text could not be recognized in the time "
			"allowed.");
	return extract_sink_fail(sink, EXTRACT_E_IMAGE_ONLY,
		"The file contains no text, and none was recognized in its images.");
}

int
extract_sink_finish(struct extract_sink *sink, int rc)
{
	const char *sentence = sink->message;

	if (rc == 0 && sink->blocks == 0)
		rc = EXTRACT_E_EMPTY;
	if (rc == EXTRACT_E_OUTPUT)
		return EXTRACT_EXIT_OUTPUT;
	if (rc == EXTRACT_E_OCR)
		return EXTRACT_EXIT_OCR;
	extract_buffer_truncate(&sink->line, 0);
	if (rc == 0) {
		add_format(sink, "{\"type\":\"end\",\"characters\":%" PRIu64 ",\"blocks\":%" PRIu64,
			sink->characters, sink->blocks);
		extract_recognized_write(&sink->recognized, &sink->line);
		extract_buffer_byte(&sink->line, '}');
		return write_line(sink) < 0 ? EXTRACT_EXIT_OUTPUT : EXTRACT_EXIT_OK;
	}
	if (sentence[0] == '\0')
		sentence = failures[-rc].sentence;
	add_format(sink, "{\"type\":\"error\",\"code\":\"%s\",\"message\":", failures[-rc].code);
	extract_buffer_truncate(&sink->text, 0);
	extract_unicode_clean(sentence, strlen(sentence), &sink->text);
	add_string(sink, extract_buffer_string(&sink->text), sink->text.len);
	extract_buffer_byte(&sink->line, '}');
	return write_line(sink) < 0 ? EXTRACT_EXIT_OUTPUT : EXTRACT_EXIT_ERROR;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* mail.c: the parts of a mail: the text in the form that says more, attachments by the readers of
 * their formats, mails inside mails, all of it bounded. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "format.h"
#include "mail_header.h"
#include "protocol.h"
#include "sink.h"
#include "unicode.h"

enum {
	MESSAGES_DEPTH_MAX = 4, /* mails inside mails */
	PARTS_DEPTH_MAX = 16,   /* parts inside parts */
	PARTS_MAX = 1000,       /* of the whole mail */
	ATTACHMENTS_MAX = 100,  /* that are read; more are only named */
	BOUNDARY_BYTES_MAX = 256,
	ADDRESSES_BYTES_MAX = 2000, /* of one header that is shown */
	PLAIN_SHARE = 3,            /* plain text of a third of the page's words is the page's text */
};

struct mail {
	struct extract_sink *sink;
	int messages, depth; /* how deep we are, in mails and in parts */
	size_t parts, attachments;
};

/* A part: its head, and where its body lies. */
struct part {
	struct extract_mail_head head; /* owned */
	const char *body;              /* borrowed */
	size_t len;
};

static int read_part(struct mail *mail, const struct part *part);
static int read_message(struct mail *mail, const char *data, size_t len);

static void
part_open(struct part *out, const char *data, size_t len)
{
	extract_mail_head_open(&out->head, data, len);
	out->body = data + out->head.body;
	out->len = len - out->head.body;
}

static void
part_close(struct part *part)
{
	extract_mail_head_close(&part->head);
}

static const char *
find(const struct part *part, const char *name)
{
	return extract_mail_head_find(&part->head, name);
}

/* Whether the part's media type is this one, or of this kind where it ends in a slash. */
static bool
is_type(const struct part *part, const char *type)
{
	const char *value = find(part, "content-type");
	size_t len = strlen(type);

	if (value[0] == '\0')
		value = "text/plain";
	return strncasecmp(value, type, len) == 0 &&
		(type[len - 1] == '/' || strchr("; \t", value[len]) != NULL || value[len] == '\0');
}

/* ---- text ---- */

static int
put_run(struct mail *mail, const char *from, const char *to)
{
	const struct extract_block block = {.kind = EXTRACT_PARAGRAPH,
		.text = from,
		.len = (size_t)(to - from)};

	return extract_sink_block(mail->sink, &block);
}

/* Writes plain text, a block for each run of lines without an empty one. */
static int
put_plain(struct mail *mail, const char *text, size_t len)
{
	const char *end = text + len, *start = text, *next;
	int rc = 0;

	for (const char *line = text; line < end && rc == 0; line = next) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));

		next = stop == NULL ? end : stop + 1;
		if (line + strspn(line, " \t\r\n") < next)
			continue;
		rc = put_run(mail, start, line);
		start = next;
	}
	return rc < 0 ? rc : put_run(mail, start, end);
}

/* Joins the lines that format=flowed broke: those that end in a blank. */
static void
unflow(struct extract_buffer *text)
{
	size_t kept = 0;

	for (size_t i = 0; i < text->len; i++) {
		size_t end = i + (text->data[i] == '\r' && i + 1 < text->len && text->data[i + 1] == '\n');

		/* "-- " stands above a signature. */
		if (text->data[end] == '\n' && kept > 0 && text->data[kept - 1] == ' ' &&
			!(kept >= 3 && memcmp(text->data + kept - 3, "-- ", 3) == 0)) {
			i = end;
			continue;
		}
		text->data[kept++] = text->data[i];
	}
	extract_buffer_truncate(text, kept);
}

/* Appends a text part's content as UTF-8. */
static int
decode_text(struct mail *mail, const struct part *part, struct extract_buffer *out)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer body = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer charset = {0};
	struct extract_input input = {.name = "text", .mime = ""};
	bool declared = extract_mail_add_parameter(find(part, "content-type"), "charset", &charset);

	extract_mail_add_body(part->body, part->len, find(part, "content-transfer-encoding"), &body);
	input.data = extract_buffer_string(&body);
	input.len = body.len;
	return extract_text_decode(&input, declared ? extract_buffer_string(&charset) : NULL,
		mail->sink, out);
}

static int
put_text(struct mail *mail, const struct part *part)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer text = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer format = {0};
	int rc = decode_text(mail, part, &text);

	if (rc < 0 || text.len == 0)
		return rc;
	if (is_type(part, "text/html"))
		return extract_html_fragment(text.data, text.len, mail->sink);
	if (extract_mail_add_parameter(find(part, "content-type"), "format", &format) &&
		strcasecmp(extract_buffer_string(&format), "flowed") == 0)
		unflow(&text);
	return put_plain(mail, text.data, text.len);
}

/* Roughly how many bytes of a page are words. */
static size_t
count_words(const char *html, size_t len)
{
	size_t count = 0;
	bool tag = false;

	for (size_t i = 0; i < len; i++) {
		if (html[i] == '<' && len - i > 6 && strncasecmp(html + i, "<style", 6) == 0) {
			const char *end = memmem(html + i, len - i, "</style", 7);

			i = end == NULL ? len : (size_t)(end - html);
		} else if (html[i] == '<') {
			tag = true;
		} else if (html[i] == '>') {
			tag = false;
		} else {
			count += !tag && strchr(" \t\r\n", html[i]) == NULL;
		}
	}
	return count;
}

/* Of two forms of the same text, takes the plain one unless it leaves much out. */
static int
put_better(struct mail *mail, const struct part *plain, const struct part *page)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer words = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer html = {0};
	int rc = decode_text(mail, plain, &words);

	if (rc == 0)
		rc = decode_text(mail, page, &html);
	if (rc < 0)
		return rc;
	if (count_words(extract_buffer_string(&words), words.len) * PLAIN_SHARE <
		count_words(extract_buffer_string(&html), html.len))
		return put_text(mail, page);
	return put_text(mail, plain);
}

/* ---- parts of parts ---- */

/* Walks the parts between the lines of a boundary. */
struct walk {
	char mark[BOUNDARY_BYTES_MAX + 3]; /* with its two dashes */
	const char *data;
	size_t len, at;
	bool open;
};

static bool
walk_open(struct walk *out, const struct part *part)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer boundary = {0};

	*out = (struct walk){.data = part->body, .len = part->len};
	if (!extract_mail_add_parameter(find(part, "content-type"), "boundary", &boundary) ||
		boundary.len == 0 || boundary.len > BOUNDARY_BYTES_MAX)
		return false;
	snprintf(out->mark, sizeof(out->mark), "--%s", extract_buffer_string(&boundary));
	return true;
}

/* Moves behind the next line that is the boundary. Returns where that line begins; len if there is
 * none. */
static size_t
next_boundary(struct walk *walk)
{
	size_t mark = strlen(walk->mark), at = walk->at;

	while (at < walk->len) {
		const char *end = memchr(walk->data + at, '\n', walk->len - at);
		size_t next = end == NULL ? walk->len : (size_t)(end - walk->data) + 1;

		if (walk->len - at >= mark && memcmp(walk->data + at, walk->mark, mark) == 0) {
			walk->open = walk->len - at < mark + 2 || memcmp(walk->data + at + mark, "--", 2) != 0;
			walk->at = next;
			return at;
		}
		at = next;
	}
	walk->at = walk->len;
	walk->open = false;
	return walk->len;
}

/* The next part, to be closed by the caller; false at the end. */
static bool
walk_next(struct walk *walk, struct part *out)
{
	size_t start, end;

	if (walk->at == 0)
		next_boundary(walk);
	if (!walk->open)
		return false;
	start = walk->at;
	end = next_boundary(walk);
	part_open(out, walk->data + start, end > start ? end - start : 0);
	return true;
}

/* Finds the first text part of this type, also inside what belongs together with it. */
static bool
find_text(const struct part *part, const char *type, int depth, struct part *out)
{
	struct walk walk;
	struct part inner;

	if (depth > PARTS_DEPTH_MAX || !is_type(part, "multipart/") || !walk_open(&walk, part))
		return false;
	while (walk_next(&walk, &inner)) {
		if (is_type(&inner, type)) {
			*out = inner;
			return true;
		}
		if (find_text(&inner, type, depth + 1, out)) {
			part_close(&inner);
			return true;
		}
		part_close(&inner);
	}
	return false;
}

static int
read_alternatives(struct mail *mail, const struct part *part)
{
	EXTRACT_AUTO(part_close) struct part plain = {0};
	EXTRACT_AUTO(part_close) struct part page = {0};
	bool has_plain = find_text(part, "text/plain", mail->depth, &plain);
	bool has_page = find_text(part, "text/html", mail->depth, &page);

	if (has_plain && has_page)
		return put_better(mail, &plain, &page);
	return has_plain ? put_text(mail, &plain) : has_page ? put_text(mail, &page) : 0;
}

static int
read_parts(struct mail *mail, const struct part *part)
{
	bool related = is_type(part, "multipart/related");
	struct walk walk;
	int rc = 0;

	if (mail->depth >= PARTS_DEPTH_MAX)
		return EXTRACT_E_TOO_LARGE;
	if (!walk_open(&walk, part))
		return EXTRACT_E_DAMAGED;
	mail->depth++;
	for (bool first = true; rc == 0; first = false) {
		EXTRACT_AUTO(part_close) struct part inner = {0};

		if (!walk_next(&walk, &inner))
			break;
		if (++mail->parts > PARTS_MAX)
			rc = EXTRACT_E_TOO_LARGE;
		/* What belongs to a page are its pictures. */
		else if (first || !related || !is_type(&inner, "image/"))
			rc = read_part(mail, &inner);
	}
	mail->depth--;
	return rc;
}

/* ---- attachments ---- */

static bool
add_name(const struct part *part, struct extract_buffer *out)
{
	return extract_mail_add_parameter(find(part, "content-disposition"), "filename", out) ||
		extract_mail_add_parameter(find(part, "content-type"), "name", out);
}

/* Parts for programs. */
static bool
is_for_programs(const struct part *part)
{
	static const char *const types[] = {"application/pgp-signature", "application/pkcs7-signature",
		"application/x-pkcs7-signature", "application/pgp-encrypted", "application/ms-tnef",
		"message/delivery-status", "message/disposition-notification", "text/rfc822-headers",
		"text/calendar", "text/x-amp-html"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (is_type(part, types[i]))
			return true;
	return false;
}

/* Failures of an attachment that end the reading of the whole mail. */
static bool
is_of_whole(int rc)
{
	return rc == EXTRACT_E_BOMB || rc == EXTRACT_E_TOO_LARGE || rc == EXTRACT_E_OUTPUT ||
		rc == EXTRACT_E_OCR;
}

/* Reads an attachment below a heading with its name. Which formats are read depends on its content,
 * as for a file of its own; one that is not read is named all the same. */
static int
read_attachment(struct mail *mail, const struct part *part)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer body = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer name = {0};
	struct extract_input input = {.mime = find(part, "content-type")};
	struct extract_block heading = {.kind = EXTRACT_HEADING, .level = 2};
	struct extract_sink *sink = mail->sink;
	extract_reader *reader;
	bool named = false;
	int rc;

	if (!add_name(part, &name))
		return 0;
	input.name = heading.text = extract_buffer_string(&name);
	heading.len = name.len;
	if (++mail->attachments <= ATTACHMENTS_MAX) {
		extract_mail_add_body(part->body, part->len, find(part, "content-transfer-encoding"),
			&body);
		input.data = extract_buffer_string(&body);
		input.len = body.len;
		extract_sink_enter(sink, &heading);
		rc = extract_format_find(&input, sink, &reader);
		/* A mail that is attached as a file counts as one inside this one. */
		if (rc == 0)
			rc = reader == extract_mail_read ? read_message(mail, input.data, input.len)
											 : reader(&input, sink);
		named = extract_sink_leave(sink);
		if (is_of_whole(rc))
			return rc;
		sink->message[0] = '\0';
	}
	if (named)
		return 0;
	heading.kind = EXTRACT_PARAGRAPH;
	return extract_sink_block(sink, &heading);
}

/* ---- mails ---- */

static void
add_line(const struct part *part, const char *name, const char *label, struct extract_buffer *out)
{
	const char *value = find(part, name);
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer words = {0};

	if (value[0] == '\0')
		return;
	extract_mail_add_words(value, &words);
	if (words.len > ADDRESSES_BYTES_MAX)
		extract_buffer_truncate(&words,
			extract_unicode_cut(words.data, words.len, ADDRESSES_BYTES_MAX / 4));
	if (out->len > 0)
		extract_buffer_byte(out, '\n');
	extract_buffer_text(out, label);
	extract_buffer_append(out, extract_buffer_string(&words), words.len);
}

/* Writes the subject as a heading, and who wrote to whom and when. */
static int
put_head(struct mail *mail, const struct part *part, const char *subject)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer lines = {0};
	struct extract_block block = {.kind = EXTRACT_HEADING,
		.level = mail->messages > 1 ? 2 : 1,
		.text = subject,
		.len = strlen(subject)};
	int rc = extract_sink_block(mail->sink, &block);

	add_line(part, "from", "From: ", &lines);
	add_line(part, "to", "To: ", &lines);
	add_line(part, "cc", "Cc: ", &lines);
	add_line(part, "date", "Date: ", &lines);
	block = (struct extract_block){.kind = EXTRACT_PARAGRAPH,
		.text = extract_buffer_string(&lines),
		.len = lines.len};
	return rc < 0 ? rc : extract_sink_block(mail->sink, &block);
}

static int
read_message(struct mail *mail, const char *data, size_t len)
{
	EXTRACT_AUTO(part_close) struct part part = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer subject = {0};
	int rc = 0;

	part_open(&part, data, len);
	extract_mail_add_words(find(&part, "subject"), &subject);
	if (mail->messages++ == 0)
		rc = extract_sink_document(mail->sink, EXTRACT_FORMAT_EML, extract_buffer_string(&subject),
			0);
	if (rc == 0)
		rc = put_head(mail, &part, extract_buffer_string(&subject));
	/* Of mails that are deeper inside others, what they are about is enough. */
	if (rc == 0 && mail->messages <= MESSAGES_DEPTH_MAX)
		rc = read_part(mail, &part);
	mail->messages--;
	return rc;
}

/* A mail inside a mail, which may be coded as a whole. */
static int
read_inner(struct mail *mail, const struct part *part)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer body = {0};

	extract_mail_add_body(part->body, part->len, find(part, "content-transfer-encoding"), &body);
	return read_message(mail, extract_buffer_string(&body), body.len);
}

static int
read_part(struct mail *mail, const struct part *part)
{
	bool attached = strncasecmp(find(part, "content-disposition"), "attachment", 10) == 0;

	if (is_for_programs(part))
		return 0;
	if (is_type(part, "multipart/encrypted") || is_type(part, "application/pkcs7-mime") ||
		is_type(part, "application/x-pkcs7-mime"))
		return extract_sink_fail(mail->sink, EXTRACT_E_ENCRYPTED,
			"The mail is encrypted or enclosed in a signature.");
	if (is_type(part, "multipart/alternative"))
		return read_alternatives(mail, part);
	if (is_type(part, "multipart/"))
		return read_parts(mail, part);
	if (is_type(part, "message/rfc822") || is_type(part, "message/global"))
		return read_inner(mail, part);
	if (!attached && (is_type(part, "text/plain") || is_type(part, "text/html")))
		return put_text(mail, part);
	return read_attachment(mail, part);
}

int
extract_mail_read(const struct extract_input *input, struct extract_sink *sink)
{
	struct mail mail = {.sink = sink};

	return read_message(&mail, input->data, input->len);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* format.c: tells formats apart. */
#include "format.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "code.h"
#include "mail_header.h"
#include "odf.h"
#include "sink.h"

static const struct {
	const char *extension;
	extract_reader *reader;
	const char *what; /* formats that only their content can be: what the name promises */
} extensions[] = {
	{"pdf", extract_pdf_read, "a PDF"},
	{"docx", extract_office_read, "a Word document"},
	{"docm", extract_office_read, "a Word document"},
	{"xlsx", extract_office_read, "an Excel workbook"},
	{"xlsm", extract_office_read, "an Excel workbook"},
	{"pptx", extract_office_read, "a PowerPoint presentation"},
	{"pptm", extract_office_read, "a PowerPoint presentation"},
	{"odt", extract_office_read, "an OpenDocument text"},
	{"ods", extract_office_read, "an OpenDocument spreadsheet"},
	{"odp", extract_office_read, "an OpenDocument presentation"},
	{"epub", extract_office_read, "an e-book"},
	{"html", extract_html_read, NULL},
	{"htm", extract_html_read, NULL},
	{"xhtml", extract_html_read, NULL},
	{"md", extract_markdown_read, NULL},
	{"markdown", extract_markdown_read, NULL},
	{"csv", extract_csv_read, NULL},
	{"tsv", extract_csv_read, NULL},
	{"tab", extract_csv_read, NULL},
	{"json", extract_json_read, NULL},
	{"jsonl", extract_json_read, NULL},
	{"ndjson", extract_json_read, NULL},
	{"txt", extract_text_read, NULL},
	{"text", extract_text_read, NULL},
	{"log", extract_text_read, NULL},
};

enum {
	EXTENSIONS = sizeof(extensions) / sizeof(extensions[0]),
	LOGO_BYTES_MAX = 6000, /* a picture in a mail that is no larger is a logo or a rule */
};

static const struct {
	const char *mime;
	extract_reader *reader;
} types[] = {
	{"text/html", extract_html_read},
	{"application/xhtml+xml", extract_html_read},
	{"text/markdown", extract_markdown_read},
	{"text/csv", extract_csv_read},
	{"text/tab-separated-values", extract_csv_read},
	{"application/json", extract_json_read},
	{"application/jsonl", extract_json_read},
	{"application/x-ndjson", extract_json_read},
	{"text/plain", extract_text_read},
};

struct beginning {
	const char *bytes;
	size_t len;
	const char *what;
};

static const struct beginning images[] = {
	{"\x89PNG\r\n\x1a\n", 8, "a PNG image"},
	{"\xff\xd8\xff", 3, "a JPEG image"},
	{"GIF87a", 6, "a GIF image"},
	{"GIF89a", 6, "a GIF image"},
	{"II*\0", 4, "a TIFF image"},
	{"MM\0*", 4, "a TIFF image"},
	{"RIFF", 4, "a WebP image"},
	{"BM", 2, "a BMP image"},
};

static const struct beginning foreign[] = {
	{"\x1f\x8b", 2, "a gzip archive"},
	{"\xfd"
	 "7zXZ",
		5, "an xz archive"},
	{"7z\xbc\xaf", 4, "a 7-Zip archive"},
	{"\x28\xb5\x2f\xfd", 4, "a zstd archive"},
	{"\x7f"
	 "ELF",
		4, "an executable"},
	{"%!PS", 4, "a PostScript document"},
	{"SQLite format 3", 15, "a database"},
};

static bool
starts_with(const struct extract_input *input, size_t skip, const char *bytes, size_t len)
{
	return input->len >= skip + len && memcmp(input->data + skip, bytes, len) == 0;
}

static size_t
extension_of(const struct extract_input *input)
{
	const char *dot = strrchr(input->name, '.');
	size_t i = 0;

	while (i < EXTENSIONS && (dot == NULL || strcasecmp(dot + 1, extensions[i].extension) != 0))
		i++;
	return i;
}

/* What the name says; files of no other name may be source code. */
static extract_reader *
by_name(const struct extract_input *input)
{
	size_t i = extension_of(input);

	if (i < EXTENSIONS)
		return extensions[i].reader;
	return extract_code_is_named(input->name) ? extract_code_read : NULL;
}

static extract_reader *
by_mime(const struct extract_input *input)
{
	size_t len = strcspn(input->mime, "; ");

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i].mime) == len && strncasecmp(input->mime, types[i].mime, len) == 0)
			return types[i].reader;
	return NULL;
}

/* A PDF may have other bytes before its mark, but a text that mentions the mark is no PDF. */
static bool
is_pdf(const struct extract_input *input, extract_reader *named)
{
	size_t skip = 0, limit = input->len < 1024 ? input->len : 1024;

	if (named == extract_pdf_read)
		return memmem(input->data, limit, "%PDF-", 5) != NULL;
	if (starts_with(input, 0, "\xef\xbb\xbf", 3))
		skip = 3;
	while (skip < limit && strchr(" \t\r\n", input->data[skip]) != NULL && input->data[skip] != 0)
		skip++;
	return starts_with(input, skip, "%PDF-", 5);
}

static bool
is_html(const struct extract_input *input)
{
	size_t skip = starts_with(input, 0, "\xef\xbb\xbf", 3) ? 3 : 0;

	while (skip < input->len && strchr(" \t\r\n", input->data[skip]) != NULL &&
		input->data[skip] != '\0')
		skip++;
	return (input->len - skip >= 14 &&
			   strncasecmp(input->data + skip, "<!doctype html", 14) == 0) ||
		(input->len - skip >= 5 && strncasecmp(input->data + skip, "<html", 5) == 0);
}

/* Beginnings that are short say more further on. */
static bool
is_image(const struct extract_input *input, const struct beginning *image)
{
	if (!starts_with(input, 0, image->bytes, image->len))
		return false;
	if (image->len == 2) /* in a bitmap, four reserved bytes, and the size of the next header */
		return starts_with(input, 6, "\0\0\0\0", 4) && starts_with(input, 15, "\0\0\0", 3);
	return strcmp(image->bytes, "RIFF") != 0 || starts_with(input, 8, "WEBP", 4);
}

/* What the content is, NULL if it is no picture. */
static const char *
image_of(const struct extract_input *input)
{
	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++)
		if (is_image(input, &images[i]))
			return images[i].what;
	return NULL;
}

static int
refuse_name(const struct extract_input *input, struct extract_sink *sink)
{
	size_t i = extension_of(input);

	return extract_sink_fail(sink, EXTRACT_E_DAMAGED,
		"The file name ends in .%s, but the content is not %s.", extensions[i].extension,
		extensions[i].what);
}

static int
find_image(const struct extract_input *input, const char *what, struct extract_sink *sink,
	extract_reader **out)
{
	size_t named = extension_of(input);

	if (named < EXTENSIONS && extensions[named].what != NULL)
		return refuse_name(input, sink);
	if (sink->ocr_mode == EXTRACT_OCR_OFF)
		return extract_sink_fail(sink, EXTRACT_E_UNSUPPORTED,
			"The file is %s, and text recognition is turned off.", what);
	if (sink->inner > 0 && input->len < LOGO_BYTES_MAX)
		return EXTRACT_E_EMPTY;
	*out = extract_image_read;
	return 0;
}

/* Old Office files, and new ones under a password, are OLE containers. */
static int
refuse_ole(const struct extract_input *input, struct extract_sink *sink)
{
	static const char package[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";

	static const char mail[] = "_\0_\0s\0u\0b\0s\0t\0g\0"
							   "1\0.\0"
							   "0\0_";

	if (memmem(input->data, input->len, package, sizeof(package) - 1) != NULL)
		return EXTRACT_E_ENCRYPTED;
	if (memmem(input->data, input->len, mail, sizeof(mail) - 1) != NULL)
		return extract_sink_fail(sink, EXTRACT_E_UNSUPPORTED,
			"The file is an Outlook message. Save it as .eml and upload it again.");
	return extract_sink_fail(sink, EXTRACT_E_UNSUPPORTED,
		"The file is in a legacy Office format. Save it in a current one (.docx, .xlsx, .pptx) or "
		"as"
		" PDF and upload it again.");
}

static int
refuse_foreign(const struct extract_input *input, struct extract_sink *sink)
{
	size_t named = extension_of(input);

	if (starts_with(input, 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8))
		return refuse_ole(input, sink);
	if (named < EXTENSIONS && extensions[named].what != NULL)
		return refuse_name(input, sink);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (starts_with(input, 0, foreign[i].bytes, foreign[i].len))
			return extract_sink_fail(sink, EXTRACT_E_UNSUPPORTED,
				"The file is %s, which is not a supported document format.", foreign[i].what);
	return 0;
}

/* Of a text whose name and type say no more: what its first bytes say. */
static extract_reader *
by_beginning(const struct extract_input *input)
{
	if (is_html(input))
		return extract_html_read;
	if (extract_mail_is(input))
		return extract_mail_read;
	return extract_code_is_script(input) ? extract_code_read : extract_text_read;
}

int
extract_format_find(const struct extract_input *input, struct extract_sink *sink,
	extract_reader **out)
{
	extract_reader *named = by_name(input);
	const char *image = image_of(input);
	int rc;

	if (input->len == 0)
		return EXTRACT_E_EMPTY;
	if (is_pdf(input, named)) {
		*out = extract_pdf_read;
		return 0;
	}
	/* An empty zip archive begins with its end. */
	if (starts_with(input, 0, "PK\3\4", 4) || starts_with(input, 0, "PK\5\6", 4)) {
		if (named == extract_pdf_read)
			return refuse_name(input, sink);
		*out = extract_office_read;
		return 0;
	}
	if (starts_with(input, 0, "{\\rtf", 5) || extract_odf_is_flat(input)) {
		*out = extract_odf_is_flat(input) ? extract_odf_flat_read : extract_rtf_read;
		return 0;
	}
	if (image != NULL)
		return find_image(input, image, sink, out);
	rc = refuse_foreign(input, sink);
	if (rc < 0)
		return rc;
	if (named == NULL)
		named = by_mime(input);
	*out = named == NULL || named == extract_text_read ? by_beginning(input) : named;
	return 0;
}

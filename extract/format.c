/* SPDX-License-Identifier: Apache-2.0 */
/* format.c: tells formats apart. */
#include "format.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "sink.h"
#include "unicode.h"

static const struct {
	const char *extension;
	extract_reader *reader;
} extensions[] = {
	{"pdf", extract_pdf_read},
	{"docx", extract_docx_read},
	{"docm", extract_docx_read},
	{"html", extract_html_read},
	{"htm", extract_html_read},
	{"xhtml", extract_html_read},
	{"md", extract_markdown_read},
	{"markdown", extract_markdown_read},
	{"csv", extract_csv_read},
	{"tsv", extract_csv_read},
	{"json", extract_json_read},
	{"jsonl", extract_json_read},
	{"ndjson", extract_json_read},
	{"txt", extract_text_read},
	{"text", extract_text_read},
	{"log", extract_text_read},
};

static const struct {
	const char *mime;
	extract_reader *reader;
} types[] = {
	{"application/pdf", extract_pdf_read},
	{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", extract_docx_read},
	{"text/html", extract_html_read},
	{"application/xhtml+xml", extract_html_read},
	{"text/markdown", extract_markdown_read},
	{"text/csv", extract_csv_read},
	{"text/tab-separated-values", extract_csv_read},
	{"application/json", extract_json_read},
	{"application/x-ndjson", extract_json_read},
	{"text/plain", extract_text_read},
};

static const struct {
	const char *bytes;
	size_t len;
	const char *what;
} foreign[] = {
	{"\x89PNG", 4, "a PNG image"},
	{"\xff\xd8\xff", 3, "a JPEG image"},
	{"GIF8", 4, "a GIF image"},
	{"II*\0", 4, "a TIFF image"},
	{"MM\0*", 4, "a TIFF image"},
	{"\x1f\x8b", 2, "a gzip archive"},
	{"\xfd"
	 "7zXZ",
		5, "an xz archive"},
	{"7z\xbc\xaf", 4, "a 7-Zip archive"},
	{"\x28\xb5\x2f\xfd", 4, "a zstd archive"},
	{"\x7f"
	 "ELF",
		4, "an executable"},
	{"{\\rtf", 5, "an RTF document"},
	{"%!PS", 4, "a PostScript document"},
	{"SQLite format 3", 15, "a database"},
};

static bool
starts_with(const struct extract_input *input, size_t skip, const char *bytes, size_t len)
{
	return input->len >= skip + len && memcmp(input->data + skip, bytes, len) == 0;
}

static extract_reader *
by_name(const struct extract_input *input)
{
	const char *dot = strrchr(input->name, '.');

	for (size_t i = 0; dot != NULL && i < sizeof(extensions) / sizeof(extensions[0]); i++)
		if (strcasecmp(dot + 1, extensions[i].extension) == 0)
			return extensions[i].reader;
	return NULL;
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

/* Old Word files, and new ones under a password, are OLE containers. */
static int
refuse_ole(const struct extract_input *input, struct extract_sink *sink)
{
	static const char package[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";

	if (memmem(input->data, input->len, package, sizeof(package) - 1) != NULL)
		return EXTRACT_E_ENCRYPTED;
	return extract_sink_fail(sink, EXTRACT_E_UNSUPPORTED,
		"The file is in a legacy Office format. Save it as .docx or PDF and upload it again.");
}

static int
refuse_name(extract_reader *named, struct extract_sink *sink)
{
	return extract_sink_fail(sink, EXTRACT_E_DAMAGED,
		named == extract_pdf_read
			? "The file name ends in .pdf, but the content is not a PDF."
			: "The file name ends in .docx, but the content is not a Word document.");
}

static int
refuse_foreign(const struct extract_input *input, extract_reader *named, struct extract_sink *sink)
{
	if (starts_with(input, 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8))
		return refuse_ole(input, sink);
	if (named == extract_pdf_read || named == extract_docx_read)
		return refuse_name(named, sink);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (starts_with(input, 0, foreign[i].bytes, foreign[i].len))
			return extract_sink_fail(sink, EXTRACT_E_UNSUPPORTED,
				"The file is %s, which is not a supported document format.", foreign[i].what);
	return 0;
}

int
extract_format_find(const struct extract_input *input, struct extract_sink *sink,
	extract_reader **out)
{
	extract_reader *named = by_name(input);
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
			return refuse_name(named, sink);
		*out = extract_docx_read;
		return 0;
	}
	rc = refuse_foreign(input, named, sink);
	if (rc < 0)
		return rc;
	if (named == NULL)
		named = by_mime(input);
	if (named == NULL || named == extract_pdf_read || named == extract_docx_read)
		named = extract_text_read;
	*out = named == extract_text_read && is_html(input) ? extract_html_read : named;
	return 0;
}

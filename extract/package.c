/* SPDX-License-Identifier: Apache-2.0 */
/* package.c: unpacks a Word file's zip archive by way of libarchive, within bounds. */
#include "package.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "reader.h"
#include "sink.h"

enum {
	ENTRIES_MAX = 10000,
	PART_BYTES_MAX = 192 * 1024 * 1024,
	/* Word's XML packs 10 to 30 times smaller; deflate's limit is about 1,000. */
	RATIO_MAX = 150,
	RATIO_FREE_BYTES = 4 * 1024 * 1024,
};

static struct extract_buffer *
part_of(struct extract_package *package, const char *path)
{
	if (strcmp(path, "word/document.xml") == 0 || strcmp(path, "word/document2.xml") == 0)
		return &package->document;
	if (strcmp(path, "word/styles.xml") == 0 || strcmp(path, "word/styles2.xml") == 0)
		return &package->styles;
	if (strcmp(path, "word/footnotes.xml") == 0)
		return &package->footnotes;
	if (strcmp(path, "word/endnotes.xml") == 0)
		return &package->endnotes;
	if (strcmp(path, "word/numbering.xml") == 0)
		return &package->numbering;
	if (strcmp(path, "docProps/core.xml") == 0)
		return &package->core;
	return NULL;
}

static int
unpack(struct archive *archive, size_t packed, size_t *total, struct extract_buffer *out)
{
	char piece[16 * 1024];
	la_ssize_t got;

	if (out->len > 0)
		return EXTRACT_E_DAMAGED; /* the same part twice: readers differ in which one counts */
	while ((got = archive_read_data(archive, piece, sizeof(piece))) > 0) {
		extract_buffer_append(out, piece, (size_t)got);
		*total += (size_t)got;
		if (out->len > PART_BYTES_MAX || (*total > RATIO_FREE_BYTES && *total / RATIO_MAX > packed))
			return EXTRACT_E_BOMB;
	}
	return got < 0 ? EXTRACT_E_DAMAGED : 0;
}

/* What the archive is, if it holds no Word document. */
static int
refuse(bool sheets, bool slides, bool named_docx, struct extract_sink *sink)
{
	if (sheets)
		return extract_sink_fail(sink, EXTRACT_E_UNSUPPORTED,
			"The file is a spreadsheet. Export its sheets as CSV and upload them.");
	if (slides)
		return extract_sink_fail(sink, EXTRACT_E_UNSUPPORTED,
			"The file is a presentation. Export it as PDF and upload that.");
	if (named_docx)
		return extract_sink_fail(sink, EXTRACT_E_DAMAGED,
			"The file name ends in .docx, but the archive does not contain a Word document.");
	return extract_sink_fail(sink, EXTRACT_E_UNSUPPORTED,
		"The file is a ZIP archive. Unpack it and upload the documents it contains.");
}

static int
read_entries(struct extract_package *package, struct archive *archive,
	const struct extract_input *input, struct extract_sink *sink)
{
	const char *dot = strrchr(input->name, '.');
	bool sheets = false, slides = false;
	struct archive_entry *entry;
	size_t total = 0;
	int rc = 0, got;

	for (int i = 0;
		 (got = archive_read_next_header(archive, &entry)) == ARCHIVE_OK || got == ARCHIVE_WARN;
		 i++) {
		const char *path = archive_entry_pathname(entry);
		struct extract_buffer *part = path == NULL ? NULL : part_of(package, path);

		if (i >= ENTRIES_MAX)
			return EXTRACT_E_BOMB;
		if (path == NULL)
			continue;
		sheets = sheets || strcmp(path, "xl/workbook.xml") == 0;
		slides = slides || strcmp(path, "ppt/presentation.xml") == 0;
		if (part == NULL)
			continue;
		if (archive_entry_is_encrypted(entry))
			return EXTRACT_E_ENCRYPTED;
		rc = unpack(archive, input->len, &total, part);
		if (rc < 0)
			return rc;
	}
	if (package->document.len > 0)
		return 0;
	if (got != ARCHIVE_EOF)
		return EXTRACT_E_DAMAGED;
	return refuse(sheets, slides, dot != NULL && strncasecmp(dot, ".doc", 4) == 0, sink);
}

int
extract_package_open(struct extract_package *out, const struct extract_input *input,
	struct extract_sink *sink)
{
	struct archive *archive = archive_read_new();
	int rc = EXTRACT_E_DAMAGED;

	*out = (struct extract_package){0};
	if (archive == NULL)
		return rc;
	if (archive_read_support_format_zip(archive) == ARCHIVE_OK &&
		archive_read_open_memory(archive, input->data, input->len) == ARCHIVE_OK)
		rc = read_entries(out, archive, input, sink);
	archive_read_free(archive);
	if (rc < 0)
		extract_package_close(out);
	return rc;
}

void
extract_package_close(struct extract_package *package)
{
	extract_buffer_close(&package->document);
	extract_buffer_close(&package->styles);
	extract_buffer_close(&package->numbering);
	extract_buffer_close(&package->footnotes);
	extract_buffer_close(&package->endnotes);
	extract_buffer_close(&package->core);
}

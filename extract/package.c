/* SPDX-License-Identifier: Apache-2.0 */
/* package.c: unpacks a document's zip archive by way of libarchive, within bounds. */
#include "package.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "reader.h"
#include "sink.h"

enum {
	ENTRIES_MAX = 10000,
	PART_BYTES_MAX = 192 * 1024 * 1024,
	ALL_BYTES_MAX = 384 * 1024 * 1024,
	/* Office files' XML packs 10 to 30 times smaller; deflate's limit is about 1,000. */
	RATIO_MAX = 150,
	RATIO_FREE_BYTES = 4 * 1024 * 1024,
	MIMETYPE_BYTES_MAX = 128,
};

/* What a first look at the entries found. */
struct look {
	char mimetype[MIMETYPE_BYTES_MAX]; /* of OpenDocument files and books */
	bool word, sheets, slides, content, manifest, container;
	bool binary_sheets, apple;
};

static bool
begins(const char *path, const char *with)
{
	return strncasecmp(path, with, strlen(with)) == 0;
}

static bool
ends(const char *path, const char *with)
{
	size_t len = strlen(path), tail = strlen(with);

	return len >= tail && strcasecmp(path + len - tail, with) == 0;
}

/* Some writers separate folders by backslashes, or begin at the root. */
static void
set_path(struct extract_buffer *out, struct archive_entry *entry)
{
	/* The other form is of the locale, which may have no such letters. */
	const char *path = archive_entry_pathname_utf8(entry);

	if (path == NULL)
		path = archive_entry_pathname(entry);
	if (path == NULL)
		path = "";
	while (path[0] == '/' || path[0] == '\\' || strncmp(path, "./", 2) == 0)
		path++;
	extract_buffer_truncate(out, 0);
	extract_buffer_text(out, path);
	for (size_t i = 0; i < out->len; i++)
		if (out->data[i] == '\\')
			out->data[i] = '/';
}

static void
look_at(struct look *look, struct archive *archive, const char *path)
{
	la_ssize_t got;

	if (strcmp(path, "mimetype") == 0) {
		got = archive_read_data(archive, look->mimetype, sizeof(look->mimetype) - 1);
		look->mimetype[got > 0 ? got : 0] = '\0';
	}
	look->word = look->word || strcasecmp(path, "word/document.xml") == 0 ||
		strcasecmp(path, "word/document2.xml") == 0;
	look->sheets = look->sheets || strcasecmp(path, "xl/workbook.xml") == 0;
	look->slides = look->slides || strcasecmp(path, "ppt/presentation.xml") == 0;
	look->content = look->content || strcmp(path, "content.xml") == 0;
	look->manifest = look->manifest || strcmp(path, "META-INF/manifest.xml") == 0;
	look->container = look->container || strcmp(path, "META-INF/container.xml") == 0;
	look->binary_sheets = look->binary_sheets || strcasecmp(path, "xl/workbook.bin") == 0;
	look->apple = look->apple || begins(path, "Index/Document.iwa") ||
		strcmp(path, "Index.zip") == 0;
}

static enum extract_package_kind
kind_of(const struct look *look)
{
	if (look->word)
		return EXTRACT_PACKAGE_WORD;
	if (look->sheets)
		return EXTRACT_PACKAGE_SHEETS;
	if (look->slides)
		return EXTRACT_PACKAGE_SLIDES;
	if (begins(look->mimetype, "application/epub+zip"))
		return EXTRACT_PACKAGE_BOOK;
	if (look->content &&
		(look->manifest || begins(look->mimetype, "application/vnd.oasis.opendocument.")))
		return EXTRACT_PACKAGE_OPENDOCUMENT;
	return look->container ? EXTRACT_PACKAGE_BOOK : EXTRACT_PACKAGE_NONE;
}

static bool
is_one_of(const char *path, const char *const *paths)
{
	for (; *paths != NULL; paths++)
		if (strcasecmp(path, *paths) == 0)
			return true;
	return false;
}

static bool
is_wanted(enum extract_package_kind kind, const char *path)
{
	static const char *const word[] = {"word/document.xml", "word/document2.xml", "word/styles.xml",
		"word/styles2.xml", "word/footnotes.xml", "word/endnotes.xml", "word/numbering.xml",
		"docProps/core.xml", NULL};
	static const char *const sheets[] = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels",
		"xl/sharedStrings.xml", "xl/styles.xml", "docProps/core.xml", NULL};
	static const char *const slides[] = {"ppt/presentation.xml", "ppt/_rels/presentation.xml.rels",
		"docProps/core.xml", NULL};
	static const char *const open[] = {"mimetype", "content.xml", "styles.xml", "meta.xml",
		"META-INF/manifest.xml", NULL};
	static const char *const book[] = {".opf", ".ncx", ".xhtml", ".html", ".htm", ".xml", NULL};

	switch (kind) {
	case EXTRACT_PACKAGE_WORD:
		return is_one_of(path, word);
	case EXTRACT_PACKAGE_SHEETS:
		return is_one_of(path, sheets) || (begins(path, "xl/worksheets/") && ends(path, ".xml"));
	case EXTRACT_PACKAGE_SLIDES:
		return is_one_of(path, slides) || begins(path, "ppt/slides/") ||
			begins(path, "ppt/notesSlides/") || begins(path, "ppt/diagrams/data") ||
			begins(path, "ppt/charts/chart");
	case EXTRACT_PACKAGE_OPENDOCUMENT:
		return is_one_of(path, open) ||
			(begins(path, "Object ") && ends(path, "/content.xml")); /* formulas */
	case EXTRACT_PACKAGE_BOOK:
		for (size_t i = 0; book[i] != NULL; i++)
			if (ends(path, book[i]))
				return true;
		return false;
	default:
		return false;
	}
}

static int
unpack(struct archive *archive, size_t packed, size_t *total, struct extract_buffer *out)
{
	char piece[16 * 1024];
	la_ssize_t got;

	while ((got = archive_read_data(archive, piece, sizeof(piece))) > 0) {
		extract_buffer_append(out, piece, (size_t)got);
		*total += (size_t)got;
		if (out->len > PART_BYTES_MAX || (*total > RATIO_FREE_BYTES && *total / RATIO_MAX > packed))
			return EXTRACT_E_BOMB;
		if (*total > ALL_BYTES_MAX)
			return EXTRACT_E_TOO_LARGE;
	}
	return got < 0 ? EXTRACT_E_DAMAGED : 0;
}

/* What the archive is, if it holds no document. */
static int
refuse(const struct look *look, const struct extract_input *input, struct extract_sink *sink)
{
	static const char *const endings[] = {"docx", "docm", "xlsx", "xlsm", "pptx", "pptm", "odt",
		"ods", "odp", "epub"};
	const char *dot = strrchr(input->name, '.');

	if (look->binary_sheets)
		return extract_sink_fail(sink, EXTRACT_E_UNSUPPORTED,
			"The file is a binary Excel workbook. Save it as .xlsx and upload it again.");
	if (look->apple)
		return extract_sink_fail(sink, EXTRACT_E_UNSUPPORTED,
			"The file is an Apple iWork document. Export it as PDF and upload that.");
	for (size_t i = 0; dot != NULL && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcasecmp(dot + 1, endings[i]) == 0)
			return extract_sink_fail(sink, EXTRACT_E_DAMAGED,
				"The file name ends in .%s, but the archive does not contain such a document.",
				endings[i]);
	return extract_sink_fail(sink, EXTRACT_E_UNSUPPORTED,
		"The file is a ZIP archive. Unpack it and upload the documents it contains.");
}

/* Opens the archive anew: it is read twice, once to see what it is. */
static struct archive *
open_archive(const struct extract_input *input)
{
	struct archive *archive = archive_read_new();

	if (archive != NULL && archive_read_support_format_zip(archive) == ARCHIVE_OK &&
		archive_read_open_memory(archive, input->data, input->len) == ARCHIVE_OK)
		return archive;
	archive_read_free(archive);
	return NULL;
}

/* Moves to the next entry: 1, 0 at the end, or a failure; no entry where the archive is damaged. */
static int
next_entry(struct archive *archive, size_t *n, struct archive_entry **out,
	struct extract_buffer *path)
{
	int got = archive_read_next_header(archive, out);

	if (got == ARCHIVE_EOF)
		return 0;
	if (got != ARCHIVE_OK && got != ARCHIVE_WARN) {
		*out = NULL;
		return EXTRACT_E_DAMAGED;
	}
	if (++*n > ENTRIES_MAX)
		return EXTRACT_E_BOMB;
	set_path(path, *out);
	return 1;
}

static int
look_through(struct look *look, const struct extract_input *input)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer path = {0};
	struct archive *archive = open_archive(input);
	struct archive_entry *entry;
	size_t n = 0;
	int rc = archive == NULL ? EXTRACT_E_DAMAGED : 1;

	while (rc == 1 && (rc = next_entry(archive, &n, &entry, &path)) == 1)
		look_at(look, archive, extract_buffer_string(&path));
	archive_read_free(archive);
	return rc;
}

static int
compare(const void *first, const void *second)
{
	const struct extract_part *one = first, *other = second;

	return strcasecmp(one->path, other->path);
}

static int
add_part(struct extract_package *package, const struct extract_buffer *path,
	struct archive *archive, size_t packed, size_t *total)
{
	struct extract_part part = {.path = extract_memory_resize(NULL, path->len + 1, 1)};

	memcpy(part.path, extract_buffer_string(path), path->len + 1);
	package->parts = extract_memory_resize(package->parts, package->count + 1,
		sizeof(*package->parts));
	package->parts[package->count++] = part;
	return unpack(archive, packed, total, &package->parts[package->count - 1].content);
}

static int
read_parts(struct extract_package *package, const struct extract_input *input)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer path = {0};
	struct archive *archive = open_archive(input);
	struct archive_entry *entry = NULL;
	size_t total = 0, n = 0;
	bool lost;
	int rc = archive == NULL ? EXTRACT_E_DAMAGED : 1;

	while (rc == 1 && (rc = next_entry(archive, &n, &entry, &path)) == 1) {
		if (!is_wanted(package->kind, extract_buffer_string(&path)))
			continue;
		rc = archive_entry_is_encrypted(entry)
			? EXTRACT_E_ENCRYPTED
			: add_part(package, &path, archive, input->len, &total);
		if (rc < 0)
			break;
		rc = 1;
	}
	lost = rc == EXTRACT_E_DAMAGED && entry == NULL;
	archive_read_free(archive);
	/* The entries at the end may be lost, as long as those that matter can be read. */
	if (rc < 0 && (!lost || package->count == 0))
		return rc;
	if (package->count > 0)
		qsort(package->parts, package->count, sizeof(*package->parts), compare);
	/* The same part twice: readers differ in which one counts. */
	for (size_t i = 1; i < package->count; i++)
		if (compare(&package->parts[i - 1], &package->parts[i]) == 0)
			return EXTRACT_E_DAMAGED;
	return 0;
}

int
extract_package_open(struct extract_package *out, const struct extract_input *input,
	struct extract_sink *sink)
{
	struct look look = {0};
	int rc;

	*out = (struct extract_package){0};
	rc = look_through(&look, input);
	out->kind = kind_of(&look);
	if (rc < 0 && (rc != EXTRACT_E_DAMAGED || out->kind == EXTRACT_PACKAGE_NONE))
		return rc;
	rc = out->kind == EXTRACT_PACKAGE_NONE ? refuse(&look, input, sink) : read_parts(out, input);
	if (rc < 0)
		extract_package_close(out);
	return rc;
}

const struct extract_buffer *
extract_package_part(const struct extract_package *package, const char *path)
{
	static const struct extract_buffer none;
	const struct extract_part wanted = {.path = (char *)(uintptr_t)path};
	const struct extract_part *found = package->count == 0
		? NULL
		: bsearch(&wanted, package->parts, package->count, sizeof(wanted), compare);

	return found == NULL ? &none : &found->content;
}

void
extract_package_close(struct extract_package *package)
{
	for (size_t i = 0; i < package->count; i++) {
		extract_memory_free(package->parts[i].path);
		extract_buffer_close(&package->parts[i].content);
	}
	extract_memory_free(package->parts);
	*package = (struct extract_package){0};
}

static int
hex(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Drops the path's last name; what is before start is not ours. */
static void
drop_name(struct extract_buffer *path, size_t start)
{
	size_t len = path->len;

	while (len > start && path->data[len - 1] != '/')
		len--;
	extract_buffer_truncate(path, len);
}

void
extract_package_resolve(const char *part, const char *target, struct extract_buffer *out)
{
	size_t start = out->len;

	if (target[0] == '/') {
		target++;
	} else {
		extract_buffer_text(out, part);
		drop_name(out, start);
	}
	while (*target != '\0' && *target != '#') {
		if (strncmp(target, "./", 2) == 0) {
			target += 2;
		} else if (strncmp(target, "../", 3) == 0) {
			if (out->len > start)
				extract_buffer_truncate(out, out->len - 1);
			drop_name(out, start);
			target += 3;
		} else {
			for (; *target != '\0' && *target != '#'; target++) {
				char byte = *target;

				if (byte == '%' && hex(target[1]) >= 0 && hex(target[2]) >= 0) {
					byte = (char)(hex(target[1]) << 4 | hex(target[2]));
					target += 2;
				}
				if (byte != '\0')
					extract_buffer_byte(out, byte == '\\' ? '/' : byte);
				if (byte == '/') {
					target++;
					break;
				}
			}
		}
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/* test_package.c: the parts of a zip archive, and archives that hold no Word document. */
#include "package.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"
#include "reader.h"
#include "test_capture.h"

#include <archive.h>
#include <archive_entry.h>

struct part {
	const char *path;
	const char *content;
};

/* Opens a zip archive of these parts; returns what the opening returned. */
static int
open_archive(struct capture *capture, const char *name, const struct part *parts, size_t count,
	struct extract_package *out)
{
	static char bytes[64 * 1024];
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	struct extract_input input = {.data = bytes, .name = name, .mime = ""};

	assert_int_equal(archive_write_set_format_zip(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(archive, bytes, sizeof(bytes), &input.len),
		ARCHIVE_OK);
	for (size_t i = 0; i < count; i++) {
		archive_entry_clear(entry);
		archive_entry_set_pathname(entry, parts[i].path);
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_size(entry, (la_int64_t)strlen(parts[i].content));
		assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
		archive_write_data(archive, parts[i].content, strlen(parts[i].content));
	}
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_entry_free(entry);
	archive_write_free(archive);
	capture_open(capture);
	return extract_package_open(out, &input, &capture->sink);
}

static void
the_parts_of_a_document_are_told_apart(void **state)
{
	static const struct part parts[] = {{"word/document.xml", "<d/>"},
		{"word/numbering.xml", "<n/>"}, {"word/footnotes.xml", "<f/>"},
		{"word/endnotes.xml", "<e/>"}, {"word/media/image1.png", "png"}};
	struct extract_package package;
	struct capture capture;

	(void)state;
	assert_int_equal(open_archive(&capture, "a.docx", parts, 5, &package), 0);
	assert_string_equal(extract_buffer_string(&package.document), "<d/>");
	assert_string_equal(extract_buffer_string(&package.numbering), "<n/>");
	assert_string_equal(extract_buffer_string(&package.footnotes), "<f/>");
	assert_string_equal(extract_buffer_string(&package.endnotes), "<e/>");
	assert_int_equal(package.styles.len, 0);
	extract_package_close(&package);
	capture_close(&capture);
}

static void
a_part_that_comes_twice_is_damage(void **state)
{
	static const struct part parts[] = {{"word/document.xml", "<a/>"},
		{"word/document.xml", "<b/>"}};
	struct extract_package package;
	struct capture capture;

	(void)state;
	assert_int_equal(open_archive(&capture, "a.docx", parts, 2, &package), EXTRACT_E_DAMAGED);
	capture_close(&capture);
}

static void
other_archives_are_named(void **state)
{
	static const struct {
		const char *path, *says;
	} archives[] = {{"xl/workbook.xml", "spreadsheet"}, {"ppt/presentation.xml", "presentation"},
		{"readme.txt", "ZIP archive"}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct part archive = {archives[i].path, "x"};
		struct extract_package package;
		struct capture capture;

		assert_int_equal(open_archive(&capture, "a.zip", &archive, 1, &package),
			EXTRACT_E_UNSUPPORTED);
		assert_int_equal(capture_finish(&capture, EXTRACT_E_UNSUPPORTED), EXTRACT_EXIT_ERROR);
		assert_has(&capture, archives[i].says);
		capture_close(&capture);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_parts_of_a_document_are_told_apart),
		cmocka_unit_test(a_part_that_comes_twice_is_damage),
		cmocka_unit_test(other_archives_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* test_package.c: the parts of a zip archive, and archives that hold no document. */
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
the_parts_of_a_document_are_found_by_their_paths(void **state)
{
	static const struct part parts[] = {{"word/document.xml", "<d/>"},
		{"\\word\\Numbering.xml", "<n/>"}, {"word/footnotes.xml", "<f/>"},
		{"word/media/image1.png", "png"}};
	struct extract_package package;
	struct capture capture;

	(void)state;
	assert_int_equal(open_archive(&capture, "a.docx", parts, 4, &package), 0);
	assert_int_equal(package.kind, EXTRACT_PACKAGE_WORD);
	assert_int_equal(package.count, 3);
	assert_string_equal(extract_buffer_string(extract_package_part(&package, "word/document.xml")),
		"<d/>");
	assert_string_equal(extract_buffer_string(extract_package_part(&package, "word/numbering.xml")),
		"<n/>");
	assert_int_equal(extract_package_part(&package, "word/styles.xml")->len, 0);
	extract_package_close(&package);
	capture_close(&capture);
}

static void
documents_are_told_apart_by_what_lies_in_them(void **state)
{
	static const struct {
		struct part parts[2];
		enum extract_package_kind kind;
	} archives[] = {
		{{{"xl/workbook.xml", "x"}, {"a", "a"}}, EXTRACT_PACKAGE_SHEETS},
		{{{"ppt/presentation.xml", "x"}, {"a", "a"}}, EXTRACT_PACKAGE_SLIDES},
		{{{"mimetype", "application/vnd.oasis.opendocument.text"}, {"content.xml", "x"}},
			EXTRACT_PACKAGE_OPENDOCUMENT},
		{{{"mimetype", "application/epub+zip"}, {"META-INF/container.xml", "x"}},
			EXTRACT_PACKAGE_BOOK},
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct extract_package package;
		struct capture capture;

		assert_int_equal(open_archive(&capture, "a.zip", archives[i].parts, 2, &package), 0);
		assert_int_equal(package.kind, archives[i].kind);
		extract_package_close(&package);
		capture_close(&capture);
	}
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
	} archives[] = {{"xl/workbook.bin", "binary Excel"}, {"Index/Document.iwa", "iWork"},
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

static void
a_reference_is_resolved_from_its_part(void **state)
{
	static const struct {
		const char *part, *target, *path;
	} cases[] = {
		{"xl/workbook.xml", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"},
		{"xl/workbook.xml", "/xl/sheet.xml", "xl/sheet.xml"},
		{"ppt/slides/slide1.xml", "../notesSlides/n.xml", "ppt/notesSlides/n.xml"},
		{"OPS/a/toc.xhtml", "./../b%20c.xhtml#top", "OPS/b c.xhtml"},
		{"a.opf", "../../../etc/passwd", "etc/passwd"},
		{"", "..", ".."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct extract_buffer path = {0};

		extract_package_resolve(cases[i].part, cases[i].target, &path);
		assert_string_equal(extract_buffer_string(&path), cases[i].path);
		extract_buffer_close(&path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_parts_of_a_document_are_found_by_their_paths),
		cmocka_unit_test(documents_are_told_apart_by_what_lies_in_them),
		cmocka_unit_test(a_part_that_comes_twice_is_damage),
		cmocka_unit_test(other_archives_are_named),
		cmocka_unit_test(a_reference_is_resolved_from_its_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

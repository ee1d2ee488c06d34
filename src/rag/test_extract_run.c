/* SPDX-License-Identifier: Apache-2.0 */
/* test_extract_run.c: readers that answer, refuse, crash, hang and lie; each is a shell script. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "rag/testing_reader.h"

#define PLAIN \
	"echo '{\"type\":\"block\",\"kind\":\"paragraph\",\"level\":0,\"page\":0,\"text\":\"x\"}'\n"

static void
blocks_are_joined_and_their_ranges_kept(void **state)
{
	struct testing_reader fix = {0};

	(void)state;
	assert_int_equal(testing_reader_run(&fix,
						 DOCUMENT
						 "echo "
						 "'{\"type\":\"block\",\"kind\":\"heading\",\"level\":1,\"page\":2,"
						 "\"header\":null,\"text\":\"H\"}'\n"
						 "echo "
						 "'{\"type\":\"block\",\"kind\":\"table_row\",\"level\":0,\"page\":2,"
						 "\"header\":null,\"text\":\"a | b\"}'\n"
						 "echo "
						 "'{\"type\":\"block\",\"kind\":\"table_row\",\"level\":0,\"page\":3,"
						 "\"header\":\"a | b\",\"text\":\"1 | \\u00e4\"}'\n" END),
		0);
	assert_string_equal(fix.document.text, "H\n\na | b\n1 | \xc3\xa4");
	assert_int_equal(fix.document.n_blocks, 3);
	assert_int_equal(fix.document.characters, 14);
	assert_int_equal(fix.document.blocks[2].page, 3);
	assert_int_equal(fix.document.blocks[2].header_start, 3);
	assert_int_equal(fix.document.blocks[2].header_end, 8);
	assert_string_equal(fix.document.title, "");
	bh_arena_close(&fix.arena);
}

static void
a_signature_is_found_in_its_function(void **state)
{
	struct testing_reader fix = {0};
	const struct rag_block *blocks;

	(void)state;
	assert_int_equal(testing_reader_run(&fix,
						 DOCUMENT BLOCK("code", "2", "int f()", "// It is f.\\\\nint f() {")
							 BLOCK("code", "2", "int f()", "return 1; }")
								 BLOCK("code", "1", "int g()", "int h() { }") END),
		0);
	blocks = fix.document.blocks;
	assert_int_equal(fix.document.n_blocks, 3);
	assert_int_equal(blocks[0].level, 2);
	assert_int_equal(blocks[0].header_start, 12);
	assert_int_equal(blocks[0].header_end, 19);
	assert_int_equal(blocks[1].header_start, 12);
	assert_int_equal(blocks[2].header_end, 0);
	bh_arena_close(&fix.arena);
}

static void
the_reader_gets_the_file_and_its_name(void **state)
{
	struct testing_reader fix = {0};

	(void)state;
	assert_int_equal(testing_reader_run(&fix,
						 "[ \"$1\" = --name ] && [ \"$2\" = 'a file.txt' ] || exit 9\n"
						 "read -r first; [ \"$first\" = '#!/bin/sh' ] || exit 8\n" DOCUMENT "echo "
						 "'{\"type\":\"block\",\"kind\":\"paragraph\",\"level\":0,\"page\":0,"
						 "\"header\":null,\"text\":\"x\"}'\n" END),
		0);
	bh_arena_close(&fix.arena);
}

static void
the_reader_leads_a_session(void **state)
{
	struct testing_reader fix = {0};

	(void)state;
	assert_int_equal(testing_reader_run(&fix,
						 "test $(cut -d ' ' -f 6 /proc/$$/stat) = $$ || exit 1\n" DOCUMENT "echo "
						 "'{\"type\":\"block\",\"kind\":\"heading\",\"level\":1,\"page\":2,"
						 "\"header\":null,\"text\":\"H\"}'\n" END),
		0);
	bh_arena_close(&fix.arena);
}

static void
a_refusal_is_told_in_the_readers_words(void **state)
{
	struct testing_reader fix = {0};

	(void)state;
	assert_int_equal(testing_reader_run(&fix,
						 "echo '{\"type\":\"error\",\"code\":\"encrypted\","
						 "\"message\":\"The file is encrypted.\"}'\nexit 3"),
		BH_E_INVALID);
	assert_string_equal(fix.failure.code, "invalid_file");
	assert_string_equal(fix.failure.message, "The file is encrypted.");
	assert_int_equal(testing_reader_run(&fix,
						 "echo '{\"type\":\"error\",\"code\":\"unsupported\","
						 "\"message\":\"No.\"}'\nexit 3"),
		BH_E_INVALID);
	assert_string_equal(fix.failure.code, "unsupported_file");
	bh_arena_close(&fix.arena);
}

static void
a_crash_an_early_end_and_nonsense_fail_the_file(void **state)
{
	static const char *const readers[] = {
		"kill -SEGV $$",
		"exit 0",
		DOCUMENT "exit 0",
		"echo nonsense; exit 0",
		"exit 1",
		DOCUMENT
		"echo '{\"type\":\"block\",\"kind\":\"song\",\"level\":0,\"page\":0,\"text\":\"x\"}'\n" END,
		DOCUMENT END,
		DOCUMENT DOCUMENT PLAIN END,
		DOCUMENT "echo '{\"type\":\"progress\",\"pages_done\":-1}'\n" PLAIN END,
		"head -c 200000 /dev/zero | tr '\\0' a",
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(readers); i++) {
		struct testing_reader fix = {0};

		assert_int_equal(testing_reader_run(&fix, readers[i]), BH_E_INVALID);
		assert_string_equal(fix.failure.code, "invalid_file");
		bh_arena_close(&fix.arena);
	}
}

static void
a_reader_that_hangs_is_ended_with_its_children(void **state)
{
	struct testing_reader fix = {.timeout_ms = 300};
	int64_t before = bh_clock_steady_ms();

	(void)state;
	assert_int_equal(testing_reader_run(&fix, "sleep 60 & sleep 60"), BH_E_INVALID);
	assert_true(bh_clock_steady_ms() - before < 10000);
	bh_arena_close(&fix.arena);
}

static void
a_reader_that_closes_its_pipes_has_no_longer_time(void **state)
{
	struct testing_reader fix = {.timeout_ms = 300};
	int64_t before = bh_clock_steady_ms();

	(void)state;
	assert_int_equal(testing_reader_run(&fix, DOCUMENT END "exec >&- 2>&-\nexec sleep 60"),
		BH_E_INVALID);
	assert_non_null(strstr(fix.failure.message, "time allowed"));
	assert_true(bh_clock_steady_ms() - before < 10000);
	bh_arena_close(&fix.arena);
}

static void *
cancel_when_said(void *arg)
{
	struct testing_reader *fix = arg;
	char byte;

	/* The reader opens the fifo once its pipes are closed. */
	int fd = open(fix->fifo, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, &byte, 1), 1);
	close(fd);
	__atomic_store_n(&fix->cancelled, true, __ATOMIC_RELAXED);
	return NULL;
}

static void
a_reader_without_pipes_is_cancelled_too(void **state)
{
	struct testing_reader fix = {.fifo = "/tmp/bh_fifo_XXXXXX"};
	int64_t before = bh_clock_steady_ms();
	char lines[128];
	pthread_t thread;

	(void)state;
	fix.cancel = &fix.cancelled;
	testing_reader_fifo(fix.fifo);
	assert_int_equal(pthread_create(&thread, NULL, cancel_when_said, &fix), 0);
	snprintf(lines, sizeof(lines), "exec >&- 2>&-\necho x > %s\nexec sleep 60", fix.fifo);

	assert_int_equal(testing_reader_run(&fix, lines), BH_E_CANCELLED);

	pthread_join(thread, NULL);
	assert_true(bh_clock_steady_ms() - before < 15000);
	unlink(fix.fifo);
	bh_arena_close(&fix.arena);
}

static void
what_the_kernel_kills_was_short_of_memory(void **state)
{
	static const struct {
		const char *lines;
		int error;
	} cases[] = {
		{DOCUMENT "kill -KILL $$", BH_E_MEMORY},
		{DOCUMENT "echo 'terminate called: std::bad_alloc' >&2; kill -ABRT $$", BH_E_MEMORY},
		{DOCUMENT "kill -ABRT $$", BH_E_INVALID},
		{DOCUMENT "echo bad_alloc >&2; exit 1", BH_E_INVALID},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct testing_reader fix = {0};

		assert_int_equal(testing_reader_run(&fix, cases[i].lines), cases[i].error);
		bh_arena_close(&fix.arena);
	}
}

/* ---- pictures ---- */

/* A reader that has met a picture, as long as it may not read it. */
#define ASKS \
	DOCUMENT \
	"case \"$*\" in *--pictures\\ ask*) exit 5;; *--ocr\\ eng+deu\\ --ocr-seconds\\ 70*) ;; *) " \
	"exit 4;; esac\n"
#define SEEN \
	"echo " \
	"'{\"type\":\"block\",\"kind\":\"paragraph\",\"level\":0,\"page\":1,\"confidence\":81," \
	"\"text\":\"Seen\"}'\n"

static void
a_document_with_pictures_is_read_again_with_the_languages(void **state)
{
	struct testing_reader fix = {.languages = "eng+deu"};

	(void)state;
	assert_int_equal(
		testing_reader_run(&fix,
			ASKS SEEN "echo '{\"type\":\"end\",\"characters\":4,\"blocks\":1,\"ocr\":{\"pages\":3,"
					  "\"confidence\":81,\"low\":\"2\",\"unread\":\"4-9\"}}'"),
		0);
	assert_string_equal(fix.document.text, "Seen");
	assert_int_equal(fix.document.blocks[0].confidence, 81);
	assert_int_equal(fix.document.ocr.pages, 3);
	assert_int_equal(fix.document.ocr.confidence, 81);
	assert_string_equal(fix.document.ocr.low_pages, "2");
	assert_string_equal(fix.document.ocr.unread_pages, "4-9");
	bh_arena_close(&fix.arena);
}

static void
of_a_short_one_the_pictures_are_read_by_the_next_call(void **state)
{
	struct testing_reader fix = {.languages = "eng+deu", .is_short = true};

	(void)state;
	assert_int_equal(
		testing_reader_begin(&fix,
			ASKS SEEN "echo '{\"type\":\"end\",\"characters\":4,\"blocks\":1,\"ocr\":{\"pages\":1,"
					  "\"confidence\":81,\"low\":\"\",\"unread\":\"\"}}'"),
		0);
	assert_int_equal(testing_reader_go_on(&fix), RAG_EXTRACT_LONG);
	assert_false(rag_extract_lives(fix.extraction));
	fix.is_short = false;
	assert_int_equal(testing_reader_go_on(&fix), 0);
	assert_string_equal(fix.document.text, "Seen");
	testing_reader_end(&fix);
	/* Or by none. */
	fix.is_short = true;
	assert_int_equal(testing_reader_begin(&fix, ASKS SEEN), 0);
	assert_int_equal(testing_reader_go_on(&fix), RAG_EXTRACT_LONG);
	testing_reader_end(&fix);
	bh_arena_close(&fix.arena);
}

static void
a_reader_that_never_has_enough_has_failed(void **state)
{
	struct testing_reader fix = {.languages = "eng+deu"};

	(void)state;
	assert_int_equal(testing_reader_run(&fix, DOCUMENT SEEN "exit 5"), BH_E_INVALID);
	assert_string_equal(fix.failure.code, "invalid_file");
	fix.languages = NULL;
	assert_int_equal(testing_reader_run(&fix, DOCUMENT SEEN "exit 5"), BH_E_INVALID);
	bh_arena_close(&fix.arena);
}

static void
a_missing_language_is_not_the_files_fault(void **state)
{
	struct testing_reader fix = {.languages = "eng+deu"};

	(void)state;
	assert_int_equal(testing_reader_run(&fix,
						 ASKS "echo '{\"type\":\"error\",\"code\":\"setup\",\"message\":\"Not "
							  "installed.\"}'\n"
							  "exit 3"),
		BH_E_INVALID);
	assert_string_equal(fix.failure.code, "server_error");
	assert_string_equal(fix.failure.message, "Not installed.");
	bh_arena_close(&fix.arena);
}

static void
what_is_said_of_pictures_must_make_sense(void **state)
{
	static const char *const ends[] = {
		"\"ocr\":{\"pages\":-1,\"confidence\":81,\"low\":\"\",\"unread\":\"\"}",
		"\"ocr\":{\"pages\":1,\"confidence\":101,\"low\":\"\",\"unread\":\"\"}",
		"\"ocr\":{\"pages\":1,\"confidence\":1,\"low\":7,\"unread\":\"\"}",
		"\"ocr\":7",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct testing_reader fix = {.languages = "eng+deu"};
		char lines[1000];

		snprintf(lines, sizeof(lines), ASKS SEEN "echo '{\"type\":\"end\",%s}'", ends[i]);
		assert_int_equal(testing_reader_run(&fix, lines), BH_E_INVALID);
		bh_arena_close(&fix.arena);
	}
}

static void
a_cancelled_run_ends_at_once(void **state)
{
	const bool cancel = true;
	struct testing_reader fix = {.cancel = &cancel};

	(void)state;
	assert_int_equal(testing_reader_run(&fix, "sleep 60"), BH_E_CANCELLED);
	bh_arena_close(&fix.arena);
}

static void
a_reader_that_cannot_start_is_not_the_files_fault(void **state)
{
	struct testing_reader fix = {0};
	const struct rag_extract_conf conf = {.program = "/nonexistent",
		.timeout_ms = 1000,
		.characters_max = 10};

	(void)state;
	assert_int_equal(rag_extract_open(&conf, 0, "x", "", &fix.extraction), BH_E_UNAVAILABLE);
	assert_int_equal(testing_reader_run(&fix, "echo 'no sandbox' >&2; exit 2"), BH_E_UNAVAILABLE);
	bh_arena_close(&fix.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_joined_and_their_ranges_kept),
		cmocka_unit_test(a_signature_is_found_in_its_function),
		cmocka_unit_test(the_reader_gets_the_file_and_its_name),
		cmocka_unit_test(the_reader_leads_a_session),
		cmocka_unit_test(a_refusal_is_told_in_the_readers_words),
		cmocka_unit_test(a_crash_an_early_end_and_nonsense_fail_the_file),
		cmocka_unit_test(a_reader_that_hangs_is_ended_with_its_children),
		cmocka_unit_test(a_reader_that_closes_its_pipes_has_no_longer_time),
		cmocka_unit_test(a_reader_without_pipes_is_cancelled_too),
		cmocka_unit_test(what_the_kernel_kills_was_short_of_memory),
		cmocka_unit_test(a_document_with_pictures_is_read_again_with_the_languages),
		cmocka_unit_test(of_a_short_one_the_pictures_are_read_by_the_next_call),
		cmocka_unit_test(a_reader_that_never_has_enough_has_failed),
		cmocka_unit_test(a_missing_language_is_not_the_files_fault),
		cmocka_unit_test(what_is_said_of_pictures_must_make_sense),
		cmocka_unit_test(a_cancelled_run_ends_at_once),
		cmocka_unit_test(a_reader_that_cannot_start_is_not_the_files_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

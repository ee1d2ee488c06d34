/* SPDX-License-Identifier: Apache-2.0 */
/* test_run.c: programs that draw, refuse, crash, hang and lie; each is a shell script. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "picture/run.h"

#define BEGUN "echo '{\"type\":\"begun\",\"protocol\":1}'\n"
#define END "echo '{\"type\":\"end\"}'\n"
#define PICTURE(offset, bytes) \
	"echo '{\"type\":\"picture\",\"offset\":" offset ",\"bytes\":" bytes \
	",\"format\":\"png\",\"mime\":\"image/" \
	"png\",\"width\":3,\"height\":2,\"variant\":0,\"partial\":0," \
	"\"truncated\":false,\"test_backend\":true}'\n"

struct fixture {
	char script[64];
	struct bh_picture_conf conf;
	struct bh_picture_order order;
	struct bh_picture_run *run;
	bool cancel;
};

/* Whole: to its end; else it is only started. */
static int
begin(struct fixture *fix, const char *lines, bool whole)
{
	int fd;

	snprintf(fix->script, sizeof(fix->script), "/tmp/bh_picture_XXXXXX");
	fd = mkstemp(fix->script);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0700), 0);
	dprintf(fd, "#!/bin/sh\n%s\n", lines);
	close(fd);
	fix->conf.program = fix->script;
	fix->conf.spool_dir = "/tmp";
	fix->conf.cancel = &fix->cancel;
	if (fix->conf.timeout_ms == 0)
		fix->conf.timeout_ms = 20000;
	fix->order.input_fd = open("/etc/hostname", O_RDONLY | O_CLOEXEC);
	assert_true(fix->order.input_fd >= 0);
	return whole ? bh_picture_run(&fix->conf, &fix->order, &fix->run)
				 : bh_picture_run_open(&fix->conf, &fix->order, &fix->run);
}

static void
end(struct fixture *fix)
{
	bh_picture_run_close(fix->run);
	close(fix->order.input_fd);
	unlink(fix->script);
}

static void
pictures_come_one_by_one_and_lie_in_the_output(void **state)
{
	struct fixture fix = {.order.to = "png"};
	const struct bh_picture_made *made;
	char bytes[16] = "";

	(void)state;
	assert_int_equal(begin(&fix,
						 BEGUN "printf one >&3\n" PICTURE("0",
							 "3") "printf second >&3\n" PICTURE("3", "6") END,
						 false),
		0);
	assert_int_equal(bh_picture_run_next(fix.run, &made), 1);
	assert_int_equal(made->bytes, 3);
	assert_int_equal(bh_picture_run_next(fix.run, &made), 1);
	assert_int_equal(pread(bh_picture_run_output(fix.run), bytes, sizeof(bytes) - 1, made->offset),
		6);
	assert_string_equal(bytes, "second");
	assert_int_equal(bh_picture_run_next(fix.run, &made), 0);
	assert_int_equal(bh_picture_run_next(fix.run, &made), 0);
	assert_true(bh_picture_run_said(fix.run)->ended);
	end(&fix);
}

static void
it_gets_its_options_and_files(void **state)
{
	int edits[2];
	struct fixture fix = {
		.order = {.to = "webp", .quality = 70, .variants = 2, .edit_fds = edits, .n_edits = 2}};

	(void)state;
	edits[0] = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	edits[1] = open("/etc/group", O_RDONLY | O_CLOEXEC);
	fix.order.mask_fd = open("/etc/shells", O_RDONLY | O_CLOEXEC);
	assert_int_equal(
		begin(&fix,
			"[ \"$*\" = '--edit 2 --mask yes --to webp --quality 70 --variants 2' ] || exit 9\n"
			"cmp -s /dev/fd/4 /etc/passwd && cmp -s /dev/fd/5 /etc/group || exit 8\n"
			"cmp -s /dev/fd/6 /etc/shells && cmp -s /dev/fd/0 /etc/hostname || exit 7\n"
			"[ -e /dev/fd/7 ] && exit 6\n" BEGUN END,
			true),
		0);
	close(edits[0]);
	close(edits[1]);
	close(fix.order.mask_fd);
	end(&fix);
}

static void
what_it_refuses_is_told_to_who_sent_it(void **state)
{
	static const struct {
		const char *code;
		int number;
	} cases[] = {
		{PICTURE_CODE_UNSUPPORTED, BH_E_IMAGE_FORMAT},
		{PICTURE_CODE_DAMAGED, BH_E_IMAGE},
		{PICTURE_CODE_EMPTY, BH_E_IMAGE},
		{PICTURE_CODE_TOO_LARGE, BH_E_IMAGE_TOO_LARGE},
		{PICTURE_CODE_MASK, BH_E_INVALID},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct fixture fix = {0};
		char lines[256];

		snprintf(lines, sizeof(lines),
			BEGUN "echo '{\"type\":\"error\",\"code\":\"%s\",\"message\":\"It is.\"}'\nexit 3",
			cases[i].code);
		assert_int_equal(begin(&fix, lines, true), BH_E_INVALID);
		assert_int_equal(bh_picture_run_refusal(fix.run, "image"), cases[i].number);
		assert_string_equal(bh_error_detail(cases[i].number), "It is.");
		assert_string_equal(bh_error_field(cases[i].number), "image");
		end(&fix);
	}
}

static void
what_is_missing_here_is_not_the_pictures_fault(void **state)
{
	struct fixture fix = {0};

	(void)state;
	assert_int_equal(
		begin(&fix,
			BEGUN "echo '{\"type\":\"error\",\"code\":\"setup\",\"message\":\"No.\"}'\nexit 3",
			true),
		BH_E_UNAVAILABLE);
	end(&fix);
	fix = (struct fixture){0};
	assert_int_equal(begin(&fix, "echo no sandbox >&2\nexit 2", true), BH_E_UNAVAILABLE);
	assert_non_null(strstr(bh_error_detail(BH_E_UNAVAILABLE), "no sandbox"));
	end(&fix);
	fix = (struct fixture){0};
	assert_int_equal(begin(&fix, BEGUN "exit 4", true), BH_E_NO_ROOM);
	end(&fix);
}

static void
its_death_and_its_lies_are_the_pictures_fault(void **state)
{
	static const char *const ways[] = {
		BEGUN "kill -SEGV $$",
		BEGUN "exit 0",
		BEGUN END "exit 1",
		BEGUN "echo lies\n" END,
		"",
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(ways); i++) {
		struct fixture fix = {0};

		assert_int_equal(begin(&fix, ways[i], true), BH_E_INVALID);
		assert_int_equal(bh_picture_run_refusal(fix.run, "image[1]"), BH_E_IMAGE);
		assert_string_equal(bh_error_field(BH_E_IMAGE), "image[1]");
		end(&fix);
	}
}

static void
a_kill_without_a_reason_is_the_machines_lack_of_memory(void **state)
{
	struct fixture fix = {0};

	(void)state;
	assert_int_equal(begin(&fix, BEGUN "kill -KILL $$", true), BH_E_MEMORY);
	end(&fix);
}

static void
it_has_its_time_and_no_more(void **state)
{
	struct fixture fix = {.conf.timeout_ms = 300};
	int64_t since = bh_clock_steady_ms();

	(void)state;
	assert_int_equal(begin(&fix, BEGUN "sleep 60", true), BH_E_INVALID);
	assert_int_equal(bh_picture_run_refusal(fix.run, NULL), BH_E_IMAGE);
	end(&fix);
	fix = (struct fixture){.conf.timeout_ms = 300};
	assert_int_equal(begin(&fix, BEGUN END "exec >&- 2>&-\nsleep 60", true), BH_E_INVALID);
	end(&fix);
	assert_in_range(bh_clock_steady_ms() - since, 600, 10000);
}

static void
it_ends_when_it_is_cancelled_or_the_client_leaves(void **state)
{
	struct fixture fix = {.cancel = true};
	int pair[2];

	(void)state;
	assert_int_equal(begin(&fix, BEGUN "sleep 60", true), BH_E_CANCELLED);
	end(&fix);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	fix = (struct fixture){.conf.watch_fd = pair[0]};
	close(pair[1]);
	assert_int_equal(begin(&fix, BEGUN "sleep 60", true), BH_E_GONE);
	end(&fix);
	close(pair[0]);
}

static void
it_writes_no_more_than_is_read(void **state)
{
	struct fixture fix = {.order.to = "png"};
	struct stat output;

	(void)state;
	assert_int_equal(begin(&fix,
						 BEGUN "sleep 0.2\ndd if=/dev/zero of=/dev/fd/3 bs=1M seek=255 count=2 "
							   "2>/dev/null\nexit 4",
						 true),
		BH_E_NO_ROOM);
	assert_int_equal(fstat(bh_picture_run_output(fix.run), &output), 0);
	assert_in_range(output.st_size, 1, BH_PICTURE_OUTPUT_BYTES_MAX);
	end(&fix);
}

static void
a_program_that_is_not_there_is_unavailable(void **state)
{
	const struct bh_picture_conf conf = {.program = "/nowhere/picture",
		.spool_dir = "/tmp",
		.timeout_ms = 1000};
	const struct bh_picture_order order = {.input_fd = 0};
	struct bh_picture_run *run = NULL;

	(void)state;
	assert_int_equal(bh_picture_run(&conf, &order, &run), BH_E_UNAVAILABLE);
	assert_null(run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pictures_come_one_by_one_and_lie_in_the_output),
		cmocka_unit_test(it_gets_its_options_and_files),
		cmocka_unit_test(what_it_refuses_is_told_to_who_sent_it),
		cmocka_unit_test(what_is_missing_here_is_not_the_pictures_fault),
		cmocka_unit_test(its_death_and_its_lies_are_the_pictures_fault),
		cmocka_unit_test(a_kill_without_a_reason_is_the_machines_lack_of_memory),
		cmocka_unit_test(it_has_its_time_and_no_more),
		cmocka_unit_test(it_ends_when_it_is_cancelled_or_the_client_leaves),
		cmocka_unit_test(it_writes_no_more_than_is_read),
		cmocka_unit_test(a_program_that_is_not_there_is_unavailable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

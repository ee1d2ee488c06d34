/* SPDX-License-Identifier: Apache-2.0 */
/* test_extract_pause.c: readers that are stopped for others, and go on where they were. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "rag/testing_reader.h"

/* The state of the reader: T when it is stopped, 0 when it has gone. */
static char
state_of(pid_t pid)
{
	char path[64], line[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	(void)!fgets(line, sizeof(line), file);
	fclose(file);
	return strrchr(line, ')') != NULL ? strrchr(line, ')')[2] : 0;
}

static void
wait_state(pid_t pid, char wanted)
{
	static const struct timespec pause = {.tv_nsec = 1000000};
	int64_t until_ms = bh_clock_steady_ms() + 10000;

	while (state_of(pid) != wanted) {
		assert_true(bh_clock_steady_ms() < until_ms);
		nanosleep(&pause, NULL);
	}
}

/* Hears that the reader is in the middle of its work, and who it is. */
static void *
pause_when_said(void *arg)
{
	struct testing_reader *fix = arg;
	FILE *fifo = fopen(fix->fifo, "re");
	int pid = 0;

	assert_non_null(fifo);
	assert_int_equal(fscanf(fifo, "%d", &pid), 1);
	fclose(fifo);
	fix->pid = pid;
	__atomic_store_n(&fix->pause, true, __ATOMIC_RELAXED);
	return NULL;
}

static void *
open_gate(void *arg)
{
	const struct testing_reader *fix = arg;
	int fd = open(fix->gate, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x\n", 2), 2);
	close(fd);
	return NULL;
}

/* A reader that has said "first" and waits at the gate, stopped. */
static void
begin_paused(struct testing_reader *fix)
{
	char lines[1024];
	pthread_t thread;

	snprintf(fix->fifo, sizeof(fix->fifo), "/tmp/bh_fifo_XXXXXX");
	snprintf(fix->gate, sizeof(fix->gate), "/tmp/bh_gate_XXXXXX");
	testing_reader_fifo(fix->fifo);
	testing_reader_fifo(fix->gate);
	snprintf(lines, sizeof(lines),
		BEGUN DOCUMENT BLOCK("paragraph", "0", "",
			"first") "echo $$ > %s\nread -r x < %s\n" BLOCK("paragraph", "0", "", "second") END,
		fix->fifo, fix->gate);
	assert_int_equal(pthread_create(&thread, NULL, pause_when_said, fix), 0);
	assert_int_equal(testing_reader_begin(fix, lines), 0);
	assert_int_equal(testing_reader_go_on(fix), RAG_EXTRACT_PAUSED);
	pthread_join(thread, NULL);
	wait_state(fix->pid, 'T');
	fix->pause = false;
}

static void
end_paused(struct testing_reader *fix)
{
	testing_reader_end(fix);
	unlink(fix->fifo);
	unlink(fix->gate);
	bh_arena_close(&fix->arena);
}

static void *
pause_and_open_gate(void *arg)
{
	pause_when_said(arg);
	return open_gate(arg);
}

/* It gets to the gate and through it although it is to pause: only then does it end with this process. */
static void
a_reader_is_not_stopped_before_it_has_begun(void **state)
{
	struct testing_reader fix = {0};
	char lines[1024];
	pthread_t thread;

	(void)state;
	snprintf(fix.fifo, sizeof(fix.fifo), "/tmp/bh_fifo_XXXXXX");
	snprintf(fix.gate, sizeof(fix.gate), "/tmp/bh_gate_XXXXXX");
	testing_reader_fifo(fix.fifo);
	testing_reader_fifo(fix.gate);
	snprintf(lines, sizeof(lines), "echo $$ > %s\nread -r x < %s\n" BEGUN "exec sleep 1000",
		fix.fifo, fix.gate);
	assert_int_equal(pthread_create(&thread, NULL, pause_and_open_gate, &fix), 0);
	assert_int_equal(testing_reader_begin(&fix, lines), 0);
	assert_int_equal(testing_reader_go_on(&fix), RAG_EXTRACT_PAUSED);
	pthread_join(thread, NULL);
	wait_state(fix.pid, 'T');
	end_paused(&fix);
}

static void
a_stopped_reader_goes_on_where_it_was(void **state)
{
	struct testing_reader fix = {0};
	pthread_t thread;

	(void)state;
	begin_paused(&fix);
	assert_true(rag_extract_lives(fix.extraction));
	assert_true(rag_extract_bytes(fix.extraction) > 0);
	assert_int_equal(pthread_create(&thread, NULL, open_gate, &fix), 0);
	assert_int_equal(testing_reader_go_on(&fix), 0);
	pthread_join(thread, NULL);
	assert_string_equal(fix.document.text, "first\n\nsecond");
	assert_int_equal(fix.document.n_blocks, 2);
	end_paused(&fix);
}

static void
the_time_for_which_it_is_stopped_is_not_the_readers(void **state)
{
	static const struct timespec pause = {.tv_nsec = 10000000};
	struct testing_reader fix = {.timeout_ms = 3000};
	int64_t since_ms = bh_clock_steady_ms();
	pthread_t thread;

	(void)state;
	begin_paused(&fix);
	while (bh_clock_steady_ms() - since_ms <= fix.timeout_ms)
		nanosleep(&pause, NULL);
	assert_int_equal(pthread_create(&thread, NULL, open_gate, &fix), 0);
	assert_int_equal(testing_reader_go_on(&fix), 0);
	pthread_join(thread, NULL);
	end_paused(&fix);
}

static void
the_time_that_it_had_before_it_was_stopped_is(void **state)
{
	struct testing_reader fix = {.timeout_ms = 2000};
	int64_t since_ms;

	(void)state;
	begin_paused(&fix);
	for (int turn = 0; turn < 2; turn++) {
		fix.pause = true;
		assert_int_equal(testing_reader_go_on(&fix), RAG_EXTRACT_PAUSED);
		fix.pause = false;
		wait_state(fix.pid, 'T');
	}
	since_ms = bh_clock_steady_ms();
	assert_int_equal(testing_reader_go_on(&fix), BH_E_INVALID);
	assert_non_null(strstr(fix.failure.message, "time allowed"));
	assert_true(bh_clock_steady_ms() - since_ms < fix.timeout_ms + 2000);
	end_paused(&fix);
}

static void
a_stopped_reader_can_be_ended(void **state)
{
	struct testing_reader fix = {0};

	(void)state;
	begin_paused(&fix);
	rag_extract_close(fix.extraction);
	fix.extraction = NULL;
	assert_int_equal(state_of(fix.pid), 0);
	end_paused(&fix);
}

static void
one_that_was_killed_meanwhile_is_told_from_one_that_waits(void **state)
{
	struct testing_reader fix = {0};

	(void)state;
	begin_paused(&fix);
	assert_int_equal(kill(fix.pid, SIGKILL), 0);
	wait_state(fix.pid, 'Z');
	assert_false(rag_extract_lives(fix.extraction));
	end_paused(&fix);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_is_not_stopped_before_it_has_begun),
		cmocka_unit_test(a_stopped_reader_goes_on_where_it_was),
		cmocka_unit_test(the_time_for_which_it_is_stopped_is_not_the_readers),
		cmocka_unit_test(the_time_that_it_had_before_it_was_stopped_is),
		cmocka_unit_test(a_stopped_reader_can_be_ended),
		cmocka_unit_test(one_that_was_killed_meanwhile_is_told_from_one_that_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

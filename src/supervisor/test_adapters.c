/* SPDX-License-Identifier: Apache-2.0 */
/* test_adapters.c: when the chat engine is to be succeeded, and what is told of those that failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "service/service.h"
#include "supervisor/adapters.h"
#include "supervisor/file.h"
#include "supervisor/instance.h"
#include "supervisor/process.h"

static const struct bh_service *const services[] = {NULL};
static const struct supervisor_row row = {.name = "chat", .kind = SUPERVISOR_ENGINE};

struct fixture {
	char folder[64];
	struct supervisor_instance instance;
	struct supervisor_adapters adapters;
	struct supervisor_process engine;
	int64_t now_ms;
};

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	char path[96];

	assert_non_null(fix);
	snprintf(fix->folder, sizeof(fix->folder), "/tmp/test_adapters.XXXXXX");
	assert_non_null(mkdtemp(fix->folder));
	snprintf(path, sizeof(path), "%s/adapters", fix->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	fix->instance.place.home = fix->instance.place.run = fix->folder;
	fix->instance.services = services;
	fix->engine = (struct supervisor_process){
		.row = &row,
		.state = SUPERVISOR_READY,
		.child = {.pid = 100},
	};
	*state = fix;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	bh_buf_close(&fix->adapters.attempt_new);
	assert_int_equal(supervisor_file_remove_tree(fix->folder), 0);
	free(fix);
	return 0;
}

static void
put(const struct fixture *fix, const char *name)
{
	char path[160];
	int fd;

	snprintf(path, sizeof(path), "%s/adapters/%s", fix->folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static void
drop(const struct fixture *fix, const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/adapters/%s", fix->folder, name);
	assert_int_equal(unlink(path), 0);
}

/* Whether the engine's restart is asked for within so long. */
static bool
asks(struct fixture *fix, int64_t within_ms)
{
	for (int64_t end_ms = fix->now_ms + within_ms; fix->now_ms <= end_ms; fix->now_ms += 500) {
		if (supervisor_adapters_watch(&fix->adapters, &fix->instance, &fix->engine, fix->now_ms))
			fix->engine.restart_asked = true;
	}
	return fix->engine.restart_asked;
}

/* A successor is started, as the main loop does it. */
static void
begin(struct fixture *fix, pid_t pid)
{
	fix->engine.heir.child.pid = pid;
	supervisor_adapters_began(&fix->adapters, &fix->instance, pid);
}

static void
take_over(struct fixture *fix)
{
	fix->engine.child = fix->engine.heir.child;
	fix->engine.heir.child.pid = 0;
	fix->engine.restart_asked = false;
}

static void
what_the_engine_holds_already_asks_for_nothing(void **state)
{
	struct fixture *fix = *state;

	put(fix, "a@m.gguf");
	put(fix, ".part-1");
	put(fix, "no-adapter.gguf");
	assert_false(asks(fix, 10000));
}

static void
a_new_file_asks_once_and_is_held_when_its_successor_serves(void **state)
{
	struct fixture *fix = *state;

	assert_false(asks(fix, 3000));
	put(fix, "a@m.new");
	assert_false(asks(fix, 500));
	put(fix, "b@m.new"); /* gathered: the moment begins anew */
	assert_false(asks(fix, 1000));
	assert_true(asks(fix, 2000));
	begin(fix, 101);
	take_over(fix);
	assert_false(asks(fix, 10000));
	/* Being tried is no change; going is one. */
	drop(fix, "a@m.new");
	put(fix, "a@m.gguf");
	drop(fix, "b@m.new");
	put(fix, "b@m.gguf");
	assert_false(asks(fix, 10000));
	drop(fix, "a@m.gguf");
	assert_false(asks(fix, 50000));
	assert_true(asks(fix, 12000));
}

static void
one_that_fails_is_told_and_not_tried_again(void **state)
{
	struct fixture *fix = *state;
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	char path[96];

	put(fix, "a@m.gguf");
	assert_false(asks(fix, 1000));
	put(fix, "bad@m.new");
	assert_true(asks(fix, 4000));
	begin(fix, 101);
	assert_true(asks(fix, 2000)); /* it is getting ready */
	fix->engine.heir.child.pid = 0;
	fix->engine.restart_asked = false;
	fix->engine.heir_failed = true;
	assert_false(asks(fix, 10000));
	snprintf(path, sizeof(path), "%s/adapters.failed", fix->folder);
	assert_int_equal(supervisor_file_read(path, 1000, &text), 0);
	assert_string_equal(bh_buf_string(&text), "bad@m\n");
	/* Without it the engine holds what it is to hold. */
	drop(fix, "bad@m.new");
	assert_false(asks(fix, 10000));
	assert_int_equal(access(path, F_OK), -1);
	/* Who brings it again has it tried again: the machine may have been short of memory. */
	put(fix, "bad@m.new");
	assert_true(asks(fix, 4000));
}

static void
an_engine_that_was_started_afresh_holds_only_what_was_tried(void **state)
{
	struct fixture *fix = *state;

	put(fix, "a@m.new");
	assert_true(asks(fix, 4000));
	begin(fix, 101);
	take_over(fix);
	assert_false(asks(fix, 4000));
	fix->engine.child.pid = 102; /* 101 has crashed */
	assert_true(asks(fix, 4000));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_the_engine_holds_already_asks_for_nothing),
		TEST(a_new_file_asks_once_and_is_held_when_its_successor_serves),
		TEST(one_that_fails_is_told_and_not_tried_again),
		TEST(an_engine_that_was_started_afresh_holds_only_what_was_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* test_process.c: the rules of start, restart and stop, with a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <string.h>

#include <cmocka.h>

#include "service/services.h"
#include "supervisor/instance.h"
#include "supervisor/process.h"

static const struct supervisor_row database = {
	.name = "postgres",
	.kind = SUPERVISOR_DATABASE,
	.after = (const char *const[]){"setup", NULL},
};
static const struct supervisor_row setup = {.name = "setup", .kind = SUPERVISOR_STEP};
static const struct supervisor_row service = {
	.name = "rag",
	.kind = SUPERVISOR_SERVICE,
	.after = (const char *const[]){"postgres", NULL},
	.uses = (const char *const[]){"model", NULL},
};
static const struct supervisor_row model = {.name = "model", .kind = SUPERVISOR_SERVICE};

#define EXITED(status) ((status) << 8)

static void
a_process_starts_when_all_it_comes_after_is_ready(void **state)
{
	struct supervisor_process list[] = {{.row = &setup}, {.row = &database}, {.row = &service}};

	(void)state;
	assert_true(supervisor_process_may_start(list, 3, 0, 0));
	assert_false(supervisor_process_may_start(list, 3, 1, 0));
	list[0].state = SUPERVISOR_DONE;
	assert_true(supervisor_process_may_start(list, 3, 1, 0));
	list[1].state = SUPERVISOR_STARTING;
	assert_false(supervisor_process_may_start(list, 3, 2, 0));
	list[1].state = SUPERVISOR_READY;
	assert_true(supervisor_process_may_start(list, 3, 2, 0));
}

static void
what_is_not_in_the_list_is_not_waited_for(void **state)
{
	struct supervisor_process list[] = {{.row = &service}};

	(void)state;
	assert_true(supervisor_process_may_start(list, 1, 0, 0));
}

static void
a_service_that_was_ready_restarts_without_its_database(void **state)
{
	struct supervisor_process list[] = {
		{.row = &database, .state = SUPERVISOR_STARTING},
		{.row = &service, .ever_ready = true},
	};

	(void)state;
	assert_true(supervisor_process_may_start(list, 2, 1, 0));
}

static void
a_process_stops_after_all_that_need_it(void **state)
{
	struct supervisor_process list[] = {
		{.row = &database, .state = SUPERVISOR_READY},
		{.row = &model, .state = SUPERVISOR_READY},
		{.row = &service, .state = SUPERVISOR_READY},
	};

	(void)state;
	assert_false(supervisor_process_may_stop(list, 3, 0));
	assert_false(supervisor_process_may_stop(list, 3, 1));
	assert_true(supervisor_process_may_stop(list, 3, 2));
	list[2].state = SUPERVISOR_CLEANING;
	assert_false(supervisor_process_may_stop(list, 3, 0));
	list[2].state = SUPERVISOR_STOPPED;
	assert_true(supervisor_process_may_stop(list, 3, 0));
	assert_true(supervisor_process_may_stop(list, 3, 1));
}

static void
the_first_restart_is_immediate_and_later_ones_wait_longer(void **state)
{
	(void)state;
	assert_int_equal(supervisor_process_wait_ms(1), 0);
	assert_int_equal(supervisor_process_wait_ms(2), 100);
	assert_int_equal(supervisor_process_wait_ms(3), 200);
	assert_int_equal(supervisor_process_wait_ms(5), 800);
	assert_int_equal(supervisor_process_wait_ms(20), 5000);
	assert_int_equal(supervisor_process_wait_ms(4000000000u), 5000);
}

static void
a_time_of_being_ready_forgives_earlier_failures(void **state)
{
	struct supervisor_process process = {
		.row = &service,
		.failures = 7,
		.ready_at_ms = 1000,
		.child = {.pid = 9},
		.status = SIGKILL,
	};

	(void)state;
	supervisor_process_ended(&process, false, 1500);
	assert_int_equal(process.failures, 8);
	assert_int_equal(process.not_before_ms, 1500 + 5000);

	process.ready_at_ms = 20000;
	supervisor_process_ended(&process, false, 21000);
	assert_int_equal(process.failures, 1);
	assert_int_equal(process.not_before_ms, 21000);
	assert_int_equal(process.restarts, 2);
	assert_int_equal(process.child.pid, 0);
}

static void
a_restart_that_was_asked_for_is_no_failure(void **state)
{
	struct supervisor_process process = {.row = &service, .failures = 3, .restart_asked = true};

	(void)state;
	supervisor_process_ended(&process, false, 100);
	assert_int_equal(process.failures, 0);
	assert_int_equal(process.not_before_ms, 100);
	assert_false(process.restart_asked);
	assert_int_equal(process.state, SUPERVISOR_WAITING);
}

static void
while_stopping_nothing_starts_again(void **state)
{
	struct supervisor_process process = {.row = &service, .state = SUPERVISOR_CLEANING};

	(void)state;
	supervisor_process_ended(&process, true, 100);
	assert_int_equal(process.state, SUPERVISOR_STOPPED);
}

static void
a_step_is_done_when_it_succeeds_and_hopeless_when_it_fails(void **state)
{
	struct supervisor_process process = {.row = &setup, .status = EXITED(0)};

	(void)state;
	supervisor_process_ended(&process, false, 100);
	assert_int_equal(process.state, SUPERVISOR_DONE);
	assert_false(supervisor_process_hopeless(&process));

	process.status = EXITED(1);
	supervisor_process_ended(&process, false, 100);
	assert_true(supervisor_process_hopeless(&process));
}

static void
a_first_start_is_given_up_for_a_wrong_setting_or_after_four_failures(void **state)
{
	struct supervisor_process process = {.row = &service, .status = EXITED(1), .failures = 3};

	(void)state;
	assert_false(supervisor_process_hopeless(&process));
	process.failures = 4;
	assert_true(supervisor_process_hopeless(&process));
	process.ever_ready = true;
	assert_false(supervisor_process_hopeless(&process));
	process = (struct supervisor_process){.row = &service, .status = EXITED(2), .failures = 1};
	assert_true(supervisor_process_hopeless(&process));
}

static bool
comes_before(const struct supervisor_row *rows, const struct supervisor_row *row, const char *name)
{
	for (; rows != row; rows++) {
		if (strcmp(rows->name, name) == 0)
			return true;
	}
	return false;
}

static bool
all_come_before(const struct supervisor_row *rows, const struct supervisor_row *row,
	const char *const *names)
{
	for (; names != NULL && *names != NULL; names++) {
		if (!comes_before(rows, row, *names))
			return false;
	}
	return true;
}

static const struct bh_service verifier = {.name = "vouch", .issues_tokens = true};
static const struct bh_service first = {
	.name = "first",
	.uses = (const char *const[]){"chat", NULL},
};
static const struct bh_service second = {
	.name = "second",
	.calls = (const struct bh_service_call[]){{"first", "internal:first"}, {0}},
};

/* A row that names nothing, or something below it in the stop order, would hang a start or a stop. */
static void
every_row_of_the_table_names_rows_before_it(void **state)
{
	static const struct bh_service *const services[] = {&verifier, &first, &second, NULL};
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	const struct supervisor_row *rows = supervisor_table_make(&arena, services);
	size_t n = 0;

	(void)state;
	for (const struct supervisor_row *row = rows; row->name != NULL; row++, n++) {
		assert_true(all_come_before(rows, row, row->after));
		assert_true(all_come_before(rows, row, row->uses));
		assert_non_null(row->command);
		assert_true(row->stop_ms > 0 && row->start_ms > 0 && row->stop_signal > 0);
		assert_true(row->probe != SUPERVISOR_PROBE_HTTP || row->probe_path != NULL);
		assert_int_equal(row->probe == SUPERVISOR_PROBE_EXIT, row->kind == SUPERVISOR_STEP);
	}
	assert_int_equal(n, SUPERVISOR_ROWS_FIXED + 3);
}

static void
a_services_row_follows_from_whom_it_calls(void **state)
{
	static const struct bh_service *const services[] = {&verifier, &first, &second, NULL};
	static const char *const uses[] = {"postgres", "vouch", "first"};
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	const struct supervisor_row *row = supervisor_table_make(&arena, services);

	(void)state;
	while (strcmp(row->name, "second") != 0)
		row++;
	assert_string_equal(row->user, "second");
	assert_string_equal(row->after[0], "migrate");
	assert_null(row->after[1]);
	for (size_t i = 0; i < BH_COUNT(uses); i++)
		assert_string_equal(row->uses[i], uses[i]);
	assert_null(row->uses[BH_COUNT(uses)]);
	row++;
	assert_string_equal(row->name, SUPERVISOR_LIMITS);
	row++;
	assert_string_equal(row->name, "gateway");
	assert_string_equal(row->after[2], "second");
}

static void
rows_follow_the_settings_of_the_instance(void **state)
{
	static const struct supervisor_row own[] = {
		{.name = "database-setup", .kind = SUPERVISOR_STEP},
		{.name = "postgres", .kind = SUPERVISOR_DATABASE},
	};
	static const struct supervisor_row step = {.name = "migrate", .kind = SUPERVISOR_STEP};
	static const struct supervisor_row engine = {.name = "chat", .kind = SUPERVISOR_ENGINE};
	static const struct supervisor_row helper = {.name = SUPERVISOR_LIMITS,
		.kind = SUPERVISOR_HELPER};
	struct supervisor_instance instance = {.settings.platform.database_url = ""};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(own); i++)
		assert_true(supervisor_table_has(&instance, &own[i]));
	assert_false(supervisor_table_has(&instance, &engine));
	instance.settings.engine.enabled = true;
	instance.settings.platform.database_url = "host=db";
	for (size_t i = 0; i < BH_COUNT(own); i++)
		assert_false(supervisor_table_has(&instance, &own[i]));
	assert_true(supervisor_table_has(&instance, &engine));
	assert_true(supervisor_table_has(&instance, &step));
	assert_true(supervisor_table_has(&instance, &service));
	assert_false(supervisor_table_has(&instance, &helper));
	instance.settings.platform.limits.url = "unix:/run/valkey.sock";
	assert_true(supervisor_table_has(&instance, &helper));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_starts_when_all_it_comes_after_is_ready),
		cmocka_unit_test(what_is_not_in_the_list_is_not_waited_for),
		cmocka_unit_test(a_service_that_was_ready_restarts_without_its_database),
		cmocka_unit_test(a_process_stops_after_all_that_need_it),
		cmocka_unit_test(the_first_restart_is_immediate_and_later_ones_wait_longer),
		cmocka_unit_test(a_time_of_being_ready_forgives_earlier_failures),
		cmocka_unit_test(a_restart_that_was_asked_for_is_no_failure),
		cmocka_unit_test(while_stopping_nothing_starts_again),
		cmocka_unit_test(a_step_is_done_when_it_succeeds_and_hopeless_when_it_fails),
		cmocka_unit_test(a_first_start_is_given_up_for_a_wrong_setting_or_after_four_failures),
		cmocka_unit_test(every_row_of_the_table_names_rows_before_it),
		cmocka_unit_test(a_services_row_follows_from_whom_it_calls),
		cmocka_unit_test(rows_follow_the_settings_of_the_instance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

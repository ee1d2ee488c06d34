/* SPDX-License-Identifier: Apache-2.0 */
/* test_hosts.c: several servers in one address: taken apart, tried in turn, one that never answers among them. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "db/address.h"
#include "db/conn.h"
#include "db/db.h"
#include "db/hosts.h"
#include "db/testing.h"

static struct bh_test_db test;

static int
group_open(void **state)
{
	(void)state;
	return bh_test_db_open(&test);
}

static int
group_close(void **state)
{
	(void)state;
	bh_test_db_close(&test);
	return 0;
}

static void
one_server_is_left_to_the_address(void **state)
{
	struct bh_hosts hosts;

	(void)state;
	assert_int_equal(bh_hosts_parse(&test.arena, "host=db port=5433 dbname=x", &hosts), 0);
	assert_int_equal(hosts.n, 1);
	assert_null(hosts.each[0].host);
	assert_null(hosts.each[0].port);
	assert_false(hosts.attributes);
	assert_int_equal(bh_hosts_parse(&test.arena, "", &hosts), 0);
	assert_int_equal(hosts.n, 1);
}

static void
several_servers_are_taken_apart(void **state)
{
	struct bh_hosts hosts;

	(void)state;
	assert_int_equal(bh_hosts_parse(&test.arena,
						 "postgresql://u@a:1,b,[::1]:3/x?target_session_attrs=prefer-standby",
						 &hosts),
		0);
	assert_int_equal(hosts.n, 3);
	assert_string_equal(hosts.each[0].host, "a");
	assert_string_equal(hosts.each[0].port, "1");
	assert_string_equal(hosts.each[1].host, "b");
	assert_string_equal(hosts.each[1].port, "5432");
	assert_string_equal(hosts.each[2].host, "::1");
	assert_string_equal(hosts.each[2].port, "3");
	assert_true(hosts.standby_first && hosts.attributes && !hosts.shuffled);
	/* One port is that of all. */
	assert_int_equal(bh_hosts_parse(&test.arena, "host=a,b port=7", &hosts), 0);
	assert_int_equal(hosts.n, 2);
	assert_null(hosts.each[1].port);
	assert_int_equal(bh_hosts_parse(&test.arena, "hostaddr=127.0.0.1,127.0.0.2", &hosts), 0);
	assert_int_equal(hosts.n, 2);
	assert_string_equal(hosts.each[1].address, "127.0.0.2");
}

static void
lists_that_do_not_fit_are_refused(void **state)
{
	struct bh_hosts hosts;

	(void)state;
	assert_int_equal(bh_hosts_parse(&test.arena, "host=a,b,c port=1,2", &hosts), BH_E_CONFIG);
	assert_int_equal(bh_hosts_parse(&test.arena, "host=a,,b", &hosts), BH_E_CONFIG);
	assert_int_equal(bh_hosts_parse(&test.arena, "host=a,b hostaddr=127.0.0.1", &hosts),
		BH_E_CONFIG);
	assert_int_equal(bh_hosts_parse(&test.arena, "host=a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", &hosts),
		BH_E_CONFIG);
}

/* A port where a connection is taken and nothing is ever said. */
static int
hole_open(int *out_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*out_port = ntohs(address.sin_port);
	return fd;
}

/* How often somebody has come since the last look. */
static int
knocks(int hole)
{
	int n = 0, fd;

	while ((fd = accept(hole, NULL, NULL)) >= 0) {
		close(fd);
		n++;
	}
	return n;
}

/* The address of a server that never answers, and behind it of the tests' own. */
static const char *
behind_the_hole(int port)
{
	const char *folder = "", *own_port = "", *name = "", *user = "";

	assert_int_equal(bh_address_word(&test.arena, test.setup, "host", &folder), 0);
	assert_int_equal(bh_address_word(&test.arena, test.setup, "port", &own_port), 0);
	assert_int_equal(bh_address_word(&test.arena, test.setup, "dbname", &name), 0);
	assert_int_equal(bh_address_word(&test.arena, test.setup, "user", &user), 0);
	return bh_arena_printf(&test.arena, "host=127.0.0.1,%s port=%d,%s dbname=%s user=%s", folder,
		port, own_port, name, user);
}

static void
a_server_that_never_answers_is_passed_over_and_then_left_out(void **state)
{
	int port, hole = hole_open(&port);
	const struct bh_db_conf conf = {
		.conninfo = behind_the_hole(port),
		.connections = 2,
		.wait_ms = 4000,
		.statement_ms = 5000,
	};
	struct bh_db db = {.arena = &test.arena}, session;
	int64_t begin;

	(void)state;
	assert_int_equal(bh_db_pool_open(&conf, &db.pool), 0);
	begin = bh_clock_steady_ms();
	if (bh_db_session_open(&db, &session) < 0)
		fail_msg("%s", bh_error_detail(BH_E_DB_DOWN));
	assert_true(bh_clock_steady_ms() - begin >= 2000);
	assert_int_equal(bh_db_exec(&session, "SELECT 1", NULL, 0, NULL), 0);
	/* The next connection begins with the server that answered; nobody knocks at the other again. */
	assert_int_equal(knocks(hole), 1);
	assert_int_equal(bh_db_exec(&db, "SELECT 1", NULL, 0, NULL), 0);
	assert_int_equal(knocks(hole), 0);
	bh_db_session_close(&session);
	bh_db_pool_close(db.pool);
	close(hole);
}

/* Nobody may write here: as a standby, but on a server of ours. */
static void
among_several_only_one_that_writes_will_do(void **state)
{
	const char *folder = "";
	const char *both;
	struct bh_conn *conn;
	struct bh_conn_conf conf = {.wait_ms = 5000, .database = test.name};

	(void)state;
	assert_int_equal(bh_address_word(&test.arena, test.setup, "host", &folder), 0);
	both = bh_arena_printf(&test.arena,
		"host=/nonexistent,%s user=bulkhead_setup options='-c default_transaction_read_only=on'",
		folder);
	conf.conninfo = both;
	assert_int_equal(bh_conn_open(&conf, &conn), BH_E_DB_DOWN);
	assert_non_null(strstr(bh_error_detail(BH_E_DB_DOWN), "/nonexistent"));
	assert_non_null(strstr(bh_error_detail(BH_E_DB_DOWN), "; "));
	assert_int_equal(bh_address_try(bh_arena_printf(&test.arena, "%s dbname=%s", both, test.name)),
		BH_E_DB_DOWN);
	/* What only reads may ask for any. */
	conf.session = "any";
	assert_int_equal(bh_conn_open(&conf, &conn), 0);
	bh_conn_close(conn);
	conf.conninfo = bh_arena_printf(&test.arena, "%s target_session_attrs=prefer-standby", both);
	conf.session = NULL;
	assert_int_equal(bh_conn_open(&conf, &conn), 0);
	bh_conn_close(conn);
}

static void
an_address_is_a_service_of_another_program(void **state)
{
	static const struct {
		const char *conninfo, *text;
	} each[] = {
		{"postgresql://u:p%20w@db:5433/x?sslmode=require",
			"[s]\nuser=u\npassword=p w\ndbname=x\nhost=db\nport=5433\nsslmode=require\n"},
		{"host=a,b", "[s]\nhost=a,b\ntarget_session_attrs=read-write\n"},
		{"host=a,b target_session_attrs=any", "[s]\nhost=a,b\ntarget_session_attrs=any\n"},
	};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(each); i++) {
		bh_buf_reset(&text);
		assert_int_equal(bh_address_service(each[i].conninfo, "s", &text), 0);
		assert_string_equal(bh_buf_string(&text), each[i].text);
	}
	/* It would be another line, and another word. */
	assert_int_equal(bh_address_service("host=a password='x\nhost=b'", "s", &text), BH_E_CONFIG);
	assert_int_equal(bh_address_service("nonsense", "s", &text), BH_E_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_server_is_left_to_the_address),
		cmocka_unit_test(several_servers_are_taken_apart),
		cmocka_unit_test(lists_that_do_not_fit_are_refused),
		cmocka_unit_test(a_server_that_never_answers_is_passed_over_and_then_left_out),
		cmocka_unit_test(among_several_only_one_that_writes_will_do),
		cmocka_unit_test(an_address_is_a_service_of_another_program),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, group_open, group_close);
}

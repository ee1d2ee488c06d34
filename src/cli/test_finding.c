/* SPDX-License-Identifier: Apache-2.0 */
/* test_finding.c: each usual mistake is found, its fix is said, and nothing is found where nothing is wrong. */
#include "cli/doctor.h"
#include "cli/finding.h"

#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define GIB (INT64_C(1024) * BH_MIB)

/* Nothing is wrong with it. */
static const struct cli_machine good = {
	.now_ms = 1000 * DAY_MS,
	.disk_folder = "/var/lib/bulkhead",
	.disk_bytes = 100 * GIB,
	.disk_free_bytes = 50 * GIB,
	.inodes = 1000,
	.inodes_free = 900,
	.listen = "127.0.0.1:8080",
	.public_url = "https://ai.example.org",
	.has_ipv4 = true,
	.has_ipv6 = true,
	.certificates = {{.setting = "gateway.cert_file",
		.path = "/c.pem",
		.end_ms = 1200 * DAY_MS,
		.is_ours = true,
		.names_host = true}},
	.n_certificates = 1,
	.has_mail = true,
	.has_engine = true,
	.memory_bytes = 16 * GIB,
	.models_bytes = 2 * GIB,
	.files_max = 65536,
	.connections = 8192,
	.backup_folder = "/backups",
	.backup_ms = 1000 * DAY_MS - 1000,
	.valkey_url = "redis://127.0.0.1:6379",
	.zone = "",
	.has_zones = true,
	.database_known = true,
	.database_version = 180001,
	.has_vector = true,
	.vector_available = true,
	.connections_max = 100,
	.connections_needed = 75,
};

static void
finds(cli_finder *find, const struct cli_machine *bad, enum cli_mark mark, const char *text,
	const char *fix)
{
	struct cli_finding finding = {0};

	assert_true(!find(&good, &finding) || finding.mark == CLI_GOOD);
	assert_string_equal(finding.fix, "");
	assert_true(find(bad, &finding));
	assert_int_equal(finding.mark, mark);
	assert_non_null(strstr(finding.text, text));
	assert_non_null(strstr(finding.fix, fix));
}

#define WITH(...) \
	struct cli_machine bad = good; \
	(void)state; \
	__VA_ARGS__

static void
a_disk_that_is_nearly_full(void **state)
{
	WITH(bad.disk_free_bytes = 9 * GIB);
	finds(cli_find_disk, &bad, CLI_ADVICE, "9216 of 102400 MiB free", "make room");
	bad.disk_free_bytes = GIB / 2;
	finds(cli_find_disk, &bad, CLI_BAD, "512 of", "make room");
	bad = good;
	bad.inodes_free = 3;
	finds(cli_find_disk, &bad, CLI_ADVICE, "inodes", "make room");
}

static void
a_clock_that_is_off(void **state)
{
	WITH(bad.clock_ahead_ms = -61000);
	finds(cli_find_clock, &bad, CLI_BAD, "61.0 s behind", "chrony");
}

static void
a_public_address_without_tls(void **state)
{
	WITH(bad.listen = "0.0.0.0:80"; bad.public_url = "http://ai.example.org");
	;
	finds(cli_find_https, &bad, CLI_BAD, "0.0.0.0:80", "gateway.public_url");
	bad.public_url = "";
	finds(cli_find_https, &bad, CLI_BAD, "is not https", "proxy with TLS");
}

static void
a_certificate_that_ends_soon_or_has_ended(void **state)
{
	WITH(bad.certificates[0].end_ms = 1005 * DAY_MS);
	finds(cli_find_certificates, &bad, CLI_ADVICE, "5 days left", "renew");
	bad.certificates[0].end_ms = 999 * DAY_MS;
	finds(cli_find_certificates, &bad, CLI_BAD, "has ended", "new certificate");
	bad.certificates[0].fault = "no such file";
	finds(cli_find_certificates, &bad, CLI_BAD, "no such file", "PEM");
}

static void
a_certificate_of_another_name(void **state)
{
	WITH(bad.certificates[0].names_host = false);
	finds(cli_find_certificates, &bad, CLI_BAD, "not for the host", "for that name");
}

static void
mail_that_is_not_set(void **state)
{
	WITH(bad.has_mail = false);
	finds(cli_find_mail, &bad, CLI_ADVICE, "mail.host is not set", "mail.from");
}

static void
an_engine_that_is_too_large(void **state)
{
	WITH(bad.models_bytes = 20 * GIB);
	finds(cli_find_memory, &bad, CLI_BAD, "20480 MiB", "smaller model");
	bad.models_bytes = 14 * GIB;
	finds(cli_find_memory, &bad, CLI_ADVICE, "14336 MiB", "smaller model");
}

static void
too_few_open_files(void **state)
{
	WITH(bad.files_max = 1024);
	finds(cli_find_files, &bad, CLI_BAD, "1024 allowed, 16384 needed", "LimitNOFILE");
}

static void
an_old_or_unreachable_database(void **state)
{
	WITH(bad.database_version = 150004);
	finds(cli_find_version, &bad, CLI_BAD, "version 15.4", "upgrade");
	bad.database_fault = "password authentication failed";
	finds(cli_find_version, &bad, CLI_BAD, "authentication failed", "database.setup_url");
}

static void
a_missing_extension(void **state)
{
	WITH(bad.has_vector = false);
	finds(cli_find_vector, &bad, CLI_ADVICE, "not created", "CREATE EXTENSION");
	bad.vector_available = false;
	finds(cli_find_vector, &bad, CLI_BAD, "not available", "pgvector");
}

static void
too_few_connections_to_the_database(void **state)
{
	WITH(bad.connections_max = 50);
	finds(cli_find_connections, &bad, CLI_BAD, "accepts 50", "max_connections of the server to 75");
}

static void
migrations_that_are_pending(void **state)
{
	WITH(bad.pending = 3);
	finds(cli_find_pending, &bad, CLI_ADVICE, "3 are pending", "bulkhead up");
}

static void
secrets_that_others_read(void **state)
{
	WITH(bad.exposed[0] = "/etc/bulkhead/mail"; bad.n_exposed = 1);
	finds(cli_find_secrets, &bad, CLI_BAD, "/etc/bulkhead/mail", "chmod go-rwx");
}

static void
old_backups_or_none(void **state)
{
	WITH(bad.backup_ms = 990 * DAY_MS);
	finds(cli_find_backup, &bad, CLI_BAD, "10 days old", "no newer one");
	bad.backup_ms = good.backup_ms;
	bad.backup_is_plain = true;
	finds(cli_find_backup, &bad, CLI_ADVICE, "not encrypted", "backup.recipient");
	bad.backup_ms = 0;
	finds(cli_find_backup, &bad, CLI_BAD, "none in /backups", "supervisor.backup_folder");
	bad.backup_folder = "";
	finds(cli_find_backup, &bad, CLI_ADVICE, "no backups are known", "supervisor.backup_folder");
}

static void
a_valkey_that_is_unreachable(void **state)
{
	WITH(bad.valkey_fault = "no server answers at 127.0.0.1");
	finds(cli_find_valkey, &bad, CLI_BAD, "no server answers", "limits.shared");
}

static void
missing_time_zones(void **state)
{
	WITH(bad.has_zones = false);
	finds(cli_find_zone, &bad, CLI_ADVICE, "no time zone data", "tzdata");
	bad = good;
	bad.zone = "Mars/Olympus";
	finds(cli_find_zone, &bad, CLI_ADVICE, "Mars/Olympus", "correct TZ");
}

static void
an_address_that_half_of_all_clients_cannot_reach(void **state)
{
	WITH(bad.listen = "[::]:443");
	finds(cli_find_addresses, &bad, CLI_ADVICE, "no IPv4 clients", "0.0.0.0");
	bad.listen = "0.0.0.0:443";
	bad.has_ipv4 = false;
	finds(cli_find_addresses, &bad, CLI_ADVICE, "IPv6 addresses only", "[::]");
}

static void
processes_that_were_left_over(void **state)
{
	WITH(bad.leftovers = 2);
	finds(cli_find_leftovers, &bad, CLI_ADVICE, "2 processes", "bulkhead up");
}

static void
models_without_a_checksum(void **state)
{
	WITH(bad.unchecked[0] = "some-model");
	finds(cli_find_models, &bad, CLI_ADVICE, "some-model", "--sha256");
}

static void
sign_up_without_tls(void **state)
{
	WITH(bad.signup_open = true; bad.public_url = "http://ai.example.org");
	finds(cli_find_signup, &bad, CLI_BAD, "http://ai.example.org", "close sign-up");
}

static void
what_is_not_known_is_not_judged(void **state)
{
	struct cli_finding finding;
	struct cli_machine bad = good;

	(void)state;
	bad.database_known = false;
	assert_false(cli_find_version(&bad, &finding) || cli_find_clock(&bad, &finding) ||
		cli_find_vector(&bad, &finding) || cli_find_connections(&bad, &finding) ||
		cli_find_pending(&bad, &finding));
	bad.n_certificates = 0;
	assert_false(cli_find_certificates(&bad, &finding));
	bad.valkey_url = "";
	assert_false(cli_find_valkey(&bad, &finding));
}

/* Takes one connection and says this. */
struct listener {
	int fd;
	const char *says;
};

static void *
answer_once(void *of)
{
	const struct listener *listener = of;
	int fd = accept(listener->fd, NULL, NULL);
	char asked[64];

	assert_true(fd >= 0 && recv(fd, asked, sizeof(asked), 0) > 0);
	assert_int_equal(send(fd, listener->says, strlen(listener->says), 0), strlen(listener->says));
	close(fd);
	return NULL;
}

static const char *
ask_valkey(struct bh_arena *arena, const char *says)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	struct listener listener = {socket(AF_INET, SOCK_STREAM, 0), says};
	const char *fault = "";
	pthread_t thread;

	assert_int_equal(bind(listener.fd, (const void *)&address, len), 0);
	assert_int_equal(getsockname(listener.fd, (void *)&address, &len), 0);
	if (says != NULL) {
		assert_int_equal(listen(listener.fd, 1), 0);
		assert_int_equal(pthread_create(&thread, NULL, answer_once, &listener), 0);
	}
	cli_doctor_valkey(arena,
		bh_arena_printf(arena, "redis://:word@127.0.0.1:%d/0", ntohs(address.sin_port)), &fault);
	if (says != NULL)
		pthread_join(thread, NULL);
	close(listener.fd);
	return fault;
}

static void
a_valkey_is_asked_and_its_password_is_not_told(void **state)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	const char *fault;

	(void)state;
	assert_null(ask_valkey(&arena, "+PONG\r\n"));
	assert_null(ask_valkey(&arena, "-NOAUTH Authentication required.\r\n"));
	assert_non_null(strstr(ask_valkey(&arena, "HTTP/1.1 400 Bad Request\r\n"), "not a Valkey"));
	fault = ask_valkey(&arena, NULL);
	assert_non_null(strstr(fault, "no server answers at 127.0.0.1"));
	assert_null(strstr(fault, "word"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disk_that_is_nearly_full),
		cmocka_unit_test(a_clock_that_is_off),
		cmocka_unit_test(a_public_address_without_tls),
		cmocka_unit_test(a_certificate_that_ends_soon_or_has_ended),
		cmocka_unit_test(a_certificate_of_another_name),
		cmocka_unit_test(mail_that_is_not_set),
		cmocka_unit_test(an_engine_that_is_too_large),
		cmocka_unit_test(too_few_open_files),
		cmocka_unit_test(an_old_or_unreachable_database),
		cmocka_unit_test(a_missing_extension),
		cmocka_unit_test(too_few_connections_to_the_database),
		cmocka_unit_test(migrations_that_are_pending),
		cmocka_unit_test(secrets_that_others_read),
		cmocka_unit_test(old_backups_or_none),
		cmocka_unit_test(a_valkey_that_is_unreachable),
		cmocka_unit_test(a_valkey_is_asked_and_its_password_is_not_told),
		cmocka_unit_test(missing_time_zones),
		cmocka_unit_test(an_address_that_half_of_all_clients_cannot_reach),
		cmocka_unit_test(processes_that_were_left_over),
		cmocka_unit_test(models_without_a_checksum),
		cmocka_unit_test(sign_up_without_tls),
		cmocka_unit_test(what_is_not_known_is_not_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

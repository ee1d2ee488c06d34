/* SPDX-License-Identifier: Apache-2.0 */
/* upgrade.c: bulkhead upgrade: the schema first, then the supervisor, then every service while it serves, then the
 * gateway's configuration. */
#include "cli/upgrade.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "supervisor/database.h"
#include "supervisor/lock.h"

#define WITHIN_MS 60000

/* Where that process's program is, or was before another was put there. */
static void
program_of(const char *process, char *out, size_t size, bool *out_replaced)
{
	static const char gone[] = " (deleted)";
	char link[64];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/%s/exe", process);
	len = readlink(link, out, size - 1);
	out[len > 0 ? len : 0] = '\0';
	*out_replaced = bh_text_ends(out, gone);
	if (*out_replaced)
		out[strlen(out) - strlen(gone)] = '\0';
}

/* Whether that process's program is another than the one in its place; *out_elsewhere: ours is in another. */
static bool
is_another(pid_t pid, bool *out_elsewhere)
{
	char number[16], own[4096], path[4096];
	bool replaced, own_replaced;

	snprintf(number, sizeof(number), "%d", (int)pid);
	program_of(number, path, sizeof(path), &replaced);
	program_of("self", own, sizeof(own), &own_replaced);
	*out_elsewhere = strcmp(path, own) != 0;
	return replaced;
}

static bool
answers(struct cli *cli)
{
	return cli_api_quiet(cli, "GET", "/status", NULL, NULL) == 200;
}

/* It answers only if it stays what it is. */
static int
replace_supervisor(struct cli *cli, pid_t pid)
{
	const struct timespec pause = {.tv_nsec = 50 * 1000000L};
	int64_t until_ms = bh_clock_steady_ms() + WITHIN_MS;
	bool elsewhere;
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = cli_api_quiet(cli, "POST", "/upgrade", NULL, &doc);

	if (status > 0) {
		cli_api_refused(status, doc.root);
		return CLI_FAILED;
	}
	while (is_another(pid, &elsewhere) || !answers(cli)) {
		if (bh_clock_steady_ms() > until_ms)
			return cli_refuse(CLI_FAILED,
				"the supervisor, pid %d, does not answer; see %s/supervisor.log", (int)pid,
				cli->instance.place.logs);
		nanosleep(&pause, NULL);
	}
	printf("supervisor: pid %d runs Bulkhead " BH_VERSION "\n", (int)pid);
	return CLI_OK;
}

/* One after the other, each ready before the old one is asked to leave. */
static int
replace_services(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *rows;
	int status = cli_api_control(cli, "GET", "/status", NULL, &doc);

	rows = bh_json_get(doc.root, "services");
	for (size_t i = 0; status == CLI_OK && i < bh_json_count(rows); i++) {
		const struct bh_json *row = bh_json_at(rows, i);
		const char *name = bh_json_get_string(row, "name"), *kind = bh_json_get_string(row, "kind");

		if (name == NULL || kind == NULL || strcmp(kind, "service") != 0)
			continue;
		status = cli_api_control(cli, "POST",
			cli_api_path(cli, "/restart/%s", cli_api_escape(cli, name)), NULL, NULL);
		if (status == CLI_OK)
			printf("%s: replaced\n", name);
		fflush(stdout);
	}
	return status;
}

/* The order of docs/upgrade.md. */
static int
upgrade(struct cli *cli, pid_t pid)
{
	bool elsewhere, another = is_another(pid, &elsewhere);
	int status = CLI_OK;
	int rc;

	if (elsewhere)
		return cli_refuse(CLI_USAGE,
			"the platform runs another program than this one: put this one in its place first, and "
			"run it "
			"there (pid %d)",
			(int)pid);
	rc = supervisor_database_migrate(&cli->instance, false, stdout);
	if (rc < 0)
		return cli_fail(rc);
	fflush(stdout);
	if (another)
		status = replace_supervisor(cli, pid);
	if (status == CLI_OK)
		status = replace_services(cli);
	if (status == CLI_OK)
		status = cli_api_control(cli, "POST", "/reload", NULL, NULL);
	if (status == CLI_OK)
		puts("gateway: has loaded its configuration");
	return status;
}

int
cli_upgrade_run(struct cli *cli)
{
	int status = cli_upgrade_check(cli);
	pid_t pid;

	if (cli->options.check)
		return status;
	if (status != CLI_OK)
		return cli_refuse(status, "nothing was changed");
	if (supervisor_lock_holder(&cli->instance.place, &pid) < 0)
		return cli_refuse(CLI_NOT_RUNNING,
			"no platform is running at %s; `bulkhead up` migrates the database at its start",
			cli->instance.place.home);
	putchar('\n');
	return upgrade(cli, pid);
}

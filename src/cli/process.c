/* SPDX-License-Identifier: Apache-2.0 */
/* process.c: the processes that are this executable under another name: services, migration, steps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/typo.h"
#include "service/places.h"
#include "service/run.h"
#include "supervisor/database.h"
#include "supervisor/handover.h"
#include "supervisor/passfile.h"
#include "supervisor/run.h"
#include "supervisor/table.h"

/* What the supervisor would have told and made. What cannot be made, the service names. */
static void
prepare(struct cli *cli)
{
	const struct supervisor_place *place = &cli->instance.place;

	setenv("BULKHEAD_HOME", place->home, 0);
	setenv("BULKHEAD_RUN", place->run, 0);
	setenv("BULKHEAD_PROGRAMS", place->programs, 0);
	setenv("BULKHEAD_PUBLIC_URL",
		supervisor_settings_public_url(&cli->instance.arena, &cli->instance.settings), 0);
	if (getenv("BULKHEAD_SECRETS_FD") != NULL)
		return;
	(void)mkdir(place->home, 0700);
	(void)mkdir(place->run, 0700);
	(void)mkdir(place->logs, 0700);
}

/* A supervisor has done so already. */
static int
adopt_passfile(struct cli *cli, const char *process, bool is_service)
{
	if (getenv("BULKHEAD_SECRETS_FD") != NULL)
		return 0;
	return supervisor_passfile_adopt(&cli->instance.arena, &cli->instance.place, process,
		is_service);
}

/* The whole of the settings has been checked when the instance was opened; the service reads its own. */
int
cli_process_serve(struct cli *cli)
{
	const char *names[BH_SERVICES_MAX];
	const char *near;
	size_t n = 0;
	int rc;

	if (strcmp(cli->args[0], BH_PLACES_GATEWAY) == 0)
		return cli_gateway_serve(cli);
	for (; cli->services[n] != NULL; n++) {
		names[n] = cli->services[n]->name;
		if (strcmp(names[n], cli->args[0]) != 0)
			continue;
		prepare(cli);
		rc = adopt_passfile(cli, names[n], true);
		return rc < 0 ? cli_fail(rc)
					  : bh_service_run(cli->services[n], cli->services, cli->instance.place.conf);
	}
	near = cli_typo_nearest(cli->args[0], names, n);
	return cli_refuse(CLI_NOT_FOUND, "unknown service `%.64s`%s%s%s", cli->args[0],
		near != NULL ? "; did you mean `" : "", near != NULL ? near : "", near != NULL ? "`?" : "");
}

int
cli_process_migrate(struct cli *cli)
{
	int rc = adopt_passfile(cli, "migrate", false);

	if (rc == 0)
		rc = supervisor_database_migrate(&cli->instance, cli->options.print_roles, stdout);
	return rc < 0 ? cli_fail(rc) : CLI_OK;
}

int
cli_process_distribute(struct cli *cli)
{
	int rc = adopt_passfile(cli, "migrate", false);

	if (rc == 0)
		rc = supervisor_database_distribute(&cli->instance, cli->options.check, stdout);
	return rc < 0 ? cli_fail(rc) : CLI_OK;
}

/* This process was a supervisor's until a moment ago. */
static int
adopt(struct cli *cli)
{
	const char *text = getenv(SUPERVISOR_HANDOVER_VARIABLE);
	int64_t fd = -1;

	if (text == NULL || bh_text_int(text, 3, INT32_MAX, &fd) < 0)
		return cli_refuse(CLI_USAGE, "only a supervisor hands over");
	unsetenv(SUPERVISOR_HANDOVER_VARIABLE);
	return supervisor_run_adopted(&cli->instance, (int)fd);
}

int
cli_process_step(struct cli *cli)
{
	const char *name = cli->args[0];
	int rc;

	if (strcmp(name, "quickstart") == 0)
		return cli_quickstart(cli);
	/* For a supervisor of another release, before it becomes this program: whoever comes here has read the settings. */
	if (strcmp(name, "try") == 0)
		return CLI_OK;
	if (strcmp(name, "adopt") == 0)
		return adopt(cli);
	if (strcmp(name, SUPERVISOR_LIMITS) == 0)
		return cli_gateway_limits(cli);
	if (strcmp(name, "database-setup") == 0)
		rc = supervisor_database_setup(&cli->instance);
	else if (strcmp(name, "migrate") == 0)
		rc = supervisor_database_step(&cli->instance, stdout);
	else
		rc = bh_error(BH_E_NOT_FOUND, "unknown step %.64s", name);
	return rc < 0 ? cli_fail(rc) : CLI_OK;
}

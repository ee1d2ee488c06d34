/* SPDX-License-Identifier: Apache-2.0 */
/* platform.c: up, down, status, restart. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "supervisor/lock.h"
#include "supervisor/run.h"

#define DOWN_WITHIN_MS 120000
#define READY_WITHIN_MS 600000

static void
pause_ms(long ms)
{
	const struct timespec time = {.tv_nsec = ms * 1000000L};

	nanosleep(&time, NULL);
}

/* ---- down ---- */

/* Waits until nobody holds the home any more. */
static bool
wait_gone(struct cli *cli, int64_t within_ms)
{
	int64_t until_ms = bh_clock_steady_ms() + within_ms;
	pid_t pid;

	while (supervisor_lock_holder(&cli->instance.place, &pid) == 0) {
		if (bh_clock_steady_ms() > until_ms)
			return false;
		pause_ms(50);
	}
	return true;
}

static int
stop(struct cli *cli, pid_t pid)
{
	int status = cli_api_quiet(cli, "POST", "/down", NULL, NULL);

	/* While it is only starting there is no control socket yet; the signal says the same. */
	if (status != 202 && kill(pid, SIGTERM) < 0 && errno != ESRCH)
		return cli_refuse(CLI_FAILED, "cannot stop pid %d: %s", (int)pid, strerror(errno));
	if (!wait_gone(cli, DOWN_WITHIN_MS))
		return cli_refuse(CLI_FAILED, "pid %d did not exit; see %s/supervisor.log", (int)pid,
			cli->instance.place.logs);
	return CLI_OK;
}

int
cli_platform_down(struct cli *cli)
{
	pid_t pid;
	bool runs = supervisor_lock_holder(&cli->instance.place, &pid) == 0;
	int status = runs ? stop(cli, pid) : CLI_OK;

	if (!runs)
		cli_say("no platform is running at %s", cli->instance.place.home);
	else if (status == CLI_OK)
		cli_say("stopped");
	return status;
}

/* ---- up ---- */

/* Passes on the supervisor's lines; true when the last one was READY. */
static bool
follow_progress(int fd)
{
	FILE *lines = fdopen(fd, "r");
	bool ready = false;
	char line[1024];

	if (lines == NULL)
		return false;
	while (!ready && fgets(line, sizeof(line), lines) != NULL) {
		ready = strcmp(line, "READY\n") == 0;
		if (!ready && strcmp(line, "FAILED\n") != 0)
			fputs(line, stderr);
	}
	fclose(lines);
	return ready;
}

_Noreturn static void
run_detached(struct cli *cli, int fd)
{
	FILE *progress = fdopen(fd, "w");
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	int status;

	/* A session of its own: the terminal's end is not ours. */
	setsid();
	if (nothing >= 0) {
		dup2(nothing, STDIN_FILENO);
		dup2(nothing, STDOUT_FILENO);
		dup2(nothing, STDERR_FILENO);
	}
	signal(SIGPIPE, SIG_IGN);
	status = supervisor_run(&cli->instance, progress, false);
	supervisor_instance_close(&cli->instance);
	exit(status);
}

static int
up_detached(struct cli *cli)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return cli_refuse(CLI_FAILED, "pipe: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		run_detached(cli, ends[1]);
	}
	close(ends[1]);
	if (pid < 0)
		return cli_refuse(CLI_FAILED, "fork: %s", strerror(errno));
	return follow_progress(ends[0]) ? cli_quickstart(cli) : CLI_FAILED;
}

static bool
is_ready(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	bool ready = false;

	if (cli_api_quiet(cli, "GET", "/status", NULL, &doc) == 200)
		bh_json_bool(bh_json_get(doc.root, "ready"), &ready);
	return ready;
}

/* True when the running supervisor's executable was replaced by a newer build since. */
static bool
is_outdated(pid_t pid)
{
	char link[64];
	char path[4096];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	len = readlink(link, path, sizeof(path) - 1);
	path[len > 0 ? len : 0] = '\0';
	return bh_text_ends(path, " (deleted)");
}

static void
say_running(struct cli *cli, pid_t pid)
{
	const char *wanted = supervisor_settings_url(&cli->instance.arena, &cli->instance.settings);

	cli_say("already running: pid %d at %s, home %s", (int)pid, cli->instance.url,
		cli->instance.place.home);
	if (strcmp(wanted, cli->instance.url) != 0)
		cli_say("the address did not change; to listen at %s, run `bulkhead down` first", wanted);
}

/* `make up` once more: what runs already is waited for, or replaced by the newer build. */
static int
up_again(struct cli *cli, pid_t pid)
{
	int64_t until_ms = bh_clock_steady_ms() + READY_WITHIN_MS;
	pid_t holder;

	if (is_outdated(pid)) {
		int status;

		cli_say("replacing pid %d, which runs an older build", (int)pid);
		status = stop(cli, pid);
		supervisor_instance_reach(&cli->instance,
			supervisor_settings_url(&cli->instance.arena, &cli->instance.settings));
		return status != CLI_OK ? status : up_detached(cli);
	}
	say_running(cli, pid);
	while (!is_ready(cli)) {
		if (supervisor_lock_holder(&cli->instance.place, &holder) < 0 ||
			bh_clock_steady_ms() > until_ms)
			return cli_refuse(CLI_FAILED, "pid %d did not become ready; see %s", (int)pid,
				cli->instance.place.logs);
		pause_ms(200);
	}
	return cli_quickstart(cli);
}

int
cli_platform_up(struct cli *cli)
{
	FILE *progress;
	pid_t pid;
	int status;

	if (supervisor_lock_holder(&cli->instance.place, &pid) == 0) {
		if (cli->options.detach)
			return up_again(cli, pid);
		say_running(cli, pid);
		return CLI_FAILED;
	}
	/* Its processes share a machine and find each other there. */
	if (bh_places_any(&cli->instance.settings.platform.places, cli->services))
		return cli_refuse(CLI_USAGE,
			"`bulkhead up` runs all processes over Unix sockets; remove the settings peer.… and "
			"listen.…, or run the processes apart with `bulkhead serve`");
	if (cli->options.detach)
		return up_detached(cli);

	/* The supervisor's own stderr becomes its log; the terminal stays with its progress. */
	progress = fdopen(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), "w");
	status = supervisor_run(&cli->instance, progress, true);
	if (progress != NULL)
		fclose(progress);
	return status;
}

/* ---- status, restart, version ---- */

static void
print_notes(const struct bh_json *services)
{
	for (size_t i = 0; i < bh_json_count(services); i++) {
		const struct bh_json *row = bh_json_at(services, i);
		const char *note = bh_json_get_string(row, "note");

		if (note != NULL)
			printf("\n%s: %s\n", bh_json_get_string(row, "name"), note);
	}
}

int
cli_platform_status(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{"NAME", "name"},
		{"KIND", "kind"},
		{"STATE", "state"},
		{"PID", "pid"},
		{"MEMORY", "rss_bytes"},
		{"RESTARTS", "restarts"},
		{"READY MS", "ready_ms"},
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *database;
	bool ready = false;
	int status = cli_api_quiet(cli, "GET", "/status", NULL, &doc);

	if (status != 200) {
		if (cli->options.json)
			puts("{\"ready\":false,\"url\":null,\"services\":[]}");
		return cli_refuse(CLI_NOT_RUNNING, "no platform is running at %s",
			cli->instance.place.home);
	}
	bh_json_bool(bh_json_get(doc.root, "ready"), &ready);
	if (cli->options.json) {
		cli_print_json(doc.root);
	} else {
		printf("%s at %s, state in %s\n\n", ready ? "ready" : "not ready",
			bh_json_get_string(doc.root, "url"), cli->instance.place.home);
		cli_print_table(cli, bh_json_get(doc.root, "services"), BH_LIST(columns));
		print_notes(bh_json_get(doc.root, "services"));
		database = bh_json_get_string(doc.root, "database");
		if (database != NULL)
			printf("\nexternal database: %s\n", database);
	}
	return ready ? CLI_OK : CLI_FAILED;
}

int
cli_platform_restart(struct cli *cli)
{
	const char *name = cli->args[0];
	int status;

	if (cli->options.reload && strcmp(name, "gateway") != 0)
		return cli_refuse(CLI_USAGE, "only the gateway can be reloaded");
	status = cli_api_control(cli, "POST",
		cli->options.reload ? "/reload"
							: cli_api_path(cli, "/restart/%s", cli_api_escape(cli, name)),
		NULL, NULL);
	/* It may serve another model now than before. */
	if (status == CLI_OK && strcmp(name, "chat") == 0)
		status = cli_engines_register(cli);
	if (status == CLI_OK && strcmp(name, "image") == 0)
		status = cli_image_register(cli);
	if (status == CLI_OK)
		cli_say(cli->options.reload ? "%s has loaded its configuration" : "%s is ready again",
			name);
	return status;
}

int
cli_platform_version(struct cli *cli)
{
	puts(cli->options.json ? "{\"version\":\"" BH_VERSION "\"}" : "bulkhead " BH_VERSION);
	return CLI_OK;
}

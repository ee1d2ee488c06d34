/* SPDX-License-Identifier: Apache-2.0 */
/* gateway.c: a gateway that runs apart: its configuration, nginx, what leases limits for it, and names that change. */
#include "cli/api.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/direct.h"
#include "cli/gateway_keep.h"
#include "nginx/conf.h"
#include "nginx/names.h"
#include "service/secrets.h"
#include "shared/lease.h"
#include "supervisor/launch.h"
#include "supervisor/table.h"

#define NGINX "/usr/sbin/nginx" /* the distribution's, for which the module is built */

enum {
	LEAST_WAIT_MS = 150, /* for Valkey: no request is held up by it for longer than it wants */
	AGAIN_MS = 1000,     /* until a helper that ended is started again */
	RELOAD_LEAST_MS =
		5000 /* between two reloads: old workers go on for as long as their requests */
};

/* ---- the configuration ---- */

static int
make_places(struct cli *cli)
{
	const struct supervisor_place *place = &cli->instance.place;
	const char *const folders[] = {place->home, cli_api_path(cli, "%s/tmp", place->home),
		cli_api_path(cli, "%s/tmp/gw", place->home), place->logs, place->run,
		cli_api_path(cli, "%s/" BH_PLACES_GATEWAY, place->run)};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < BH_COUNT(folders); i++) {
		struct stat info;

		if (mkdir(folders[i], 0700) < 0 && errno != EEXIST)
			rc = bh_error(BH_E_IO, "create the folder %s: %m", folders[i]);
		else if (stat(folders[i], &info) < 0 || !S_ISDIR(info.st_mode))
			rc = bh_error(BH_E_IO, "%s is not a folder", folders[i]);
	}
	return rc;
}

static int
read_wire(const char *name, char hex[65])
{
	struct bh_secret wire;
	int rc = bh_service_secrets_read_one(cli_direct_secrets(), BH_PLACES_GATEWAY, name, &wire);

	if (rc == 0)
		bh_text_hex(wire.bytes, sizeof(wire.bytes), hex);
	bh_wipe(&wire, sizeof(wire));
	return rc;
}

/* What it shows and accepts, and what it accepts besides while that is changed. The texts outlive *conf. */
static int
read_wires(struct bh_nginx_conf *conf, char hex[65], char also[65])
{
	int rc = read_wire("wire", hex);

	conf->wire = hex;
	if (rc < 0)
		return rc;
	rc = read_wire("wire-also", also);
	conf->wire_also = rc == 0 ? also : NULL;
	return rc == BH_E_NOT_FOUND ? 0 : rc;
}

static int
save_conf(struct cli *cli, const struct bh_nginx_names *names, const char *path)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_nginx_conf conf;
	char hex[65] = "", also[65] = "";
	int rc = 0;

	supervisor_table_gateway(&cli->instance, &arena, &conf);
	conf.names = names;
	/* Started as root, nginx would hand its workers to a user that may not write here. */
	if (geteuid() == 0)
		conf.user = "root";
	if (rc == 0 && cli_direct_secrets() != NULL)
		rc = read_wires(&conf, hex, also);
	if (rc == 0)
		rc = bh_nginx_conf_save(&conf, cli->services, path);
	bh_wipe(hex, sizeof(hex));
	bh_wipe(also, sizeof(also));
	return rc;
}

int
cli_gateway_conf(struct cli *cli)
{
	int rc = make_places(cli);

	if (rc == 0)
		rc = save_conf(cli, NULL, cli->args[0]);

	return rc < 0 ? cli_fail(rc) : CLI_OK;
}

/* ---- the helper that leases limits ---- */

static atomic_bool stopping;

static void
stop(int number)
{
	(void)number;
	atomic_store(&stopping, true);
}

static int
serve_limits(struct cli *cli, struct bh_shared *shared)
{
	const char *path = cli_api_path(cli, "%s/" BH_PLACES_GATEWAY "/" BH_LEASE_SOCKET,
		cli->instance.place.run);
	const struct sigaction ends = {.sa_handler = stop}, ignored = {.sa_handler = SIG_IGN};
	struct bh_lease_server *server = NULL;
	int rc;

	sigaction(SIGTERM, &ends, NULL);
	sigaction(SIGINT, &ends, NULL);
	sigaction(SIGPIPE, &ignored, NULL);
	rc = bh_lease_server_open(shared, path, &server);
	if (rc == 0)
		rc = bh_lease_server_run(server, &stopping, AGAIN_MS);
	bh_lease_server_close(server);
	return rc;
}

int
cli_gateway_limits(struct cli *cli)
{
	struct bh_shared_conf *conf = &cli->instance.settings.platform.limits;
	const char *secrets = cli_direct_secrets();
	struct bh_shared *shared = NULL;
	int rc;

	bh_log_open(SUPERVISOR_LIMITS, BH_LOG_INFO);
	if (secrets != NULL && conf->password_file[0] == '\0')
		conf->password_file = bh_service_secrets_file(&cli->instance.arena, secrets,
			BH_PLACES_GATEWAY, "shared");
	if (conf->timeout_ms < LEAST_WAIT_MS)
		conf->timeout_ms = LEAST_WAIT_MS;
	rc = bh_shared_open(conf, &shared);
	if (rc == 0 && shared == NULL)
		rc = bh_error(BH_E_CONFIG, "limits.shared is not set");
	if (rc == 0) {
		bh_shared_instances_set(shared, conf->gateways);
		rc = serve_limits(cli, shared);
	}
	bh_shared_close(shared);
	if (rc < 0)
		bh_log_failure("lease limits", rc);
	return rc < 0 ? rc == BH_E_CONFIG ? CLI_USAGE : CLI_FAILED : CLI_OK;
}

/* ---- the keeper of nginx ---- */

/* Lives as long as the process: the thread that looks names up may be in the library when it ends. */
struct keeper {
	struct cli *cli;
	const char *conf_path;
	struct bh_nginx_names *looked; /* the thread's */
	pthread_mutex_t lock;
	struct bh_nginx_names *names; /* what the configuration is written from; guarded */
	int changed;                  /* an eventfd */
	int signals;
	pid_t nginx, helper, files;        /* 0: does not run; files: gateway_keep.h */
	int64_t helper_at_ms, files_at_ms; /* when to start it again */
	bool has_helper;
};

static void *
look_names_up(void *arg)
{
	struct keeper *keeper = arg;

	for (;;) {
		int64_t now_ms = bh_clock_steady_ms(), pause_ms;
		bool has_changed = bh_nginx_names_look(keeper->looked, now_ms);
		struct bh_nginx_names *copy = NULL, *old = NULL;

		if (has_changed && bh_nginx_names_copy(keeper->looked, &copy) == 0) {
			pthread_mutex_lock(&keeper->lock);
			old = keeper->names;
			keeper->names = copy;
			pthread_mutex_unlock(&keeper->lock);
			bh_nginx_names_close(old);
			(void)eventfd_write(keeper->changed, 1);
		}
		pause_ms = bh_nginx_names_next_ms(keeper->looked) - bh_clock_steady_ms();
		if (has_changed && pause_ms < RELOAD_LEAST_MS)
			pause_ms = RELOAD_LEAST_MS;
		if (pause_ms > 0)
			(void)poll(NULL, 0, (int)pause_ms);
	}
	return NULL;
}

static int
write_conf(struct keeper *keeper)
{
	int rc;

	pthread_mutex_lock(&keeper->lock);
	rc = save_conf(keeper->cli, keeper->names, keeper->conf_path);
	pthread_mutex_unlock(&keeper->lock);
	return rc;
}

static int
launch(const char *const *argv, int orphan_signal, pid_t *out)
{
	const struct supervisor_launch launch = {
		.argv = (char *const *)argv,
		.environment = environ,
		.folder = "/",
		.output = -1,
		.keep = -1,
		.orphan_signal = orphan_signal,
	};

	return supervisor_launch(&launch, out);
}

static void
start_helper(struct keeper *keeper)
{
	const char *const argv[] = {keeper->cli->instance.place.executable, "step", SUPERVISOR_LIMITS,
		NULL};
	int rc;

	if (!keeper->has_helper || keeper->helper != 0 || bh_clock_steady_ms() < keeper->helper_at_ms)
		return;
	rc = launch(argv, SIGTERM, &keeper->helper);
	if (rc < 0)
		bh_log_failure("start " SUPERVISOR_LIMITS, rc);
	keeper->helper_at_ms = bh_clock_steady_ms() + AGAIN_MS;
}

static void
start_files(struct keeper *keeper)
{
	int rc;

	if (keeper->files != 0 || bh_clock_steady_ms() < keeper->files_at_ms)
		return;
	rc = cli_gateway_keep_start(&keeper->cli->instance, &keeper->files);
	if (rc < 0)
		bh_log_failure("start the keeper of the gateway's files", rc);
	keeper->files_at_ms = bh_clock_steady_ms() + AGAIN_MS;
}

/* Its workers read it while requests that they have begun are finished by the old ones. */
static void
reload(struct keeper *keeper)
{
	int rc = write_conf(keeper);

	if (rc < 0) {
		bh_log_failure("write the gateway's configuration", rc);
		return;
	}
	kill(keeper->nginx, SIGHUP);
}

static void
pass_on(struct keeper *keeper)
{
	struct signalfd_siginfo info;

	if (read(keeper->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP)
		reload(keeper);
	else if (info.ssi_signo != SIGCHLD)
		kill(keeper->nginx, info.ssi_signo == SIGINT ? SIGTERM : (int)info.ssi_signo);
}

/* True when nginx has ended, with its status. */
static bool
bury(struct keeper *keeper, int *out_status)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == keeper->nginx) {
			*out_status = status;
			return true;
		}
		if (pid == keeper->helper) {
			keeper->helper = 0;
			bh_log(BH_LOG_WARN, SUPERVISOR_LIMITS " ended and is started again");
		} else if (pid == keeper->files) {
			keeper->files = 0;
			bh_log(BH_LOG_WARN, "the keeper of the gateway's files ended and is started again");
		}
	}
	return false;
}

static int
watch(struct keeper *keeper)
{
	struct pollfd polled[] = {{.fd = keeper->signals, .events = POLLIN},
		{.fd = keeper->changed, .events = POLLIN}};
	int status = 0;

	while (!bury(keeper, &status)) {
		eventfd_t count;

		start_helper(keeper);
		start_files(keeper);
		if (poll(polled, BH_COUNT(polled), AGAIN_MS) <= 0)
			continue;
		if (polled[0].revents != 0)
			pass_on(keeper);
		if (polled[1].revents != 0 && eventfd_read(keeper->changed, &count) == 0)
			reload(keeper);
	}
	if (keeper->helper != 0) {
		kill(keeper->helper, SIGTERM);
		(void)waitpid(keeper->helper, NULL, 0);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : CLI_FAILED;
}

static int
open_keeper(struct keeper *keeper)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGCHLD};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < BH_COUNT(numbers); i++)
		sigaddset(&set, numbers[i]);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_mutex_init(&keeper->lock, NULL);
	keeper->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	keeper->changed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (keeper->signals < 0 || keeper->changed < 0)
		return bh_error(BH_E_IO, "signalfd or eventfd: %m");
	return 0;
}

static int
start_names(struct keeper *keeper)
{
	pthread_t thread;
	int rc;

	if (keeper->looked == NULL)
		return 0;
	(void)bh_nginx_names_look(keeper->looked, bh_clock_steady_ms());
	rc = bh_nginx_names_copy(keeper->looked, &keeper->names);
	if (rc == 0 && pthread_create(&thread, NULL, look_names_up, keeper) != 0)
		rc = bh_error(BH_E_IO, "start a thread");
	if (rc == 0)
		pthread_detach(thread);
	return rc;
}

static int
keep(struct cli *cli, struct bh_nginx_names *names, const char *const *argv, const char *path)
{
	static struct keeper keeper;
	int rc;

	bh_log_open(BH_PLACES_GATEWAY, BH_LOG_INFO);
	keeper = (struct keeper){.cli = cli,
		.looked = names,
		.conf_path = path,
		.has_helper = supervisor_table_shares(&cli->instance)};
	rc = make_places(cli);
	if (rc == 0)
		rc = open_keeper(&keeper);
	if (rc == 0)
		rc = cli_gateway_keep_clear(&cli->instance);
	/* The first before there are threads. */
	if (rc == 0)
		rc = cli_gateway_keep_start(&cli->instance, &keeper.files);
	if (rc == 0)
		rc = start_names(&keeper);
	if (rc == 0)
		rc = write_conf(&keeper);
	start_helper(&keeper);
	if (rc == 0)
		rc = launch(argv, SIGTERM, &keeper.nginx);
	return rc < 0 ? cli_fail(rc) : watch(&keeper);
}

/* Stays above nginx, whose signals it passes on: what works beside it is started again when it ends. What nginx logs to its
 * file is on standard error, too: whoever runs containers reads that. */
int
cli_gateway_serve(struct cli *cli)
{
	const struct supervisor_place *place = &cli->instance.place;
	/* With a secret in it: the run folder is in memory, where the state folder may be on a disk. */
	const char *path = cli_api_path(cli, "%s/" BH_PLACES_GATEWAY "/nginx.conf", place->run);
	const char *const argv[] = {NGINX, "-p", cli_api_path(cli, "%s/tmp/gw/", place->home), "-e",
		"stderr", "-g", "error_log stderr warn;", "-c", path, NULL};
	struct bh_nginx_names *names = NULL;
	struct bh_nginx_conf conf;
	int rc;

	supervisor_table_gateway(&cli->instance, &cli->instance.arena, &conf);
	rc = bh_nginx_names_open(conf.places, conf.run_dir, cli->services, conf.resolver, &names);
	return rc < 0 ? cli_fail(rc) : keep(cli, names, argv, path);
}

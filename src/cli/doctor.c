/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.c: checks the machine, and prints the settings. */
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/doctor.h"
#include "cli/object.h"
#include "http/mail_conf.h"
#include "service/audit_keep.h"
#include "supervisor/external.h"
#include "supervisor/image.h"
#include "supervisor/layout.h"
#include "supervisor/lock.h"
#include "supervisor/table.h"

#define MEMORY_LEAST_MIB 1024
#define AUDIT_BEHIND_MOST (64 * BH_MIB)
#define TENANTS_ASKED 2000 /* a second or two */

struct report {
	const struct cli *cli;
	int problems;
};

static void tell(struct report *report, bool good, const char *what, const char *format, ...)
	BH_PRINTF(4, 5);

static void
tell(struct report *report, bool good, const char *what, const char *format, ...)
{
	va_list args;
	const char *mark = good ? "ok  " : "FAIL";
	const char *colour = !report->cli->colour ? "" : good ? "\033[32m" : "\033[31m";

	printf("%s%s%s  %-12s ", colour, mark, report->cli->colour ? "\033[0m" : "", what);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	report->problems += !good;
}

static void
check_result(struct report *report, int rc, const char *what, const char *good)
{
	tell(report, rc == 0, what, "%s", rc == 0 ? good : bh_error_detail(rc));
}

static void
tell_model(struct report *report, const char *what, const struct supervisor_model *model)
{
	tell(report, true, what, "%s, licence %s, from %s, SHA-256 %s", model->name,
		model->licence != NULL ? model->licence : "unknown",
		model->source != NULL ? model->source : "the operator",
		model->sha256 != NULL ? model->sha256 : "unknown");
}

/* Its weights are the operator's: what is wrong with them, nobody else has checked. */
static void
check_image(struct report *report, struct cli *cli)
{
	const struct supervisor_instance *instance = &cli->instance;
	const struct supervisor_image_conf *conf = &instance->settings.image;
	const char *note = supervisor_image_note(&cli->instance.arena, instance);

	if (supervisor_image_runs(instance)) {
		tell(report, true, "image engine", "stable-diffusion.cpp, from %s",
			instance->manifest.image_name);
		check_result(report, supervisor_image_conf_look(conf), "image model", conf->weights);
	}
	if (note != NULL)
		tell(report, false, "image engine", "%s", note);
}

static void
check_programs(struct report *report, struct cli *cli)
{
	struct supervisor_manifest *manifest = &cli->instance.manifest;
	int rc = supervisor_manifest_read(&cli->instance.arena, cli->instance.place.programs,
		cli->instance.place.home, cli->instance.settings.engine.chat_model, manifest);

	check_result(report, rc, "programs", cli->instance.place.programs);
	if (rc == 0 && cli->instance.settings.engine.enabled) {
		tell(report, true, "engine", "llama.cpp, from %s", manifest->engine_name);
		tell_model(report, "chat model", &manifest->chat);
		tell_model(report, "embedding", &manifest->embedding);
	}
	if (rc == 0 && supervisor_table_speaks(&cli->instance)) {
		tell_model(report, "transcription", &manifest->transcription);
		tell_model(report, "speech", &manifest->speech);
	}
	if (rc == 0)
		check_image(report, cli);
	if (rc < 0 || !cli->instance.place.as_root)
		return;
	check_result(report, supervisor_layout_reachable(manifest->postgres_bin), "reach",
		"the services' users can access the program folder");
	check_result(report, supervisor_layout_reachable(cli->instance.place.executable), "reach",
		cli->instance.place.executable);
	check_result(report, supervisor_layout_reachable(cli->instance.place.home), "reach",
		cli->instance.place.home);
}

/* What came with the executable. */
static void
check_parts(struct report *report, struct cli *cli)
{
	static const char *const parts[] = {"db", "sample.md"};
	struct bh_arena *arena = &cli->instance.arena;
	static const char *const readers[] = {"bulkhead-extract", "bulkhead-ocr"};

	for (size_t i = 0; i < BH_COUNT(readers); i++) {
		const char *path = bh_arena_printf(arena, "%s/bin/%s", cli->instance.place.programs,
			readers[i]);

		tell(report, access(path, X_OK) == 0, i == 0 ? "extractor" : "ocr", "%s", path);
	}
	for (size_t i = 0; i < BH_COUNT(parts); i++) {
		const char *path = supervisor_place_share(arena, &cli->instance.place, parts[i]);

		tell(report, path != NULL, parts[i], "%s",
			path != NULL ? path : "not found next to the executable");
	}
}

static void
check_port(struct report *report, struct cli *cli)
{
	pid_t pid;

	if (supervisor_lock_holder(&cli->instance.place, &pid) == 0)
		tell(report, true, "address", "%s, served by this instance, pid %d", cli->instance.url,
			(int)pid);
	else
		check_result(report, supervisor_lock_port(cli->instance.settings.gateway.listen), "address",
			cli->instance.settings.gateway.listen);
}

/* Its address without the password; whether the roles' passwords are right, `up` tells. */
static void
check_database(struct report *report, struct cli *cli)
{
	const struct bh_platform_conf *conf = &cli->instance.settings.platform;
	int rc;

	if (!supervisor_external_is_used(conf)) {
		tell(report, true, "database", "embedded");
		return;
	}
	rc = supervisor_external_try(conf);
	tell(report, rc == 0, "database", "external: %s%s%s",
		supervisor_external_name(&cli->instance.arena, conf), rc < 0 ? ": " : "",
		rc < 0 ? bh_error_detail(rc) : "");
}

static void
check_objects(struct report *report, struct cli *cli)
{
	const struct bh_object_conf *conf = &cli->instance.settings.platform.object;
	int rc = cli_object_try(cli);
	const char *fault = rc < 0 ? bh_error_detail(rc) : "";

	if (strcmp(conf->driver, "s3") == 0)
		tell(report, rc == 0, "objects", "s3: %s at %s%s%s", conf->s3_bucket, conf->s3_endpoint,
			rc < 0 ? ": " : "", fault);
	else
		tell(report, true, "objects", "a folder");
}

/* Acts of tenants that are removed before their age are said here before they are. */
static void
check_audit(struct report *report, struct cli *cli)
{
	const struct bh_log_conf *conf = &cli->instance.settings.log;
	struct bh_audit_kept audit = {0};
	char since[BH_TIME_TEXT] = "";

	if (bh_audit_keep_measure(cli->instance.place.logs, NULL, &audit) < 0) {
		tell(report, true, "audit", "nothing has been written yet");
		return;
	}
	if (audit.oldest_ms != 0)
		bh_clock_format(audit.oldest_ms, since);
	tell(report, !bh_audit_keep_is_short(&audit, conf->audit_bytes_max), "audit",
		"%lld MiB of %lld (audit.bytes_max), kept for %lld days%s%s",
		(long long)(audit.bytes / BH_MIB), (long long)(conf->audit_bytes_max / BH_MIB),
		(long long)conf->audit_days, audit.oldest_ms != 0 ? "; oldest rotated file from " : "",
		since);
}

/* Nothing where no syslog is set. */
static void
check_audit_syslog(struct report *report, const struct bh_json *syslog)
{
	const char *error = bh_json_get_string(syslog, "error");

	if (bh_json_get(syslog, "behind_events") == NULL)
		return;
	tell(report, error == NULL, "audit syslog",
		"%lld events wait for the receiver (auth.syslog)%s%s",
		(long long)bh_json_get_int(syslog, "behind_events", 0), error != NULL ? ": " : "",
		error != NULL ? error : "");
}

/* How far the index is behind the files; only while the platform runs. Bytes are of what the services have seen. */
static void
check_audit_index(struct report *report, struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc health = {0};
	const struct bh_json *sources;
	int64_t behind = 0;
	pid_t pid;

	if (supervisor_lock_holder(&cli->instance.place, &pid) < 0)
		return;
	if (cli_api_quiet(cli, "GET", "/api/auth/api/platform/health", NULL, &health) != 200) {
		tell(report, true, "audit index", "temporarily unavailable");
		return;
	}
	sources = bh_json_get(health.root, "audit");
	for (size_t i = 0; i < bh_json_count(sources); i++)
		behind += bh_json_get_int(bh_json_at(sources, i), "behind_bytes", 0);
	tell(report, behind < AUDIT_BEHIND_MOST, "audit index",
		"%lld bytes of audit lines are not indexed yet, in the files of %zu processes",
		(long long)behind, bh_json_count(sources));
	check_audit_syslog(report, bh_json_get(health.root, "audit_syslog"));
}

static void
check_memory(struct report *report)
{
	int64_t mib = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / BH_MIB;

	tell(report, mib >= MEMORY_LEAST_MIB, "memory", "%lld MiB (minimum: %d)", (long long)mib,
		MEMORY_LEAST_MIB);
}

static void
tell_finding(struct report *report, const struct cli_finding *finding)
{
	static const char *const marks[] = {"ok  ", "WARN", "FAIL"};
	static const char *const colours[] = {"\033[32m", "\033[33m", "\033[31m"};
	bool colour = report->cli->colour;

	printf("%s%s%s  %-12s %s\n", colour ? colours[finding->mark] : "", marks[finding->mark],
		colour ? "\033[0m" : "", finding->what, finding->text);
	if (finding->fix[0] != '\0')
		printf("                    to do: %s\n", finding->fix);
	report->problems += finding->mark == CLI_BAD;
}

/* The usual mistakes. */
static void
check_findings(struct report *report, struct cli *cli)
{
	struct cli_machine machine;

	cli_doctor_machine(cli, &machine);
	cli_doctor_database(cli, &machine);
	for (size_t i = 0; i < cli_n_finders; i++) {
		struct cli_finding finding = {0};

		if (cli_finders[i](&machine, &finding))
			tell_finding(report, &finding);
	}
}

/* Only when it is asked for: a mail cannot be taken back. */
static void
check_mail(struct report *report, struct cli *cli)
{
	const struct bh_mail_settings *settings = &cli->instance.settings.platform.mail;
	const char *to[] = {cli->options.mail};
	const struct bh_uuid id = bh_uuid_new();
	char hex[BH_UUID_HEX];
	const struct bh_mail mail = {
		.to = to,
		.n_to = 1,
		.id = hex,
		.subject = "Bulkhead: a test",
		.text = "This mail was asked for by `bulkhead doctor --mail`.\n",
		.sent_ms = bh_clock_wall_ms(),
	};
	int rc;

	if (cli->options.mail == NULL)
		return;
	bh_uuid_hex(&id, hex);
	rc = bh_mail_is_set(settings) ? bh_mail_deliver(settings, &mail, NULL)
								  : bh_error(BH_E_CONFIG, "mail.host is not set");
	tell(report, rc == 0, "mail test", "%s%s", rc == 0 ? "handed over, to " : bh_error_detail(rc),
		rc == 0 ? cli->options.mail : "");
}

static void
check_rights(struct report *report, struct cli *cli)
{
	const struct passwd *user = getpwuid(geteuid());

	tell(report, user != NULL, "user", "%s",
		user != NULL ? user->pw_name : "this user has no name, but PostgreSQL needs one");
	if (cli->instance.place.as_root) {
		tell(report, true, "separation", "each service runs as its own system user");
		return;
	}
	tell(report, true, "separation",
		"single user: every service, PostgreSQL and the engines run as");
	puts(
		"                    this user. Consequence: a compromised service can read the memory, "
		"keys\n"
		"                    and files of the others, and connect to the database as any of them.\n"
		"                    Row security and credentials still separate tenants. If started by "
		"root,\n"
		"                    each service runs as its own system user.");
}

/* Whether somebody has nearly used up a storage quota. Asks the running platform, tenant by tenant. */
static void
check_quotas(struct report *report, struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc tenants = {0};
	const struct bh_json *list;
	int64_t kept = 0;
	size_t n, asked = 0, near = 0;
	pid_t pid;

	if (supervisor_lock_holder(&cli->instance.place, &pid) < 0)
		return;
	if (cli_api_list(cli, "/api/auth/api/tenants", &tenants) != CLI_OK) {
		tell(report, true, "storage", "the list of tenants is temporarily unavailable");
		return;
	}
	list = bh_json_get(tenants.root, "data");
	n = bh_json_count(list);
	for (size_t i = 0; i < n && asked < TENANTS_ASKED; i++) {
		BH_AUTO(bh_json_close) struct bh_json_doc storage = {0};
		const char *id = bh_json_get_string(bh_json_at(list, i), "id");
		int64_t most, used;

		asked++;
		if (id == NULL ||
			cli_api_quiet(cli, "GET", cli_api_path(cli, "/api/rag/api/tenants/%s/storage", id),
				NULL, &storage) != 200)
			continue;
		most = bh_json_get_int(storage.root, "storage_bytes", 0);
		used = bh_json_get_int(storage.root, "storage_used_bytes", 0);
		kept += used;
		near += most > 0 && used / 9 >= most / 10;
	}
	tell(report, true, "storage",
		"%lld MiB used by %zu tenants%s; %zu are at 90 %% of their quota or more",
		(long long)(kept / BH_MIB), asked,
		asked < n ? bh_arena_printf(&cli->instance.arena, " (%zu more not checked)", n - asked)
				  : "",
		near);
}

/* Whether a tenant has calls in quarantine; -1 where that cannot be learned. */
static int
has_quarantined(struct cli *cli, const char *tenant)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = cli_api_quiet(cli, "GET",
		cli_api_path(cli, "/api/model/api/tenants/%s/usage/quarantine?limit=1", tenant), NULL,
		&doc);

	return status == 200 ? bh_json_count(bh_json_get(doc.root, "data")) > 0 : -1;
}

/* Tenants are asked one by one only after something went there. */
static int
tenants_quarantined(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *data;
	int found = 0;

	if (cli_api_list(cli, "/api/auth/api/tenants", &doc) != CLI_OK)
		return -1;
	data = bh_json_get(doc.root, "data");
	for (size_t i = 0; i < bh_json_count(data); i++)
		found += has_quarantined(cli, bh_json_get_string(bh_json_at(data, i), "id")) > 0;
	return found;
}

/* Of a running platform only. */
static void
check_settlement(struct report *report, struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int tenants = 0;

	if (cli_api_quiet(cli, "GET", "/api/model/api/settlement", NULL, &doc) != 200)
		return;
	if (bh_json_get_int(doc.root, "quarantined", 0) > 0)
		tenants = tenants_quarantined(cli);
	if (tenants == 0)
		tell(report, true, "settlement", "%lld of %lld slots for model calls in use",
			(long long)bh_json_get_int(doc.root, "slots_used", 0),
			(long long)bh_json_get_int(doc.root, "slots", 0));
	else
		tell(report, false, "settlement",
			"usage rows are in quarantine (tenants: %d); see `bulkhead usage --quarantined`",
			tenants);
}

int
cli_doctor_run(struct cli *cli)
{
	struct report report = {.cli = cli};
	int rc;

	printf("home      %s\nsockets   %s\nprograms  %s\nsettings  %s\n\n", cli->instance.place.home,
		cli->instance.place.run, cli->instance.place.programs, cli->instance.place.conf);
	check_rights(&report, cli);
	check_programs(&report, cli);
	check_parts(&report, cli);
	check_port(&report, cli);
	check_database(&report, cli);
	check_objects(&report, cli);
	check_findings(&report, cli);
	check_mail(&report, cli);
	check_audit(&report, cli);
	check_audit_index(&report, cli);
	check_memory(&report);
	check_quotas(&report, cli);
	check_settlement(&report, cli);
	puts("\nsettings:");
	rc = supervisor_settings_print(&cli->instance.place, cli->services, stdout);
	if (rc < 0)
		return cli_fail(rc);
	if (report.problems > 0)
		cli_say("%d checks failed", report.problems);
	return report.problems > 0 ? CLI_FAILED : CLI_OK;
}

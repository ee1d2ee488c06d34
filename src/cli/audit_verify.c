/* SPDX-License-Identifier: Apache-2.0 */
/* audit_verify.c: bulkhead audit verify: of the platform's chains of audit events, or of an export by itself. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "service/audit_proof.h"

enum { KEYS_BYTES = 256 * 1024, READ_BYTES = 1024 * 1024 };

/* ---- an export ---- */

static int
read_keys(const char *path, struct bh_audit_keys *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	FILE *file = fopen(path, "re");
	int rc;

	if (file == NULL)
		return cli_refuse(CLI_FAILED, "cannot open %s: %s", path, strerror(errno));
	text.len = fread(bh_buf_room(&text, KEYS_BYTES), 1, KEYS_BYTES, file);
	fclose(file);
	rc = bh_audit_keys_open(bh_buf_string(&text), text.len, out);
	return rc < 0 ? cli_refuse(CLI_FAILED, "%s: %s", path, bh_error_detail(rc)) : CLI_OK;
}

/* Line by line, however large the file is. */
static int
read_export(const char *path, struct bh_audit_verifier *verifier)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char *line = NULL, *room = malloc(READ_BYTES);
	size_t size = 0;
	ssize_t n;
	bool broken;

	BH_ASSERT(room != NULL);
	if (file == NULL) {
		free(room);
		return cli_refuse(CLI_FAILED, "cannot open %s: %s", path, strerror(errno));
	}
	setvbuf(file, room, _IOFBF, READ_BYTES);
	while ((n = getline(&line, &size, file)) > 0)
		bh_audit_verify_line(verifier, line, (size_t)(line[n - 1] == '\n' ? n - 1 : n));
	broken = ferror(file) != 0;
	if (file != stdin)
		fclose(file);
	free(line);
	free(room);
	return broken ? cli_refuse(CLI_FAILED, "cannot read %s", path) : CLI_OK;
}

/* What was found, on stdout; why it is not good, on stderr. */
static int
tell(const struct cli *cli, const struct bh_audit_verifier *verifier, bool good)
{
	static const struct cli_column columns[] = {
		{"TENANT", "tenant_id"},
		{"OK", "ok"},
		{"COVERS", "covers"},
		{"PROVED", "proved"},
		{"UNPROVED", "unproved"},
		{"REMOVED BY RETENTION", "gone"},
		{"EVENTS UP TO THE CHECKPOINT", "size"},
		{"CHECKPOINT", "time"},
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	char tenant[BH_UUID_TEXT], time[BH_TIME_TEXT];

	bh_uuid_format(&verifier->checkpoint.tenant, tenant);
	bh_clock_format(verifier->checkpoint.time_ms, time);
	bh_write_object(&write);
	bh_write_pair_text(&write, "tenant_id", tenant);
	bh_write_pair_bool(&write, "ok", good);
	bh_write_pair_text(&write, "covers", verifier->range ? "everything" : "a selection");
	bh_write_pair_int(&write, "proved", verifier->proved);
	bh_write_pair_int(&write, "unproved", verifier->unproved);
	bh_write_pair_int(&write, "gone", verifier->gone);
	bh_write_pair_int(&write, "size", verifier->checkpoint.size);
	bh_write_pair_text(&write, "time", time);
	if (verifier->failures > 0) {
		bh_write_pair_int(&write, "line", verifier->failed_line);
		bh_write_pair_int(&write, "position", verifier->failed_position);
		bh_write_pair_text(&write, "reason", verifier->why);
	}
	bh_write_end(&write);
	if (bh_json_parse(text.data, text.len, &doc) == 0)
		cli_print_thing(cli, doc.root, BH_LIST(columns));
	if (verifier->failures > 0 && verifier->failed_position >= 0)
		cli_say("position %lld, line %lld: %s", (long long)verifier->failed_position,
			(long long)verifier->failed_line, verifier->why);
	else if (verifier->failures > 0)
		cli_say("line %lld: %s", (long long)verifier->failed_line, verifier->why);
	if (verifier->unproved > 0)
		cli_say("%lld events are not proved: they are from before the chain, or behind its "
				"checkpoint",
			(long long)verifier->unproved);
	return good ? CLI_OK : CLI_FAILED;
}

static int
verify_export(struct cli *cli)
{
	BH_AUTO(bh_audit_keys_close) struct bh_audit_keys keys = {0};
	struct bh_audit_verifier verifier;
	int status;

	if (cli->options.key == NULL)
		return cli_refuse(CLI_USAGE, "--export needs --key: a file with the public keys");
	status = read_keys(cli->options.key, &keys);
	if (status != CLI_OK)
		return status;
	bh_audit_verify_open(&verifier, &keys);
	status = read_export(cli->options.export, &verifier);
	if (status == CLI_OK) {
		bool good = bh_audit_verify_end(&verifier);

		status = tell(cli, &verifier, good && verifier.unproved == 0);
	}
	bh_audit_verify_close(&verifier);
	return status;
}

/* ---- the platform ---- */

struct sum {
	int64_t events, gone, checkpoints, size, sealed, findings;
	char sealed_at[BH_TIME_TEXT];
};

static void
tell_findings(const char *tenant, const struct bh_json *answer, struct sum *sum)
{
	const struct bh_json *all = bh_json_get(answer, "findings");

	for (size_t i = 0; i < bh_json_count(all); i++) {
		const struct bh_json *one = bh_json_at(all, i);

		sum->findings++;
		cli_say("tenant %s, position %lld: %s", tenant,
			(long long)bh_json_get_int(one, "position", -1), bh_json_get_string(one, "what"));
	}
}

/* Stretch by stretch. */
static int
add_tenant(struct cli *cli, const char *tenant, struct bh_write *write, bool *out_ok)
{
	struct sum sum = {0};
	int64_t from = 0;
	bool more = true;

	while (more) {
		BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
		const char *path = bh_arena_printf(&cli->instance.arena, "%s?from=%lld",
			cli_api_of(cli, "auth", tenant, "audit/check"), (long long)from);
		const char *at;
		int status = cli_api_control(cli, "GET", path, NULL, &doc);

		if (status != CLI_OK)
			return status;
		tell_findings(tenant, doc.root, &sum);
		sum.events += bh_json_get_int(doc.root, "events", 0);
		sum.gone += bh_json_get_int(doc.root, "gone", 0);
		sum.checkpoints += bh_json_get_int(doc.root, "checkpoints", 0);
		sum.size = bh_json_get_int(doc.root, "size", 0);
		sum.sealed = bh_json_get_int(doc.root, "sealed", 0);
		at = bh_json_get_string(doc.root, "sealed_at");
		snprintf(sum.sealed_at, sizeof(sum.sealed_at), "%s", at != NULL ? at : "");
		from = bh_json_get_int(doc.root, "to", 0);
		more = bh_json_bool(bh_json_get(doc.root, "has_more"), &more) && more;
	}
	bh_write_object(write);
	bh_write_pair_text(write, "tenant_id", tenant);
	bh_write_pair_bool(write, "ok", sum.findings == 0);
	bh_write_pair_int(write, "size", sum.size);
	bh_write_pair_int(write, "events", sum.events);
	bh_write_pair_int(write, "gone", sum.gone);
	bh_write_pair_int(write, "checkpoints", sum.checkpoints);
	bh_write_pair_int(write, "sealed", sum.sealed);
	bh_write_pair_text(write, "sealed_at", sum.sealed_at[0] != '\0' ? sum.sealed_at : NULL);
	bh_write_end(write);
	*out_ok = *out_ok && sum.findings == 0;
	return CLI_OK;
}

static int
add_tenants(struct cli *cli, struct bh_write *write, bool *out_ok)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *data;
	char tenant[BH_UUID_TEXT];
	int status;

	if (cli->options.tenant != NULL) {
		status = cli_api_option_tenant(cli, NULL, tenant);
		return status != CLI_OK ? status : add_tenant(cli, tenant, write, out_ok);
	}
	bh_uuid_format(&bh_platform_tenant, tenant);
	status = add_tenant(cli, tenant, write, out_ok);
	if (status == CLI_OK)
		status = cli_api_list(cli, "/api/auth/api/tenants", &doc);
	data = bh_json_get(doc.root, "data");
	for (size_t i = 0; status == CLI_OK && i < bh_json_count(data); i++) {
		const char *id = bh_json_get_string(bh_json_at(data, i), "id");

		if (id != NULL && strcmp(id, tenant) != 0)
			status = add_tenant(cli, id, write, out_ok);
	}
	return status;
}

static int
verify_platform(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{"TENANT", "tenant_id"},
		{"OK", "ok"},
		{"CHAIN", "size"},
		{"EVENTS", "events"},
		{"REMOVED BY RETENTION", "gone"},
		{"CHECKPOINTS", "checkpoints"},
		{"SEALED", "sealed"},
		{"AT", "sealed_at"},
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	bool ok = true;
	int status;

	bh_write_object(&write);
	bh_write_name(&write, "data");
	bh_write_array(&write);
	status = add_tenants(cli, &write, &ok);
	bh_write_end(&write);
	bh_write_end(&write);
	if (status != CLI_OK)
		return status;
	if (bh_json_parse(text.data, text.len, &doc) == 0)
		cli_print_list(cli, doc.root, BH_LIST(columns));
	return ok ? CLI_OK : CLI_FAILED;
}

/* The command needs no instance, because an export is verified without one. */
int
cli_audit_verify(struct cli *cli)
{
	int rc;

	if (cli->options.export != NULL)
		return verify_export(cli);
	rc = supervisor_instance_find(cli->services, &cli->instance);
	if (rc < 0) {
		cli_fail(rc);
		return CLI_USAGE;
	}
	return verify_platform(cli);
}

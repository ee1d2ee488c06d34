/* SPDX-License-Identifier: Apache-2.0 */
/* backup.c: bulkhead backup create, forget, list, verify, restore. */
#include "backup/backup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "billing/check.h"
#include "cli/commands.h"
#include "cli/direct.h"
#include "cli/print.h"
#include "json/fields.h"

#define KEEP_MAX 100000
#define SCRATCH_MAX 64u /* a socket's path ends at 107 bytes */

static void
print_row(const struct bh_buf *text)
{
	puts(bh_buf_string(text));
}

/* ---- create ---- */

static const char *
find_currency(struct cli *cli)
{
	struct bh_conf_value *values;
	size_t n;

	if (supervisor_settings_list(&cli->instance.arena, &cli->instance.place, cli->services, &values,
			&n) < 0)
		return "";
	for (size_t i = 0; i < n; i++) {
		if (strcmp(values[i].section, "billing") == 0 &&
			strcmp(values[i].setting->name, "currency") == 0)
			return values[i].shown;
	}
	return "";
}

static void
print_created(const struct cli *cli, const struct backup_created *created)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	if (!cli->options.json) {
		printf("%s/%s: database of %lld bytes, %lld objects of %lld bytes (%lld copied, %lld as in "
			   "the backup before); %lld older backups removed; %lld keys of deleted tenants "
			   "destroyed\n",
			cli->args[0], created->name, (long long)created->database_bytes,
			(long long)created->objects, (long long)created->object_bytes,
			(long long)created->copied, (long long)created->linked, (long long)created->removed,
			(long long)created->forgotten);
		return;
	}
	bh_write_object(&write);
	bh_write_pair_text(&write, "name", created->name);
	bh_write_pair_int(&write, "database_bytes", created->database_bytes);
	bh_write_pair_int(&write, "objects", created->objects);
	bh_write_pair_int(&write, "object_bytes", created->object_bytes);
	bh_write_pair_int(&write, "copied", created->copied);
	bh_write_pair_int(&write, "linked", created->linked);
	bh_write_pair_int(&write, "deleted", created->gone);
	bh_write_pair_int(&write, "damaged", created->damaged);
	bh_write_pair_int(&write, "removed", created->removed);
	bh_write_pair_int(&write, "forgotten", created->forgotten);
	bh_write_end(&write);
	print_row(&text);
}

int
cli_backup_create(struct cli *cli)
{
	const char *recipient = cli->instance.settings.backup.recipient;
	struct backup_create_conf conf = {
		.folder = cli->args[0],
		.currency = find_currency(cli),
		.recipient = cli->options.plain ? "" : recipient,
	};
	struct backup_created created;
	int rc;

	if (!cli->options.plain && recipient[0] == '\0')
		return cli_refuse(CLI_USAGE,
			"the backup contains the master key and would not be encrypted: set backup.recipient, "
			"or "
			"keep it on an encrypted file system and confirm with --plain");
	if (cli->options.keep != NULL && bh_text_int(cli->options.keep, 1, KEEP_MAX, &conf.keep) < 0)
		return cli_refuse(CLI_USAGE, "--keep must be a number from 1 to %d", KEEP_MAX);
	rc = cli_direct_passfile(cli);
	if (rc == 0)
		rc = backup_create(&cli->instance, &conf, &created);
	if (rc < 0)
		return cli_fail(rc);
	print_created(cli, &created);
	if (created.damaged > 0)
		cli_say("%lld objects are not what the database says, and are not in the backup",
			(long long)created.damaged);
	return created.damaged > 0 ? CLI_FAILED : CLI_OK;
}

/* ---- forget ---- */

int
cli_backup_forget(struct cli *cli)
{
	int64_t n = 0;
	int rc = cli_direct_passfile(cli);

	if (rc == 0)
		rc = backup_forget(&cli->instance, cli->args[0], &n);
	if (rc < 0)
		return cli_fail(rc);
	if (cli->options.json)
		printf("{\"forgotten\":%lld}\n", (long long)n);
	else
		printf("%lld keys of deleted tenants destroyed: no backup in %s opens their files\n",
			(long long)n, cli->args[0]);
	return CLI_OK;
}

/* ---- list ---- */

static int
add_backup(struct cli *cli, const char *name, struct bh_write *write)
{
	struct backup_manifest manifest;
	int rc = backup_manifest_load(&cli->instance.arena,
		bh_arena_printf(&cli->instance.arena, "%s/%s", cli->args[0], name), &manifest);

	if (rc < 0)
		return rc;
	bh_write_object(write);
	bh_write_pair_text(write, "name", name);
	bh_write_pair_int(write, "created_at", manifest.created_ms / 1000);
	bh_write_pair_text(write, "version", manifest.version);
	bh_write_pair_text(write, "encryption", manifest.encryption);
	bh_write_pair_text(write, "wal_position", manifest.wal_position);
	bh_write_pair_int(write, "objects", manifest.objects);
	bh_write_pair_int(write, "object_bytes", manifest.object_bytes);
	bh_write_end(write);
	return 0;
}

int
cli_backup_list(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{"NAME", "name"},
		{"VERSION", "version"},
		{"OBJECTS", "objects"},
		{"BYTES", "object_bytes"},
		{"ENCRYPTION", "encryption"},
		{"WAL", "wal_position"},
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	const char **names;
	size_t n;
	int rc = backup_list(&cli->instance.arena, cli->args[0], &names, &n);

	bh_write_object(&write);
	bh_write_name(&write, "data");
	bh_write_array(&write);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_backup(cli, names[i], &write);
	bh_write_end(&write);
	bh_write_end(&write);
	if (rc == 0)
		rc = bh_json_parse(bh_buf_string(&text), text.len, &doc);
	if (rc < 0)
		return cli_fail(rc);
	cli_print_list(cli, doc.root, BH_LIST(columns));
	return CLI_OK;
}

/* ---- verify ---- */

static int
prove(struct bh_db *db, const struct bh_uuid *tenant, const char *currency, int64_t *out_wrong)
{
	struct billing_proof proof = {0};
	int rc = billing_check(db, tenant, currency, 0, &proof);

	if (rc == 0)
		*out_wrong = (int64_t)proof.n_mismatches;
	return rc;
}

static const struct {
	const char *name, *sentence;
	size_t offset;
	bool is_fault;
} lines[] = {
	{"files", "files have the SHA-256 that was signed", offsetof(struct backup_proof, files),
		false},
	{"bytes", "bytes were read", offsetof(struct backup_proof, bytes), false},
	{"tenants", "tenants are in the database, which starts", offsetof(struct backup_proof, tenants),
		false},
	{"named", "objects are named by it", offsetof(struct backup_proof, named), false},
	{"erased", "of these are of deleted tenants, whose keys were destroyed",
		offsetof(struct backup_proof, erased), false},
	{"keyless", "of these cannot be opened: the keys beside the backup are missing",
		offsetof(struct backup_proof, keyless), true},
	{"changed", "files have changed", offsetof(struct backup_proof, changed), true},
	{"missing", "files are missing", offsetof(struct backup_proof, missing), true},
	{"strange", "files are in no list", offsetof(struct backup_proof, strange), true},
	{"unfound", "objects are named, but not in the backup", offsetof(struct backup_proof, unfound),
		true},
	{"damaged", "objects were damaged when the backup was made",
		offsetof(struct backup_proof, manifest.damaged), true},
	{"mismatches", "sums of the books differ", offsetof(struct backup_proof, mismatches), true},
};

static void
print_json(const struct backup_proof *proof)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	bh_write_object(&write);
	bh_write_pair_bool(&write, "ok", backup_proof_is_good(proof));
	bh_write_pair_text(&write, "encryption", proof->manifest.encryption);
	bh_write_pair_bool(&write, "signed", proof->is_signed);
	bh_write_pair_bool(&write, "opened", proof->is_open);
	for (size_t i = 0; i < BH_COUNT(lines); i++) {
		int64_t n;

		memcpy(&n, (const char *)proof + lines[i].offset, sizeof(n));
		bh_write_pair_int(&write, lines[i].name, n);
	}
	bh_write_end(&write);
	print_row(&text);
}

static void
print_proof(const struct backup_proof *proof)
{
	for (size_t i = 0; i < BH_COUNT(lines); i++) {
		bool is_content = lines[i].offset == offsetof(struct backup_proof, tenants) ||
			lines[i].offset == offsetof(struct backup_proof, named) ||
			lines[i].offset == offsetof(struct backup_proof, erased);
		int64_t n;

		memcpy(&n, (const char *)proof + lines[i].offset, sizeof(n));
		if (lines[i].is_fault ? n > 0 : proof->is_open || !is_content)
			printf("%-4s %lld %s\n", lines[i].is_fault ? "BAD" : "ok", (long long)n,
				lines[i].sentence);
	}
	if (!proof->is_signed)
		puts("--   the signature was not checked: there is no master key on this machine");
	if (!proof->is_open)
		puts("--   the files are complete; what is in them only --identity FILE can tell");
	else if (backup_proof_is_good(proof))
		puts("ok   every object that the database names is there, and the books are right");
}

/* Where a throw-away server can be made. */
static int
find_scratch(const char **out)
{
	const char *scratch = getenv("TMPDIR");

	*out = scratch != NULL && scratch[0] == '/' ? scratch : "/var/tmp";
	return strlen(*out) > SCRATCH_MAX
		? cli_refuse(CLI_USAGE, "TMPDIR is too long for a socket below it: %s", *out)
		: CLI_OK;
}

int
cli_backup_verify(struct cli *cli)
{
	struct backup_verify_conf conf = {.identity = cli->options.identity};
	struct backup_proof proof;
	int rc = find_scratch(&conf.scratch);

	if (rc != CLI_OK)
		return rc;
	rc = backup_find(&cli->instance.arena, cli->args[0], &conf.backup);
	if (rc == 0)
		rc = backup_verify(&cli->instance, &conf, prove, &proof);
	if (rc < 0)
		return cli_fail(rc);
	if (cli->options.json)
		print_json(&proof);
	else
		print_proof(&proof);
	return backup_proof_is_good(&proof) ? CLI_OK : CLI_FAILED;
}

/* ---- restore ---- */

static void
print_tenant(const struct cli *cli, const struct backup_tenant_restored *restored)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	char id[BH_UUID_TEXT];

	bh_uuid_format(&restored->tenant, id);
	if (!cli->options.json) {
		printf("%s (%s) is as it was in the backup: %lld rows of %lld tables, %lld objects (%lld "
			   "were "
			   "missing)\n",
			restored->name, id, (long long)restored->rows, (long long)restored->tables,
			(long long)restored->objects, (long long)restored->objects_given);
		if (restored->audit_kept)
			puts("its present audit log was kept: that of the backup was left out");
		return;
	}
	bh_write_object(&write);
	bh_write_pair_text(&write, "id", id);
	bh_write_pair_text(&write, "name", restored->name);
	bh_write_pair_int(&write, "created_at", restored->created_ms / 1000);
	bh_write_pair_int(&write, "tables", restored->tables);
	bh_write_pair_int(&write, "rows", restored->rows);
	bh_write_pair_int(&write, "objects", restored->objects);
	bh_write_pair_int(&write, "objects_given", restored->objects_given);
	bh_write_pair_bool(&write, "audit_kept", restored->audit_kept);
	bh_write_end(&write);
	print_row(&text);
}

static int
restore_tenant(struct cli *cli)
{
	BH_AUTO(bh_buf_close) struct bh_buf list = {0};
	struct backup_tenant_conf conf = {
		.identity = cli->options.identity,
		.tenant = cli->options.tenant,
		.replace = cli->options.replace,
	};
	struct backup_tenant_restored restored;
	int rc = find_scratch(&conf.scratch);

	if (rc != CLI_OK)
		return rc;
	rc = supervisor_instance_open(cli->services, &cli->instance);
	if (rc < 0)
		return cli_fail(rc);
	rc = cli_direct_passfile(cli);
	if (rc == 0)
		rc = backup_find(&cli->instance.arena, cli->args[0], &conf.backup);
	if (rc == 0)
		rc = backup_restore_tenant(&cli->instance, &conf, prove, &list, &restored);
	if (rc < 0 && list.len > 0)
		fprintf(stderr, "%s\n", bh_buf_string(&list));
	if (rc < 0)
		return cli_fail(rc);
	print_tenant(cli, &restored);
	return CLI_OK;
}

static void
print_restored(const struct cli *cli, const char *backup, const struct backup_restored *restored)
{
	if (cli->options.json) {
		printf("{\"objects\":%lld,\"object_bytes\":%lld,\"erased\":%lld,\"keyless\":%lld,"
			   "\"created_at\":%lld}\n",
			(long long)restored->objects, (long long)restored->object_bytes,
			(long long)restored->erased, (long long)restored->keyless,
			(long long)(restored->created_ms / 1000));
		return;
	}
	printf("restored from %s: the database and %lld objects; `bulkhead up` starts the platform\n",
		backup, (long long)restored->objects);
	if (restored->erased > 0)
		printf("%lld objects were left out, because the keys of their tenants were destroyed; "
			   "delete "
			   "these tenants again\n",
			(long long)restored->erased);
	if (restored->is_external)
		puts("first let database.url in the restored bulkhead.conf name this database: it still "
			 "names "
			 "the one of the backup");
}

int
cli_backup_restore(struct cli *cli)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct backup_restore_conf conf = {
		.identity = cli->options.identity,
		.url_file = cli->options.database_url_file,
	};
	struct backup_restored restored;
	int rc;

	if (cli->options.home != NULL && setenv("BULKHEAD_HOME", cli->options.home, 1) < 0)
		return cli_refuse(CLI_FAILED, "set BULKHEAD_HOME: no memory");
	if (cli->options.tenant != NULL && conf.url_file == NULL)
		return restore_tenant(cli);
	if (cli->options.replace || cli->options.tenant != NULL)
		return cli_refuse(CLI_USAGE,
			"--replace is for one tenant (--tenant), and --database-url-file for a whole platform");
	rc = backup_find(&arena, cli->args[0], &conf.backup);
	if (rc == 0)
		rc = backup_restore(cli->services, &conf, &restored);
	if (rc < 0)
		return cli_fail(rc);
	print_restored(cli, conf.backup, &restored);
	if (restored.keyless > 0)
		cli_say("%lld objects were left out, because the keys of their tenants are missing beside "
				"the "
				"backup",
			(long long)restored.keyless);
	return restored.keyless > 0 ? CLI_FAILED : CLI_OK;
}

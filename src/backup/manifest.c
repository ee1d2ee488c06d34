/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.c: writes, signs, reads and checks what a backup says of itself. */
#include "backup/manifest.h"

#include <string.h>

#include "backup/folder.h"
#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "supervisor/file.h"

#define MANIFEST_BYTES_MAX (64 * BH_KIB)
#define KEY_LABEL "backup"
#define HEX 64u

#define ROW(name, type) #name, type, offsetof(struct backup_manifest, name), BH_REQUIRED

static const struct bh_field fields[] = {
	{ROW(format, BH_FIELD_INT)},
	{ROW(version, BH_FIELD_TEXT)},
	{ROW(created_ms, BH_FIELD_INT)},
	{ROW(server_version, BH_FIELD_INT)},
	{ROW(wal_position, BH_FIELD_TEXT)},
	{ROW(currency, BH_FIELD_TEXT)},
	{ROW(objects, BH_FIELD_INT)},
	{ROW(object_bytes, BH_FIELD_INT)},
	{ROW(damaged, BH_FIELD_INT)},
	{ROW(sums, BH_FIELD_TEXT)},
	/* Since format 2. */
	{"encryption", BH_FIELD_TEXT, offsetof(struct backup_manifest, encryption)},
	{"recipient", BH_FIELD_TEXT, offsetof(struct backup_manifest, recipient)},
	{"database", BH_FIELD_TEXT, offsetof(struct backup_manifest, database)},
};

static void
sign(const struct bh_secret *master, const void *bytes, size_t len, char out[HEX + 2])
{
	struct bh_secret key;
	struct bh_digest hmac;

	bh_secret_derive(master, KEY_LABEL, &key);
	bh_digest_hmac(&key, bytes, len, &hmac);
	bh_secret_close(&key);
	bh_text_hex(hmac.bytes, sizeof(hmac.bytes), out);
	memcpy(out + HEX, "\n", 2);
}

int
backup_manifest_save(struct bh_arena *arena, const char *backup,
	const struct backup_manifest *manifest, const struct bh_secret *master)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	char hmac[HEX + 2];
	int rc;

	bh_fields_write(&write, BH_LIST(fields), manifest);
	bh_buf_char(&text, '\n');
	sign(master, text.data, text.len, hmac);
	rc = supervisor_file_write(bh_arena_printf(arena, "%s/manifest.json", backup), text.data,
		text.len, 0600);
	return rc < 0 ? rc
				  : supervisor_file_write(bh_arena_printf(arena, "%s/manifest.hmac", backup), hmac,
						HEX + 1, 0600);
}

int
backup_manifest_read_file(struct bh_arena *arena, const char *backup, const char *name,
	size_t bytes_max, struct bh_buf *out)
{
	const char *path = bh_arena_printf(arena, "%s/%s", backup, name);
	int rc = supervisor_file_read(path, bytes_max, out);

	if (rc == BH_E_NOT_FOUND || rc == BH_E_TOO_LARGE)
		return bh_error(BH_E_INVALID, "%s is %s", path,
			rc == BH_E_NOT_FOUND ? "missing" : "too large");
	return rc;
}

static int
parse(struct bh_arena *arena, const char *backup, const struct bh_buf *text,
	struct backup_manifest *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct backup_manifest manifest = {
		.encryption = "none",
		.recipient = "",
		.database = BACKUP_TAR,
	};
	int64_t format = 0;
	int rc = bh_json_parse(bh_buf_string(text), text->len, &doc);

	/* The format first: a newer one may have other members. */
	if (rc == 0)
		format = bh_json_get_int(doc.root, "format", 0);
	if (rc == 0 && (format < 1 || format > BACKUP_FORMAT))
		return bh_error(BH_E_INVALID, "%s has the format %lld, but this version reads 1 to %d",
			backup, (long long)format, BACKUP_FORMAT);
	if (rc == 0)
		rc = bh_fields_read(arena, doc.root, BH_LIST(fields), "", &manifest);
	if (rc < 0)
		return bh_error(BH_E_INVALID, "%s/manifest.json is damaged", backup);
	manifest.version = bh_arena_strdup(arena, manifest.version);
	manifest.wal_position = bh_arena_strdup(arena, manifest.wal_position);
	manifest.currency = bh_arena_strdup(arena, manifest.currency);
	manifest.sums = bh_arena_strdup(arena, manifest.sums);
	manifest.encryption = bh_arena_strdup(arena, manifest.encryption);
	manifest.recipient = bh_arena_strdup(arena, manifest.recipient);
	manifest.database = bh_arena_strdup(arena, manifest.database);
	if (strcmp(manifest.database, BACKUP_TAR) != 0 && strcmp(manifest.database, BACKUP_DUMP) != 0)
		return bh_error(BH_E_INVALID, "%s/manifest.json is damaged", backup);
	*out = manifest;
	return 0;
}

int
backup_manifest_load(struct bh_arena *arena, const char *backup, struct backup_manifest *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc = backup_manifest_read_file(arena, backup, "manifest.json", MANIFEST_BYTES_MAX, &text);

	return rc < 0 ? rc : parse(arena, backup, &text, out);
}

static int
check_hmac(struct bh_arena *arena, const char *backup, const struct bh_secret *master,
	const struct bh_buf *text)
{
	BH_AUTO(bh_buf_close) struct bh_buf hmac = {0};
	char expected[HEX + 2];
	int rc = backup_manifest_read_file(arena, backup, "manifest.hmac", HEX + 1, &hmac);

	if (rc < 0)
		return rc;
	sign(master, text->data, text->len, expected);
	if (hmac.len != HEX + 1 || !bh_bytes_equal(hmac.data, expected, HEX + 1))
		return bh_error(BH_E_INVALID, "%s/manifest.json is not what was signed with the master key",
			backup);
	return 0;
}

int
backup_manifest_prove(struct bh_arena *arena, const char *backup, const struct bh_secret *master,
	struct backup_manifest *out, struct backup_sums *out_sums)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	BH_AUTO(bh_buf_close) struct bh_buf sums = {0};
	struct backup_manifest manifest;
	struct bh_digest hash;
	char hex[HEX + 1];
	int rc = backup_manifest_read_file(arena, backup, "manifest.json", MANIFEST_BYTES_MAX, &text);

	if (rc == 0)
		rc = parse(arena, backup, &text, &manifest);
	if (rc == 0 && master != NULL)
		rc = check_hmac(arena, backup, master, &text);
	if (rc == 0)
		rc = backup_manifest_read_file(arena, backup, "SHA256SUMS", BACKUP_SUMS_BYTES_MAX, &sums);
	if (rc < 0)
		return rc;
	bh_digest_sha256(sums.data, sums.len, &hash);
	bh_text_hex(hash.bytes, sizeof(hash.bytes), hex);
	if (strcmp(hex, manifest.sums) != 0)
		return bh_error(BH_E_INVALID, "%s/SHA256SUMS is not what was signed", backup);
	rc = backup_sums_parse(sums.data, sums.len, out_sums);
	if (rc == 0)
		*out = manifest;
	return rc;
}

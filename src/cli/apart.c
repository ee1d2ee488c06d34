/* SPDX-License-Identifier: Apache-2.0 */
/* apart.c: a platform whose processes run apart, without a supervisor: its secrets. */
#include "cli/api.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/commands.h"
#include "service/places.h"
#include "service/secrets.h"
#include "supervisor/file.h"

#define SELF "supervisor" /* whom the issuer lets act for the operator */

/* ---- secrets ---- */

static int
make_folder(const char *path)
{
	struct stat info;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return bh_error(BH_E_IO, "create the folder %s: %m", path);
	if (stat(path, &info) < 0 || !S_ISDIR(info.st_mode))
		return bh_error(BH_E_IO, "%s is not a folder", path);
	return 0;
}

/* DIR/PROCESS/NAME with these 64 digits, unless it is there: then what it holds becomes *secret. */
static int
keep(struct cli *cli, const char *process, const char *name, struct bh_secret *secret)
{
	const char *dir = cli->args[0];
	const char *path = cli_api_path(cli, "%s/%s/%s", dir, process, name);
	struct bh_secret found;
	char text[66];
	int fd, rc = bh_service_secrets_read_one(dir, process, name, &found);

	if (rc == 0)
		*secret = found;
	if (rc != BH_E_NOT_FOUND) {
		bh_wipe(&found, sizeof(found));
		return rc;
	}
	bh_text_hex(secret->bytes, sizeof(secret->bytes), text);
	strcat(text, "\n");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	rc = fd >= 0 && write(fd, text, 65) == 65 && fsync(fd) == 0
		? 0
		: bh_error(BH_E_IO, "write %s: %m", path);
	if (fd >= 0)
		close(fd);
	bh_wipe(text, sizeof(text));
	if (rc == 0)
		printf("%s\n", path);
	return rc;
}

/* What is there must be what belongs there. */
static int
keep_same(struct cli *cli, const char *process, const char *name, const void *bytes)
{
	struct bh_secret secret;
	int rc;

	memcpy(secret.bytes, bytes, sizeof(secret.bytes));
	rc = keep(cli, process, name, &secret);
	if (rc == 0 && !bh_bytes_equal(secret.bytes, bytes, sizeof(secret.bytes)))
		rc = bh_error(BH_E_CONFIG, "%s/%s/%s does not fit to the other secrets in %s; remove it",
			cli->args[0], process, name, cli->args[0]);
	bh_wipe(&secret, sizeof(secret));
	return rc;
}

/* A platform that moves keeps what it has encrypted: its keys come from the master key of its state folder. */
static int
read_master(struct cli *cli, struct bh_secret *out, bool *out_found)
{
	BH_AUTO(bh_buf_close) struct bh_buf content = {0};
	const char *path = cli_api_path(cli, "%s/master.key", cli->instance.place.home);
	int rc = supervisor_file_read(path, sizeof(out->bytes), &content);

	*out_found = false;
	if (rc == BH_E_NOT_FOUND)
		return 0;
	if (rc == 0 && content.len != sizeof(out->bytes))
		rc = bh_error(BH_E_IO, "the master key %s is damaged: expected 32 bytes", path);
	if (rc < 0)
		return rc;
	memcpy(out->bytes, content.data, sizeof(out->bytes));
	bh_wipe(content.data, content.len);
	*out_found = true;
	return 0;
}

struct making {
	struct cli *cli;
	struct bh_secret wire, master;
	bool has_master;
};

/* The folder, its own secret (for the issuer in *out), and the one that all share. */
static int
make_process(struct making *making, const char *name, struct bh_secret *out)
{
	struct cli *cli = making->cli;
	int rc = make_folder(cli_api_path(cli, "%s/%s", cli->args[0], name));

	bh_random(out->bytes, sizeof(out->bytes));
	if (rc == 0)
		rc = keep(cli, name, "service", out);
	return rc < 0 ? rc : keep_same(cli, name, "wire", making->wire.bytes);
}

static int
make_data(struct making *making, const char *name)
{
	struct bh_secret data;
	int rc;

	if (making->has_master)
		bh_secret_derive(&making->master, cli_api_path(making->cli, "data:%.32s", name), &data);
	else
		bh_random(data.bytes, sizeof(data.bytes));
	rc = making->has_master ? keep_same(making->cli, name, "data", data.bytes)
							: keep(making->cli, name, "data", &data);
	bh_secret_close(&data);
	return rc;
}

/* What the issuer knows of another: the hash of its secret. */
static int
make_known(struct making *making, const char *issuer, const char *name,
	const struct bh_secret *secret)
{
	struct bh_digest hash;

	bh_digest_sha256(secret->bytes, sizeof(secret->bytes), &hash);
	return keep_same(making->cli, issuer, cli_api_path(making->cli, "peer-%s", name), hash.bytes);
}

static int
make_all(struct making *making)
{
	const struct bh_service *const *services = making->cli->services;
	const char *issuer = bh_services_issuer(services)->name;
	struct bh_secret own;
	int rc = make_folder(cli_api_path(making->cli, "%s/%s", making->cli->args[0], issuer));

	for (size_t i = 0; rc == 0 && services[i] != NULL; i++) {
		rc = make_process(making, services[i]->name, &own);
		if (rc == 0)
			rc = make_data(making, services[i]->name);
		if (rc == 0)
			rc = make_known(making, issuer, services[i]->name, &own);
	}
	if (rc == 0)
		rc = make_process(making, SELF, &own);
	if (rc == 0)
		rc = make_known(making, issuer, SELF, &own);
	bh_secret_close(&own);
	return rc;
}

int
cli_secrets_create(struct cli *cli)
{
	struct making making = {.cli = cli};
	int rc = make_folder(cli->args[0]);

	if (rc == 0)
		rc = make_folder(cli_api_path(cli, "%s/" BH_PLACES_GATEWAY, cli->args[0]));
	if (rc == 0)
		rc = read_master(cli, &making.master, &making.has_master);
	bh_random(making.wire.bytes, sizeof(making.wire.bytes));
	/* Whichever is there is that of all. */
	if (rc == 0)
		rc = keep(cli, BH_PLACES_GATEWAY, "wire", &making.wire);
	if (rc == 0)
		rc = make_all(&making);
	bh_secret_close(&making.wire);
	bh_secret_close(&making.master);
	return rc < 0 ? cli_fail(rc) : CLI_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* archive.c: bulkhead store export and import: over the public API, as any client of the tenant, with an API key that is
 * made for it and revoked afterwards. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/api.h"
#include "cli/call.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "json/fields.h"
#include "sec/digest.h"

enum {
	COPY_BYTES = 64 * 1024,
	PART_BYTES = 16 * 1024 * 1024,
	KEY_S = 86400, /* should this process not come to revoke it */
	LOOK_MS = 500
};

#define BOUNDARY_BYTES 16

/* One transfer. Text is in the instance's arena. */
struct transfer {
	struct cli *cli;
	char tenant[BH_UUID_TEXT];
	const char *key_id;
	char key[256]; /* wiped */
};

/* ---- the key ---- */

static int
take_key(struct transfer *transfer, const struct bh_json *answer)
{
	const char *id = bh_json_get_string(answer, "id");
	const char *key = bh_json_get_string(answer, "key");

	if (id == NULL || key == NULL || strlen(key) >= sizeof(transfer->key))
		return cli_refuse(CLI_FAILED, "the platform returned no API key");
	transfer->key_id = bh_arena_strdup(&transfer->cli->instance.arena, id);
	snprintf(transfer->key, sizeof(transfer->key), "%s", key);
	return CLI_OK;
}

static int
transfer_open(struct transfer *transfer, const char *const *scopes, size_t n_scopes)
{
	struct cli *cli = transfer->cli;
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	int status = cli_api_option_tenant(cli, NULL, transfer->tenant);

	bh_write_object(&write);
	bh_write_pair_text(&write, "name", "bulkhead store");
	bh_write_name(&write, "scopes");
	bh_write_array(&write);
	for (size_t i = 0; i < n_scopes; i++)
		bh_write_text(&write, scopes[i]);
	bh_write_end(&write);
	bh_write_pair_int(&write, "expires_at", bh_clock_wall_ms() / 1000 + KEY_S);
	bh_write_end(&write);
	if (status == CLI_OK)
		status = cli_api_control(cli, "POST", cli_api_of(cli, "auth", transfer->tenant, "keys"),
			&body, &doc);
	return status != CLI_OK ? status : take_key(transfer, doc.root);
}

static void
transfer_close(struct transfer *transfer)
{
	struct cli *cli = transfer->cli;

	if (transfer->key_id != NULL &&
		cli_api_control(cli, "DELETE",
			cli_api_path(cli, "%s/%s", cli_api_of(cli, "auth", transfer->tenant, "keys"),
				transfer->key_id),
			NULL, NULL) != CLI_OK)
		cli_say("the API key %s could not be revoked; it expires within a day", transfer->key_id);
	transfer->key_id = NULL;
	bh_wipe(transfer->key, sizeof(transfer->key));
}

/* A call of the public API whose answer is JSON. */
static int
call(const struct transfer *transfer, const char *method, const char *path, const char *type,
	const struct bh_buf *body, struct bh_json_doc *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct cli_call send = {.url = transfer->cli->instance.local,
		.method = method,
		.path = path,
		.body = body,
		.type = type,
		.key = transfer->key};
	int status = cli_call_json(&send, &doc);

	if (status < 0)
		return cli_fail(status);
	if (status >= 300) {
		cli_api_refused(status, doc.root);
		return status == 404 ? CLI_NOT_FOUND : CLI_FAILED;
	}
	if (out != NULL) {
		*out = doc;
		doc = (struct bh_json_doc){0};
	}
	return CLI_OK;
}

/* ---- export ---- */

static int
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == ENOSPC ? bh_error(BH_E_NO_ROOM, "write the archive: %m")
								   : bh_error(BH_E_IO, "write the archive: %m");
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A body that ends early is an error: the store changed, or the connection broke. */
static int
receive(struct bh_http_reply *reply, int fd, int64_t *out_bytes)
{
	static char buffer[COPY_BYTES];
	int64_t bytes = 0;
	int rc = 0;

	for (;;) {
		ssize_t n = bh_http_reply_read(reply, buffer, sizeof(buffer));

		if (n < 0)
			return bh_error(BH_E_PROTOCOL,
				"the export was interrupted: the connection was lost, or the vector store was "
				"changed");
		if (n == 0)
			break;
		rc = write_all(fd, buffer, (size_t)n);
		if (rc < 0)
			return rc;
		bytes += n;
	}
	if (fsync(fd) < 0)
		return bh_error(BH_E_IO, "write the archive: %m");
	*out_bytes = bytes;
	return 0;
}

static int
refuse(struct bh_http_reply *reply)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};

	if (bh_http_reply_body(reply, BH_MIB, &body) < 0 ||
		bh_json_parse(bh_buf_string(&body), body.len, &doc) < 0)
		bh_error_clear();
	cli_api_refused(reply->status, doc.root);
	return reply->status == 404 ? CLI_NOT_FOUND : CLI_FAILED;
}

static int
download(const struct transfer *transfer, int fd, int64_t *out_bytes)
{
	struct cli *cli = transfer->cli;
	const struct cli_call send = {.url = cli->instance.local,
		.method = "GET",
		.path = cli_api_path(cli, "/v1/vector_stores/%s/export", cli_api_escape(cli, cli->args[0])),
		.key = transfer->key};
	struct bh_http_client *client = NULL;
	struct bh_http_reply reply = {0};
	int status = CLI_OK;
	int rc = cli_call_open(&send, &client, &reply);

	if (rc < 0)
		return cli_fail(rc);
	if (reply.status != 200)
		status = refuse(&reply);
	else
		rc = receive(&reply, fd, out_bytes);
	bh_http_reply_close(&reply);
	bh_http_client_close(client);
	return rc < 0 ? cli_fail(rc) : status;
}

/* Under its own name only when it is whole. */
static int
save(const struct transfer *transfer, const char *path)
{
	const char *part = cli_api_path(transfer->cli, "%s.part", path);
	int64_t bytes = 0;
	int status, fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return cli_refuse(CLI_FAILED, "cannot create %s: %m", part);
	status = download(transfer, fd, &bytes);
	close(fd);
	if (status == CLI_OK && rename(part, path) < 0)
		status = cli_refuse(CLI_FAILED, "cannot rename %s: %m", part);
	if (status != CLI_OK)
		unlink(part);
	else
		cli_say("%lld bytes written to %s", (long long)bytes, path);
	return status;
}

int
cli_store_export(struct cli *cli)
{
	static const char *const scopes[] = {"vector_stores:read", "files:read"};
	BH_AUTO(transfer_close) struct transfer transfer = {.cli = cli};
	int status;

	if (cli->options.out == NULL)
		return cli_refuse(CLI_USAGE, "--out is required: the file to write");
	status = transfer_open(&transfer, BH_LIST(scopes));
	return status != CLI_OK ? status : save(&transfer, cli->options.out);
}

/* ---- import ---- */

/* As one form, with a boundary that no file can know. */
static int
send_part(const struct transfer *transfer, const char *upload, const char *bytes, size_t len,
	const char **out)
{
	struct cli *cli = transfer->cli;
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	uint8_t random[BOUNDARY_BYTES];
	char boundary[2 * BOUNDARY_BYTES + 1];
	int status;

	bh_random(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(boundary + 2 * i, 3, "%02x", random[i]);
	bh_buf_printf(&body,
		"--%s\r\ncontent-disposition: form-data; name=\"data\"; filename=\"part\"\r\n"
		"content-type: application/octet-stream\r\n\r\n",
		boundary);
	bh_buf_add(&body, bytes, len);
	bh_buf_printf(&body, "\r\n--%s--\r\n", boundary);
	status = call(transfer, "POST", cli_api_path(cli, "/v1/uploads/%s/parts", upload),
		cli_api_path(cli, "multipart/form-data; boundary=%s", boundary), &body, &doc);
	if (status == CLI_OK)
		*out = bh_arena_strdup(&cli->instance.arena, bh_json_get_string(doc.root, "id"));
	return status;
}

static int
begin_upload(const struct transfer *transfer, int64_t bytes, const char **out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	int status;

	bh_write_object(&write);
	bh_write_pair_int(&write, "bytes", bytes);
	bh_write_pair_text(&write, "filename", "vector-store.tar");
	bh_write_pair_text(&write, "mime_type", "application/x-tar");
	bh_write_pair_text(&write, "purpose", "user_data");
	bh_write_end(&write);
	status = call(transfer, "POST", "/v1/uploads", NULL, &body, &doc);
	if (status == CLI_OK)
		*out = bh_arena_strdup(&transfer->cli->instance.arena, bh_json_get_string(doc.root, "id"));
	return status;
}

/* Reads as much as there is room for, or to the end. */
static ssize_t
read_part(int fd, char *out, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, out + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bh_error(BH_E_IO, "read the archive: %m");
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* Parts one after another; *out: the file they become. */
static int
upload(const struct transfer *transfer, int fd, int64_t bytes, const char **out)
{
	struct cli *cli = transfer->cli;
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	char *buffer = bh_arena_raw(&cli->instance.arena, PART_BYTES);
	const char *upload_id, *part, *file;
	ssize_t n = 1;
	int status = begin_upload(transfer, bytes, &upload_id);

	bh_write_object(&write);
	bh_write_name(&write, "part_ids");
	bh_write_array(&write);
	while (status == CLI_OK && n > 0) {
		n = read_part(fd, buffer, PART_BYTES);
		if (n < 0)
			status = cli_fail((int)n);
		if (n > 0)
			status = send_part(transfer, upload_id, buffer, (size_t)n, &part);
		if (n > 0 && status == CLI_OK)
			bh_write_text(&write, part);
	}
	bh_write_end(&write);
	bh_write_end(&write);
	if (status == CLI_OK)
		status = call(transfer, "POST", cli_api_path(cli, "/v1/uploads/%s/complete", upload_id),
			NULL, &body, &doc);
	file = bh_json_get_string(bh_json_get(doc.root, "file"), "id");
	if (status == CLI_OK && file == NULL)
		status = cli_refuse(CLI_FAILED, "the platform returned no file");
	if (status == CLI_OK)
		*out = bh_arena_strdup(&cli->instance.arena, file);
	return status;
}

static int
create_store(const struct transfer *transfer, const char *file, const char **out)
{
	const struct cli_options *options = &transfer->cli->options;
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	int status;

	bh_write_object(&write);
	if (options->name != NULL)
		bh_write_pair_text(&write, "name", options->name);
	bh_write_name(&write, "bulkhead");
	bh_write_object(&write);
	bh_write_pair_text(&write, "import_file_id", file);
	if (options->embedding_model != NULL)
		bh_write_pair_text(&write, "embedding_model", options->embedding_model);
	bh_write_end(&write);
	bh_write_end(&write);
	status = call(transfer, "POST", "/v1/vector_stores", NULL, &body, &doc);
	if (status == CLI_OK)
		*out = bh_arena_strdup(&transfer->cli->instance.arena, bh_json_get_string(doc.root, "id"));
	return status;
}

/* Waits for the end of the job; *out: the store then. */
static int
wait_import(const struct transfer *transfer, const char *store, struct bh_json_doc *out)
{
	static const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};

	for (;;) {
		BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
		const struct bh_json *import;
		const char *status;
		int rc = call(transfer, "GET", cli_api_path(transfer->cli, "/v1/vector_stores/%s", store),
			NULL, NULL, &doc);

		if (rc != CLI_OK)
			return rc;
		import = bh_json_get(bh_json_get(doc.root, "bulkhead"), "import");
		status = bh_json_get_string(import, "status");
		if (status == NULL)
			return cli_refuse(CLI_FAILED, "the vector store is not imported");
		if (strcmp(status, "failed") == 0)
			return cli_refuse(CLI_FAILED, "%s", bh_json_get_string(import, "error"));
		if (strcmp(status, "completed") == 0) {
			*out = doc;
			doc = (struct bh_json_doc){0};
			return CLI_OK;
		}
		nanosleep(&pause, NULL);
	}
}

static int
import(const struct transfer *transfer, int fd, int64_t bytes)
{
	struct cli *cli = transfer->cli;
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *file = NULL, *store = NULL;
	int status = upload(transfer, fd, bytes, &file);

	if (status == CLI_OK)
		status = create_store(transfer, file, &store);
	if (status == CLI_OK)
		status = wait_import(transfer, store, &doc);
	if (status == CLI_OK)
		cli_store_print(cli, doc.root);
	else if (store != NULL)
		(void)!call(transfer, "DELETE", cli_api_path(cli, "/v1/vector_stores/%s", store), NULL,
			NULL, NULL);
	if (file != NULL &&
		call(transfer, "DELETE", cli_api_path(cli, "/v1/files/%s", file), NULL, NULL, NULL) !=
			CLI_OK)
		cli_say("the uploaded archive %s was not deleted", file);
	return status;
}

int
cli_store_import(struct cli *cli)
{
	static const char *const scopes[] = {"vector_stores:read", "vector_stores:write", "files:read",
		"files:write"};
	BH_AUTO(transfer_close) struct transfer transfer = {.cli = cli};
	struct stat about;
	int status, fd = open(cli->args[0], O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &about) < 0) {
		status = cli_refuse(CLI_FAILED, "cannot read %s: %m", cli->args[0]);
	} else {
		status = transfer_open(&transfer, BH_LIST(scopes));
		if (status == CLI_OK)
			status = import(&transfer, fd, about.st_size);
	}
	if (fd >= 0)
		close(fd);
	return status;
}

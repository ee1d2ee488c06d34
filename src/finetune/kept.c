/* SPDX-License-Identifier: Apache-2.0 */
/* kept.c: calls to rag's internal routes of files. */
#include "finetune/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "finetune/finetune.h"
#include "service/peer.h"

enum { PATH_MOST = 128, FIRST_BYTE_MS = 120000, REFUSAL_MAX = 16 * 1024, PIECE = 64 * 1024 };

static void
path_of(const struct bh_uuid *id, const char *rest, char out[PATH_MOST])
{
	char hex[BH_UUID_HEX];

	bh_uuid_hex(id, hex);
	snprintf(out, PATH_MOST, "/internal/files/" FINETUNE_FILE_PREFIX "%s%s", hex, rest);
}

int
finetune_kept_describe(const struct bh_peer *peer, const struct bh_uuid *id, const char *param,
	struct finetune_file *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct bh_peer_call call = {.service = "rag"};
	const char *filename, *purpose;
	char path[PATH_MOST];
	int rc;

	path_of(id, "", path);
	call.path = path;
	rc = bh_peer_ask(peer, &call, &doc);
	if (rc == BH_E_NOT_FOUND) {
		bh_uuid_hex(id, path);
		return bh_error_param(BH_E_NOT_FOUND, param, "No such file: '" FINETUNE_FILE_PREFIX "%s'.",
			path);
	}
	if (rc < 0)
		return rc;
	filename = bh_json_get_string(doc.root, "filename");
	purpose = bh_json_get_string(doc.root, "purpose");
	if (filename == NULL || purpose == NULL)
		return bh_error(BH_E_PROTOCOL, "rag describes a file without a name or purpose");
	*out = (struct finetune_file){
		.filename = bh_arena_strdup(peer->arena, filename),
		.purpose = bh_arena_strdup(peer->arena, purpose),
		.bytes = bh_json_get_int(doc.root, "bytes", 0),
	};
	return 0;
}

static int
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return bh_error(BH_E_NO_ROOM, "write training data: %m");
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
copy(struct bh_http_reply *reply, int64_t most, int fd)
{
	char bytes[PIECE];
	int64_t total = 0;
	ssize_t n;
	int rc;

	while ((n = bh_http_reply_read(reply, bytes, sizeof(bytes))) > 0) {
		total += n;
		if (total > most)
			return bh_error(BH_E_TOO_LARGE, "The file is larger than %lld MB.",
				(long long)(most / BH_MIB));
		rc = write_all(fd, bytes, (size_t)n);
		if (rc < 0)
			return rc;
	}
	return (int)n;
}

int
finetune_kept_get(const struct bh_peer *peer, const struct bh_uuid *id, int64_t most,
	const char *path)
{
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc refusal = {0};
	struct bh_peer_call call = {.service = "rag", .answer_max = REFUSAL_MAX};
	char url[PATH_MOST];
	int fd, rc;

	path_of(id, "/content", url);
	call.path = url;
	rc = bh_peer_open(peer, &call, &reply);
	if (rc == 0 && reply.status != 200)
		rc = bh_peer_read(&call, &reply, &refusal);
	if (rc < 0)
		return rc;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return bh_error(errno == ENOSPC ? BH_E_NO_ROOM : BH_E_IO, "create %s: %m", path);
	rc = copy(&reply, most, fd);
	close(fd);
	return rc;
}

int
finetune_kept_put(const struct bh_peer *peer, const struct bh_uuid *id, const char *filename,
	int fd, int64_t bytes)
{
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc answer = {0};
	struct bh_peer_call call = {
		.service = "rag",
		.method = "PUT",
		.body_fd = fd,
		.body_bytes = bytes,
		.content_type = "application/octet-stream",
		.first_byte_ms = FIRST_BYTE_MS,
	};
	char base[PATH_MOST];

	path_of(id, "", base);
	bh_buf_text(&path, base);
	bh_buf_text(&path, "?purpose=fine-tune&content_type=application%2Foctet-stream&filename=");
	bh_text_url(&path, filename);
	call.path = bh_buf_string(&path);
	return bh_peer_ask(peer, &call, &answer);
}

int
finetune_kept_remove(const struct bh_peer *peer, const struct bh_uuid *id)
{
	BH_AUTO(bh_json_close) struct bh_json_doc answer = {0};
	struct bh_peer_call call = {.service = "rag", .method = "DELETE"};
	char path[PATH_MOST];
	int rc;

	path_of(id, "", path);
	call.path = path;
	rc = bh_peer_ask(peer, &call, &answer);
	return rc == BH_E_NOT_FOUND ? 0 : rc;
}

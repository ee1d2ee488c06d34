/* SPDX-License-Identifier: Apache-2.0 */
/* kept.c: calls to rag's internal routes of files. */
#include "multimodal/kept.h"

#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "picture/run.h"
#include "service/peer.h"

enum { COPY_BYTES = 64 * 1024, PATH_MOST = 128, FIRST_BYTE_MS = 120000, REFUSAL_MAX = 16 * 1024 };

static void
path_of(const struct bh_uuid *id, const char *rest, char out[PATH_MOST])
{
	char hex[BH_UUID_HEX];

	bh_uuid_hex(id, hex);
	snprintf(out, PATH_MOST, "/internal/files/" MULTIMODAL_FILE_PREFIX "%s%s", hex, rest);
}

static void
add_query(struct bh_buf *path, const char *name, const char *value)
{
	bh_buf_text(path, name);
	bh_text_url(path, value);
}

int
multimodal_kept_put(const struct bh_peer *peer, const struct multimodal_kept *file)
{
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc answer = {0};
	struct bh_peer_call call = {
		.service = "rag",
		.method = "PUT",
		.body_fd = file->fd,
		.body_offset = file->offset,
		.body_bytes = file->bytes,
		.content_type = "application/octet-stream",
		.first_byte_ms = FIRST_BYTE_MS,
	};
	char base[PATH_MOST];

	path_of(&file->id, "", base);
	bh_buf_text(&path, base);
	add_query(&path, "?filename=", file->filename);
	add_query(&path, "&content_type=", file->content_type);
	add_query(&path, "&purpose=", file->purpose);
	if (file->expires_s > 0)
		bh_buf_printf(&path, "&expires_s=%lld", (long long)file->expires_s);
	call.path = bh_buf_string(&path);
	return bh_peer_ask(peer, &call, &answer);
}

int
multimodal_kept_room(const struct bh_peer *peer, int64_t files, int64_t bytes)
{
	BH_AUTO(bh_json_close) struct bh_json_doc answer = {0};
	struct bh_peer_call call = {.service = "rag"};
	char path[PATH_MOST];

	snprintf(path, sizeof(path), "/internal/room?files=%lld&bytes=%lld", (long long)files,
		(long long)bytes);
	call.path = path;
	return bh_peer_ask(peer, &call, &answer);
}

int
multimodal_kept_open(const struct bh_peer *peer, const struct bh_uuid *id,
	struct bh_http_reply *out)
{
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc refusal = {0};
	struct bh_peer_call call = {.service = "rag", .answer_max = REFUSAL_MAX};
	char path[PATH_MOST];
	int rc;

	path_of(id, "/content", path);
	call.path = path;
	rc = bh_peer_open(peer, &call, &reply);
	if (rc == 0 && reply.status != 200)
		rc = bh_peer_read(&call, &reply, &refusal);
	if (rc < 0)
		return rc;
	*out = reply;
	reply = (struct bh_http_reply){0};
	return 0;
}

static int
copy(struct bh_http_reply *reply, int64_t most, int fd, int64_t *out_bytes)
{
	char bytes[COPY_BYTES];
	ssize_t n;
	int rc;

	while ((n = bh_http_reply_read(reply, bytes, sizeof(bytes))) > 0) {
		if (*out_bytes + n > most)
			return bh_error(BH_E_TOO_LARGE, "The file is larger than %lld MB.",
				(long long)(most / BH_MIB));
		rc = bh_picture_spool_write(fd, bytes, (size_t)n);
		if (rc < 0)
			return rc;
		*out_bytes += n;
	}
	return (int)n;
}

int
multimodal_kept_get(const struct bh_peer *peer, const struct bh_uuid *id, int64_t most,
	const char *spool_dir, int *out_fd, int64_t *out_bytes)
{
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	int64_t n = 0;
	int fd = -1;
	int rc = multimodal_kept_open(peer, id, &reply);

	if (rc == 0)
		rc = bh_picture_spool(spool_dir, &fd);
	if (rc == 0)
		rc = copy(&reply, most, fd, &n);
	if (rc < 0) {
		if (fd >= 0)
			close(fd);
		return rc;
	}
	*out_fd = fd;
	*out_bytes = n;
	return 0;
}

int
multimodal_kept_expiry(const struct bh_peer *peer, const struct bh_uuid *id, int64_t *out_ms)
{
	BH_AUTO(bh_json_close) struct bh_json_doc answer = {0};
	struct bh_peer_call call = {.service = "rag"};
	char path[PATH_MOST];
	int rc;

	path_of(id, "", path);
	call.path = path;
	rc = bh_peer_ask(peer, &call, &answer);
	if (rc == 0)
		*out_ms = bh_json_get_int(answer.root, "expires_at", 0) * 1000;
	return rc;
}

int
multimodal_kept_delete(const struct bh_peer *peer, const struct bh_uuid *id)
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

/* SPDX-License-Identifier: Apache-2.0 */
/* transcript_file.c: kept by rag, then attached by it. */
#include "multimodal/transcript_file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "json/fields.h"
#include "multimodal/form.h"
#include "multimodal/kept.h"
#include "multimodal/transcript.h"
#include "picture/run.h"
#include "service/peer.h"
#include "service/request.h"

#define STORE_PREFIX "vs_"
#define FIELD "bulkhead[vector_store_id]"

/* An hour of quick speech has about 60 KB. */
enum { NAME_BYTES_MAX = 200, PATH_MOST = 128, EXPECTED_BYTES = 64 * 1024 };

static void
path_of(const struct bh_uuid *store, const char *rest, char out[PATH_MOST])
{
	char hex[BH_UUID_HEX];

	bh_uuid_hex(store, hex);
	snprintf(out, PATH_MOST, "/internal/vector_stores/" STORE_PREFIX "%s%s", hex, rest);
}

static int
not_found(void)
{
	return bh_error_param(BH_E_NOT_FOUND, FIELD,
		"The vector store does not exist or you do not have access to it.");
}

static int
find_store(const struct bh_peer *peer, const char *id)
{
	BH_AUTO(bh_json_close) struct bh_json_doc answer = {0};
	char path[PATH_MOST];
	const struct bh_peer_call call = {.service = "rag", .path = path};
	struct bh_uuid store;
	int rc;

	if (bh_uuid_parse_id(id, STORE_PREFIX, &store) < 0)
		return not_found();
	path_of(&store, "", path);
	rc = bh_peer_ask(peer, &call, &answer);
	return rc == BH_E_NOT_FOUND ? not_found() : rc;
}

int
multimodal_transcript_file_check(struct bh_request *req, const struct multimodal_form *form)
{
	static const char *const scopes[] = {"files:write", "vector_stores:write"};
	struct bh_peer peer;
	int rc;

	if (form->store == NULL)
		return 0;
	for (size_t i = 0; i < BH_COUNT(scopes); i++)
		if (!bh_text_has_word(req->claims.scope, scopes[i]))
			return bh_error_param(BH_E_FORBIDDEN, FIELD,
				"A transcript in a vector store requires the scope %s, which the credential does "
				"not "
				"have.",
				scopes[i]);
	bh_peer_from(req, &peer);
	rc = find_store(&peer, form->store);
	if (rc == 0)
		rc = multimodal_kept_room(&peer, 1, EXPECTED_BYTES);
	return rc == BH_E_STORAGE ? bh_error_param(rc, FIELD, "%s", bh_error_detail(rc)) : rc;
}

/* "Monday.mp3" becomes "Monday.txt", wherever it lay at the client's. */
static const char *
name_of(struct bh_request *req, const char *recording)
{
	const char *end, *name;
	size_t len;

	for (const char *at = recording; *at != '\0'; at++)
		if (*at == '/' || *at == '\\')
			recording = at + 1;
	end = strrchr(recording, '.');
	len = end != NULL && end != recording ? (size_t)(end - recording) : strlen(recording);
	name = bh_arena_copy(req->arena, recording, bh_text_cut(recording, len, NAME_BYTES_MAX));
	if (name[0] == '\0' || !bh_text_is_plain(name))
		return "transcript.txt";
	return bh_arena_printf(req->arena, "%s.txt", name);
}

static int
put(struct bh_request *req, const struct bh_peer *peer, const struct bh_buf *text, const char *name,
	const struct bh_uuid *id)
{
	struct multimodal_kept file = {
		.id = *id,
		.filename = name,
		.content_type = "text/plain",
		.purpose = "assistants",
		.bytes = (int64_t)text->len,
	};
	int rc = bh_request_spool(req, file.bytes);

	if (rc == 0)
		rc = bh_picture_spool(bh_runtime_spool_dir(req->runtime), &file.fd);
	if (rc < 0)
		return rc;
	rc = bh_picture_spool_write(file.fd, text->data, text->len);
	if (rc == 0)
		rc = multimodal_kept_put(peer, &file);
	close(file.fd);
	return rc;
}

static int
attach(const struct bh_peer *peer, const char *store_id, const char *file_id)
{
	BH_AUTO(bh_json_close) struct bh_json_doc answer = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	char path[PATH_MOST];
	const struct bh_peer_call call = {.service = "rag", .path = path, .body = &body};
	struct bh_uuid store;
	int rc;

	if (bh_uuid_parse_id(store_id, STORE_PREFIX, &store) < 0)
		return not_found();
	path_of(&store, "/files", path);
	bh_write_object(&write);
	bh_write_pair_text(&write, "file_id", file_id);
	bh_write_end(&write);
	rc = bh_peer_ask(peer, &call, &answer);
	/* It was there when the recording came. */
	return rc == BH_E_NOT_FOUND ? not_found() : rc;
}

static const char *
say(struct bh_request *req, const char *store, const char *file, int error)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0}, body = {0};
	struct bh_write write = {.out = &out};

	bh_write_object(&write);
	bh_write_pair_text(&write, "vector_store_id", store);
	bh_write_name(&write, "file_id");
	if (file != NULL)
		bh_write_text(&write, file);
	else
		bh_write_null(&write);
	bh_write_end(&write);
	if (error < 0) {
		/* {"error":{…}}, of which the braces are the object's own. */
		bh_error_body(&body, error, NULL);
		out.len--;
		bh_buf_char(&out, ',');
		bh_buf_add(&out, body.data + 1, body.len - 1);
	}
	return bh_arena_strdup(req->arena, bh_buf_string(&out));
}

int
multimodal_transcript_file_keep(struct bh_request *req, const char *store, const char *recording,
	struct multimodal_transcript *transcript)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const struct bh_uuid id = bh_uuid_new();
	char hex[BH_UUID_HEX];
	const char *file;
	struct bh_peer peer;
	int rc;

	if (store == NULL)
		return 0;
	multimodal_transcript_lines(transcript, &text);
	if (text.len == 0) {
		transcript->own = say(req, store, NULL, 0);
		return 0;
	}
	bh_peer_from(req, &peer);
	bh_uuid_hex(&id, hex);
	file = bh_arena_printf(req->arena, MULTIMODAL_FILE_PREFIX "%s", hex);
	rc = put(req, &peer, &text, name_of(req, recording), &id);
	if (rc == 0) {
		rc = attach(&peer, store, file);
		if (rc < 0 && multimodal_kept_delete(&peer, &id) < 0)
			bh_log(BH_LOG_WARN, "a transcript that is in no vector store was not removed");
	}
	if (rc == BH_E_GONE || rc == BH_E_CANCELLED)
		return rc;
	if (rc < 0)
		bh_log_failure("keep a transcript in a vector store", rc);
	else
		bh_audit_text(&req->audit, "file", file);
	transcript->own = say(req, store, rc == 0 ? file : NULL, rc);
	return 0;
}

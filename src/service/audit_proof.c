/* SPDX-License-Identifier: Apache-2.0 */
/* audit_proof.c: reads checkpoints, and checks an export line by line. */
#include "service/audit_proof.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "sec/jws.h"
#include "service/audit_event.h"

#define HEX (2 * sizeof(struct bh_digest))

/* ---- checkpoints ---- */

void
bh_audit_checkpoint_write(const struct bh_audit_checkpoint *checkpoint, struct bh_buf *out)
{
	struct bh_write write = {.out = out};
	char tenant[BH_UUID_TEXT], root[HEX + 1], time[BH_TIME_TEXT];

	bh_uuid_format(&checkpoint->tenant, tenant);
	bh_text_hex(checkpoint->root.bytes, sizeof(checkpoint->root.bytes), root);
	bh_clock_format(checkpoint->time_ms, time);
	bh_write_object(&write);
	bh_write_pair_text(&write, "tenant_id", tenant);
	bh_write_pair_int(&write, "size", checkpoint->size);
	bh_write_pair_text(&write, "root", root);
	bh_write_pair_text(&write, "time", time);
	bh_write_pair_int(&write, "time_ms", checkpoint->time_ms);
	bh_write_end(&write);
}

static bool
read_digest(const char *text, struct bh_digest *out)
{
	return text != NULL && bh_text_unhex(text, strlen(text), out->bytes, sizeof(out->bytes));
}

static int
read_payload(const char *text, size_t len, struct bh_audit_checkpoint *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct bh_audit_checkpoint checkpoint;
	const char *tenant;
	int rc = bh_json_parse(text, len, &doc);

	if (rc < 0)
		return BH_E_INVALID;
	tenant = bh_json_get_string(doc.root, "tenant_id");
	checkpoint.size = bh_json_get_int(doc.root, "size", 0);
	checkpoint.time_ms = bh_json_get_int(doc.root, "time_ms", 0);
	if (tenant == NULL || bh_uuid_parse(tenant, &checkpoint.tenant) < 0 || checkpoint.size < 1 ||
		!read_digest(bh_json_get_string(doc.root, "root"), &checkpoint.root))
		return BH_E_INVALID;
	*out = checkpoint;
	return 0;
}

static void
take_key(const struct bh_json *jwk, struct bh_audit_keys *keys)
{
	const char *kid = bh_json_get_string(jwk, "kid");
	struct bh_audit_key *key = &keys->keys[keys->n];

	if (keys->n == BH_AUDIT_KEYS_MOST || kid == NULL || strlen(kid) >= sizeof(key->kid) ||
		bh_jws_key_from_jwk(jwk, &key->key) < 0)
		return;
	if (key->key->algorithm != BH_JWS_EDDSA) {
		bh_jws_key_close(key->key);
		return;
	}
	strcpy(key->kid, kid);
	keys->n++;
}

int
bh_audit_keys_open(const char *text, size_t len, struct bh_audit_keys *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *list;
	int rc = bh_json_parse(text, len, &doc);

	*out = (struct bh_audit_keys){0};
	if (rc < 0 || bh_json_kind(doc.root) != BH_JSON_OBJECT)
		return bh_error(BH_E_INVALID, "not a JSON Web Key, or a set of them");
	list = bh_json_get(doc.root, "keys");
	if (bh_json_kind(list) != BH_JSON_ARRAY)
		take_key(doc.root, out);
	for (size_t i = 0; bh_json_kind(list) == BH_JSON_ARRAY && i < bh_json_count(list); i++)
		take_key(bh_json_at(list, i), out);
	return out->n > 0 ? 0 : bh_error(BH_E_INVALID, "there is no Ed25519 key with a kid");
}

void
bh_audit_keys_close(struct bh_audit_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		bh_jws_key_close(keys->keys[i].key);
	keys->n = 0;
}

int
bh_audit_checkpoint_read(const struct bh_audit_keys *keys, const char *jws,
	struct bh_audit_checkpoint *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf payload = {0};
	char kid[BH_UUID_TEXT];
	size_t i = 0;
	int rc = bh_jws_kid(jws, strlen(jws), kid, sizeof(kid));

	if (rc < 0)
		return BH_E_UNAUTHENTICATED;
	while (i < keys->n && strcmp(keys->keys[i].kid, kid) != 0)
		i++;
	if (i == keys->n)
		return bh_error(BH_E_UNAUTHENTICATED, "the checkpoint was signed by another key, %s", kid);
	rc = bh_jws_verify(keys->keys[i].key, BH_AUDIT_CHECKPOINT_TYPE, jws, strlen(jws), &payload);
	if (rc < 0)
		return BH_E_UNAUTHENTICATED;
	return read_payload(payload.data, payload.len, out);
}

/* ---- the check ---- */

static void fail(struct bh_audit_verifier *verifier, int64_t position, const char *format, ...)
	BH_PRINTF(3, 4);

static void
fail(struct bh_audit_verifier *verifier, int64_t position, const char *format, ...)
{
	va_list args;

	if (verifier->failures++ > 0)
		return;
	verifier->failed_line = verifier->lines;
	verifier->failed_position = position;
	va_start(args, format);
	vsnprintf(verifier->why, sizeof(verifier->why), format, args);
	va_end(args);
}

void
bh_audit_verify_open(struct bh_audit_verifier *out, const struct bh_audit_keys *keys)
{
	*out = (struct bh_audit_verifier){.keys = keys, .failed_position = -1};
	bh_merkle_open(&out->merkle);
}

void
bh_audit_verify_close(struct bh_audit_verifier *verifier)
{
	bh_merkle_close(&verifier->merkle);
	bh_buf_close(&verifier->missing);
	bh_buf_close(&verifier->hashes);
}

/* ---- the first line ---- */

/* An array of hashes, appended. */
static bool
read_hashes(const struct bh_json *list, struct bh_buf *out)
{
	struct bh_digest hash;

	if (bh_json_kind(list) != BH_JSON_ARRAY)
		return false;
	for (size_t i = 0; i < bh_json_count(list); i++) {
		if (!read_digest(bh_json_string(bh_json_at(list, i)), &hash))
			return false;
		bh_buf_add(out, &hash, sizeof(hash));
	}
	return true;
}

static bool
read_earlier(struct bh_audit_verifier *verifier, const struct bh_json *one)
{
	BH_AUTO(bh_buf_close) struct bh_buf proof = {0};
	const struct bh_audit_checkpoint *newest = &verifier->checkpoint;
	const char *jws = bh_json_get_string(one, "checkpoint");
	struct bh_audit_checkpoint earlier;

	if (jws == NULL || bh_audit_checkpoint_read(verifier->keys, jws, &earlier) < 0 ||
		!bh_uuid_equal(&earlier.tenant, &newest->tenant) ||
		!read_hashes(bh_json_get(one, "consistency"), &proof))
		return false;
	if (verifier->n_earlier > 0 && earlier.size <= verifier->earlier[verifier->n_earlier - 1].size)
		return false;
	verifier->earlier[verifier->n_earlier++] = earlier;
	return bh_merkle_consistent(&verifier->merkle, earlier.size, &earlier.root, newest->size,
		&newest->root, (const void *)proof.data, proof.len / sizeof(struct bh_digest));
}

static bool
read_missing(struct bh_audit_verifier *verifier, const struct bh_json *one, int64_t after)
{
	struct bh_audit_missing missing = {
		.from = bh_json_get_int(one, "from", -1),
		.to = bh_json_get_int(one, "to", -1),
		.hashes = verifier->hashes.len / sizeof(struct bh_digest),
	};

	if (missing.from < after || missing.to <= missing.from ||
		missing.to > verifier->checkpoint.size ||
		!read_hashes(bh_json_get(one, "hashes"), &verifier->hashes))
		return false;
	bh_buf_add(&verifier->missing, &missing, sizeof(missing));
	return true;
}

static void
begin(struct bh_audit_verifier *verifier, const struct bh_json *head)
{
	const char *jws = bh_json_get_string(head, "checkpoint");
	const char *mode = bh_json_get_string(head, "mode");
	const struct bh_json *earlier = bh_json_get(head, "earlier");
	const struct bh_json *missing = bh_json_get(head, "missing");
	int64_t after = 0;
	int rc = jws != NULL ? bh_audit_checkpoint_read(verifier->keys, jws, &verifier->checkpoint)
						 : BH_E_INVALID;

	verifier->begun = true;
	if (rc < 0) {
		verifier->checkpoint = (struct bh_audit_checkpoint){0};
		fail(verifier, -1, "the checkpoint is not signed by the key");
		return;
	}
	verifier->range = mode != NULL && strcmp(mode, "range") == 0;
	for (size_t i = 0; i < bh_json_count(earlier); i++) {
		if (i == BH_AUDIT_EARLIER_MOST || !read_earlier(verifier, bh_json_at(earlier, i))) {
			fail(verifier, -1, "the checkpoint is not consistent with an earlier one");
			return;
		}
	}
	for (size_t i = 0; i < bh_json_count(missing); i++) {
		if (i == BH_AUDIT_MISSING_MOST || !read_missing(verifier, bh_json_at(missing, i), after)) {
			fail(verifier, -1, "what is missing is not told as it must be");
			return;
		}
		after = bh_json_get_int(bh_json_at(missing, i), "to", 0);
	}
}

/* ---- the tree of a range ---- */

/* Earlier checkpoints tell between which two of them something was changed. */
static void
compare_earlier(struct bh_audit_verifier *verifier)
{
	const struct bh_merkle_tree *tree = &verifier->tree;
	struct bh_digest root;

	while (verifier->next_earlier < verifier->n_earlier &&
		verifier->earlier[verifier->next_earlier].size < tree->size)
		verifier->next_earlier++;
	if (verifier->next_earlier == verifier->n_earlier ||
		verifier->earlier[verifier->next_earlier].size != tree->size)
		return;
	bh_merkle_root(&verifier->merkle, tree, &root);
	if (!bh_digest_equal(&root, &verifier->earlier[verifier->next_earlier].root))
		fail(verifier,
			verifier->next_earlier > 0 ? verifier->earlier[verifier->next_earlier - 1].size : 0,
			"an event was changed between this position and %" PRId64, tree->size - 1);
}

static void
add(struct bh_audit_verifier *verifier, unsigned height, const struct bh_digest *hash)
{
	if (bh_merkle_add(&verifier->merkle, &verifier->tree, height, hash) < 0)
		fail(verifier, verifier->tree.size, "a hash cannot stand at this position");
	else if (verifier->next_earlier < verifier->n_earlier)
		compare_earlier(verifier);
}

/* Full subtrees, the largest that fit, in place of events that are gone. */
static void
add_missing(struct bh_audit_verifier *verifier)
{
	const struct bh_audit_missing *missing = (const struct bh_audit_missing *)(const void *)
												 verifier->missing.data +
		verifier->next_missing++;
	const struct bh_digest *hashes = (const void *)verifier->hashes.data;
	size_t n = verifier->hashes.len / sizeof(*hashes), next = missing->hashes;

	while (verifier->failures == 0 && verifier->tree.size < missing->to) {
		unsigned height = bh_merkle_height(verifier->tree.size, missing->to);

		if (next == n) {
			fail(verifier, verifier->tree.size, "the hash of a missing event is missing");
			return;
		}
		add(verifier, height, &hashes[next++]);
	}
	verifier->gone += missing->to - missing->from;
}

static bool
is_at_missing(const struct bh_audit_verifier *verifier)
{
	const struct bh_audit_missing *list = (const void *)verifier->missing.data;

	return verifier->next_missing < verifier->missing.len / sizeof(*list) &&
		list[verifier->next_missing].from == verifier->tree.size;
}

/* ---- events ---- */

struct tail {
	size_t hashed; /* bytes before it */
	int64_t position;
	const char *proof; /* NULL: none */
	size_t proof_len;
};

/* What stands behind an event's text: `,"position":N}` or `,"position":N,"proof":["…",…]}`, nothing else. */
static bool
read_tail(const char *line, size_t len, struct tail *out)
{
	static const char mark[] = BH_AUDIT_EVENT_END, proof[] = ",\"proof\":[";
	size_t end = len, digits;

	*out = (struct tail){0};
	if (len < 2 || line[--end] != '}')
		return false;
	if (line[end - 1] == ']') {
		const char *open = memrchr(line, '[', end);

		if (open == NULL || (size_t)(open - line) < strlen(proof) - 1 ||
			memcmp(open + 1 - strlen(proof), proof, strlen(proof)) != 0)
			return false;
		out->proof = open + 1;
		out->proof_len = end - 1 - (size_t)(open + 1 - line);
		end = (size_t)(open + 1 - line) - strlen(proof);
	}
	digits = end;
	while (digits > 0 && line[digits - 1] >= '0' && line[digits - 1] <= '9' && end - digits < 18)
		digits--;
	if (digits == end || digits < strlen(mark) ||
		memcmp(line + digits - strlen(mark), mark, strlen(mark)) != 0)
		return false;
	for (size_t i = digits; i < end; i++)
		out->position = out->position * 10 + (line[i] - '0');
	out->hashed = digits - strlen(mark);
	return true;
}

static bool
read_path(const struct tail *tail, struct bh_digest path[BH_MERKLE_DEPTH], size_t *out_n)
{
	const char *at = tail->proof, *end;

	*out_n = 0;
	if (tail->proof_len == 0)
		return true;
	for (end = at + tail->proof_len; at < end; (*out_n)++) {
		if (*out_n == BH_MERKLE_DEPTH || (size_t)(end - at) < HEX + 2 || at[0] != '"' ||
			at[HEX + 1] != '"' ||
			!bh_text_unhex(at + 1, HEX, path[*out_n].bytes, sizeof(path[0].bytes)))
			return false;
		at += HEX + 2;
		if (at < end && *at++ != ',')
			return false;
	}
	return true;
}

static void
check_path(struct bh_audit_verifier *verifier, const struct tail *tail,
	const struct bh_digest *leaf)
{
	const struct bh_audit_checkpoint *checkpoint = &verifier->checkpoint;
	struct bh_digest path[BH_MERKLE_DEPTH];
	size_t n;

	if (read_path(tail, path, &n) &&
		bh_merkle_included(&verifier->merkle, tail->position, checkpoint->size, leaf, path, n,
			&checkpoint->root))
		verifier->proved++;
	else
		fail(verifier, tail->position, "the event is not in the chain");
}

static void
take_event(struct bh_audit_verifier *verifier, const char *line, size_t len)
{
	struct tail tail;
	struct bh_digest leaf;

	if (!read_tail(line, len, &tail) || tail.position >= verifier->checkpoint.size) {
		verifier->unproved++;
		return;
	}
	bh_merkle_leaf(&verifier->merkle, line, tail.hashed, "}", 1, &leaf);
	if (!verifier->range || tail.proof != NULL) {
		check_path(verifier, &tail, &leaf);
		return;
	}
	while (verifier->failures == 0 && is_at_missing(verifier))
		add_missing(verifier);
	if (verifier->failures > 0)
		return;
	if (tail.position > verifier->tree.size)
		fail(verifier, verifier->tree.size, "an event is missing");
	else if (tail.position < verifier->tree.size)
		fail(verifier, tail.position, "an event stands at the place of another");
	else
		add(verifier, 0, &leaf);
	if (verifier->failures == 0)
		verifier->proved++;
}

static void
take_other(struct bh_audit_verifier *verifier, const char *line, size_t len)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int rc = bh_json_parse(line, len, &doc);
	const char *object = rc == 0 ? bh_json_get_string(doc.root, "object") : NULL;

	if (object != NULL && strcmp(object, "audit_proof") == 0 && !verifier->begun)
		begin(verifier, doc.root);
	else if (object != NULL && strcmp(object, "audit_proof_end") == 0 && !verifier->ended) {
		verifier->ended = true;
		if (bh_json_get_int(doc.root, "events", -1) != verifier->lines - 2)
			fail(verifier, -1, "the file has another number of events than it says");
	} else
		fail(verifier, -1, "the line is not an audit event");
}

void
bh_audit_verify_line(struct bh_audit_verifier *verifier, const char *line, size_t len)
{
	static const char beginning[] = "{\"id\":\"";

	verifier->lines++;
	if (len < strlen(beginning) || memcmp(line, beginning, strlen(beginning)) != 0)
		take_other(verifier, line, len);
	else if (!verifier->begun || verifier->ended)
		fail(verifier, -1, "the event stands before the proof or behind its end");
	else
		take_event(verifier, line, len);
}

bool
bh_audit_verify_end(struct bh_audit_verifier *verifier)
{
	struct bh_digest root;

	while (verifier->failures == 0 && verifier->range && is_at_missing(verifier))
		add_missing(verifier);
	if (!verifier->begun)
		fail(verifier, -1, "the file has no proof");
	else if (!verifier->ended)
		fail(verifier, -1, "the file is incomplete");
	else if (verifier->range && verifier->failures == 0) {
		bh_merkle_root(&verifier->merkle, &verifier->tree, &root);
		if (verifier->tree.size != verifier->checkpoint.size)
			fail(verifier, verifier->tree.size, "an event is missing");
		else if (!bh_digest_equal(&root, &verifier->checkpoint.root))
			fail(verifier,
				verifier->n_earlier > 0 ? verifier->earlier[verifier->n_earlier - 1].size : 0,
				"an event was changed between this position and %" PRId64, verifier->tree.size - 1);
	}
	return verifier->failures == 0;
}

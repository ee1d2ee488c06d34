/* SPDX-License-Identifier: Apache-2.0 */
/* hook.c: webhook endpoints. */
#include "stripemock/hook.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "stripemock/operation.h"

enum { URL_MOST = 1000, ENDPOINTS_MOST = 16, SECRET_BYTES = 24, OVERLAP_MOST_S = 7 * 86400 };

const struct stripemock_param hook_create_params[] = {
	{"url", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"enabled_events[]", STRIPEMOCK_TEXT},
	{"api_version", STRIPEMOCK_TEXT},
	{"connect", STRIPEMOCK_BOOL},
	{"description", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY},
	{"metadata", STRIPEMOCK_MAP},
	{0},
};

const struct stripemock_param hook_update_params[] = {
	{"url", STRIPEMOCK_TEXT},
	{"enabled_events[]", STRIPEMOCK_TEXT},
	{"disabled", STRIPEMOCK_BOOL},
	{"description", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY},
	{"metadata", STRIPEMOCK_MAP, STRIPEMOCK_EMPTY},
	{0},
};

const struct stripemock_param hook_rotate_params[] = {
	{"expires_in", STRIPEMOCK_INT},
	{0},
};

void
stripemock_hook_secret(const struct stripemock *mock, const struct stripemock_value *endpoint,
	int64_t turn, char out[STRIPEMOCK_KEY])
{
	struct bh_digest digest;
	char label[320], hex[2 * SECRET_BYTES + 1];

	if (turn == 0 && strncmp(text_at(endpoint, "url"), "unix:", 5) == 0) {
		strcpy(out, mock->hook_secret);
		return;
	}
	snprintf(label, sizeof(label), "%.255s %lld", text_at(endpoint, "id"), (long long)turn);
	bh_digest_hmac(&mock->endpoint_key, label, strlen(label), &digest);
	bh_text_hex(digest.bytes, SECRET_BYTES, hex);
	snprintf(out, STRIPEMOCK_KEY, STRIPEMOCK_HOOK_PREFIX "%s", hex);
	bh_wipe(&digest, sizeof(digest));
	bh_wipe(hex, sizeof(hex));
}

/* HMAC-SHA256 over "t.body", in hex. */
static void
add_signature(struct bh_buf *out, const char *secret, const struct bh_buf *signed_text)
{
	struct bh_digest digest;
	char hex[65];

	bh_digest_hmac_bytes(secret, strlen(secret), signed_text->data, signed_text->len, &digest);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), hex);
	bh_buf_printf(out, ",v1=%s", hex);
}

void
stripemock_hook_sign(struct bh_buf *out, int64_t now_s, const char *secret, const char *old_secret,
	const char *body, size_t len)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	bh_buf_printf(&text, "%lld.", (long long)now_s);
	bh_buf_add(&text, body, len);
	bh_buf_printf(out, "t=%lld", (long long)now_s);
	add_signature(out, secret, &text);
	if (old_secret != NULL)
		add_signature(out, old_secret, &text);
}

/* Shows the secret, as Stripe does once. */
static int
answer(struct stripemock_work *work, const struct stripemock_doc *doc)
{
	char secret[STRIPEMOCK_KEY];
	int rc = stripemock_view_answer(work, doc);

	if (rc < 0)
		return rc;
	stripemock_hook_secret(work->mock, doc->body, int_at(doc->body, "_turn"), secret);
	put_text(work->result, "secret", bh_arena_strdup(work->arena, secret));
	return 0;
}

static int
check_url(struct stripemock_work *work)
{
	const char *url = text_at(work->params, "url");

	if (url == NULL ||
		((bh_text_starts(url, "https://") || bh_text_starts(url, "http://") ||
			 bh_text_starts(url, "unix:/")) &&
			bh_text_is_plain(url) && strlen(url) <= URL_MOST))
		return 0;
	return stripemock_work_refuse(work, "url_invalid", "url",
		"Invalid URL: it must begin with https://, http:// or unix:/.");
}

int
stripemock_hook_create(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	struct stripemock_filter filter = {.kind = operation->kind};
	struct stripemock_doc *doc, **docs;
	size_t n = 0;
	int rc = stripemock_work_lock(work);

	if (rc == 0)
		rc = check_url(work);
	if (rc == 0 && !has_at(work->params, "enabled_events"))
		rc = stripemock_work_refuse(work, "parameter_missing", "enabled_events",
			"Missing required param: enabled_events.");
	if (rc == 0)
		rc = stripemock_work_list(work, &filter, &docs, &n);
	if (rc == 0 && n >= ENDPOINTS_MOST)
		rc = stripemock_work_refuse(work, NULL, NULL,
			"You have reached the maximum of %d webhook endpoints.", ENDPOINTS_MOST);
	if (rc < 0)
		return rc;
	doc = stripemock_work_new(work, "webhook_endpoint", "we",
		"{'api_version':null,'application':null,'description':null,'enabled_events':[],"
		"'metadata':{},'status':'enabled','url':null,'_turn':0,'_old_until':0}");
	stripemock_operation_apply(doc->body, work->params, "connect");
	return answer(work, doc);
}

int
stripemock_hook_update(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	bool disabled = bool_at(work->params, "disabled");
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0)
		rc = check_url(work);
	if (rc < 0)
		return rc;
	stripemock_operation_apply(doc->body, work->params, "disabled");
	if (has_at(work->params, "disabled"))
		put_text(doc->body, "status", disabled ? "disabled" : "enabled");
	stripemock_work_touch(doc);
	return stripemock_view_answer(work, doc);
}

/* The mock's own: another secret; for a time both sign. */
int
stripemock_hook_rotate(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	int64_t overlap_s = int_at(work->params, "expires_in");
	struct stripemock_doc *doc;
	int rc = stripemock_work_get(work, "webhook_endpoint", work->ids[0], "id", &doc);

	(void)operation;
	if (rc == 0 && (overlap_s < 0 || overlap_s > OVERLAP_MOST_S))
		rc = stripemock_work_refuse(work, "parameter_invalid_integer", "expires_in",
			"expires_in must be between 0 and %d seconds.", OVERLAP_MOST_S);
	if (rc < 0)
		return rc;
	put_int(doc->body, "_turn", int_at(doc->body, "_turn") + 1);
	put_int(doc->body, "_old_until", work->wall_s + overlap_s);
	stripemock_work_touch(doc);
	return answer(work, doc);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* http_state.c: what the operator sees of the mock: keys, counts, faults. */
#include <string.h>

#include "base/text.h"
#include "sec/digest.h"
#include "service/request.h"
#include "stripemock/operation.h"

/* GET /api/stripe-mock */
int
stripemock_http_state(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct stripemock *mock = req->service;
	struct bh_write write = {.out = &body};
	struct bh_db db = bh_db_as(req->db, &bh_platform_tenant);
	struct stripemock_value *state = stripemock_value_new(req->arena, BH_JSON_OBJECT);
	struct stripemock_value *objects = stripemock_value_new(req->arena, BH_JSON_OBJECT);
	struct stripemock_count *counts = NULL;
	size_t n = 0;
	int rc = stripemock_store_object_count(&db, &bh_platform_tenant, &counts, &n);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	put_bool(state, "enabled", mock->conf.enabled);
	put_text(state, "secret_key", mock->key);
	put_text(state, "webhook_secret", mock->hook_secret);
	put_text(state, "page_url", mock->conf.page_url);
	/* Names of kinds have dots: they are no paths. */
	for (size_t i = 0; i < n; i++) {
		struct stripemock_value *count = stripemock_value_new(req->arena, BH_JSON_INT);

		count->number = counts[i].n;
		count->name = counts[i].kind;
		stripemock_value_add(objects, count);
	}
	stripemock_value_put(state, "objects", objects);
	stripemock_value_put(state, "faults", stripemock_fault_state(mock, req->arena));
	stripemock_value_write(&write, state, true);
	bh_reply_header(req, "cache-control", "no-store");
	return bh_reply_json(req, 200, &body);
}

/* GET /internal/account: what the billing service needs to use the mock. The account's id is made from its
 * key: another key is another account. */
int
stripemock_http_account(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct stripemock *mock = req->service;
	struct bh_write write = {.out = &body};
	struct bh_digest digest;
	char account[17];
	int rc;

	bh_digest_sha256(mock->key, strlen(mock->key), &digest);
	bh_text_hex(digest.bytes, 8, account);
	bh_write_object(&write);
	bh_write_pair_text(&write, "account", account);
	bh_write_pair_text(&write, "secret_key", mock->key);
	bh_write_pair_text(&write, "webhook_secret", mock->hook_secret);
	bh_write_end(&write);
	rc = bh_reply_json(req, 200, &body);
	bh_wipe(body.data, body.len);
	return rc;
}

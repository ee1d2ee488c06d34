/* SPDX-License-Identifier: Apache-2.0 */
/* http_view.c: the filters of lists, kept under a name by whoever uses them. */
#include "auth/routes.h"

#include <stdbool.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/names.h"
#include "auth/store_view.h"
#include "service/request.h"

#define BYTES_MOST 2048 /* of page and query together */
#define PAGE_MOST 128

#define AT(member) offsetof(struct auth_view, member)

static const struct bh_field create_fields[] = {
	{"page", BH_FIELD_TEXT, AT(page), BH_REQUIRED, 1, PAGE_MOST},
	{"name", BH_FIELD_TEXT, AT(name), BH_REQUIRED, 1, 60},
	{"query", BH_FIELD_TEXT, AT(query), BH_REQUIRED, 0, BYTES_MOST},
};

const struct bh_shape auth_view_create = BH_SHAPE("SavedViewCreate", struct auth_view,
	create_fields);

static const struct bh_field view_fields[] = {
	{"id", BH_FIELD_ID, AT(id)},
	{"object", BH_FIELD_CONST, .words = "saved_view"},
	{"page", BH_FIELD_TEXT, AT(page)},
	{"name", BH_FIELD_TEXT, AT(name)},
	{"query", BH_FIELD_TEXT, AT(query)},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
};

#undef AT

const struct bh_shape auth_view_shape = BH_SHAPE("SavedView", struct auth_view, view_fields);

/* The path of a page of the console: it is put before the query and followed. */
static bool
page_is_sound(const char *page)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-/";

	return page[0] == '/' && strlen(page) <= PAGE_MOST && strspn(page, allowed) == strlen(page) &&
		strstr(page, "//") == NULL;
}

/* As URLSearchParams writes one: nothing that ends it, and nothing that has no shape. */
static bool
query_is_sound(const char *query)
{
	for (const char *at = query; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~' || strchr("#<>\"\\^`{|}", *at) != NULL)
			return false;
	return true;
}

static int
view_check(const struct auth_view *view)
{
	int rc = auth_name_check(view->name);

	if (rc == 0 && !page_is_sound(view->page))
		rc = bh_error_param(BH_E_INVALID, "page", "'page' must be the path of a page.");
	if (rc == 0 && !query_is_sound(view->query))
		rc = bh_error_param(BH_E_INVALID, "query", "'query' must be the query of a URL.");
	if (rc == 0 && strlen(view->page) + strlen(view->query) > BYTES_MOST)
		rc = bh_error_param(BH_E_RANGE, "query",
			"'page' and 'query' must have at most %d bytes together.", BYTES_MOST);
	return rc;
}

/* GET /api/auth/views?page= */
int
auth_http_view_list(struct bh_request *req)
{
	struct auth_view *views = NULL;
	const char *page = NULL;
	size_t n = 0;
	int rc = bh_request_query_text(req, "page", &page);

	if (rc == 0)
		rc = auth_store_view_list(req->db, &req->tenant, &req->claims.subject, page, &views, &n);
	return rc < 0 ? bh_reply_error(req, rc, NULL) : bh_reply_list(req, &auth_view_shape, views, n);
}

struct add {
	const struct bh_request *req;
	struct auth_view view, made;
};

BH_MUST_CHECK static int
add_work(struct bh_db *tx, void *ctx)
{
	struct add *add = ctx;

	return auth_store_view_add(tx, &add->req->tenant, &add->req->claims.subject, &add->view,
		&add->made);
}

/* POST /api/auth/views: {"page", "name", "query"} */
int
auth_http_view_create(struct bh_request *req)
{
	struct add add = {.req = req};
	int rc = bh_request_object(req, &auth_view_create, &add.view);

	if (rc == 0 && strcmp(req->claims.client, "api_key") == 0)
		rc = bh_error(BH_E_FORBIDDEN, "Only a signed-in user can keep views.");
	if (rc == 0)
		rc = view_check(&add.view);
	add.view.id = bh_uuid_new();
	if (rc == 0)
		rc = bh_tx_run(req->db, add_work, &add);
	if (rc == BH_E_CONFLICT)
		rc = bh_error_param(BH_E_EXISTS, "name", "This page has a view with this name already.");
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_object(req, 201, &auth_view_shape, &add.made);
}

/* DELETE /api/auth/views/{id} */
int
auth_http_view_delete(struct bh_request *req)
{
	struct bh_uuid id;
	int rc = bh_request_uuid(req, "id", &id);

	if (rc == 0)
		rc = auth_store_view_remove(req->db, &req->tenant, &req->claims.subject, &id);
	return rc < 0 ? bh_reply_error(req, rc, "id") : bh_reply_empty(req, 204);
}

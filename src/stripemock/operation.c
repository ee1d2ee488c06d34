/* SPDX-License-Identifier: Apache-2.0 */
/* operation.c: what calls on objects of any kind have in common. */
#include "stripemock/operation.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"

enum { PAGE_PRESET = 10, PAGE_MOST = 100 };

/* ---- parameters into objects ---- */

static void
apply_metadata(struct stripemock_value *body, const struct stripemock_value *metadata)
{
	struct stripemock_value *kept = stripemock_value_at(body, "metadata");

	if (metadata->kind == BH_JSON_NULL || kept == NULL || kept->kind != BH_JSON_OBJECT) {
		kept = stripemock_value_new(body->arena, BH_JSON_OBJECT);
		stripemock_value_put(body, "metadata", kept);
	}
	for (EACH(at, metadata)) {
		struct stripemock_value *copy = stripemock_value_clone(body->arena, at);
		bool gone = at->kind == BH_JSON_NULL || at->text[0] == '\0';

		/* Names are the caller's own, dots and all: not paths. */
		for (EACH(old, kept)) {
			if (strcmp(old->name, at->name) == 0) {
				stripemock_value_cut(kept, old);
				break;
			}
		}
		copy->name = at->name;
		if (!gone)
			stripemock_value_add(kept, copy);
	}
}

static void
merge(struct stripemock_value *body, const struct stripemock_value *from)
{
	struct stripemock_value *at = stripemock_value_at(body, from->name);

	if (strcmp(from->name, "metadata") == 0) {
		apply_metadata(body, from);
	} else if (from->kind == BH_JSON_OBJECT && at != NULL && at->kind == BH_JSON_OBJECT) {
		for (EACH(member, from))
			merge(at, member);
	} else {
		put_copy(body, from->name, from);
	}
}

void
stripemock_operation_apply(struct stripemock_value *body, const struct stripemock_value *params,
	const char *but)
{
	for (EACH(at, params)) {
		if (strcmp(at->name, "expand") != 0 && !bh_text_has_word(but, at->name))
			merge(body, at);
	}
}

/* ---- objects ---- */

int
stripemock_operation_object(struct stripemock_work *work,
	const struct stripemock_operation *operation, struct stripemock_doc **out)
{
	int rc = stripemock_work_get(work, operation->kind, work->ids[0], "id", out);

	return rc < 0 ? rc : stripemock_work_enter(work, *out);
}

int
stripemock_operation_param(struct stripemock_work *work, const char *kind, const char *param,
	struct stripemock_doc **out)
{
	const char *id = text_at(work->params, param);

	*out = NULL;
	return id == NULL ? 0 : stripemock_work_get(work, kind, id, param, out);
}

int
stripemock_operation_customer(struct stripemock_work *work, struct stripemock_doc **out)
{
	int rc = stripemock_operation_param(work, "customer", "customer", out);

	return rc < 0 || *out == NULL ? rc : stripemock_work_enter(work, *out);
}

/* ---- lists ---- */

struct stripemock_value *
stripemock_operation_list(struct bh_arena *arena, const char *url)
{
	struct stripemock_value *list = stripemock_value_new(arena, BH_JSON_OBJECT);

	put_text(list, "object", "list");
	stripemock_value_put(list, "data", stripemock_value_new(arena, BH_JSON_ARRAY));
	put_bool(list, "has_more", false);
	put_text(list, "url", url);
	return list;
}

int
stripemock_operation_page(struct stripemock_work *work, const char *url,
	struct stripemock_doc **docs, size_t n, bool more)
{
	struct stripemock_value *list = stripemock_operation_list(work->arena, url);
	int rc = 0;

	put_bool(list, "has_more", more);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct stripemock_value *shown = NULL;

		rc = stripemock_view(work, docs[i], &shown);
		if (rc == 0)
			stripemock_value_add(stripemock_value_at(list, "data"), shown);
	}
	work->result = list;
	return rc;
}

static int
take_cursor(struct stripemock_work *work, const char *param, int64_t *out)
{
	const char *id = text_at(work->params, param);
	struct stripemock_event_row event;
	struct stripemock_doc *doc;
	bool found = false;
	int rc;

	if (id == NULL)
		return 0;
	rc = stripemock_work_find(work, NULL, id, &doc);
	if (rc == 0 && doc == NULL && bh_text_starts(id, "evt_"))
		rc = stripemock_store_event_find(work->tx, work->tenant, id, &event, &found);
	if (rc == 0 && doc == NULL && !found)
		rc = stripemock_work_refuse(work, "resource_missing", param, "No such object: '%s'", id);
	if (rc == 0)
		*out = doc != NULL ? doc->seq : event.seq;
	return rc;
}

int
stripemock_operation_filter(struct stripemock_work *work, struct stripemock_filter *filter)
{
	const struct stripemock_value *params = work->params;
	int rc = 0;

	filter->limit = has_at(params, "limit") ? int_at(params, "limit") : PAGE_PRESET;
	if (filter->limit < 1 || filter->limit > PAGE_MOST)
		return stripemock_work_refuse(work, "parameter_invalid_integer", "limit",
			"Invalid integer: limit must be between 1 and %d", PAGE_MOST);
	if (has_at(params, "starting_after") && has_at(params, "ending_before"))
		return stripemock_work_refuse(work, "parameters_exclusive", "ending_before",
			"You may only specify one of these parameters: starting_after, ending_before.");
	filter->created_least = int_at(params, "created.gte");
	if (has_at(params, "created.gt"))
		filter->created_least = int_at(params, "created.gt") + 1;
	filter->created_most = int_at(params, "created.lte");
	if (has_at(params, "created.lt"))
		filter->created_most = int_at(params, "created.lt") - 1;
	rc = take_cursor(work, "starting_after", &filter->after);
	return rc < 0 ? rc : take_cursor(work, "ending_before", &filter->before);
}

int
stripemock_operation_pages(struct stripemock_work *work, const struct stripemock_filter *of,
	const char *url)
{
	struct stripemock_filter filter = *of;
	struct stripemock_doc **docs = NULL;
	size_t n = 0;
	int64_t limit;
	int rc = stripemock_operation_filter(work, &filter);

	limit = filter.limit++;
	if (rc == 0)
		rc = stripemock_work_list(work, &filter, &docs, &n);
	if (rc < 0)
		return rc;
	filter.limit = (int64_t)n < limit ? (int64_t)n : limit;
	for (int64_t i = 0; filter.before != 0 && i < filter.limit / 2; i++) {
		struct stripemock_doc *swapped = docs[i];

		docs[i] = docs[filter.limit - 1 - i];
		docs[filter.limit - 1 - i] = swapped;
	}
	return stripemock_operation_page(work, url, docs, (size_t)filter.limit, (int64_t)n > limit);
}

/* ---- the plain ones ---- */

int
stripemock_operation_retrieve(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_work_find(work, operation->kind, work->ids[0], &doc);

	if (rc == 0 && doc == NULL)
		rc = stripemock_work_get(work, operation->kind, work->ids[0], "id", &doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

/* Where the lists of a kind are. */
static const char *
url_of(struct stripemock_work *work, const char *kind)
{
	char *url = bh_arena_printf(work->arena, "/v1/%ss", kind);

	for (char *c = url; *c != '\0'; c++) {
		if (*c == '.')
			*c = '/';
	}
	return url;
}

int
stripemock_operation_list_all(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	static const char paging[] = "limit starting_after ending_before created expand customer";
	struct stripemock_value *members = stripemock_value_new(work->arena, BH_JSON_OBJECT);
	struct stripemock_filter filter = {.kind = operation->kind,
		.customer = text_at(work->params, "customer")};

	stripemock_operation_apply(members, work->params, paging);
	filter.members = stripemock_value_print(work->arena, members, true);
	return stripemock_operation_pages(work, &filter, url_of(work, operation->kind));
}

/* "KIND.updated" and so on, of the kinds of which Stripe has such events. */
static int
tell(struct stripemock_work *work, struct stripemock_doc *doc, const char *verb)
{
	static const char silent[] =
		"payment_intent entitlements.feature webhook_endpoint product_feature";

	return bh_text_has_word(silent, doc->kind)
		? 0
		: stripemock_work_event(work, bh_arena_printf(work->arena, "%s.%s", doc->kind, verb), doc);
}

int
stripemock_operation_update(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc < 0)
		return rc;
	stripemock_operation_apply(doc->body, work->params, "");
	if (stripemock_value_at(doc->body, "updated") != NULL)
		put_int(doc->body, "updated", work->now_s);
	stripemock_work_touch(doc);
	rc = tell(work, doc, "updated");
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_operation_delete(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0)
		rc = tell(work, doc, "deleted");
	if (rc < 0)
		return rc;
	doc->is_removed = true;
	stripemock_work_touch(doc);
	work->result = stripemock_value_new(work->arena, BH_JSON_OBJECT);
	put_text(work->result, "id", doc->id);
	put_text(work->result, "object", doc->kind);
	put_bool(work->result, "deleted", true);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* s3_list.c: listings: a tenant's objects with their marks, the tenants, and uploads that nobody finished. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "object/s3.h"
#include "object/s3_xml.h"

#define PAGE "1000"
#define PAGE_MOST 1001u /* one may be left over from the page before */
#define UPLOAD_ID_MOST 1024u

/* ---- pages ---- */

static bool
is_names(const struct s3_list *list)
{
	return bh_uuid_is_zero(&list->tenant);
}

/* An element of a listing so far. */
struct item {
	char key[128]; /* "" for a longer one: none of ours */
	int64_t changed_ms;
};

static void
keep_key(const char *value, struct item *item)
{
	size_t len = strlen(value);

	item->key[0] = '\0';
	if (len < sizeof(item->key))
		memcpy(item->key, value, len + 1);
}

/* "{tenant}/" of the walk over tenants; what is no tenant's is passed over. */
static void
add_tenant(struct s3_list *list, const char *prefix)
{
	char hex[BH_UUID_HEX];
	struct s3_listed *listed = &list->page[list->n];

	if (strlen(prefix) != BH_UUID_HEX || prefix[BH_UUID_HEX - 1] != '/')
		return;
	memcpy(hex, prefix, BH_UUID_HEX - 1);
	hex[BH_UUID_HEX - 1] = '\0';
	*listed = (struct s3_listed){0};
	if (bh_uuid_parse_id(hex, "", &listed->id) == 0)
		list->n++;
}

/* An object, or the mark of the one before it. */
static void
add_object(struct s3_list *list, const struct item *item)
{
	char hex[BH_UUID_HEX];
	struct s3_listed *last = list->n > 0 ? &list->page[list->n - 1] : NULL;
	struct s3_listed listed = {.changed_ms = item->changed_ms};
	const char *name = item->key + BH_UUID_HEX;

	bh_uuid_hex(&list->tenant, hex);
	if (strncmp(item->key, hex, BH_UUID_HEX - 1) != 0 || item->key[BH_UUID_HEX - 1] != '/')
		return;
	if (bh_uuid_parse_id(name, "", &listed.id) == 0) {
		list->page[list->n++] = listed;
		return;
	}
	if (!bh_text_ends(name, S3_MARK) || strlen(name) != BH_UUID_HEX - 1 + strlen(S3_MARK))
		return;
	memcpy(hex, name, BH_UUID_HEX - 1);
	if (last != NULL && bh_uuid_parse_id(hex, "", &listed.id) == 0 &&
		bh_uuid_equal(&last->id, &listed.id)) {
		last->marked = true;
		last->marked_ms = item->changed_ms;
	}
}

static int
take_end(struct s3_list *list, const struct s3_xml_end *end, struct item *item, bool *out_more)
{
	bool full = list->n == PAGE_MOST;

	if (strcmp(end->parent, "ListBucketResult") == 0) {
		if (strcmp(end->name, "IsTruncated") == 0)
			*out_more = strcmp(end->value, "true") == 0;
		else if (strcmp(end->name, "NextContinuationToken") == 0)
			bh_buf_text(&list->token, end->value);
		else if (strcmp(end->name, "Contents") == 0 && !is_names(list)) {
			if (full)
				return bh_error(BH_E_PROTOCOL, "the listing is longer than requested");
			add_object(list, item);
			*item = (struct item){0};
		}
	} else if (strcmp(end->parent, "Contents") == 0) {
		if (strcmp(end->name, "Key") == 0)
			keep_key(end->value, item);
		else if (strcmp(end->name, "LastModified") == 0)
			item->changed_ms = s3_time_iso(end->value);
	} else if (strcmp(end->parent, "CommonPrefixes") == 0 && is_names(list) &&
		strcmp(end->name, "Prefix") == 0) {
		if (full)
			return bh_error(BH_E_PROTOCOL, "the listing is longer than requested");
		add_tenant(list, end->value);
	}
	return 0;
}

int
s3_list_parse(struct s3_list *list, const char *text, size_t len)
{
	BH_AUTO(s3_xml_close) struct s3_xml xml = {.text = text, .len = len};
	BH_AUTO(bh_buf_close) struct bh_buf before = list->token;
	struct s3_xml_end end = {0};
	struct item item = {0};
	bool more = false;
	int rc;

	list->token = (struct bh_buf){0};
	while ((rc = s3_xml_next(&xml, &end)) > 0) {
		rc = take_end(list, &end, &item, &more);
		if (rc < 0)
			return rc;
	}
	if (rc < 0)
		return rc;
	if (strcmp(end.name, "ListBucketResult") != 0 || (more && list->token.len == 0))
		return bh_error(BH_E_PROTOCOL, "the response is not a listing");
	/* A page without objects may have another behind it, but not itself. */
	if (more && strcmp(bh_buf_string(&list->token), bh_buf_string(&before)) == 0)
		return bh_error(BH_E_PROTOCOL, "the listing repeats a page");
	list->last = !more;
	return 0;
}

/* The next page. The last object of the one before stays in front: its mark may come first. */
static int
next_page(struct s3_list *list)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct s3_answer answer = {0};
	char prefix[BH_UUID_HEX + 1] = "";
	struct s3_request request = {.method = "GET", .tenant = is_names(list) ? NULL : &list->tenant};
	int rc;

	if (list->token.len > 0)
		request.params[request.n_params++] = (struct s3_pair){"continuation-token",
			bh_buf_string(&list->token)};
	if (is_names(list))
		request.params[request.n_params++] = (struct s3_pair){"delimiter", "/"};
	request.params[request.n_params++] = (struct s3_pair){"list-type", "2"};
	request.params[request.n_params++] = (struct s3_pair){"max-keys", PAGE};
	if (!is_names(list)) {
		bh_uuid_hex(&list->tenant, prefix);
		prefix[BH_UUID_HEX - 1] = '/';
		prefix[BH_UUID_HEX] = '\0';
	}
	request.params[request.n_params++] = (struct s3_pair){"prefix", prefix};
	rc = s3_call_text(list->store, &request, &answer, &body);
	if (rc < 0)
		return s3_error(rc);
	list->now_ms = answer.now_ms;
	rc = s3_list_parse(list, body.data, body.len);
	return rc < 0 ? bh_error(BH_E_UNAVAILABLE, "object store: list: %s", bh_error_detail(rc)) : 0;
}

/* ---- the walk ---- */

int
s3_list_open(struct bh_object_store *store, const struct bh_uuid *tenant, void **out)
{
	struct s3_list *list = calloc(1, sizeof(*list));

	BH_ASSERT(list != NULL);
	list->page = calloc(PAGE_MOST, sizeof(*list->page));
	BH_ASSERT(list->page != NULL);
	list->store = (struct s3_store *)store;
	if (tenant != NULL)
		list->tenant = *tenant;
	*out = list;
	return 0;
}

/* Until one can be given that is whole, or the end. */
static int
fill(struct s3_list *list)
{
	while (list->at + 1 >= list->n && !list->last) {
		int rc;

		if (list->at < list->n)
			list->page[0] = list->page[list->at];
		list->n -= list->at;
		list->at = 0;
		rc = next_page(list);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int
s3_list_next(void *walk, int64_t age_s, struct bh_object_name *out, size_t room, size_t *out_n)
{
	struct s3_list *list = walk;
	size_t n = 0;

	while (n < room) {
		const struct s3_listed *listed;
		int rc = fill(list);

		if (rc < 0)
			return rc;
		if (list->at == list->n)
			break;
		listed = &list->page[list->at++];
		if (!is_names(list) && listed->changed_ms > list->now_ms - age_s * 1000)
			continue;
		out[n++] = (struct bh_object_name){listed->id, listed->marked};
	}
	*out_n = n;
	return 0;
}

void
s3_list_close(void *walk)
{
	struct s3_list *list = walk;

	free(list->page);
	bh_buf_close(&list->token);
	free(list);
}

/* ---- one name ---- */

int
s3_list_find(struct s3_store *store, const struct bh_uuid *tenant, const char *name,
	bool *out_found, int64_t *out_changed_ms, int64_t *out_now_ms)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	BH_AUTO(s3_xml_close) struct s3_xml xml = {0};
	struct s3_answer answer = {0};
	struct s3_xml_end end;
	struct item item = {0};
	char key[2 * S3_NAME_TEXT], hex[BH_UUID_HEX];
	const struct s3_request request = {.method = "GET",
		.tenant = tenant,
		.params = {{"list-type", "2"}, {"max-keys", "1"}, {"prefix", key}},
		.n_params = 3};
	int rc;

	bh_uuid_hex(tenant, hex);
	snprintf(key, sizeof(key), "%s/%s", hex, name);
	rc = s3_call_text(store, &request, &answer, &body);
	if (rc < 0)
		return s3_error(rc);
	xml.text = body.data;
	xml.len = body.len;
	while ((rc = s3_xml_next(&xml, &end)) > 0) {
		if (strcmp(end.parent, "Contents") != 0)
			continue;
		if (strcmp(end.name, "Key") == 0)
			keep_key(end.value, &item);
		else if (strcmp(end.name, "LastModified") == 0)
			item.changed_ms = s3_time_iso(end.value);
	}
	if (rc < 0)
		return bh_error(BH_E_UNAVAILABLE, "object store: list: %s", bh_error_detail(rc));
	*out_found = strcmp(item.key, key) == 0;
	*out_changed_ms = item.changed_ms;
	*out_now_ms = answer.now_ms;
	return 0;
}

int
s3_missing(struct s3_store *store, const struct bh_uuid *tenant, const char *name, int rc)
{
	char detail[256];
	int64_t changed_ms, now_ms;
	bool found = true;

	if (rc != BH_E_FORBIDDEN)
		return s3_error(rc);
	snprintf(detail, sizeof(detail), "%s", bh_error_detail(rc));
	rc = s3_list_find(store, tenant, name, &found, &changed_ms, &now_ms);
	if (rc < 0)
		return rc;
	return found ? bh_error(BH_E_UNAVAILABLE, "%s", detail) : BH_E_NOT_FOUND;
}

/* ---- uploads that nobody finished ---- */

/* With the session of the tenant whose prefix the key has. */
static int
abort_upload(struct s3_store *store, const char *key, const char *upload)
{
	char hex[BH_UUID_HEX];
	struct bh_uuid tenant, id;
	struct s3_answer answer = {0};
	const struct s3_request request = {.method = "DELETE",
		.tenant = &tenant,
		.name = key + BH_UUID_HEX,
		.params = {{"uploadId", upload}},
		.n_params = 1};
	int rc;

	snprintf(hex, sizeof(hex), "%.*s", BH_UUID_HEX - 1, key);
	if (bh_uuid_parse_id(hex, "", &tenant) < 0 || key[BH_UUID_HEX - 1] != '/' ||
		bh_uuid_parse_id(key + BH_UUID_HEX, "", &id) < 0)
		return 0;
	rc = s3_call(store, &request, &answer);
	s3_answer_close(&answer);
	return rc == BH_E_NOT_FOUND ? 0 : s3_error(rc);
}

struct unfinished {
	struct item item;
	char id[UPLOAD_ID_MOST];
};

/* The uploads of everybody, page by page: not every store lists those below a prefix. */
struct uploads {
	struct s3_store *store;
	const char *prefix; /* others stay */
	int64_t age_s;      /* younger ones stay */
	int64_t before_ms;
	struct unfinished upload;
	struct bh_buf key, id; /* owned: where the next page begins */
	bool more;
	int failed;
};

static int
take_upload(struct uploads *uploads, const struct s3_xml_end *end)
{
	struct unfinished *upload = &uploads->upload;
	int rc = 0;

	if (strcmp(end->parent, "Upload") == 0) {
		if (strcmp(end->name, "Key") == 0)
			keep_key(end->value, &upload->item);
		else if (strcmp(end->name, "Initiated") == 0)
			upload->item.changed_ms = s3_time_iso(end->value);
		else if (strcmp(end->name, "UploadId") == 0 && strlen(end->value) < sizeof(upload->id))
			memcpy(upload->id, end->value, strlen(end->value) + 1);
	} else if (strcmp(end->name, "Upload") == 0) {
		if (bh_text_starts(upload->item.key, uploads->prefix) && upload->item.changed_ms > 0 &&
			upload->item.changed_ms <= uploads->before_ms && upload->id[0] != '\0')
			rc = abort_upload(uploads->store, upload->item.key, upload->id);
		*upload = (struct unfinished){0};
	} else if (strcmp(end->parent, "ListMultipartUploadsResult") == 0) {
		if (strcmp(end->name, "IsTruncated") == 0)
			uploads->more = strcmp(end->value, "true") == 0;
		else if (strcmp(end->name, "NextKeyMarker") == 0)
			bh_buf_text(&uploads->key, end->value);
		else if (strcmp(end->name, "NextUploadIdMarker") == 0)
			bh_buf_text(&uploads->id, end->value);
	}
	return rc;
}

/* An upload that cannot be aborted keeps no other. */
static int
take_uploads(struct uploads *uploads, const struct bh_buf *page)
{
	BH_AUTO(s3_xml_close) struct s3_xml xml = {.text = page->data, .len = page->len};
	BH_AUTO(bh_buf_close) struct bh_buf key = uploads->key;
	BH_AUTO(bh_buf_close) struct bh_buf id = uploads->id;
	struct s3_xml_end end;
	int rc;

	uploads->key = uploads->id = (struct bh_buf){0};
	uploads->more = false;
	while ((rc = s3_xml_next(&xml, &end)) > 0) {
		int one = take_upload(uploads, &end);

		uploads->failed = one < 0 ? one : uploads->failed;
	}
	if (rc < 0)
		return bh_error(BH_E_UNAVAILABLE, "object store: list: %s", bh_error_detail(rc));
	/* There may be many pages, but none twice. */
	if (uploads->more && strcmp(bh_buf_string(&uploads->key), bh_buf_string(&key)) == 0 &&
		strcmp(bh_buf_string(&uploads->id), bh_buf_string(&id)) == 0)
		return bh_error(BH_E_UNAVAILABLE, "object store: list: the listing repeats a page");
	return 0;
}

static int
next_uploads(struct uploads *uploads)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct s3_request request = {.method = "GET"};
	struct s3_answer answer = {0};
	int rc;

	if (uploads->key.len > 0)
		request.params[request.n_params++] = (struct s3_pair){"key-marker",
			bh_buf_string(&uploads->key)};
	request.params[request.n_params++] = (struct s3_pair){"max-uploads", PAGE};
	if (uploads->id.len > 0)
		request.params[request.n_params++] = (struct s3_pair){"upload-id-marker",
			bh_buf_string(&uploads->id)};
	request.params[request.n_params++] = (struct s3_pair){"uploads", ""};
	rc = s3_call_text(uploads->store, &request, &answer, &body);
	if (rc < 0)
		return s3_error(rc);
	uploads->before_ms = uploads->age_s < 0 ? INT64_MAX : answer.now_ms - uploads->age_s * 1000;
	return take_uploads(uploads, &body);
}

static int
abort_uploads(struct uploads *uploads)
{
	int rc;

	do {
		rc = next_uploads(uploads);
	} while (rc == 0 && uploads->more);
	bh_buf_close(&uploads->key);
	bh_buf_close(&uploads->id);
	return rc < 0 ? rc : uploads->failed;
}

int
s3_list_sweep(struct bh_object_store *base, int64_t age_s)
{
	return abort_uploads(
		&(struct uploads){.store = (struct s3_store *)base, .prefix = "", .age_s = age_s});
}

int
s3_list_forget(struct bh_object_store *base, const struct bh_uuid *tenant)
{
	char prefix[BH_UUID_HEX + 1];

	bh_uuid_hex(tenant, prefix);
	prefix[BH_UUID_HEX - 1] = '/';
	prefix[BH_UUID_HEX] = '\0';
	return abort_uploads(
		&(struct uploads){.store = (struct s3_store *)base, .prefix = prefix, .age_s = -1});
}

/* SPDX-License-Identifier: Apache-2.0 */
/* quota.c: adds up what there is and what is announced, and says no. */
#include "rag/quota.h"

#include "base/error.h"
#include "rag/rag.h"
#include "rag/store.h"
#include "service/request.h"

enum {
	CHANGES_MOST = 64,  /* before they are folded into one */
	FORM_BYTES = 16384, /* of an upload's body that are not its file */
};

/* An upload under way. */
struct rag_announcement {
	const struct bh_request *req;
	struct bh_uuid tenant;
	int64_t bytes;
	struct rag_announcement *next;
};

void
rag_quota_init(struct rag_announced *announced)
{
	pthread_mutex_init(&announced->lock, NULL);
}

int64_t
rag_quota_bytes_max(const struct rag_conf *conf, const struct rag_kept *kept)
{
	return kept->has_bytes_max ? kept->bytes_max : conf->storage_bytes_max;
}

int64_t
rag_quota_files_max(const struct rag_conf *conf, const struct rag_kept *kept)
{
	return kept->has_files_max ? kept->files_max : conf->storage_files_max;
}

static int
over_bytes(int64_t most)
{
	return bh_error(BH_E_STORAGE,
		"The storage quota of %lld bytes (files, extracted texts and vectors) is exhausted. Delete "
		"files or vector stores, or request a larger quota.",
		(long long)most);
}

static int
over_count(const char *what, int64_t most)
{
	return bh_error(BH_E_STORAGE, "The quota of %lld %s is exhausted.", (long long)most, what);
}

/* ---- in a transaction ---- */

static int
compare(const struct rag_conf *conf, const struct rag_kept *kept)
{
	int64_t bytes = rag_quota_bytes_max(conf, kept), files = rag_quota_files_max(conf, kept);

	if (bytes > 0 && kept->bytes > bytes)
		return over_bytes(bytes);
	if (files > 0 && kept->files > files)
		return over_count("files", files);
	if (kept->stores > conf->stores_max)
		return over_count("vector stores", conf->stores_max);
	if (kept->batches > conf->batches_max)
		return over_count("file batches", conf->batches_max);
	return 0;
}

int
rag_quota_room(struct bh_db *db, const struct bh_uuid *tenant, int64_t files, int64_t bytes,
	const struct rag_conf *conf)
{
	struct rag_kept kept;
	int rc = rag_store_quota_get(db, tenant, &kept);

	if (rc < 0)
		return rc;
	kept.files += files;
	kept.bytes += bytes;
	return compare(conf, &kept);
}

static int
check_store(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct rag_conf *conf)
{
	int64_t files = 0, changes = 0;
	int rc = rag_store_quota_store_get(tx, tenant, store, &files, &changes);

	if (rc == 0 && files > conf->store_files_max)
		rc = over_count("files in a vector store", conf->store_files_max);
	if (rc == 0 && changes > CHANGES_MOST)
		rc = rag_store_quota_store_fold(tx, tenant, store);
	return rc;
}

int
rag_quota_check(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct rag_conf *conf)
{
	struct rag_kept kept;
	/* The lock is a statement of its own: the next one sees what was committed while it waited. */
	int rc = rag_store_quota_lock(tx, tenant);

	if (rc == 0)
		rc = rag_store_quota_get(tx, tenant, &kept);
	if (rc == 0)
		rc = compare(conf, &kept);
	if (rc == 0 && kept.changes > CHANGES_MOST)
		rc = rag_store_quota_fold(tx, tenant);
	return rc < 0 || store == NULL ? rc : check_store(tx, tenant, store, conf);
}

/* The announced bytes are not kept free: each part is judged when it comes. */
int
rag_quota_check_upload(struct bh_db *tx, const struct bh_uuid *tenant, int64_t bytes,
	const struct rag_conf *conf)
{
	struct rag_kept kept;
	int64_t pending = 0;
	int rc = rag_store_quota_lock(tx, tenant);

	if (rc == 0)
		rc = rag_store_upload_pending(tx, tenant, &pending);
	if (rc == 0 && pending > conf->uploads_max)
		rc = over_count("unfinished uploads", conf->uploads_max);
	if (rc == 0)
		rc = rag_store_quota_get(tx, tenant, &kept);
	if (rc < 0)
		return rc;
	kept.bytes += bytes;
	kept.files++;
	return compare(conf, &kept);
}

int
rag_quota_tidy(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store)
{
	struct rag_kept kept;
	int64_t files = 0, changes = 0;
	int rc = rag_store_quota_get(tx, tenant, &kept);

	if (rc == 0 && kept.changes > CHANGES_MOST)
		rc = rag_store_quota_fold(tx, tenant);
	if (rc == 0)
		rc = rag_store_quota_store_get(tx, tenant, store, &files, &changes);
	if (rc == 0 && changes > CHANGES_MOST)
		rc = rag_store_quota_store_fold(tx, tenant, store);
	return rc;
}

/* ---- at the head of an upload ---- */

/* Adds this upload to those under way; *out_bytes, *out_files: the tenant's others. */
static void
announce(struct rag_announced *announced, struct bh_request *req, int64_t bytes, int64_t *out_bytes,
	int64_t *out_files)
{
	struct rag_announcement *own = bh_arena_alloc(req->arena, sizeof(*own));
	const struct rag_announcement *other;

	*own = (struct rag_announcement){.req = req, .tenant = req->tenant, .bytes = bytes};
	pthread_mutex_lock(&announced->lock);
	for (other = announced->first; other != NULL; other = other->next) {
		if (!bh_uuid_equal(&other->tenant, &req->tenant))
			continue;
		*out_bytes += other->bytes;
		*out_files += 1;
	}
	own->next = announced->first;
	announced->first = own;
	pthread_mutex_unlock(&announced->lock);
}

void
rag_quota_release(struct bh_request *req)
{
	struct rag *rag = req->service;
	struct rag_announcement **at;

	pthread_mutex_lock(&rag->announced.lock);
	for (at = &rag->announced.first; *at != NULL && (*at)->req != req; at = &(*at)->next)
		continue;
	if (*at != NULL)
		*at = (*at)->next;
	pthread_mutex_unlock(&rag->announced.lock);
}

/* A body of unknown length announces nothing: it may be as large as what is left now, and its end is
 * judged like every other's. */
int
rag_quota_admit(struct bh_request *req, int64_t *body_bytes, int *over)
{
	struct rag *rag = req->service;
	int64_t declared = req->http->declared_bytes, bytes = 0, files = 0, most, left;
	struct rag_kept kept;
	int rc;

	/* Announced before the database is asked: one that ends meanwhile is counted there or here. */
	announce(&rag->announced, req, declared > 0 ? declared : 0, &bytes, &files);
	rc = rag_store_quota_get(req->db, &req->tenant, &kept);
	if (rc < 0)
		return rc;
	most = rag_quota_files_max(&rag->conf, &kept);
	if (most > 0 && kept.files + files >= most)
		return over_count("files", most);
	most = rag_quota_bytes_max(&rag->conf, &kept);
	if (most == 0)
		return 0;
	left = most - kept.bytes - bytes;
	if (left <= 0 || declared > left + FORM_BYTES)
		return over_bytes(most);
	if (*body_bytes > left + FORM_BYTES) {
		*body_bytes = left + FORM_BYTES;
		*over = over_bytes(most);
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The credentials that auth has told about, good and bad, in shared memory:
 * a tree by the credential's SHA-256 and a queue by last use. Being only a
 * cache, it makes room by dropping what the one with most entries has used
 * least recently.
 */


#include "ngx_http_bulkhead_module.h"


/*
 * fresh_until bounds how long the answer is believed while auth can be asked;
 * the identity's valid_until is the end of the token in it. Its texts, or the
 * body of a refusal, are in the data: zones lie at the same address for all.
 */
typedef struct {
    ngx_str_node_t                node;
    ngx_queue_t                   queue;
    ngx_queue_t                   own;
    ngx_http_bulkhead_account_t  *account;
    u_char                        hash[NGX_HTTP_BULKHEAD_HASH_LEN];
    ngx_msec_t                    fresh_until;
    uint16_t                      status;
    uint16_t                      body_len;
    ngx_http_bulkhead_identity_t  identity;
    u_char                        data[1];
} ngx_http_bulkhead_entry_t;


static ngx_uint_t ngx_http_bulkhead_cache_concerns(
    ngx_http_bulkhead_forget_t *forget, ngx_uint_t status,
    ngx_http_bulkhead_identity_t *identity);
static ngx_uint_t ngx_http_bulkhead_cache_outdated(
    ngx_http_bulkhead_keys_t *keys, ngx_http_bulkhead_answer_t *answer);
static size_t ngx_http_bulkhead_cache_texts(
    ngx_http_bulkhead_identity_t *identity, u_char *p);
static ngx_int_t ngx_http_bulkhead_cache_use(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_entry_t *entry);
static ngx_http_bulkhead_identity_t *ngx_http_bulkhead_cache_copy(
    ngx_http_request_t *r, ngx_http_bulkhead_identity_t *kept);
static ngx_int_t ngx_http_bulkhead_cache_refusal(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_entry_t *entry);
static ngx_http_bulkhead_account_t *ngx_http_bulkhead_cache_account(
    ngx_http_bulkhead_main_conf_t *bmcf, u_char *tenant);
static void *ngx_http_bulkhead_cache_alloc(
    ngx_http_bulkhead_main_conf_t *bmcf, size_t size);
static void ngx_http_bulkhead_cache_fill(ngx_http_bulkhead_entry_t *entry,
    ngx_http_bulkhead_answer_t *answer);
static void ngx_http_bulkhead_cache_delete(
    ngx_http_bulkhead_main_conf_t *bmcf, ngx_http_bulkhead_entry_t *entry);


ngx_int_t
ngx_http_bulkhead_cache_find(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_int_t                       rc;
    ngx_http_bulkhead_keys_t       *keys;
    ngx_http_bulkhead_entry_t      *entry;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);
    keys = bmcf->keys;

    rc = NGX_DECLINED;

    ngx_shmtx_lock(&bmcf->keys_pool->mutex);

    ctx->forgets = keys->forgets;

    entry = ngx_http_bulkhead_tree_find(&keys->rbtree, ctx->hash,
                                        NGX_HTTP_BULKHEAD_HASH_LEN);
    if (entry != NULL) {
        rc = ngx_http_bulkhead_cache_use(r, ctx, bmcf, entry);
    }

    if (rc == NGX_DECLINED) {
        keys->misses++;
    }

    ngx_shmtx_unlock(&bmcf->keys_pool->mutex);

    return rc;
}


/* Under the lock: an entry that was found is not always one to answer by. */

static ngx_int_t
ngx_http_bulkhead_cache_use(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_entry_t *entry)
{
    ngx_uint_t                     fresh;
    ngx_http_bulkhead_keys_t      *keys;
    ngx_http_bulkhead_identity_t  *identity;

    keys = bmcf->keys;
    fresh = (ngx_msec_int_t) (entry->fresh_until - ngx_current_msec) > 0;

    if (entry->status != NGX_HTTP_OK) {

        if (!fresh) {
            return NGX_DECLINED;
        }

        keys->negatives++;
        return ngx_http_bulkhead_cache_refusal(r, ctx, entry);
    }

    /* A token that ends soon is not forwarded: the request must outlast it. */

    if ((ngx_msec_int_t) (entry->identity.valid_until - ngx_current_msec)
        <= (ngx_msec_int_t) ctx->conf->margin * 1000)
    {
        ngx_http_bulkhead_cache_delete(bmcf, entry);
        return NGX_DECLINED;
    }

    identity = ngx_http_bulkhead_cache_copy(r, &entry->identity);
    if (identity == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!fresh) {
        ctx->stale = identity;
        return NGX_DECLINED;
    }

    ngx_queue_remove(&entry->queue);
    ngx_queue_insert_head(&keys->queue, &entry->queue);
    ngx_http_bulkhead_account_use(entry->account, &entry->own);

    keys->hits++;
    ctx->identity = identity;

    return NGX_OK;
}


void
ngx_http_bulkhead_cache_store(ngx_http_bulkhead_main_conf_t *bmcf,
    u_char *hash, ngx_http_bulkhead_answer_t *answer)
{
    size_t                         size;
    ngx_http_bulkhead_keys_t      *keys;
    ngx_http_bulkhead_entry_t     *entry;
    ngx_http_bulkhead_account_t   *account;
    ngx_http_bulkhead_identity_t  *identity;

    keys = bmcf->keys;
    identity = &answer->identity;

    size = offsetof(ngx_http_bulkhead_entry_t, data)
           + ngx_http_bulkhead_cache_texts(identity, NULL) + answer->body.len;

    ngx_shmtx_lock(&bmcf->keys_pool->mutex);

    entry = ngx_http_bulkhead_tree_find(&keys->rbtree, hash,
                                        NGX_HTTP_BULKHEAD_HASH_LEN);
    if (entry != NULL) {
        ngx_http_bulkhead_cache_delete(bmcf, entry);
    }

    if (answer->ttl <= 0 || ngx_http_bulkhead_cache_outdated(keys, answer)) {
        goto done;
    }

    entry = ngx_http_bulkhead_cache_alloc(bmcf, size);
    account = NULL;

    /* Making room may close an account: it is looked for last. */

    if (entry != NULL) {
        account = ngx_http_bulkhead_cache_account(bmcf, identity->tenant);
    }

    if (account == NULL) {

        if (entry != NULL) {
            ngx_slab_free_locked(bmcf->keys_pool, entry);
        }

        keys->full++;
        goto done;
    }

    ngx_memcpy(entry->hash, hash, NGX_HTTP_BULKHEAD_HASH_LEN);
    ngx_http_bulkhead_cache_fill(entry, answer);

    ngx_http_bulkhead_tree_add(&keys->rbtree, &entry->node, entry->hash,
                               NGX_HTTP_BULKHEAD_HASH_LEN);
    ngx_queue_insert_head(&keys->queue, &entry->queue);

    entry->account = account;
    ngx_http_bulkhead_account_add(keys, account, &entry->own);

done:

    ngx_shmtx_unlock(&bmcf->keys_pool->mutex);
}


/*
 * Drops what is cached about the id: of one tenant's where that is known, so
 * that nobody's revocations cost the others a look at all of theirs.
 */
void
ngx_http_bulkhead_cache_forget(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_str_t *kind, u_char *id, u_char *tenant)
{
    ngx_queue_t                  *q, *next, *all;
    ngx_http_bulkhead_keys_t     *keys;
    ngx_http_bulkhead_entry_t    *entry;
    ngx_http_bulkhead_forget_t   *latest, forget;
    ngx_http_bulkhead_account_t  *account;

    keys = bmcf->keys;

    forget.kind = kind->data[0];
    ngx_memcpy(forget.id, id, NGX_HTTP_BULKHEAD_UUID_LEN);

    ngx_shmtx_lock(&bmcf->keys_pool->mutex);

    latest = &keys->latest[keys->forgets % NGX_HTTP_BULKHEAD_FORGETS];
    *latest = forget;
    keys->forgets++;

    all = &keys->queue;

    if (tenant != NULL) {
        account = ngx_http_bulkhead_account(keys, tenant);
        all = account ? ngx_http_bulkhead_account_entries(account) : NULL;
    }

    /* With its last entry an account is gone: its sentinel is only compared. */

    for (q = all ? ngx_queue_head(all) : NULL; q != all; q = next) {
        next = ngx_queue_next(q);
        entry = tenant ? ngx_queue_data(q, ngx_http_bulkhead_entry_t, own)
                       : ngx_queue_data(q, ngx_http_bulkhead_entry_t, queue);

        if (ngx_http_bulkhead_cache_concerns(&forget, entry->status,
                                             &entry->identity))
        {
            ngx_http_bulkhead_cache_delete(bmcf, entry);
        }
    }

    ngx_shmtx_unlock(&bmcf->keys_pool->mutex);
}


/*
 * What auth does not know it will not know later either. Somebody's credential
 * that it has refused may be good again, whatever was changed.
 */
static ngx_uint_t
ngx_http_bulkhead_cache_concerns(ngx_http_bulkhead_forget_t *forget,
    ngx_uint_t status, ngx_http_bulkhead_identity_t *identity)
{
    u_char         *own;

    static u_char   nobody[NGX_HTTP_BULKHEAD_UUID_LEN];

    if (status != NGX_HTTP_OK) {
        return status != NGX_HTTP_UNAUTHORIZED
               || ngx_memcmp(identity->tenant, nobody,
                             NGX_HTTP_BULKHEAD_UUID_LEN) != 0;
    }

    own = (forget->kind == 't') ? identity->tenant
          : (forget->kind == 's') ? identity->subject : identity->credential;

    return ngx_memcmp(own, forget->id, NGX_HTTP_BULKHEAD_UUID_LEN) == 0;
}


/*
 * Under the lock. What was asked before a revocation arrived may have been
 * answered before it too: such an answer is used once and not remembered. Of
 * revocations only the latest are known.
 */
static ngx_uint_t
ngx_http_bulkhead_cache_outdated(ngx_http_bulkhead_keys_t *keys,
    ngx_http_bulkhead_answer_t *answer)
{
    ngx_uint_t  n;

    n = answer->forgets;

    if (keys->forgets - n > NGX_HTTP_BULKHEAD_FORGETS) {
        return 1;
    }

    for ( /* void */ ; n != keys->forgets; n++) {
        if (ngx_http_bulkhead_cache_concerns(
                &keys->latest[n % NGX_HTTP_BULKHEAD_FORGETS], answer->status,
                &answer->identity))
        {
            return 1;
        }
    }

    return 0;
}


/* The length of an identity's texts, which go to p and are there from now on. */
static size_t
ngx_http_bulkhead_cache_texts(ngx_http_bulkhead_identity_t *identity,
    u_char *p)
{
    size_t      len;
    ngx_str_t  *text[] = { &identity->authorization, &identity->scope,
                           &identity->plan, &identity->role,
                           &identity->origins };
    ngx_uint_t  i;

    len = 0;

    for (i = 0; i < sizeof(text) / sizeof(text[0]); i++) {

        if (p != NULL) {
            ngx_memcpy(p + len, text[i]->data, text[i]->len);
            text[i]->data = p + len;
        }

        len += text[i]->len;
    }

    return len;
}


static ngx_http_bulkhead_identity_t *
ngx_http_bulkhead_cache_copy(ngx_http_request_t *r,
    ngx_http_bulkhead_identity_t *kept)
{
    u_char                        *p;
    ngx_http_bulkhead_identity_t  *identity;

    identity = ngx_palloc(r->pool, sizeof(ngx_http_bulkhead_identity_t));
    p = ngx_pnalloc(r->pool, ngx_http_bulkhead_cache_texts(kept, NULL));

    if (identity == NULL || p == NULL) {
        return NULL;
    }

    *identity = *kept;
    (void) ngx_http_bulkhead_cache_texts(identity, p);

    return identity;
}


static ngx_int_t
ngx_http_bulkhead_cache_refusal(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_entry_t *entry)
{
    if (entry->body_len) {
        ctx->body.data = ngx_pnalloc(r->pool, entry->body_len);
        if (ctx->body.data == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        ctx->body.len = entry->body_len;
        ngx_memcpy(ctx->body.data, entry->data, entry->body_len);
    }

    return ngx_http_bulkhead_refuse(ctx, entry->status,
                                    entry->status == NGX_HTTP_UNAUTHORIZED
                                        ? NGX_HTTP_BULKHEAD_UNAUTHENTICATED
                                        : NGX_HTTP_BULKHEAD_FORBIDDEN,
                                    NULL, NULL);
}


/*
 * Under the lock. Of what auth does not know only so much is kept, which has
 * the tenant zero: a stranger thinks up as many credentials as he likes.
 */
static ngx_http_bulkhead_account_t *
ngx_http_bulkhead_cache_account(ngx_http_bulkhead_main_conf_t *bmcf,
    u_char *tenant)
{
    void                         *memory;
    ngx_queue_t                  *q;
    ngx_http_bulkhead_keys_t     *keys;
    ngx_http_bulkhead_account_t  *account;

    static u_char                 nobody[NGX_HTTP_BULKHEAD_UUID_LEN];

    keys = bmcf->keys;

    account = ngx_http_bulkhead_account(keys, tenant);

    if (account == NULL) {
        memory = ngx_http_bulkhead_cache_alloc(bmcf,
                                          ngx_http_bulkhead_account_size());
        return memory ? ngx_http_bulkhead_account_open(keys, memory, tenant)
                      : NULL;
    }

    if (ngx_memcmp(tenant, nobody, NGX_HTTP_BULKHEAD_UUID_LEN) == 0) {
        q = ngx_http_bulkhead_account_last(account, keys->most_unknown);

        if (q != NULL) {
            ngx_http_bulkhead_cache_delete(bmcf,
                       ngx_queue_data(q, ngx_http_bulkhead_entry_t, own));
            keys->evictions++;
        }
    }

    return account;
}


/*
 * Under the lock. Expired entries give way and, for want of room, the oldest
 * of whoever has most.
 */
static void *
ngx_http_bulkhead_cache_alloc(ngx_http_bulkhead_main_conf_t *bmcf, size_t size)
{
    void                       *memory;
    ngx_uint_t                  i;
    ngx_queue_t                *q;
    ngx_http_bulkhead_keys_t   *keys;
    ngx_http_bulkhead_entry_t  *old;

    keys = bmcf->keys;

    for (i = 0; i < 2 && !ngx_queue_empty(&keys->queue); i++) {
        q = ngx_queue_last(&keys->queue);
        old = ngx_queue_data(q, ngx_http_bulkhead_entry_t, queue);

        if ((ngx_msec_int_t) (old->identity.valid_until - ngx_current_msec)
            > 0)
        {
            break;
        }

        ngx_http_bulkhead_cache_delete(bmcf, old);
    }

    for (i = 0; i < 256; i++) {
        memory = ngx_slab_alloc_locked(bmcf->keys_pool, size);
        if (memory != NULL) {
            return memory;
        }

        q = ngx_http_bulkhead_account_victim(keys);
        if (q == NULL) {
            return NULL;
        }

        ngx_http_bulkhead_cache_delete(bmcf,
                       ngx_queue_data(q, ngx_http_bulkhead_entry_t, own));
        keys->evictions++;
    }

    return NULL;
}


static void
ngx_http_bulkhead_cache_fill(ngx_http_bulkhead_entry_t *entry,
    ngx_http_bulkhead_answer_t *answer)
{
    entry->status = (uint16_t) answer->status;
    entry->fresh_until = ngx_current_msec + (ngx_msec_t) answer->ttl * 1000;
    entry->identity = answer->identity;
    entry->body_len = (uint16_t) answer->body.len;

    if (answer->status == NGX_HTTP_OK) {
        (void) ngx_http_bulkhead_cache_texts(&entry->identity, entry->data);
        return;
    }

    entry->identity.valid_until = entry->fresh_until;

    if (answer->body.len) {
        ngx_memcpy(entry->data, answer->body.data, answer->body.len);
    }
}


static void
ngx_http_bulkhead_cache_delete(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_entry_t *entry)
{
    ngx_rbtree_delete(&bmcf->keys->rbtree, &entry->node.node);
    ngx_queue_remove(&entry->queue);

    if (ngx_http_bulkhead_account_remove(bmcf->keys, entry->account,
                                         &entry->own))
    {
        ngx_slab_free_locked(bmcf->keys_pool, entry->account);
    }

    /* A token is a secret: it does not stay behind in free memory. */

    ngx_memzero(entry->data, entry->identity.authorization.len);
    ngx_slab_free_locked(bmcf->keys_pool, entry);
}


ngx_int_t
ngx_http_bulkhead_init_keys_zone(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_http_bulkhead_main_conf_t  *prev = data;

    ngx_http_bulkhead_keys_t       *keys;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = shm_zone->data;
    bmcf->keys_pool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (prev != NULL) {

        if (prev->keys->layout != NGX_HTTP_BULKHEAD_LAYOUT) {
            ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                          "bulkhead: the zone \"%V\" was created by another "
                          "version of the module; restart nginx",
                          &shm_zone->shm.name);
            return NGX_ERROR;
        }

        bmcf->keys = prev->keys;
        return NGX_OK;
    }

    keys = ngx_slab_calloc(bmcf->keys_pool, sizeof(ngx_http_bulkhead_keys_t));
    if (keys == NULL) {
        return NGX_ERROR;
    }

    ngx_rbtree_init(&keys->rbtree, &keys->sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_queue_init(&keys->queue);

    keys->layout = NGX_HTTP_BULKHEAD_LAYOUT;

    ngx_http_bulkhead_init_accounts(keys);

    /* An eighth of the room, by the size that a refusal usually takes. */

    keys->most_unknown = ngx_max(bmcf->keys_pool->pfree * ngx_pagesize
                                 / 512 / 8, 16);

    /* A full zone is normal here: the oldest entries make room. */
    bmcf->keys_pool->log_nomem = 0;
    bmcf->keys_pool->data = keys;
    bmcf->keys = keys;

    return NGX_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The limited tenants, keys and addresses in shared memory: a tree by id, a
 * queue by last use of tenants and keys, and one of addresses.
 */


#include "ngx_http_bulkhead_module.h"


/* What the slab gives for one: the next power of two. */
#define NGX_HTTP_BULKHEAD_BUCKET_SIZE  256


static ngx_http_bulkhead_bucket_t *ngx_http_bulkhead_bucket_alloc(
    ngx_http_bulkhead_main_conf_t *bmcf, ngx_queue_t *queue);
static ngx_uint_t ngx_http_bulkhead_expire(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_queue_t *queue, ngx_uint_t n, ngx_uint_t any);
static void ngx_http_bulkhead_bucket_free(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_bucket_t *bucket);
static uint32_t ngx_http_bulkhead_tree_key(ngx_str_t *name);


/* Under the lock. The bucket of one owner, made when there is none. */
ngx_http_bulkhead_bucket_t *
ngx_http_bulkhead_bucket(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_uint_t owner, u_char *id, ngx_http_bulkhead_bucket_t *tenant)
{
    u_char                       name[NGX_HTTP_BULKHEAD_BUCKET_NAME];
    ngx_queue_t                 *queue;
    ngx_http_bulkhead_state_t   *state;
    ngx_http_bulkhead_bucket_t  *bucket;

    state = bmcf->state;
    queue = (owner < NGX_HTTP_BULKHEAD_ADDRESS) ? &state->queue
                                                : &state->addresses;

    name[0] = (u_char) owner;
    ngx_memcpy(&name[1], id, NGX_HTTP_BULKHEAD_UUID_LEN);

    bucket = ngx_http_bulkhead_tree_find(&state->rbtree, name, sizeof(name));

    if (bucket != NULL) {
        ngx_queue_remove(&bucket->queue);
        ngx_queue_insert_head(queue, &bucket->queue);
        return bucket;
    }

    /* Nobody's many keys take the room that the others need for theirs. */

    if (tenant != NULL && ngx_http_bulkhead_keys_are_many(bmcf, tenant)) {
        return NULL;
    }

    bucket = ngx_http_bulkhead_bucket_alloc(bmcf, queue);
    if (bucket == NULL) {
        return NULL;
    }

    ngx_memcpy(bucket->name, name, sizeof(name));
    bucket->tenant = tenant;

    if (tenant != NULL) {
        tenant->keys++;
    }

    if (owner >= NGX_HTTP_BULKHEAD_ADDRESS) {
        state->naddresses++;
    }

    ngx_http_bulkhead_tree_add(&state->rbtree, &bucket->node, bucket->name,
                               sizeof(name));
    ngx_queue_insert_head(queue, &bucket->queue);

    return bucket;
}


/* Under the lock. Whether a tenant has all the buckets for keys that it may. */
ngx_uint_t
ngx_http_bulkhead_keys_are_many(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_bucket_t *tenant)
{
    if (tenant->keys >= bmcf->state->most_keys) {
        ngx_http_bulkhead_expire(bmcf, &bmcf->state->queue, 64, 0);
    }

    return tenant->keys >= bmcf->state->most_keys;
}


/*
 * Tenants and keys wait for a bucket that is full again. An address may lose
 * its count to another: strangers come with as many addresses as they like,
 * and must not fill what is kept for tenants.
 */
static ngx_http_bulkhead_bucket_t *
ngx_http_bulkhead_bucket_alloc(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_queue_t *queue)
{
    ngx_uint_t                   n, any;
    ngx_http_bulkhead_state_t   *state;
    ngx_http_bulkhead_bucket_t  *bucket;

    state = bmcf->state;
    any = (queue == &state->addresses);

    ngx_http_bulkhead_expire(bmcf, queue, 2, 0);

    if (any && state->naddresses >= state->most_addresses
        && ngx_http_bulkhead_expire(bmcf, queue, 64, 1) == 0)
    {
        return NULL;
    }

    for (n = 64; n <= 1024; n *= 4) {

        bucket = ngx_slab_calloc_locked(bmcf->state_pool,
                                        sizeof(ngx_http_bulkhead_bucket_t));
        if (bucket != NULL) {
            return bucket;
        }

        ngx_http_bulkhead_expire(bmcf, &state->addresses, n, 1);
        ngx_http_bulkhead_expire(bmcf, &state->queue, n, 0);
    }

    return NULL;
}


/*
 * Looks at the n least recently used buckets and drops those that hold nothing
 * and are full again: forgetting one must not give anybody more. With any, a
 * bucket need not be full.
 */
static ngx_uint_t
ngx_http_bulkhead_expire(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_queue_t *queue, ngx_uint_t n, ngx_uint_t any)
{
    int64_t                      now;
    ngx_uint_t                   freed, i;
    ngx_queue_t                 *q, *prev;
    ngx_http_bulkhead_bucket_t  *bucket;

    now = (int64_t) ngx_current_msec * NGX_HTTP_BULKHEAD_MSEC_NS;
    freed = 0;

    q = ngx_queue_last(queue);

    /* The head is the bucket that the same request has just been given. */

    for (i = 0; i < n && q != ngx_queue_sentinel(queue)
                && q != ngx_queue_head(queue); i++)
    {
        prev = ngx_queue_prev(q);
        bucket = ngx_queue_data(q, ngx_http_bulkhead_bucket_t, queue);

        if (bucket->inflight == 0 && bucket->keys == 0
            && (bucket->lease == NULL || !bucket->lease->queued
                || bmcf->leases.len == 0)
            && (any || (bucket->tat <= now && bucket->pace <= now)))
        {
            ngx_http_bulkhead_bucket_free(bmcf, bucket);
            freed++;
        }

        q = prev;
    }

    return freed;
}


static void
ngx_http_bulkhead_bucket_free(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_bucket_t *bucket)
{
    if (bucket->tenant != NULL) {
        bucket->tenant->keys--;
    }

    if (bucket->name[0] >= NGX_HTTP_BULKHEAD_ADDRESS) {
        bmcf->state->naddresses--;
    }

    if (bucket->lease != NULL) {

        /* Limits may be shared no more since a reload. */

        if (bucket->lease->queued) {
            ngx_queue_remove(&bucket->lease->queue);
        }

        ngx_slab_free_locked(bmcf->state_pool, bucket->lease);
    }

    ngx_queue_remove(&bucket->queue);
    ngx_rbtree_delete(&bmcf->state->rbtree, &bucket->node.node);
    ngx_slab_free_locked(bmcf->state_pool, bucket);
}


/* Under the lock. A worker that is gone holds nothing any more. */
void
ngx_http_bulkhead_clear_buckets(ngx_queue_t *queue, ngx_uint_t slot)
{
    ngx_queue_t                 *q;
    ngx_http_bulkhead_bucket_t  *bucket;

    for (q = ngx_queue_head(queue);
         q != ngx_queue_sentinel(queue);
         q = ngx_queue_next(q))
    {
        bucket = ngx_queue_data(q, ngx_http_bulkhead_bucket_t, queue);
        bucket->inflight -= bucket->slots[slot];
        bucket->slots[slot] = 0;
    }
}


/* Addresses have half of the room, one tenant's keys an eighth. */
void
ngx_http_bulkhead_init_buckets(ngx_http_bulkhead_main_conf_t *bmcf)
{
    size_t                      room;
    ngx_http_bulkhead_state_t  *state;

    state = bmcf->state;

    ngx_rbtree_init(&state->rbtree, &state->sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_queue_init(&state->queue);
    ngx_queue_init(&state->addresses);

    room = bmcf->state_pool->pfree * ngx_pagesize
           / NGX_HTTP_BULKHEAD_BUCKET_SIZE;

    state->most_addresses = ngx_max(room / 2, 16);
    state->most_keys = ngx_min(ngx_max(room / 8, 16), 65535);
}


void
ngx_http_bulkhead_tree_add(ngx_rbtree_t *tree, ngx_str_node_t *node,
    u_char *name, size_t len)
{
    node->str.data = name;
    node->str.len = len;
    node->node.key = ngx_http_bulkhead_tree_key(&node->str);

    ngx_rbtree_insert(tree, &node->node);
}


void *
ngx_http_bulkhead_tree_find(ngx_rbtree_t *tree, u_char *name, size_t len)
{
    ngx_str_t  str;

    str.data = name;
    str.len = len;

    return ngx_str_rbtree_lookup(tree, &str, ngx_http_bulkhead_tree_key(&str));
}


static uint32_t
ngx_http_bulkhead_tree_key(ngx_str_t *name)
{
    uint32_t  key;

    /* The end of the name: newer UUIDs begin with the time. */
    ngx_memcpy(&key, name->data + name->len - sizeof(uint32_t),
               sizeof(uint32_t));

    return key;
}

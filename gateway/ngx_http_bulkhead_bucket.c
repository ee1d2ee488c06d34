
/*
 * The limited tenants and keys in shared memory: a tree by id and a queue by
 * last use.
 */


#include "ngx_http_bulkhead_module.h"


static ngx_http_bulkhead_bucket_t *ngx_http_bulkhead_bucket_lookup(
    ngx_http_bulkhead_state_t *state, ngx_uint_t owner, u_char *id);
static ngx_uint_t ngx_http_bulkhead_expire(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_uint_t n);
static ngx_int_t ngx_http_bulkhead_bucket_cmp(u_char *id, ngx_uint_t owner,
    ngx_http_bulkhead_bucket_t *bucket);
static ngx_int_t ngx_http_bulkhead_bucket_order(ngx_rbtree_node_t *one,
    ngx_rbtree_node_t *two);
static ngx_rbtree_key_t ngx_http_bulkhead_bucket_key(u_char *id);


/* Under the lock. The bucket of one owner, made when there is none. */
ngx_http_bulkhead_bucket_t *
ngx_http_bulkhead_bucket(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_uint_t owner, u_char *id)
{
    ngx_http_bulkhead_state_t   *state;
    ngx_http_bulkhead_bucket_t  *bucket;

    state = bmcf->state;
    bucket = ngx_http_bulkhead_bucket_lookup(state, owner, id);

    if (bucket != NULL) {
        ngx_queue_remove(&bucket->queue);
        ngx_queue_insert_head(&state->queue, &bucket->queue);
        return bucket;
    }

    ngx_http_bulkhead_expire(bmcf, 2);

    bucket = ngx_slab_calloc_locked(bmcf->state_pool,
                                    sizeof(ngx_http_bulkhead_bucket_t));

    if (bucket == NULL && ngx_http_bulkhead_expire(bmcf, 64)) {
        bucket = ngx_slab_calloc_locked(bmcf->state_pool,
                                        sizeof(ngx_http_bulkhead_bucket_t));
    }

    if (bucket == NULL) {
        return NULL;
    }

    ngx_memcpy(bucket->id, id, NGX_HTTP_BULKHEAD_UUID_LEN);
    bucket->owner = owner;
    bucket->node.key = ngx_http_bulkhead_bucket_key(id);

    ngx_rbtree_insert(&state->rbtree, &bucket->node);
    ngx_queue_insert_head(&state->queue, &bucket->queue);

    return bucket;
}


static ngx_http_bulkhead_bucket_t *
ngx_http_bulkhead_bucket_lookup(ngx_http_bulkhead_state_t *state,
    ngx_uint_t owner, u_char *id)
{
    ngx_int_t                    rc;
    ngx_rbtree_key_t             key;
    ngx_rbtree_node_t           *node, *sentinel;
    ngx_http_bulkhead_bucket_t  *bucket;

    key = ngx_http_bulkhead_bucket_key(id);
    node = state->rbtree.root;
    sentinel = state->rbtree.sentinel;

    while (node != sentinel) {

        if (key != node->key) {
            node = (key < node->key) ? node->left : node->right;
            continue;
        }

        bucket = (ngx_http_bulkhead_bucket_t *) node;

        rc = ngx_http_bulkhead_bucket_cmp(id, owner, bucket);
        if (rc == 0) {
            return bucket;
        }

        node = (rc < 0) ? node->left : node->right;
    }

    return NULL;
}


/*
 * Drops up to n of the least recently used buckets, those only that are full
 * again and hold nothing: forgetting one must not give anybody more.
 */
static ngx_uint_t
ngx_http_bulkhead_expire(ngx_http_bulkhead_main_conf_t *bmcf, ngx_uint_t n)
{
    int64_t                      now;
    ngx_uint_t                   freed, i;
    ngx_queue_t                 *q, *prev;
    ngx_http_bulkhead_state_t   *state;
    ngx_http_bulkhead_bucket_t  *bucket;

    state = bmcf->state;
    now = (int64_t) ngx_current_msec * NGX_HTTP_BULKHEAD_MSEC_NS;
    freed = 0;

    q = ngx_queue_last(&state->queue);

    /* The head is the bucket that the same request has just been given. */

    for (i = 0; i < n && q != ngx_queue_sentinel(&state->queue)
                && q != ngx_queue_head(&state->queue); i++)
    {
        prev = ngx_queue_prev(q);
        bucket = ngx_queue_data(q, ngx_http_bulkhead_bucket_t, queue);

        if (bucket->inflight == 0 && bucket->tat <= now) {
            ngx_queue_remove(q);
            ngx_rbtree_delete(&state->rbtree, &bucket->node);
            ngx_slab_free_locked(bmcf->state_pool, bucket);
            freed++;
        }

        q = prev;
    }

    return freed;
}


static ngx_int_t
ngx_http_bulkhead_bucket_cmp(u_char *id, ngx_uint_t owner,
    ngx_http_bulkhead_bucket_t *bucket)
{
    if (owner != bucket->owner) {
        return (owner < bucket->owner) ? -1 : 1;
    }

    return ngx_memcmp(id, bucket->id, NGX_HTTP_BULKHEAD_UUID_LEN);
}


void
ngx_http_bulkhead_bucket_insert_value(ngx_rbtree_node_t *temp,
    ngx_rbtree_node_t *node, ngx_rbtree_node_t *sentinel)
{
    ngx_http_bulkhead_tree_insert(temp, node, sentinel,
                                  ngx_http_bulkhead_bucket_order);
}


static ngx_int_t
ngx_http_bulkhead_bucket_order(ngx_rbtree_node_t *one, ngx_rbtree_node_t *two)
{
    ngx_http_bulkhead_bucket_t  *bucket;

    bucket = (ngx_http_bulkhead_bucket_t *) one;

    return ngx_http_bulkhead_bucket_cmp(bucket->id, bucket->owner,
                                        (ngx_http_bulkhead_bucket_t *) two);
}


/* Nodes of one key stand in the order that the compare tells. */
void
ngx_http_bulkhead_tree_insert(ngx_rbtree_node_t *temp,
    ngx_rbtree_node_t *node, ngx_rbtree_node_t *sentinel,
    ngx_http_bulkhead_order_pt order)
{
    ngx_uint_t           left;
    ngx_rbtree_node_t  **p;

    for ( ;; ) {

        left = (node->key != temp->key) ? node->key < temp->key
                                        : order(node, temp) < 0;

        p = left ? &temp->left : &temp->right;

        if (*p == sentinel) {
            break;
        }

        temp = *p;
    }

    *p = node;
    node->parent = temp;
    node->left = sentinel;
    node->right = sentinel;
    ngx_rbt_red(node);
}


static ngx_rbtree_key_t
ngx_http_bulkhead_bucket_key(u_char *id)
{
    ngx_rbtree_key_t  key;

    /* The second half: the first begins with the time in newer UUIDs. */
    ngx_memcpy(&key, id + NGX_HTTP_BULKHEAD_UUID_LEN
                     - sizeof(ngx_rbtree_key_t), sizeof(ngx_rbtree_key_t));

    return key;
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Whose the cached credentials are: an account for each tenant, and one for
 * all that auth does not know. When there is no room left, whoever has most
 * gives way, so that nobody's many keys take the place of another's few.
 */


#include "ngx_http_bulkhead_module.h"


struct ngx_http_bulkhead_account_s {
    ngx_str_node_t  node;
    ngx_queue_t     queue;
    ngx_queue_t     entries;
    ngx_uint_t      count;
    u_char          tenant[NGX_HTTP_BULKHEAD_UUID_LEN];
};


static ngx_uint_t ngx_http_bulkhead_account_class(ngx_uint_t count);
static void ngx_http_bulkhead_account_resize(ngx_http_bulkhead_keys_t *keys,
    ngx_http_bulkhead_account_t *account, ngx_uint_t count);


void
ngx_http_bulkhead_init_accounts(ngx_http_bulkhead_keys_t *keys)
{
    ngx_uint_t  i;

    ngx_rbtree_init(&keys->accounts, &keys->no_account,
                    ngx_str_rbtree_insert_value);

    for (i = 0; i < NGX_HTTP_BULKHEAD_ACCOUNT_CLASSES; i++) {
        ngx_queue_init(&keys->classes[i]);
    }
}


/* Under the lock. NULL: the tenant has nothing here. */
ngx_http_bulkhead_account_t *
ngx_http_bulkhead_account(ngx_http_bulkhead_keys_t *keys, u_char *tenant)
{
    return ngx_http_bulkhead_tree_find(&keys->accounts, tenant,
                                       NGX_HTTP_BULKHEAD_UUID_LEN);
}


size_t
ngx_http_bulkhead_account_size(void)
{
    return sizeof(ngx_http_bulkhead_account_t);
}


/* Under the lock. Memory of that size becomes the tenant's account. */
ngx_http_bulkhead_account_t *
ngx_http_bulkhead_account_open(ngx_http_bulkhead_keys_t *keys, void *memory,
    u_char *tenant)
{
    ngx_http_bulkhead_account_t  *account;

    account = memory;

    ngx_memcpy(account->tenant, tenant, NGX_HTTP_BULKHEAD_UUID_LEN);
    account->count = 0;

    ngx_queue_init(&account->entries);
    ngx_queue_insert_head(&keys->classes[0], &account->queue);
    ngx_http_bulkhead_tree_add(&keys->accounts, &account->node,
                               account->tenant, NGX_HTTP_BULKHEAD_UUID_LEN);

    return account;
}


/* Under the lock. The entry is the account's most recently used one. */
void
ngx_http_bulkhead_account_add(ngx_http_bulkhead_keys_t *keys,
    ngx_http_bulkhead_account_t *account, ngx_queue_t *entry)
{
    ngx_queue_insert_head(&account->entries, entry);
    ngx_http_bulkhead_account_resize(keys, account, account->count + 1);
}


/* The queue of its entries, most recently used first. */
ngx_queue_t *
ngx_http_bulkhead_account_entries(ngx_http_bulkhead_account_t *account)
{
    return &account->entries;
}


void
ngx_http_bulkhead_account_use(ngx_http_bulkhead_account_t *account,
    ngx_queue_t *entry)
{
    ngx_queue_remove(entry);
    ngx_queue_insert_head(&account->entries, entry);
}


/* Under the lock. Nonzero: the account is empty, and its memory free. */
ngx_uint_t
ngx_http_bulkhead_account_remove(ngx_http_bulkhead_keys_t *keys,
    ngx_http_bulkhead_account_t *account, ngx_queue_t *entry)
{
    ngx_queue_remove(entry);

    if (account->count > 1) {
        ngx_http_bulkhead_account_resize(keys, account, account->count - 1);
        return 0;
    }

    ngx_queue_remove(&account->queue);
    ngx_rbtree_delete(&keys->accounts, &account->node.node);

    return 1;
}


/* Under the lock. The oldest entry of whoever has about the most, or NULL. */
ngx_queue_t *
ngx_http_bulkhead_account_victim(ngx_http_bulkhead_keys_t *keys)
{
    ngx_uint_t                    i;
    ngx_http_bulkhead_account_t  *account;

    for (i = NGX_HTTP_BULKHEAD_ACCOUNT_CLASSES; i > 0; i--) {

        if (ngx_queue_empty(&keys->classes[i - 1])) {
            continue;
        }

        account = ngx_queue_data(ngx_queue_last(&keys->classes[i - 1]),
                                 ngx_http_bulkhead_account_t, queue);

        return ngx_http_bulkhead_account_last(account, 1);
    }

    return NULL;
}


/* The account's oldest entry where it has at least so many, or NULL. */
ngx_queue_t *
ngx_http_bulkhead_account_last(ngx_http_bulkhead_account_t *account,
    ngx_uint_t least)
{
    if (account->count < least || ngx_queue_empty(&account->entries)) {
        return NULL;
    }

    return ngx_queue_last(&account->entries);
}


/* Accounts lie in classes by the bits of their count: 1, 2-3, 4-7 and so on. */
static ngx_uint_t
ngx_http_bulkhead_account_class(ngx_uint_t count)
{
    ngx_uint_t  class;

    class = 0;

    while (count > 1 && class < NGX_HTTP_BULKHEAD_ACCOUNT_CLASSES - 1) {
        count >>= 1;
        class++;
    }

    return class;
}


static void
ngx_http_bulkhead_account_resize(ngx_http_bulkhead_keys_t *keys,
    ngx_http_bulkhead_account_t *account, ngx_uint_t count)
{
    ngx_uint_t  class;

    class = ngx_http_bulkhead_account_class(count);

    if (class != ngx_http_bulkhead_account_class(account->count)) {
        ngx_queue_remove(&account->queue);
        ngx_queue_insert_head(&keys->classes[class], &account->queue);
    }

    account->count = count;
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * auth is asked about a credential by a subrequest. Requests of one worker
 * that bring the same credential meanwhile wait for that one answer.
 */


#include "ngx_http_bulkhead_module.h"


static void ngx_http_bulkhead_land(ngx_http_bulkhead_ctx_t *ctx,
    ngx_uint_t failed);
static void ngx_http_bulkhead_wake_handler(ngx_event_t *ev);
static ngx_int_t ngx_http_bulkhead_answer_handler(ngx_http_request_t *sr,
    void *data, ngx_int_t rc);
static ngx_int_t ngx_http_bulkhead_take_answer(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_request_t *sr, ngx_uint_t status);


/* The exchanges that this worker has under way. */
static ngx_queue_t  ngx_http_bulkhead_flights;


void
ngx_http_bulkhead_init_flights(void)
{
    ngx_queue_init(&ngx_http_bulkhead_flights);
}


ngx_int_t
ngx_http_bulkhead_ask(ngx_http_request_t *r, ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_http_request_t             *sr;
    ngx_http_post_subrequest_t     *ps;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    ngx_http_bulkhead_follow(bmcf, &bmcf->cookie_service);

    ps = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    if (ps == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ps->handler = ngx_http_bulkhead_answer_handler;
    ps->data = ctx;

    if (ngx_http_subrequest(r, &ctx->conf->exchange, NULL, &sr, ps,
                            NGX_HTTP_SUBREQUEST_WAITED
                            |NGX_HTTP_SUBREQUEST_IN_MEMORY)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /*
     * No body, and no length of one: the client's is neither read for this
     * question nor held against the size that the question may have.
     */

    sr->headers_in.content_length = NULL;
    sr->headers_in.content_length_n = -1;
    sr->headers_in.chunked = 0;

    sr->request_body = ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t));
    if (sr->request_body == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    (void) ngx_atomic_fetch_add(&bmcf->keys->exchanges, 1);

    ctx->exchange = NGX_HTTP_BULKHEAD_ASKING;
    ctx->flying = 1;

    ngx_queue_init(&ctx->waiters);
    ngx_queue_insert_head(&ngx_http_bulkhead_flights, &ctx->flight);

    return NGX_AGAIN;
}


ngx_int_t
ngx_http_bulkhead_wait(ngx_http_request_t *r, ngx_http_bulkhead_ctx_t *ctx,
    ngx_http_bulkhead_ctx_t *leader)
{
    ctx->exchange = NGX_HTTP_BULKHEAD_WAITING;

    ctx->wake.data = ctx;
    ctx->wake.handler = ngx_http_bulkhead_wake_handler;
    ctx->wake.log = r->connection->log;

    ngx_queue_insert_tail(&leader->waiters, &ctx->flight);

    /* A client that leaves is noticed while its request stands still. */

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_AGAIN;
}


ngx_http_bulkhead_ctx_t *
ngx_http_bulkhead_find_flight(u_char *hash)
{
    ngx_queue_t              *q;
    ngx_http_bulkhead_ctx_t  *ctx;

    for (q = ngx_queue_head(&ngx_http_bulkhead_flights);
         q != ngx_queue_sentinel(&ngx_http_bulkhead_flights);
         q = ngx_queue_next(q))
    {
        ctx = ngx_queue_data(q, ngx_http_bulkhead_ctx_t, flight);

        if (ngx_memcmp(ctx->hash, hash, NGX_HTTP_BULKHEAD_HASH_LEN) == 0) {
            return ctx;
        }
    }

    return NULL;
}


/*
 * Ends an exchange and lets those who waited go on. They look into the cache
 * again, and one of them asks anew where the answer could not be kept.
 */
static void
ngx_http_bulkhead_land(ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t failed)
{
    ngx_queue_t              *q;
    ngx_http_bulkhead_ctx_t  *waiter;

    if (!ctx->flying) {
        return;
    }

    ctx->flying = 0;
    ngx_queue_remove(&ctx->flight);

    while (!ngx_queue_empty(&ctx->waiters)) {
        q = ngx_queue_head(&ctx->waiters);
        ngx_queue_remove(q);

        waiter = ngx_queue_data(q, ngx_http_bulkhead_ctx_t, flight);
        waiter->exchange = failed ? NGX_HTTP_BULKHEAD_FAILED
                                  : NGX_HTTP_BULKHEAD_IDLE;

        ngx_post_event(&waiter->wake, &ngx_posted_events);
    }
}


static void
ngx_http_bulkhead_wake_handler(ngx_event_t *ev)
{
    ngx_connection_t         *c;
    ngx_http_request_t       *r;
    ngx_http_bulkhead_ctx_t  *ctx;

    ctx = ev->data;
    r = ctx->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_core_run_phases;

    ngx_http_core_run_phases(r);
    ngx_http_run_posted_requests(c);
}


/* The request ends while it asks or waits. Safe at any time. */
void
ngx_http_bulkhead_leave_flight(ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_http_bulkhead_land(ctx, 0);

    if (ctx->exchange == NGX_HTTP_BULKHEAD_WAITING) {
        ngx_queue_remove(&ctx->flight);
        ctx->exchange = NGX_HTTP_BULKHEAD_IDLE;
    }

    if (ctx->wake.posted) {
        ngx_delete_posted_event(&ctx->wake);
    }
}


static ngx_int_t
ngx_http_bulkhead_answer_handler(ngx_http_request_t *sr, void *data,
    ngx_int_t rc)
{
    ngx_int_t                       ok;
    ngx_uint_t                      status;
    ngx_http_request_t             *r;
    ngx_http_bulkhead_ctx_t        *ctx = data;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    r = sr->parent;

    if (ctx->exchange != NGX_HTTP_BULKHEAD_ASKING
        || sr->connection->error || rc == NGX_HTTP_CLIENT_CLOSED_REQUEST)
    {
        return rc;
    }

    status = sr->headers_out.status;

    if (rc == NGX_ERROR || rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        status = NGX_HTTP_BAD_GATEWAY;
    }

    ok = ngx_http_bulkhead_take_answer(r, ctx, sr, status);

    ctx->exchange = NGX_HTTP_BULKHEAD_ANSWERED;

    if (ok != NGX_OK) {
        bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);
        (void) ngx_atomic_fetch_add(&bmcf->keys->failures, 1);

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "bulkhead: auth did not answer a credential exchange "
                      "(HTTP status %ui)",
                      status);

        ctx->exchange = NGX_HTTP_BULKHEAD_FAILED;
    }

    /* What auth knows, or cannot say, is not held against the address. */

    ngx_http_bulkhead_give_back(r, ctx, NGX_HTTP_BULKHEAD_UNKNOWN,
                                ok != NGX_OK || ctx->identity != NULL);

    ngx_http_bulkhead_land(ctx, ok != NGX_OK);

    /* Whatever became of the subrequest, the main request speaks for itself. */

    return NGX_OK;
}


/* NGX_OK: auth has decided, one way or the other. */
static ngx_int_t
ngx_http_bulkhead_take_answer(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_request_t *sr, ngx_uint_t status)
{
    ngx_http_bulkhead_answer_t      answer;
    ngx_http_bulkhead_identity_t   *identity;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    if (sr->upstream == NULL
        || (status != NGX_HTTP_OK && status != NGX_HTTP_UNAUTHORIZED
            && status != NGX_HTTP_FORBIDDEN))
    {
        return NGX_ERROR;
    }

    ngx_memzero(&answer, sizeof(ngx_http_bulkhead_answer_t));

    answer.status = status;
    answer.forgets = ctx->forgets;

    if (ngx_http_bulkhead_read_answer(r, sr, &answer) != NGX_OK) {
        return NGX_ERROR;
    }

    if (status == NGX_HTTP_OK) {
        identity = ngx_palloc(r->pool, sizeof(ngx_http_bulkhead_identity_t));
        if (identity == NULL) {
            return NGX_ERROR;
        }

        *identity = answer.identity;
        ctx->identity = identity;
    }

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    ngx_http_bulkhead_cache_store(bmcf, ctx->hash, &answer);

    ctx->body = answer.body;

    if (status == NGX_HTTP_UNAUTHORIZED) {
        (void) ngx_http_bulkhead_unauthenticated(ctx, 1, NULL);

    } else if (status == NGX_HTTP_FORBIDDEN) {
        (void) ngx_http_bulkhead_refuse(ctx, status,
                                        NGX_HTTP_BULKHEAD_FORBIDDEN,
                                        NULL, NULL);
    }

    return NGX_OK;
}

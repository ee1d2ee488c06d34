/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Refusals cost a client nothing, and us little: a loop of them on a few kept
 * connections would still take all of a worker. Each tenant, and each address
 * without a known credential, has so many a minute that are answered at once;
 * every further one is answered a second later. No worker waits for that: the
 * request stands still as one does that waits for a service.
 */


#include "ngx_http_bulkhead_module.h"


#define NGX_HTTP_BULKHEAD_DELAY_MSEC  1000


static ngx_uint_t ngx_http_bulkhead_refused_often(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
static void ngx_http_bulkhead_delay_handler(ngx_http_request_t *r);


/* The refusal's status, or NGX_AGAIN: the phase's handler is called again. */
ngx_int_t
ngx_http_bulkhead_delay(ngx_http_request_t *r, ngx_http_bulkhead_ctx_t *ctx,
    ngx_int_t rc)
{
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    if (rc < NGX_HTTP_BAD_REQUEST || rc >= NGX_HTTP_INTERNAL_SERVER_ERROR
        || bmcf->by_address[NGX_HTTP_BULKHEAD_REFUSALS].rpm == 0
        || !ngx_http_bulkhead_refused_often(r, ctx))
    {
        return rc;
    }

    /* Who stands here holds no place that others wait for. */

    ngx_http_bulkhead_release(bmcf, ctx);

    (void) ngx_atomic_fetch_add(&bmcf->state->refusals_delayed, 1);

    ctx->refusal = rc;

    return ngx_http_bulkhead_stand(r, NGX_HTTP_BULKHEAD_DELAY_MSEC);
}


/* Lets the request wait; a client that leaves meanwhile is noticed. */
ngx_int_t
ngx_http_bulkhead_stand(ngx_http_request_t *r, ngx_msec_t msec)
{
    if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_bulkhead_delay_handler;

    r->connection->write->delayed = 1;
    ngx_add_timer(r->connection->write, msec);

    return NGX_AGAIN;
}


/* Counts this refusal. Where there is no room to count, none is delayed. */
static ngx_uint_t
ngx_http_bulkhead_refused_often(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    u_char                         *id;
    int64_t                         now;
    ngx_uint_t                      owner, often;
    ngx_http_bulkhead_rate_t        next;
    ngx_http_bulkhead_bucket_t     *bucket;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    if (ctx->identity != NULL) {
        owner = NGX_HTTP_BULKHEAD_TENANT_REFUSALS;
        id = ctx->identity->tenant;

    } else {
        if (ngx_http_bulkhead_find_client(r, ctx) != NGX_OK) {
            return 0;
        }

        owner = NGX_HTTP_BULKHEAD_ADDRESS + NGX_HTTP_BULKHEAD_REFUSALS;
        id = ctx->address;
    }

    often = 0;
    now = (int64_t) ngx_current_msec * NGX_HTTP_BULKHEAD_MSEC_NS;

    ngx_shmtx_lock(&bmcf->state_pool->mutex);

    bucket = ngx_http_bulkhead_bucket(bmcf, owner, id, NULL);

    if (bucket != NULL) {
        often = ngx_http_bulkhead_rate(bucket,
                                bmcf->by_address[NGX_HTTP_BULKHEAD_REFUSALS].rpm,
                                now, &next);
        bucket->tat = next.tat;
    }

    ngx_shmtx_unlock(&bmcf->state_pool->mutex);

    return often;
}


static void
ngx_http_bulkhead_delay_handler(ngx_http_request_t *r)
{
    ngx_event_t  *wev;

    wev = r->connection->write;

    if (wev->delayed) {

        if (ngx_handle_write_event(wev, 0) != NGX_OK) {
            ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        }

        return;
    }

    if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_core_run_phases;

    ngx_http_core_run_phases(r);
}

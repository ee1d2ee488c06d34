/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What each tenant has of the processors: requests a second, and bytes of
 * large bodies a second. Both are clocks that may be a second ahead. Who is
 * faster waits, with the head read and the body not; only who would wait for
 * long is refused. What a body was charged and did not send is given back when
 * it ends.
 */


#include "ngx_http_bulkhead_module.h"


/* The longest waits, well below the life that a token has left (margin). */
#define NGX_HTTP_BULKHEAD_PACE_WAIT     1000
#define NGX_HTTP_BULKHEAD_PACE_PERSON   2000
#define NGX_HTTP_BULKHEAD_PACE_BODY     10000

/* The most one body costs: beside a very large one the next still waits. */
#define NGX_HTTP_BULKHEAD_PACE_COST     8000

#define NGX_HTTP_BULKHEAD_PACE_AHEAD    (1000 * NGX_HTTP_BULKHEAD_MSEC_NS)

/* Charged for a body that does not say how long it is, until it has ended. */
#define NGX_HTTP_BULKHEAD_PACE_CHUNKED  (8 * 1048576)


static ngx_int_t ngx_http_bulkhead_pace_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static int64_t ngx_http_bulkhead_pace_cost(ngx_http_bulkhead_main_conf_t *bmcf,
    off_t size);


static ngx_http_request_body_filter_pt  ngx_http_next_request_body_filter;


/* bulkhead_tenant_rate N; */
char *
ngx_http_bulkhead_tenant_rate(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_bulkhead_main_conf_t *bmcf = conf;

    ngx_int_t   n;
    ngx_str_t  *value;

    value = cf->args->elts;

    n = ngx_atoi(value[1].data, value[1].len);

    if (n == NGX_ERROR || n > 1000000) {
        return "has an invalid number";
    }

    bmcf->tenant_rate = (uint32_t) n;

    return NGX_CONF_OK;
}


/*
 * Under the lock. Charges the request to its tenant and says in ctx->pace how
 * long it waits, at least. Nonzero, charging nothing: for too long, so many
 * nanoseconds. A limit of the tenant's own that is higher is its rate. Keys
 * are refused before people who are signed in: somebody has to be able to take
 * back the key that floods.
 */
int64_t
ngx_http_bulkhead_pace_request(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_bucket_t *bucket)
{
    int64_t                         now, wait;
    ngx_msec_t                      pace, most;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    if (bmcf->tenant_rate == 0
        || ctx->identity->limits[NGX_HTTP_BULKHEAD_TENANT_RPM]
           > bmcf->tenant_rate * 60)
    {
        return 0;
    }

    now = (int64_t) ngx_current_msec * NGX_HTTP_BULKHEAD_MSEC_NS;
    bucket->pace = ngx_max(bucket->pace, now);

    wait = bucket->pace - now - NGX_HTTP_BULKHEAD_PACE_AHEAD;
    pace = (wait > 0) ? (ngx_msec_t) (wait / NGX_HTTP_BULKHEAD_MSEC_NS) : 0;

    most = ctx->identity->session ? NGX_HTTP_BULKHEAD_PACE_PERSON
                                  : NGX_HTTP_BULKHEAD_PACE_WAIT;

    if (pace > most) {
        return wait - (int64_t) most * NGX_HTTP_BULKHEAD_MSEC_NS;
    }

    bucket->pace += 1000 * NGX_HTTP_BULKHEAD_MSEC_NS / bmcf->tenant_rate;
    ctx->pace = ngx_max(ctx->pace, pace);

    return 0;
}


/*
 * Under the lock. Charges the body and says in ctx->pace how long it waits;
 * NGX_BUSY, charging nothing, when that is too long.
 */
ngx_int_t
ngx_http_bulkhead_pace_charge(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_bucket_t *bucket)
{
    off_t                           size;
    int64_t                         now, wait;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    if (bmcf->tenant_pace == 0) {
        return NGX_OK;
    }

    size = r->headers_in.chunked
           ? ngx_min(ctx->route->body_max, NGX_HTTP_BULKHEAD_PACE_CHUNKED)
           : r->headers_in.content_length_n;

    now = (int64_t) ngx_current_msec * NGX_HTTP_BULKHEAD_MSEC_NS;
    bucket->tat = ngx_max(bucket->tat, now);

    wait = bucket->tat - now - NGX_HTTP_BULKHEAD_PACE_AHEAD;
    ctx->pace = (wait > 0) ? (ngx_msec_t) (wait / NGX_HTTP_BULKHEAD_MSEC_NS)
                           : 0;

    if (ctx->pace > NGX_HTTP_BULKHEAD_PACE_BODY) {
        return NGX_BUSY;
    }

    bucket->tat += ngx_http_bulkhead_pace_cost(bmcf, size);
    ctx->paced = size;
    ctx->paced_from = r->request_length;

    return NGX_OK;
}


void
ngx_http_bulkhead_init_pace(void)
{
    ngx_http_next_request_body_filter = ngx_http_top_request_body_filter;
    ngx_http_top_request_body_filter = ngx_http_bulkhead_pace_filter;
}


/* An answer may take minutes: what its body did not need is free before. */
static ngx_int_t
ngx_http_bulkhead_pace_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_bulkhead_ctx_t        *ctx;
    ngx_http_bulkhead_bucket_t     *bucket;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    ctx = ngx_http_get_module_ctx(r->main, ngx_http_bulkhead_module);
    bucket = (ctx != NULL) ? ctx->held[NGX_HTTP_BULKHEAD_HOLD_BODY] : NULL;

    if (bucket != NULL && ctx->paced && r->request_body->rest == 0) {
        bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

        ngx_shmtx_lock(&bmcf->state_pool->mutex);

        ngx_http_bulkhead_pace_settle(bmcf, ctx, bucket);

        ngx_shmtx_unlock(&bmcf->state_pool->mutex);
    }

    return ngx_http_next_request_body_filter(r, in);
}


/* Under the lock, when the body has ended or will not come. */
void
ngx_http_bulkhead_pace_settle(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_bucket_t *bucket)
{
    off_t  received;

    if (ctx->paced == 0) {
        return;
    }

    received = ctx->request->request_length - ctx->paced_from;

    bucket->tat += ngx_http_bulkhead_pace_cost(bmcf, received)
                   - ngx_http_bulkhead_pace_cost(bmcf, ctx->paced);
    ctx->paced = 0;
}


/* NGX_DECLINED when the body may come, NGX_AGAIN when it has to wait. */
ngx_int_t
ngx_http_bulkhead_pace(ngx_http_request_t *r, ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_msec_t                      wait;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    wait = ctx->pace;

    if (wait == 0) {
        return NGX_DECLINED;
    }

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    ctx->pace = 0;

    (void) ngx_atomic_fetch_add(&bmcf->state->paced, 1);

    return ngx_http_bulkhead_stand(r, wait);
}


static int64_t
ngx_http_bulkhead_pace_cost(ngx_http_bulkhead_main_conf_t *bmcf, off_t size)
{
    int64_t  msec;

    msec = (int64_t) size * 1000 / ((int64_t) bmcf->tenant_pace * 1048576);

    return ngx_min(msec, NGX_HTTP_BULKHEAD_PACE_COST)
           * NGX_HTTP_BULKHEAD_MSEC_NS;
}

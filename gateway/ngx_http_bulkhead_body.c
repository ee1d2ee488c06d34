/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Bodies on their way: how many bytes of them a tenant, or an address without
 * a credential, has under way at once, and how long one may take. Only headers
 * are looked at, before the body is read.
 */


#include "ngx_http_bulkhead_module.h"


/* Smaller ones stay in memory, and concurrency bounds their number. */
#define NGX_HTTP_BULKHEAD_BODY_SMALL  65536

/* They are counted in MiB, so that a bucket's counts stay small. */
#define NGX_HTTP_BULKHEAD_BODY_UNIT   1048576

/* The part of a body's time that does not go with its size. */
#define NGX_HTTP_BULKHEAD_BODY_MSEC   15000


static off_t ngx_http_bulkhead_body_size(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
static ngx_int_t ngx_http_bulkhead_hold_body(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t units, ngx_uint_t *full);
static ngx_int_t ngx_http_bulkhead_refuse_body(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t full, ngx_uint_t fast);
static uint32_t ngx_http_bulkhead_body_room(
    ngx_http_bulkhead_main_conf_t *bmcf);
static void ngx_http_bulkhead_upload_handler(ngx_event_t *ev);


/* bulkhead_bodies tenant=MIB pace=MIB-A-SECOND total=MIB; a pace of 0: any */
char *
ngx_http_bulkhead_bodies(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_bulkhead_main_conf_t *bmcf = conf;

    ngx_int_t    n;
    ngx_str_t   *value;
    ngx_uint_t   i, none;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        none = 0;

        if (ngx_strncmp(value[i].data, "tenant=", 7) == 0) {
            n = ngx_atoi(value[i].data + 7, value[i].len - 7);
            bmcf->tenant_bodies = (uint32_t) n;

        } else if (ngx_strncmp(value[i].data, "pace=", 5) == 0) {
            n = ngx_atoi(value[i].data + 5, value[i].len - 5);
            bmcf->tenant_pace = (uint32_t) n;
            none = 1;

        } else if (ngx_strncmp(value[i].data, "total=", 6) == 0) {
            n = ngx_atoi(value[i].data + 6, value[i].len - 6);
            bmcf->total_bodies = (uint32_t) n;

        } else {
            return "has an unknown parameter";
        }

        if (n == NGX_ERROR || (n == 0 && !none) || n > NGX_MAX_INT32_VALUE) {
            return "has an invalid number";
        }
    }

    return NGX_CONF_OK;
}


static off_t
ngx_http_bulkhead_body_size(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    return r->headers_in.chunked ? ctx->route->body_max
                                 : r->headers_in.content_length_n;
}


/* Takes the room of the request's body until the request has ended. */
ngx_int_t
ngx_http_bulkhead_take_body(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    off_t                           size;
    ngx_int_t                       rc;
    ngx_uint_t                      units, full;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    size = ngx_http_bulkhead_body_size(r, ctx);

    /* One that had to wait for the answer about its limits comes twice. */

    if (size <= NGX_HTTP_BULKHEAD_BODY_SMALL
        || ctx->held[NGX_HTTP_BULKHEAD_HOLD_BODY] != NULL)
    {
        return NGX_OK;
    }

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    if (bmcf->total_bodies == 0) {
        return NGX_OK;
    }

    units = (ngx_uint_t) ((size + NGX_HTTP_BULKHEAD_BODY_UNIT - 1)
                          / NGX_HTTP_BULKHEAD_BODY_UNIT);
    full = 0;

    ngx_shmtx_lock(&bmcf->state_pool->mutex);

    rc = ngx_http_bulkhead_hold_body(r, ctx, units, &full);

    if (rc != NGX_OK) {
        bmcf->state->bodies_refused++;
    }

    ngx_shmtx_unlock(&bmcf->state_pool->mutex);

    if (rc == NGX_OK) {
        return NGX_OK;
    }

    return ngx_http_bulkhead_refuse_body(r, ctx, full, rc == NGX_DECLINED);
}


static ngx_int_t
ngx_http_bulkhead_refuse_body(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t full, ngx_uint_t fast)
{
    u_char                         *p, id[NGX_HTTP_BULKHEAD_UUID_TEXT + 1];
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    ctx->retry_after = fast ? ctx->pace : 2000;
    ctx->pace = 0;
    ngx_str_set(&ctx->refused_by, "bodies");

    if (full) {
        return ngx_http_bulkhead_refuse(ctx, NGX_HTTP_SERVICE_UNAVAILABLE,
                                        NGX_HTTP_BULKHEAD_UNAVAILABLE, NULL,
                                        "Too many request bodies are in "
                                        "transfer. Try again later.");
    }

    ctx->message.data = ngx_pnalloc(r->pool, 256);
    if (ctx->message.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    id[0] = '\0';

    if (ctx->identity != NULL) {
        p = ngx_http_bulkhead_print_uuid(id, ctx->identity->tenant);
        *p = '\0';
    }

    if (fast) {
        p = ngx_snprintf(ctx->message.data, 256,
                         "Limit reached: request bodies of %uD MiB per "
                         "second for tenant %s. Try again in %M.%03M s.",
                         bmcf->tenant_pace, id, ctx->retry_after / 1000,
                         ctx->retry_after % 1000);

    } else {
        p = ngx_snprintf(ctx->message.data, 256,
                     "Limit reached: request bodies of %uD MiB in transfer "
                     "at the same time for %s. Try again when one of them "
                     "has finished.",
                     ctx->identity ? bmcf->tenant_bodies
                          : bmcf->by_address[NGX_HTTP_BULKHEAD_BODIES].concurrency,
                     ctx->identity ? (char *) id : "this address");
    }

    ctx->message.len = (size_t) (p - ctx->message.data);

    return ngx_http_bulkhead_refuse(ctx, NGX_HTTP_TOO_MANY_REQUESTS,
                                    NGX_HTTP_BULKHEAD_LIMITED,
                                    "bodies_exceeded", NULL);
}


/*
 * Under the lock. Besides its share nobody has more under way than there is
 * room left for all: so the last room is always the newcomers'. Who has none
 * under way may begin one that is larger than the share. NGX_DECLINED: its
 * earlier bodies came too fast.
 */
static ngx_int_t
ngx_http_bulkhead_hold_body(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t units, ngx_uint_t *full)
{
    u_char                         *id;
    uint32_t                        share, room;
    ngx_uint_t                      owner;
    ngx_http_bulkhead_slot_t       *slot;
    ngx_http_bulkhead_bucket_t     *bucket;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    if (ctx->identity != NULL) {
        owner = NGX_HTTP_BULKHEAD_TENANT_BODIES;
        id = ctx->identity->tenant;
        share = bmcf->tenant_bodies;

    } else {
        owner = NGX_HTTP_BULKHEAD_ADDRESS + NGX_HTTP_BULKHEAD_BODIES;
        id = ctx->address;
        share = bmcf->by_address[NGX_HTTP_BULKHEAD_BODIES].concurrency;
    }

    bucket = ngx_http_bulkhead_bucket(bmcf, owner, id, NULL);

    if (bucket == NULL || ngx_http_bulkhead_slot == NGX_HTTP_BULKHEAD_NO_SLOT)
    {
        bmcf->state->full++;
        *full = 1;
        return NGX_ERROR;
    }

    if (bucket->inflight == 0) {
        share = ngx_max(share, (uint32_t) units);
    }

    if (ngx_http_bulkhead_crowded(bmcf, bucket, (uint32_t) units, share,
                                  r->connection->log))
    {
        return NGX_BUSY;
    }

    room = ngx_http_bulkhead_body_room(bmcf);

    if (bucket->inflight + units > room) {
        *full = 1;
        return NGX_BUSY;
    }

    if (ctx->identity != NULL
        && ngx_http_bulkhead_pace_charge(r, ctx, bucket) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    slot = &bmcf->state->slots[ngx_http_bulkhead_slot];

    bucket->inflight += (uint32_t) units;
    bucket->slots[ngx_http_bulkhead_slot] += (uint16_t) units;
    slot->bodies += (uint32_t) units;

    ctx->held[NGX_HTTP_BULKHEAD_HOLD_BODY] = bucket;
    ctx->body_units = (uint16_t) units;

    return NGX_OK;
}


/* Under the lock. What all bodies together leave. */
static uint32_t
ngx_http_bulkhead_body_room(ngx_http_bulkhead_main_conf_t *bmcf)
{
    uint64_t    taken;
    ngx_uint_t  i;

    taken = 0;

    for (i = 0; i < NGX_HTTP_BULKHEAD_SLOTS; i++) {
        taken += bmcf->state->slots[i].bodies;
    }

    return (taken < bmcf->total_bodies)
           ? bmcf->total_bodies - (uint32_t) taken : 0;
}


/*
 * A body has a time for all of it, not only between two reads: a fixed part
 * and one that goes with its size. The token is chosen before the body is read
 * as well, and where the body is kept here first, what came after its end would
 * only be refused behind us.
 */
void
ngx_http_bulkhead_watch_body(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    off_t                           size;
    ngx_msec_t                      most;
    ngx_msec_int_t                  left;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    size = ngx_http_bulkhead_body_size(r, ctx);

    /* Most bodies have come with the head. */

    if (!r->headers_in.chunked
        && size <= r->header_in->last - r->header_in->pos)
    {
        return;
    }

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    most = ctx->pace + NGX_HTTP_BULKHEAD_BODY_MSEC
           + (ngx_msec_t) (size * 1000 / bmcf->body_rate);

    if (ctx->identity != NULL && !ctx->route->unbuffered) {
        left = (ngx_msec_int_t) (ctx->identity->valid_until
                                 - ngx_current_msec);
        left = ngx_max(left - 1000, 1);
        most = ngx_min(most, (ngx_msec_t) left);
    }

    ctx->upload.data = ctx;
    ctx->upload.handler = ngx_http_bulkhead_upload_handler;
    ctx->upload.log = r->connection->log;
    ctx->upload.cancelable = 1;

    ngx_add_timer(&ctx->upload, most);
}


static void
ngx_http_bulkhead_upload_handler(ngx_event_t *ev)
{
    ngx_connection_t         *c;
    ngx_http_request_t       *r;
    ngx_http_bulkhead_ctx_t  *ctx;

    ctx = ev->data;
    r = ctx->request;
    c = r->connection;

    if (r->request_body == NULL || r->request_body->rest == 0) {
        return;
    }

    ngx_http_set_log_request(c->log, r);

    ngx_log_error(NGX_LOG_INFO, c->log, 0,
                  "bulkhead: the request body did not arrive in time");

    ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
    ngx_http_run_posted_requests(c);
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Requests per minute (GCRA) and concurrent requests, per tenant and per key.
 * All limits of a request are looked at before any of them is charged, so that
 * a refused request consumes nothing.
 */


#include "ngx_http_bulkhead_module.h"


#define NGX_HTTP_BULKHEAD_RPM_MAX  60000000
#define NGX_HTTP_BULKHEAD_RECLAIM  500


static ngx_int_t ngx_http_bulkhead_take(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_bucket_t **buckets,
    ngx_uint_t *refused, int64_t *wait);
static ngx_int_t ngx_http_bulkhead_rates(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_bucket_t **buckets,
    ngx_http_bulkhead_rate_t *rate, ngx_uint_t *refused, int64_t *wait);
static ngx_int_t ngx_http_bulkhead_places(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_bucket_t **buckets,
    ngx_uint_t *refused);
static ngx_int_t ngx_http_bulkhead_over(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t refused, int64_t wait);
static ngx_int_t ngx_http_bulkhead_over_keys(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
static ngx_int_t ngx_http_bulkhead_untracked(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);


static const char *ngx_http_bulkhead_limit_names[] = {
    "tenant_requests_per_minute",
    "key_requests_per_minute",
    "tenant_concurrency",
    "key_concurrency",
    "tenant_requests_per_second"
};


ngx_int_t
ngx_http_bulkhead_limit(ngx_http_request_t *r, ngx_http_bulkhead_ctx_t *ctx)
{
    int64_t                         wait;
    ngx_int_t                       rc;
    ngx_uint_t                      i, n, refused, limited;
    ngx_http_bulkhead_bucket_t     *buckets[NGX_HTTP_BULKHEAD_OWNERS];
    ngx_http_bulkhead_main_conf_t  *bmcf;
    struct bh_lease_record          records[NGX_HTTP_BULKHEAD_OWNERS];

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    limited = (bmcf->tenant_rate != 0);

    for (i = 0; i < NGX_HTTP_BULKHEAD_LIMITS; i++) {
        limited |= (ctx->identity->limits[i] != 0);
    }

    if (!limited) {
        return NGX_OK;
    }

    refused = NGX_HTTP_BULKHEAD_LIMITS;
    wait = 0;

    ngx_memzero(buckets, sizeof(buckets));

    ngx_shmtx_lock(&bmcf->state_pool->mutex);

    n = 0;

    rc = ngx_http_bulkhead_take(r, ctx, buckets, &refused, &wait);

    if (rc != NGX_ERROR && rc != NGX_DECLINED
        && ngx_http_bulkhead_leased(bmcf))
    {
        for (i = 0; i < NGX_HTTP_BULKHEAD_OWNERS; i++) {
            n += ngx_http_bulkhead_lease_ask(bmcf->state, buckets[i], 0,
                                             &records[n]);
        }
    }

    ngx_shmtx_unlock(&bmcf->state_pool->mutex);

    ngx_http_bulkhead_link_send(records, n);

    if (rc == NGX_OK) {
        return NGX_OK;
    }

    if (rc == NGX_AGAIN) {

        /* Most answers come at once; who waits for long looks less often. */

        return ngx_http_bulkhead_stand(r, 1 + (ngx_current_msec
                                               - ctx->standing) / 4);
    }

    if (rc == NGX_BUSY) {
        return ngx_http_bulkhead_over(r, ctx, refused, wait);
    }

    if (rc == NGX_DECLINED) {
        return ngx_http_bulkhead_over_keys(r, ctx);
    }

    return ngx_http_bulkhead_untracked(r, ctx);
}


static ngx_int_t
ngx_http_bulkhead_untracked(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                  "bulkhead: no memory left for a limit; enlarge "
                  "\"bulkhead_zone\"");

    ctx->retry_after = 1000;

    return ngx_http_bulkhead_refuse(ctx, NGX_HTTP_SERVICE_UNAVAILABLE,
                                    NGX_HTTP_BULKHEAD_UNAVAILABLE, NULL,
                                    "The gateway has no memory left to "
                                    "track the limits of this request.");
}


/*
 * Under the lock. NGX_OK: charged; NGX_BUSY: over a limit; NGX_AGAIN: waits
 * for what other gateways have left; NGX_DECLINED: one more key than its
 * tenant may have counted at once; NGX_ERROR: full.
 */
static ngx_int_t
ngx_http_bulkhead_take(ngx_http_request_t *r, ngx_http_bulkhead_ctx_t *ctx,
    ngx_http_bulkhead_bucket_t **buckets, ngx_uint_t *refused, int64_t *wait)
{
    ngx_int_t                       rc;
    ngx_uint_t                      i, leased;
    ngx_http_bulkhead_rate_t        rate[NGX_HTTP_BULKHEAD_OWNERS];
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    rc = ngx_http_bulkhead_places(r, ctx, buckets, refused);

    if (rc != NGX_OK) {
        return rc;
    }

    leased = ngx_http_bulkhead_leased(bmcf);
    rc = NGX_DECLINED;

    if (leased) {
        rc = ngx_http_bulkhead_lease(bmcf, ctx, buckets, refused, wait);
    }

    if (rc == NGX_DECLINED) {
        leased = 0;
        rc = ngx_http_bulkhead_rates(bmcf, ctx, buckets, rate, refused, wait);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    *wait = ngx_http_bulkhead_pace_request(r, ctx,
                                           buckets[NGX_HTTP_BULKHEAD_TENANT]);
    if (*wait > 0) {
        *refused = NGX_HTTP_BULKHEAD_LIMITS;
        return NGX_BUSY;
    }

    for (i = 0; i < NGX_HTTP_BULKHEAD_OWNERS; i++) {

        if (buckets[i] == NULL) {
            continue;
        }

        if (leased) {
            ngx_http_bulkhead_lease_take(ctx, buckets[i], i);

        } else if (ctx->identity->limits[NGX_HTTP_BULKHEAD_TENANT_RPM + i]) {
            buckets[i]->tat = rate[i].tat;
        }

        buckets[i]->inflight++;
        buckets[i]->slots[ngx_http_bulkhead_slot]++;
        ctx->held[i] = buckets[i];
    }

    return NGX_OK;
}


/* By this gateway's own buckets; where it cannot ask, each holds its part. */
static ngx_int_t
ngx_http_bulkhead_rates(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_bucket_t **buckets,
    ngx_http_bulkhead_rate_t *rate, ngx_uint_t *refused, int64_t *wait)
{
    int64_t     now;
    uint32_t    rpm;
    ngx_uint_t  i;

    now = (int64_t) ngx_current_msec * NGX_HTTP_BULKHEAD_MSEC_NS;

    for (i = 0; i < NGX_HTTP_BULKHEAD_OWNERS; i++) {
        rpm = ctx->identity->limits[NGX_HTTP_BULKHEAD_TENANT_RPM + i];

        if (rpm == 0) {
            continue;
        }

        ngx_http_bulkhead_part_begins(bmcf, buckets[i]);

        if (ngx_http_bulkhead_rate(buckets[i],
                                   ngx_http_bulkhead_part(bmcf, rpm), now,
                                   &rate[i])
            && rate[i].wait > *wait)
        {
            *wait = rate[i].wait;
            *refused = NGX_HTTP_BULKHEAD_TENANT_RPM + i;
        }

        ngx_http_bulkhead_remember(ctx, rpm, &rate[i]);
    }

    if (bmcf->leases.len) {
        bmcf->state->lease_parts++;
    }

    return (*wait > 0) ? NGX_BUSY : NGX_OK;
}


/*
 * The buckets of tenant and key, NULL where there is no limit, and whether
 * each has a place for one more request at once.
 */
static ngx_int_t
ngx_http_bulkhead_places(ngx_http_request_t *r, ngx_http_bulkhead_ctx_t *ctx,
    ngx_http_bulkhead_bucket_t **buckets, ngx_uint_t *refused)
{
    u_char                         *id;
    uint32_t                       *limits, many;
    ngx_uint_t                      i, leased;
    ngx_http_bulkhead_bucket_t     *tenant;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    limits = ctx->identity->limits;
    leased = ngx_http_bulkhead_leased(bmcf);

    for (i = 0; i < NGX_HTTP_BULKHEAD_OWNERS; i++) {
        buckets[i] = NULL;
        many = limits[NGX_HTTP_BULKHEAD_TENANT_CONCURRENCY + i];

        if (!leased) {
            many = ngx_http_bulkhead_part(bmcf, many);
        }

        /* A key's bucket counts in its tenant's: there is always that one. */

        if (i == NGX_HTTP_BULKHEAD_KEY && many == 0
            && limits[NGX_HTTP_BULKHEAD_KEY_RPM] == 0)
        {
            continue;
        }

        if (i == NGX_HTTP_BULKHEAD_TENANT) {
            id = ctx->identity->tenant;
            tenant = NULL;

        } else {
            id = ctx->identity->limit_owner;
            tenant = buckets[NGX_HTTP_BULKHEAD_TENANT];
        }

        buckets[i] = ngx_http_bulkhead_bucket(bmcf, i, id, tenant);

        if (buckets[i] == NULL && tenant != NULL
            && ngx_http_bulkhead_keys_are_many(bmcf, tenant))
        {
            return NGX_DECLINED;
        }

        if (buckets[i] == NULL
            || ngx_http_bulkhead_slot == NGX_HTTP_BULKHEAD_NO_SLOT)
        {
            bmcf->state->full++;
            return NGX_ERROR;
        }

        if (many
            && ngx_http_bulkhead_crowded(bmcf, buckets[i], 1, many,
                                         r->connection->log))
        {
            *refused = NGX_HTTP_BULKHEAD_TENANT_CONCURRENCY + i;
            return NGX_BUSY;
        }
    }

    return NGX_OK;
}


/*
 * GCRA: one request costs one interval of the bucket's time, and a bucket may
 * be a whole minute's limit ahead of the clock. Nonzero: over the limit.
 */
ngx_uint_t
ngx_http_bulkhead_rate(ngx_http_bulkhead_bucket_t *bucket, uint32_t limit,
    int64_t now, ngx_http_bulkhead_rate_t *rate)
{
    int64_t  interval, most, tat;

    if (limit > NGX_HTTP_BULKHEAD_RPM_MAX) {
        limit = NGX_HTTP_BULKHEAD_RPM_MAX;
    }

    interval = (NGX_HTTP_BULKHEAD_MINUTE_NS + limit - 1) / limit;
    most = interval * limit;
    tat = ngx_max(bucket->tat, now);

    /* Further ahead than can be: the clock went back or the limit changed. */

    if (tat - now > most) {
        tat = now + most;
    }

    if (tat + interval - now > most) {
        rate->tat = tat;
        rate->wait = tat + interval - now - most;
        rate->reset = tat - now;
        rate->remaining = 0;
        return 1;
    }

    rate->tat = tat + interval;
    rate->wait = 0;
    rate->reset = rate->tat - now;
    rate->remaining = (uint32_t) ((most - rate->reset) / interval);

    return 0;
}


ngx_uint_t
ngx_http_bulkhead_crowded(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_bucket_t *bucket, uint32_t n, uint32_t limit,
    ngx_log_t *log)
{
    ngx_msec_int_t  passed;

    if (bucket->inflight + n <= limit
        && bucket->slots[ngx_http_bulkhead_slot] + n <= 65535)
    {
        return 0;
    }

    /* Before anybody is refused: does a dead worker still hold a share? */

    passed = (ngx_msec_int_t) (ngx_current_msec - bmcf->state->reclaimed);

    if (passed >= NGX_HTTP_BULKHEAD_RECLAIM || passed < 0) {
        ngx_http_bulkhead_reclaim(bmcf, log);
    }

    return bucket->inflight + n > limit
           || bucket->slots[ngx_http_bulkhead_slot] + n > 65535;
}


void
ngx_http_bulkhead_remember(ngx_http_bulkhead_ctx_t *ctx, uint32_t limit,
    ngx_http_bulkhead_rate_t *rate)
{
    if (ctx->limit && ctx->remaining <= rate->remaining) {
        return;
    }

    ctx->limit = limit;
    ctx->remaining = rate->remaining;
    ctx->reset = (ngx_msec_t) ((rate->reset + NGX_HTTP_BULKHEAD_MSEC_NS - 1)
                               / NGX_HTTP_BULKHEAD_MSEC_NS);
}


static ngx_int_t
ngx_http_bulkhead_over(ngx_http_request_t *r, ngx_http_bulkhead_ctx_t *ctx,
    ngx_uint_t refused, int64_t wait)
{
    u_char                         *p, id[NGX_HTTP_BULKHEAD_UUID_TEXT + 1];
    ngx_uint_t                      tenant, rate, paced;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    paced = (refused == NGX_HTTP_BULKHEAD_LIMITS);
    tenant = (paced || refused == NGX_HTTP_BULKHEAD_TENANT_RPM
              || refused == NGX_HTTP_BULKHEAD_TENANT_CONCURRENCY);
    rate = (paced || refused <= NGX_HTTP_BULKHEAD_KEY_RPM);

    p = ngx_http_bulkhead_print_uuid(id, tenant ? ctx->identity->tenant
                                                : ctx->identity->limit_owner);
    *p = '\0';

    ctx->refused_by.data = (u_char *) ngx_http_bulkhead_limit_names[refused];
    ctx->refused_by.len = ngx_strlen(ctx->refused_by.data);

    ctx->retry_after = 1000;

    if (rate) {
        ctx->retry_after = (ngx_msec_t) ((wait + NGX_HTTP_BULKHEAD_MSEC_NS - 1)
                                         / NGX_HTTP_BULKHEAD_MSEC_NS);
    }

    ctx->message.data = ngx_pnalloc(r->pool, 256);
    if (ctx->message.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    p = ngx_snprintf(ctx->message.data, 256,
                     "Limit reached: %uD requests %s for %s %s. %s %M.%03M s.",
                     paced ? bmcf->tenant_rate : ctx->identity->limits[refused],
                     paced ? "per second"
                           : rate ? "per minute" : "at the same time",
                     tenant ? "tenant" : "key", id,
                     rate ? "Try again in"
                          : "Try again when one of them has finished, for "
                            "example in",
                     ctx->retry_after / 1000, ctx->retry_after % 1000);

    ctx->message.len = (size_t) (p - ctx->message.data);

    return ngx_http_bulkhead_refuse(ctx, NGX_HTTP_TOO_MANY_REQUESTS,
                                    NGX_HTTP_BULKHEAD_LIMITED,
                                    rate ? "rate_limit_exceeded"
                                         : "concurrency_exceeded",
                                    NULL);
}


static ngx_int_t
ngx_http_bulkhead_over_keys(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    u_char                         *p, id[NGX_HTTP_BULKHEAD_UUID_TEXT + 1];
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    p = ngx_http_bulkhead_print_uuid(id, ctx->identity->tenant);
    *p = '\0';

    ngx_str_set(&ctx->refused_by, "tenant_keys");
    ctx->retry_after = 1000;

    ctx->message.data = ngx_pnalloc(r->pool, 256);
    if (ctx->message.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = ngx_snprintf(ctx->message.data, 256,
                     "Limit reached: %ui API keys with their own limits in "
                     "use at the same time for tenant %s. Try again when "
                     "one of them has been idle for a while.",
                     bmcf->state->most_keys, id);

    ctx->message.len = (size_t) (p - ctx->message.data);

    return ngx_http_bulkhead_refuse(ctx, NGX_HTTP_TOO_MANY_REQUESTS,
                                    NGX_HTTP_BULKHEAD_LIMITED,
                                    "rate_limit_exceeded", NULL);
}


void
ngx_http_bulkhead_release(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_ctx_t *ctx)
{
    uint16_t                     n;
    ngx_uint_t                   i, held;
    ngx_http_bulkhead_bucket_t  *bucket;

    held = 0;

    for (i = 0; i < NGX_HTTP_BULKHEAD_HOLDS; i++) {
        held |= (ctx->held[i] != NULL);
    }

    if (!held || ngx_http_bulkhead_slot == NGX_HTTP_BULKHEAD_NO_SLOT) {
        return;
    }

    ngx_shmtx_lock(&bmcf->state_pool->mutex);

    for (i = 0; i < NGX_HTTP_BULKHEAD_HOLDS; i++) {
        bucket = ctx->held[i];
        ctx->held[i] = NULL;

        n = (i == NGX_HTTP_BULKHEAD_HOLD_BODY) ? ctx->body_units : 1;

        if (bucket == NULL || bucket->slots[ngx_http_bulkhead_slot] < n) {
            continue;
        }

        bucket->slots[ngx_http_bulkhead_slot] -= n;
        bucket->inflight -= n;

        if (i == NGX_HTTP_BULKHEAD_HOLD_BODY) {
            ngx_http_bulkhead_pace_settle(bmcf, ctx, bucket);
            bmcf->state->slots[ngx_http_bulkhead_slot].bodies -= n;
        }
    }

    ngx_shmtx_unlock(&bmcf->state_pool->mutex);
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Limits that several gateways share: each tenant and key has permits and
 * places here that were leased from the one bucket of all gateways, by a
 * process beside nginx (src/shared/lease.h). Requests are decided by what lies
 * in shared memory. Who finds nothing there stands still for the answer, a
 * millisecond or two. Where no answer comes, this gateway has its part of each
 * limit.
 *
 * There is one question at a time about an owner, whichever worker asked it:
 * its answer says what became of the permits that were held then.
 */


#include "ngx_http_bulkhead_module.h"


/* For so long a request waits for an answer. */
#define NGX_HTTP_BULKHEAD_LEASE_WAIT    300


static ngx_http_bulkhead_lease_t *ngx_http_bulkhead_lease_open(
    ngx_http_bulkhead_main_conf_t *bmcf, ngx_http_bulkhead_bucket_t *bucket,
    uint32_t rpm, uint32_t many);
static ngx_int_t ngx_http_bulkhead_lease_look(
    ngx_http_bulkhead_bucket_t *bucket, ngx_uint_t *missing);
static ngx_int_t ngx_http_bulkhead_lease_wanting(
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_bucket_t *bucket,
    ngx_uint_t i, ngx_uint_t missing);
static void ngx_http_bulkhead_lease_say(ngx_http_bulkhead_ctx_t *ctx,
    ngx_http_bulkhead_bucket_t *bucket, ngx_uint_t admitted);


/* Under the lock. Whether this worker can ask what other gateways hold. */
ngx_uint_t
ngx_http_bulkhead_leased(ngx_http_bulkhead_main_conf_t *bmcf)
{
    return bmcf->leases.len && bmcf->state->away == 0
           && ngx_http_bulkhead_link_is_open();
}


/* A limit as far as this gateway goes while it cannot ask. */
uint32_t
ngx_http_bulkhead_part(ngx_http_bulkhead_main_conf_t *bmcf, uint32_t limit)
{
    uint32_t  part;

    if (bmcf->leases.len == 0 || limit == 0) {
        return limit;
    }

    part = limit / bmcf->state->gateways;

    return part ? part : 1;
}


/*
 * Under the lock. While it cannot ask, its bucket begins so far from full that
 * those of all gateways together hold one part.
 */
void
ngx_http_bulkhead_part_begins(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_bucket_t *bucket)
{
    int64_t  least;

    if (bmcf->leases.len == 0 || bmcf->state->gateways == 1) {
        return;
    }

    least = (int64_t) bmcf->state->away * NGX_HTTP_BULKHEAD_MSEC_NS
            + NGX_HTTP_BULKHEAD_MINUTE_NS
            - NGX_HTTP_BULKHEAD_MINUTE_NS / bmcf->state->gateways;

    bucket->tat = ngx_max(bucket->tat, least);
}


/*
 * Under the lock. NGX_OK: tenant and key have what the request takes, which is
 * taken by ngx_http_bulkhead_lease_take; NGX_AGAIN: it waits for an answer;
 * NGX_BUSY: over a limit; NGX_DECLINED: no answer came, and this gateway
 * decides by its part; NGX_ERROR: full.
 */
ngx_int_t
ngx_http_bulkhead_lease(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_bucket_t **buckets,
    ngx_uint_t *refused, int64_t *wait)
{
    uint32_t                    rpm, many;
    ngx_int_t                   rc, all;
    ngx_uint_t                  i, missing;
    ngx_msec_t                  retry;
    ngx_http_bulkhead_lease_t  *lease;

    all = NGX_OK;

    for (i = 0; i < NGX_HTTP_BULKHEAD_OWNERS; i++) {
        rpm = ctx->identity->limits[NGX_HTTP_BULKHEAD_TENANT_RPM + i];
        many = ctx->identity->limits[NGX_HTTP_BULKHEAD_TENANT_CONCURRENCY + i];

        if (buckets[i] == NULL || (rpm == 0 && many == 0)) {
            continue;
        }

        lease = ngx_http_bulkhead_lease_open(bmcf, buckets[i], rpm, many);
        if (lease == NULL) {
            return NGX_ERROR;
        }

        if (ngx_http_bulkhead_lease_look(buckets[i], &missing) == NGX_OK) {
            continue;
        }

        rc = ngx_http_bulkhead_lease_wanting(ctx, buckets[i], i, missing);

        if (rc == NGX_BUSY) {
            *refused = (missing & NGX_HTTP_BULKHEAD_LEASE_PLACE)
                       ? NGX_HTTP_BULKHEAD_TENANT_CONCURRENCY + i
                       : NGX_HTTP_BULKHEAD_TENANT_RPM + i;

            if (missing == NGX_HTTP_BULKHEAD_LEASE_PERMIT) {
                retry = lease->retry - ngx_current_msec;
                *wait = ngx_max((ngx_msec_int_t) retry, 1)
                        * NGX_HTTP_BULKHEAD_MSEC_NS;
                ngx_http_bulkhead_lease_say(ctx, buckets[i], 0);
            }

            return NGX_BUSY;
        }

        all = NGX_AGAIN;
    }

    if (all == NGX_AGAIN) {

        if (ctx->standing == 0) {
            ctx->standing = ngx_max(ngx_current_msec, 1);
            bmcf->state->lease_waits++;

        } else if (ngx_current_msec - ctx->standing
                   > NGX_HTTP_BULKHEAD_LEASE_WAIT)
        {
            /* One question may be lost with its worker; all are with theirs. */

            if (ngx_current_msec - bmcf->state->heard
                > NGX_HTTP_BULKHEAD_LEASE_WAIT)
            {
                ngx_http_bulkhead_lease_away(bmcf->state);
            }

            return NGX_DECLINED;
        }
    }

    return all;
}


/* Under the lock. An owner without one yet holds nothing. */
static ngx_http_bulkhead_lease_t *
ngx_http_bulkhead_lease_open(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_bucket_t *bucket, uint32_t rpm, uint32_t many)
{
    ngx_http_bulkhead_lease_t  *lease;

    lease = bucket->lease;
    rpm = ngx_min(rpm, BH_LEASE_PER_MINUTE_MOST);
    many = ngx_min(many, BH_LEASE_AT_ONCE_MOST);

    if (lease == NULL) {
        lease = ngx_slab_calloc_locked(bmcf->state_pool,
                                       sizeof(ngx_http_bulkhead_lease_t));
        if (lease == NULL) {
            return NULL;
        }

        lease->bucket = bucket;
        bucket->lease = lease;
    }

    if (lease->rpm != rpm) {

        /* What was leased of the old limit is given back as it is. */

        lease->rpm = rpm;
        lease->refuse = ngx_current_msec;
    }

    lease->many = many;
    lease->last = ngx_current_msec;

    if (!lease->queued) {
        lease->queued = 1;
        ngx_queue_insert_tail(&bmcf->state->leases, &lease->queue);
    }

    return lease;
}


static ngx_int_t
ngx_http_bulkhead_lease_look(ngx_http_bulkhead_bucket_t *bucket,
    ngx_uint_t *missing)
{
    ngx_http_bulkhead_lease_t  *lease;

    lease = bucket->lease;
    *missing = 0;

    if (lease->rpm
        && (lease->permits == 0
            || (ngx_msec_int_t) (ngx_current_msec - lease->until) >= 0))
    {
        *missing |= NGX_HTTP_BULKHEAD_LEASE_PERMIT;
    }

    if (lease->many
        && (bucket->inflight >= lease->places
            || bucket->inflight >= lease->many
            || (ngx_msec_int_t) (ngx_current_msec - lease->places_until) >= 0))
    {
        *missing |= NGX_HTTP_BULKHEAD_LEASE_PLACE;
    }

    return *missing ? NGX_DECLINED : NGX_OK;
}


/* Says what is missing; NGX_BUSY: the answer was that there is no more. */
static ngx_int_t
ngx_http_bulkhead_lease_wanting(ngx_http_bulkhead_ctx_t *ctx,
    ngx_http_bulkhead_bucket_t *bucket, ngx_uint_t i, ngx_uint_t missing)
{
    ngx_uint_t                  over;
    ngx_http_bulkhead_lease_t  *lease;

    lease = bucket->lease;

    /* What the latest answer refused is refused again for a moment. */

    over = ((ngx_msec_int_t) (ngx_current_msec - lease->refuse) < 0)
           ? lease->over & missing : 0;

    if (over) {
        return NGX_BUSY;
    }

    if (ctx->asked[i] != 0
        && (int32_t) (lease->answered - ctx->asked[i]) < 0)
    {
        return NGX_AGAIN;
    }

    /* The first time, or its share of the answer was taken by another. */

    if (missing & NGX_HTTP_BULKHEAD_LEASE_PERMIT) {
        lease->needed++;
    }

    if (missing & NGX_HTTP_BULKHEAD_LEASE_PLACE) {
        lease->places_needed++;
    }

    /* That of the next question, or of the one that is asked right now. */

    ctx->asked[i] = lease->sequence + 1;

    if (ctx->asked[i] == 0) {
        ctx->asked[i] = 1;
    }

    return NGX_AGAIN;
}


/* Under the lock. Takes what ngx_http_bulkhead_lease has found. */
void
ngx_http_bulkhead_lease_take(ngx_http_bulkhead_ctx_t *ctx,
    ngx_http_bulkhead_bucket_t *bucket, ngx_uint_t i)
{
    uint32_t                   *limits;
    ngx_http_bulkhead_lease_t  *lease;

    lease = bucket->lease;
    limits = ctx->identity->limits;

    /* A tenant's bucket may stand here for its keys alone. */

    if (limits[NGX_HTTP_BULKHEAD_TENANT_RPM + i] == 0
        && limits[NGX_HTTP_BULKHEAD_TENANT_CONCURRENCY + i] == 0)
    {
        return;
    }

    if (lease->rpm && lease->permits) {
        lease->permits--;
        ngx_http_bulkhead_lease_say(ctx, bucket, 1);
    }

    lease->used++;

    /* The request itself is counted right after. */

    lease->peak = ngx_max(lease->peak, bucket->inflight + 1);
}


/* What the answer's header says of a limit: as of now, by the latest answer. */
static void
ngx_http_bulkhead_lease_say(ngx_http_bulkhead_ctx_t *ctx,
    ngx_http_bulkhead_bucket_t *bucket, ngx_uint_t admitted)
{
    int64_t                     left, back;
    ngx_http_bulkhead_rate_t    rate;
    ngx_http_bulkhead_lease_t  *lease;

    lease = bucket->lease;
    left = 0;

    if (admitted) {
        back = (int64_t) (ngx_current_msec - lease->left_at)
               * lease->rpm / 60000;
        left = (int64_t) lease->left + lease->permits + back;
        left = ngx_min(left, (int64_t) lease->rpm - 1);
    }

    rate.remaining = (uint32_t) left;
    rate.reset = (NGX_HTTP_BULKHEAD_MINUTE_NS / lease->rpm)
                 * ((int64_t) lease->rpm - left);

    ngx_http_bulkhead_remember(ctx, lease->rpm, &rate);
}


/* Under the lock. From now on this gateway has its part of each limit. */
void
ngx_http_bulkhead_lease_away(ngx_http_bulkhead_state_t *state)
{
    if (state->away == 0) {
        state->away = ngx_max(ngx_current_msec, 1);
    }
}

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


/* What is held is looked at so often; places alone, so often. */
#define NGX_HTTP_BULKHEAD_LEASE_RENEW   200
#define NGX_HTTP_BULKHEAD_LEASE_BEAT    4000

/* Ahead of need it is asked this often at most. */
#define NGX_HTTP_BULKHEAD_LEASE_PAUSE   5

/* An answer that does not come: for a request, and for all. */
#define NGX_HTTP_BULKHEAD_LEASE_WAIT    300
#define NGX_HTTP_BULKHEAD_LEASE_LOST    1000

/* So long a refusal is repeated without asking: others may give back. */
#define NGX_HTTP_BULKHEAD_LEASE_REFUSE  50

#define NGX_HTTP_BULKHEAD_LEASE_SPARE   100000


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
static uint32_t ngx_http_bulkhead_lease_level(
    ngx_http_bulkhead_state_t *state, ngx_http_bulkhead_lease_t *lease,
    ngx_msec_t now);
static ngx_uint_t ngx_http_bulkhead_lease_idles(
    ngx_http_bulkhead_state_t *state, ngx_http_bulkhead_lease_t *lease,
    ngx_msec_t now);
static uint32_t ngx_http_bulkhead_lease_room(
    ngx_http_bulkhead_state_t *state, ngx_http_bulkhead_lease_t *lease,
    ngx_msec_t now);
static void ngx_http_bulkhead_lease_question(
    ngx_http_bulkhead_state_t *state, ngx_http_bulkhead_lease_t *lease,
    struct bh_lease_record *record);
static ngx_uint_t ngx_http_bulkhead_lease_due(
    ngx_http_bulkhead_state_t *state, ngx_http_bulkhead_bucket_t *bucket,
    ngx_uint_t idle);


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


/* Under the lock. How many permits are held ahead, by what is used lately. */
static uint32_t
ngx_http_bulkhead_lease_level(ngx_http_bulkhead_state_t *state,
    ngx_http_bulkhead_lease_t *lease, ngx_msec_t now)
{
    uint64_t    rate;
    ngx_msec_t  passed;

    passed = now - lease->asked;

    rate = (uint64_t) lease->used * NGX_HTTP_BULKHEAD_LEASE_RENEW
           / ngx_max(passed, 10);

    /* It falls by halves, so that a pause between two requests is not an end. */

    if (passed < BH_LEASE_MS) {
        rate = ngx_max(rate, lease->rate / 2);
    }

    lease->rate = (uint32_t) ngx_min(rate, NGX_HTTP_BULKHEAD_LEASE_SPARE);

    if (lease->rate) {
        return lease->rate + 1;
    }

    return now - lease->last < NGX_HTTP_BULKHEAD_LEASE_RENEW
           || ngx_http_bulkhead_lease_idles(state, lease, now);
}


/* Whether a permit stays with an owner that does not ask just now. */
static ngx_uint_t
ngx_http_bulkhead_lease_idles(ngx_http_bulkhead_state_t *state,
    ngx_http_bulkhead_lease_t *lease, ngx_msec_t now)
{
    return now - lease->last < BH_LEASE_IDLE_MS
           && lease->rpm / BH_LEASE_IDLE_PER_MINUTE >= state->gateways;
}


/* Under the lock. How many places are held beyond those in use. */
static uint32_t
ngx_http_bulkhead_lease_room(ngx_http_bulkhead_state_t *state,
    ngx_http_bulkhead_lease_t *lease, ngx_msec_t now)
{
    uint32_t  inflight, peak;

    inflight = lease->bucket->inflight;
    peak = ngx_max(lease->peak, inflight);

    /* Near the limit there is none: others may need it now. */

    if (lease->places_left < lease->many / 8) {
        return 0;
    }

    if (now - lease->last < NGX_HTTP_BULKHEAD_LEASE_RENEW) {
        return peak - inflight + 1 + peak / 4;
    }

    return now - lease->last < BH_LEASE_IDLE_MS
           && lease->many / BH_LEASE_IDLE_AT_ONCE >= state->gateways;
}


/* The question: what an owner holds, what it relies on and wants besides. */
static void
ngx_http_bulkhead_lease_question(ngx_http_bulkhead_state_t *state,
    ngx_http_bulkhead_lease_t *lease, struct bh_lease_record *record)
{
    uint32_t                     level, room, want;
    ngx_msec_t                   now;
    ngx_http_bulkhead_bucket_t  *bucket;

    now = ngx_current_msec;
    bucket = lease->bucket;

    level = lease->rpm ? ngx_http_bulkhead_lease_level(state, lease, now) : 0;
    room = lease->many ? ngx_http_bulkhead_lease_room(state, lease, now) : 0;

    ngx_memzero(record, sizeof(struct bh_lease_record));

    record->kind = BH_LEASE_ASK;
    record->version = BH_LEASE_VERSION;
    record->owner = bucket->name[0];
    record->sequence = ++lease->sequence;
    record->per_minute = lease->rpm;
    record->at_once = lease->many;

    ngx_memcpy(record->gateway, state->gateway, NGX_HTTP_BULKHEAD_UUID_LEN);
    ngx_memcpy(record->id, &bucket->name[1], NGX_HTTP_BULKHEAD_UUID_LEN);
    ngx_memcpy(record->tenant, bucket->tenant ? &bucket->tenant->name[1]
                                              : &bucket->name[1],
               NGX_HTTP_BULKHEAD_UUID_LEN);

    record->returned = lease->permits;

    if ((ngx_msec_int_t) (now - lease->until) >= 0) {
        lease->permits = 0;
    }

    lease->permits = ngx_min(lease->permits, level);
    lease->kept = lease->permits;

    record->needed = lease->kept + lease->needed;
    record->spare = level - lease->kept;

    /* What is not asked for again is not relied upon any more. */

    want = bucket->inflight + room;
    lease->places = ngx_min(lease->places, want);

    record->used = ngx_max(lease->places, bucket->inflight);
    record->places_needed = lease->places_needed;
    record->places_spare = want - record->used;

    lease->asked = now;
    lease->needed = 0;
    lease->places_needed = 0;
    lease->used = 0;
    lease->peak = bucket->inflight;

    state->lease_asks++;
}


/* Under the lock. Nonzero: something is to be asked about the owner now. */
ngx_uint_t
ngx_http_bulkhead_lease_ask(ngx_http_bulkhead_state_t *state,
    ngx_http_bulkhead_bucket_t *bucket, ngx_uint_t idle,
    struct bh_lease_record *record)
{
    if (bucket == NULL || bucket->lease == NULL
        || !ngx_http_bulkhead_lease_due(state, bucket, idle))
    {
        return 0;
    }

    ngx_http_bulkhead_lease_question(state, bucket->lease, record);

    return 1;
}


/* With idle, also what only time brings about. */
static ngx_uint_t
ngx_http_bulkhead_lease_due(ngx_http_bulkhead_state_t *state,
    ngx_http_bulkhead_bucket_t *bucket, ngx_uint_t idle)
{
    ngx_msec_t                  now, passed;
    ngx_http_bulkhead_lease_t  *lease;

    lease = bucket->lease;
    now = ngx_current_msec;

    if (lease->sequence != lease->answered) {
        return 0;
    }

    if (lease->needed || lease->places_needed) {
        return 1;
    }

    passed = now - lease->asked;

    /* Ahead of need: half of what is held has been used. */

    if (lease->used && passed >= NGX_HTTP_BULKHEAD_LEASE_PAUSE
        && (ngx_msec_int_t) (now - lease->refuse) >= 0
        && ((lease->rpm && lease->permits <= lease->rate / 2)
            || (lease->many && bucket->inflight >= lease->places
                && bucket->inflight < lease->many)))
    {
        return 1;
    }

    if (!idle || passed < NGX_HTTP_BULKHEAD_LEASE_RENEW) {
        return 0;
    }

    if (lease->permits > 1
        || (lease->permits
            && (!ngx_http_bulkhead_lease_idles(state, lease, now)
                || (ngx_msec_int_t) (now - lease->until) >= 0)))
    {
        return 1;
    }

    if (lease->places > bucket->inflight
        && (lease->places > bucket->inflight + 1
            || now - lease->last >= BH_LEASE_IDLE_MS
            || lease->many / BH_LEASE_IDLE_AT_ONCE < state->gateways))
    {
        return 1;
    }

    return lease->places && passed >= NGX_HTTP_BULKHEAD_LEASE_BEAT;
}


/* Under the lock. What an answer says becomes what is decided by. */
ngx_http_bulkhead_bucket_t *
ngx_http_bulkhead_lease_answer(ngx_http_bulkhead_state_t *state,
    struct bh_lease_record *record)
{
    u_char                       name[NGX_HTTP_BULKHEAD_BUCKET_NAME];
    uint32_t                     fresh;
    ngx_http_bulkhead_lease_t   *lease;
    ngx_http_bulkhead_bucket_t  *bucket;

    state->gateways = ngx_max(record->gateways, 1);
    state->heard = ngx_current_msec;

    if (record->away) {
        ngx_http_bulkhead_lease_away(state);

    } else {
        state->away = 0;
    }

    if (record->kind != BH_LEASE_ANSWER) {
        return NULL;
    }

    name[0] = record->owner;
    ngx_memcpy(&name[1], record->id, NGX_HTTP_BULKHEAD_UUID_LEN);

    bucket = ngx_http_bulkhead_tree_find(&state->rbtree, name, sizeof(name));

    if (bucket == NULL || bucket->lease == NULL
        || bucket->lease->sequence != record->sequence
        || bucket->lease->answered == record->sequence)
    {
        return NULL;
    }

    lease = bucket->lease;
    lease->answered = record->sequence;

    if (record->away) {
        lease->permits = 0;
        return bucket;
    }

    fresh = ngx_max(record->permits, lease->kept) - lease->kept;

    if (record->permits < lease->kept) {
        lease->permits -= ngx_min(lease->permits,
                                  lease->kept - record->permits);
    }

    lease->permits += fresh;
    lease->until = lease->asked
                   + (lease->permits <= 1
                      && lease->rpm / BH_LEASE_IDLE_PER_MINUTE
                         >= state->gateways
                      ? BH_LEASE_IDLE_MS : BH_LEASE_MS);
    lease->left = record->left;
    lease->left_at = ngx_current_msec;

    lease->places = record->places;
    lease->places_left = record->places_left;
    lease->places_until = lease->asked + 15000 - NGX_HTTP_BULKHEAD_LEASE_BEAT;

    lease->over = 0;

    if (lease->rpm && record->permits < record->needed) {
        lease->over |= NGX_HTTP_BULKHEAD_LEASE_PERMIT;
    }

    if (lease->many
        && record->places < record->used + record->places_needed)
    {
        lease->over |= NGX_HTTP_BULKHEAD_LEASE_PLACE;
    }

    lease->retry = ngx_current_msec + ngx_max(record->wait_ms, 1);
    lease->refuse = ngx_current_msec
                    + (lease->over == NGX_HTTP_BULKHEAD_LEASE_PERMIT
                       ? ngx_min(ngx_max(record->wait_ms, 1),
                                 NGX_HTTP_BULKHEAD_LEASE_REFUSE)
                       : NGX_HTTP_BULKHEAD_LEASE_REFUSE);

    if (lease->over == 0) {
        lease->refuse = ngx_current_msec;
    }

    return bucket;
}


/*
 * Under the lock. A question that nobody will answer any more is dropped, and
 * so is what could not be given back or said again in time: by now it is free
 * for others, or lost.
 */
void
ngx_http_bulkhead_lease_forget(ngx_http_bulkhead_state_t *state,
    ngx_http_bulkhead_lease_t *lease)
{
    if (state->away
        && (ngx_msec_int_t) (ngx_current_msec - lease->until) >= 0)
    {
        lease->permits = 0;
    }

    if ((ngx_msec_int_t) (ngx_current_msec - lease->places_until) >= 0) {
        lease->places = 0;
    }

    if (lease->sequence == lease->answered
        || ngx_current_msec - lease->asked < NGX_HTTP_BULKHEAD_LEASE_LOST)
    {
        return;
    }

    /* Whether they were given back, nobody knows. */

    lease->permits = 0;
    lease->answered = lease->sequence;
}


/* Under the lock. Nonzero: it holds nothing, and may be forgotten. */
ngx_uint_t
ngx_http_bulkhead_lease_is_over(ngx_http_bulkhead_lease_t *lease)
{
    return lease->permits == 0 && lease->places == 0
           && lease->sequence == lease->answered
           && lease->needed == 0 && lease->places_needed == 0
           && ngx_current_msec - lease->last >= BH_LEASE_IDLE_MS;
}

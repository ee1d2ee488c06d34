/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is asked about limits that several gateways share, when, and what the
 * answers change: how much is held ahead of need, and what goes back.
 */


#include "ngx_http_bulkhead_module.h"


/* What is held is looked at so often; places alone, so often. */
#define NGX_HTTP_BULKHEAD_LEASE_RENEW   200
#define NGX_HTTP_BULKHEAD_LEASE_BEAT    4000

/* Ahead of need it is asked this often at most. */
#define NGX_HTTP_BULKHEAD_LEASE_PAUSE   5

/* A question without an answer for so long is lost. */
#define NGX_HTTP_BULKHEAD_LEASE_LOST    1000

/* So long a refusal is repeated without asking: others may give back. */
#define NGX_HTTP_BULKHEAD_LEASE_REFUSE  50

#define NGX_HTTP_BULKHEAD_LEASE_SPARE   100000


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
static void ngx_http_bulkhead_lease_over(ngx_http_bulkhead_lease_t *lease,
    struct bh_lease_record *record);


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


/*
 * Under the lock. Which limits are over by an answer, and until when that is
 * not asked again.
 */
static void
ngx_http_bulkhead_lease_over(ngx_http_bulkhead_lease_t *lease,
    struct bh_lease_record *record)
{
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
    lease->places_until = lease->asked + BH_LEASE_PLACES_MS
                          - NGX_HTTP_BULKHEAD_LEASE_BEAT;

    ngx_http_bulkhead_lease_over(lease, record);

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

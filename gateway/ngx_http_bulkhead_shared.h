/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What lies in shared memory: the cached credentials in one zone; in the other
 * the buckets, the counters and what each worker holds.
 */


#ifndef _NGX_HTTP_BULKHEAD_SHARED_H_INCLUDED_
#define _NGX_HTTP_BULKHEAD_SHARED_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Of the structures in shared memory: goes with the sizes of these three, and 9
 * is raised when another one changes, or one of them and keeps its size.
 */
#define NGX_HTTP_BULKHEAD_LAYOUT                                              \
    (1000 * (sizeof(ngx_http_bulkhead_keys_t)                                 \
             + sizeof(ngx_http_bulkhead_state_t)                              \
             + sizeof(ngx_http_bulkhead_bucket_t)) + 9)

/* Worker processes alive at once, those that drain after a reload included. */
#define NGX_HTTP_BULKHEAD_SLOTS          64
#define NGX_HTTP_BULKHEAD_NO_SLOT        NGX_HTTP_BULKHEAD_SLOTS

#define NGX_HTTP_BULKHEAD_SERIES         400
#define NGX_HTTP_BULKHEAD_SERIES_NAME    112
#define NGX_HTTP_BULKHEAD_CLASSES        6
#define NGX_HTTP_BULKHEAD_BUCKETS        14
#define NGX_HTTP_BULKHEAD_AUDIT_BUFFER   32768
#define NGX_HTTP_BULKHEAD_STRANGE_BUFFER 8192

#define NGX_HTTP_BULKHEAD_ACCOUNT_CLASSES 20
#define NGX_HTTP_BULKHEAD_FORGETS        64

#define NGX_HTTP_BULKHEAD_HASH_LEN       32
#define NGX_HTTP_BULKHEAD_UUID_LEN       16
#define NGX_HTTP_BULKHEAD_BUCKET_NAME    (1 + NGX_HTTP_BULKHEAD_UUID_LEN)


/* What became of a request; a label of the metrics and a field of the audit. */
typedef enum {
    NGX_HTTP_BULKHEAD_NONE = 0,
    NGX_HTTP_BULKHEAD_ALLOWED,
    NGX_HTTP_BULKHEAD_UNAUTHENTICATED,
    NGX_HTTP_BULKHEAD_FORBIDDEN,
    NGX_HTTP_BULKHEAD_LIMITED,
    NGX_HTTP_BULKHEAD_UNAVAILABLE,
    NGX_HTTP_BULKHEAD_DECISIONS
} ngx_http_bulkhead_decision_e;


/* What is limited for one client address, without a credential. */
typedef enum {
    NGX_HTTP_BULKHEAD_SIGNIN = 0,
    NGX_HTTP_BULKHEAD_ANONYMOUS,
    NGX_HTTP_BULKHEAD_UNKNOWN,
    NGX_HTTP_BULKHEAD_CONNECTIONS,
    NGX_HTTP_BULKHEAD_BODIES,
    NGX_HTTP_BULKHEAD_LINES,
    NGX_HTTP_BULKHEAD_REFUSALS,
    NGX_HTTP_BULKHEAD_CLASSES_BY_ADDRESS
} ngx_http_bulkhead_class_e;


/* Whose bucket it is. From ADDRESS on: one kind for each class by address. */
typedef enum {
    NGX_HTTP_BULKHEAD_TENANT = 0,
    NGX_HTTP_BULKHEAD_KEY,
    NGX_HTTP_BULKHEAD_OWNERS,
    NGX_HTTP_BULKHEAD_TENANT_BODIES = NGX_HTTP_BULKHEAD_OWNERS,
    NGX_HTTP_BULKHEAD_TENANT_LINES,
    NGX_HTTP_BULKHEAD_TENANT_REFUSALS,
    NGX_HTTP_BULKHEAD_ALL_LINES,
    NGX_HTTP_BULKHEAD_ADDRESS
} ngx_http_bulkhead_owner_e;


/* Counters of one route template. Lives in shared memory, never removed. */
typedef struct {
    u_char            name[NGX_HTTP_BULKHEAD_SERIES_NAME];
    ngx_atomic_t      requests[NGX_HTTP_BULKHEAD_CLASSES]
                              [NGX_HTTP_BULKHEAD_DECISIONS];
    ngx_atomic_t      duration[NGX_HTTP_BULKHEAD_BUCKETS];
    ngx_atomic_t      duration_ms;
    ngx_atomic_t      bytes_in;
    ngx_atomic_t      bytes_out;
} ngx_http_bulkhead_series_t;


/* Whom auth has said to forget: the first letter of the kind, and the id. */
typedef struct {
    u_char            kind;
    u_char            id[NGX_HTTP_BULKHEAD_UUID_LEN];
} ngx_http_bulkhead_forget_t;


typedef struct {
    ngx_uint_t        layout;
    ngx_rbtree_t      rbtree;
    ngx_rbtree_node_t sentinel;
    ngx_queue_t       queue;
    ngx_rbtree_t      accounts;
    ngx_rbtree_node_t no_account;
    ngx_queue_t       classes[NGX_HTTP_BULKHEAD_ACCOUNT_CLASSES];
    ngx_uint_t        most_unknown;
    ngx_atomic_t      forgets;
    ngx_http_bulkhead_forget_t
                      latest[NGX_HTTP_BULKHEAD_FORGETS];
    ngx_atomic_t      hits;
    ngx_atomic_t      misses;
    ngx_atomic_t      negatives;
    ngx_atomic_t      stale;
    ngx_atomic_t      evictions;
    ngx_atomic_t      exchanges;
    ngx_atomic_t      failures;
    ngx_atomic_t      full;
} ngx_http_bulkhead_keys_t;


/*
 * A limited tenant, key or address. Stays while requests are in flight, a
 * tenant's while it has keys here. Its name is the kind of owner and the id.
 */
typedef struct ngx_http_bulkhead_bucket_s  ngx_http_bulkhead_bucket_t;
typedef struct ngx_http_bulkhead_lease_s   ngx_http_bulkhead_lease_t;

struct ngx_http_bulkhead_bucket_s {
    ngx_str_node_t               node;
    ngx_queue_t                  queue;
    ngx_http_bulkhead_bucket_t  *tenant;
    ngx_http_bulkhead_lease_t   *lease;
    int64_t                      tat;
    int64_t                      pace;
    u_char                       name[NGX_HTTP_BULKHEAD_BUCKET_NAME];
    uint16_t                     keys;
    uint32_t                     inflight;
    uint16_t                     slots[NGX_HTTP_BULKHEAD_SLOTS];
};


#define NGX_HTTP_BULKHEAD_LEASE_PERMIT   1
#define NGX_HTTP_BULKHEAD_LEASE_PLACE    2


/*
 * What a tenant or key holds of limits that all gateways share. There is a
 * question under way while sequence and answered differ; kept is what is still
 * used meanwhile. Times are those of ngx_current_msec.
 */
struct ngx_http_bulkhead_lease_s {
    ngx_queue_t                  queue;
    ngx_http_bulkhead_bucket_t  *bucket;
    ngx_msec_t                   last;
    ngx_msec_t                   looked;
    ngx_msec_t                   asked;
    ngx_msec_t                   until;
    ngx_msec_t                   places_until;
    ngx_msec_t                   left_at;
    ngx_msec_t                   refuse;
    ngx_msec_t                   retry;
    uint32_t                     sequence;
    uint32_t                     answered;
    uint32_t                     rpm;
    uint32_t                     many;
    uint32_t                     permits;
    uint32_t                     kept;
    uint32_t                     needed;
    uint32_t                     used;
    uint32_t                     rate;
    uint32_t                     left;
    uint32_t                     places;
    uint32_t                     places_left;
    uint32_t                     places_needed;
    uint32_t                     peak;
    uint16_t                     over;
    uint16_t                     queued;
};


/* What one worker process holds, so that the others can clean up after it. */
typedef struct {
    ngx_pid_t         pid;
    uint64_t          started;
    ngx_atomic_t      active;
    uint32_t          bodies;
    size_t            audit_len;
    size_t            strange_len;
    u_char            audit[NGX_HTTP_BULKHEAD_AUDIT_BUFFER];
    u_char            strange[NGX_HTTP_BULKHEAD_STRANGE_BUFFER];
} ngx_http_bulkhead_slot_t;


typedef struct {
    ngx_uint_t                  layout;
    ngx_rbtree_t                rbtree;
    ngx_rbtree_node_t           sentinel;
    ngx_queue_t                 queue;
    ngx_queue_t                 addresses;
    ngx_queue_t                 leases;
    u_char                      gateway[NGX_HTTP_BULKHEAD_UUID_LEN];
    ngx_msec_t                  away;
    ngx_msec_t                  heard;
    uint32_t                    gateways;
    ngx_atomic_t                lease_asks;
    ngx_atomic_t                lease_waits;
    ngx_atomic_t                lease_parts;
    ngx_uint_t                  naddresses;
    ngx_uint_t                  most_addresses;
    ngx_uint_t                  most_keys;
    ngx_msec_t                  reclaimed;
    ngx_atomic_t                limited[NGX_HTTP_BULKHEAD_CLASSES_BY_ADDRESS];
    ngx_atomic_t                closed;
    ngx_atomic_t                bodies_refused;
    ngx_atomic_t                audit_lines;
    ngx_atomic_t                audit_dropped;
    ngx_atomic_t                strange_lines;
    ngx_atomic_t                strange_sampled;
    ngx_atomic_t                refusals_sampled;
    ngx_atomic_t                refusals_delayed;
    ngx_atomic_t                paced;
    ngx_atomic_t                full;
    ngx_uint_t                  nseries;
    ngx_http_bulkhead_series_t  series[NGX_HTTP_BULKHEAD_SERIES];
    ngx_http_bulkhead_slot_t    slots[NGX_HTTP_BULKHEAD_SLOTS];
} ngx_http_bulkhead_state_t;


#endif /* _NGX_HTTP_BULKHEAD_SHARED_H_INCLUDED_ */

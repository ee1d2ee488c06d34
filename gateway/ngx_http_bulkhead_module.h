/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The Bulkhead gateway module: structures and the calls between its files;
 * _shared.h has the structures in shared memory.
 *
 * _module.c holds directives and the life of a worker, _route.c the rows of
 * the route table; _request.c what happens to every request on entry,
 * _access.c the decision; _credential.c, _cookie.c, _cache.c, _account.c,
 * _exchange.c and _answer.c who asks; _follow.c whether a service was replaced;
 * _limit.c, _address.c, _bucket.c and _slot.c how often,
 * _lease.c, _ask.c and _link.c by limits that several gateways share,
 * _pace.c how fast, _delay.c how soon after many refusals, _connection.c and
 * _body.c how many connections and bodies; _error.c and _filter.c what is
 * answered, _cors.c which pages may read it; _audit.c, _line.c and _metrics.c
 * what is remembered; _private.c the locations that only the platform itself
 * can reach.
 */


#ifndef _NGX_HTTP_BULKHEAD_MODULE_H_INCLUDED_
#define _NGX_HTTP_BULKHEAD_MODULE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_bulkhead_shared.h"
#include "shared/lease_wire.h"


#define NGX_HTTP_BULKHEAD_LINE_MAX       4096
#define NGX_HTTP_BULKHEAD_UUID_TEXT      36
#define NGX_HTTP_BULKHEAD_ID_LEN         32
#define NGX_HTTP_BULKHEAD_SPAN_LEN       16

#define NGX_HTTP_BULKHEAD_CREDENTIAL_MAX 8192
#define NGX_HTTP_BULKHEAD_BODY_MAX       2048
#define NGX_HTTP_BULKHEAD_TTL_MAX        300
#define NGX_HTTP_BULKHEAD_MSEC_NS        1000000LL
#define NGX_HTTP_BULKHEAD_MINUTE_NS      60000000000LL


typedef enum {
    NGX_HTTP_BULKHEAD_TENANT_RPM = 0,
    NGX_HTTP_BULKHEAD_KEY_RPM,
    NGX_HTTP_BULKHEAD_TENANT_CONCURRENCY,
    NGX_HTTP_BULKHEAD_KEY_CONCURRENCY,
    NGX_HTTP_BULKHEAD_LIMITS
} ngx_http_bulkhead_limit_e;


/* What a request holds until it ends. */
typedef enum {
    NGX_HTTP_BULKHEAD_HOLD_TENANT = NGX_HTTP_BULKHEAD_TENANT,
    NGX_HTTP_BULKHEAD_HOLD_KEY = NGX_HTTP_BULKHEAD_KEY,
    NGX_HTTP_BULKHEAD_HOLD_ADDRESS,
    NGX_HTTP_BULKHEAD_HOLD_BODY,
    NGX_HTTP_BULKHEAD_HOLDS
} ngx_http_bulkhead_hold_e;


/* One row of the route table: a method of a location. */
typedef struct {
    ngx_str_t         method;
    ngx_str_t         scope;
    ngx_str_t         audit;
    off_t             body_max;
    unsigned          is_public:1;
    unsigned          is_signin:1;
    unsigned          is_file:1;
    unsigned          unlimited:1;
    unsigned          unbuffered:1;
} ngx_http_bulkhead_route_t;


/* A route template on its way from the configuration to its counters. */
typedef struct {
    ngx_str_t                    name;
    ngx_http_bulkhead_series_t  *series;
} ngx_http_bulkhead_label_t;


/* Who asks, as auth told: a copy of the request's own, or the cache's. */
typedef struct {
    ngx_str_t         authorization;
    ngx_str_t         scope;
    ngx_str_t         plan;
    ngx_str_t         role;
    ngx_str_t         origins;
    u_char            tenant[NGX_HTTP_BULKHEAD_UUID_LEN];
    u_char            subject[NGX_HTTP_BULKHEAD_UUID_LEN];
    u_char            credential[NGX_HTTP_BULKHEAD_UUID_LEN];
    u_char            limit_owner[NGX_HTTP_BULKHEAD_UUID_LEN];
    ngx_uint_t        session;
    ngx_msec_t        valid_until;
    uint32_t          limits[NGX_HTTP_BULKHEAD_LIMITS];
} ngx_http_bulkhead_identity_t;


/* auth's answer, as it is put into the cache. */
typedef struct {
    ngx_uint_t                    status;
    time_t                        ttl;
    ngx_uint_t                    forgets;
    ngx_http_bulkhead_identity_t  identity;
    ngx_str_t                     body;
} ngx_http_bulkhead_answer_t;


/* What a request says of the console: its cookie, and which page it is from. */
typedef struct {
    ngx_str_t         cookie;
    ngx_str_t         site;
    ngx_str_t         origin;
    ngx_uint_t        cookies;
    ngx_uint_t        sites;
    ngx_uint_t        origins;
    ngx_uint_t        marked;
} ngx_http_bulkhead_console_t;


/* What a bucket's next request would find. Times in nanoseconds. */
typedef struct {
    int64_t           tat;
    int64_t           wait;
    int64_t           reset;
    uint32_t          remaining;
} ngx_http_bulkhead_rate_t;


/* A class's limits for each address; 0: none. */
typedef struct {
    uint32_t          rpm;
    uint32_t          concurrency;
} ngx_http_bulkhead_allowance_t;


typedef struct {
    ngx_shm_zone_t             *keys_zone;
    ngx_shm_zone_t             *state_zone;
    ngx_slab_pool_t            *keys_pool;
    ngx_slab_pool_t            *state_pool;
    ngx_http_bulkhead_keys_t   *keys;
    ngx_http_bulkhead_state_t  *state;
    ngx_array_t                 labels;
    ngx_http_bulkhead_label_t  *unrouted;
    ngx_str_t                   leases;
    uint32_t                    gateways;
    ngx_open_file_t            *audit;
    ngx_open_file_t            *strange;
    uint32_t                    strange_rpm;
    uint32_t                    refusals_rpm;
    ngx_str_t                   metrics_file;
    ngx_array_t                *sockets;
    ngx_array_t                *proxies;
    ngx_array_t                *cors;
    ngx_uint_t                  cors_tenants;
    ngx_str_t                   cookie;
    ngx_str_t                   cookie_service;
    size_t                      body_rate;
    uint32_t                    tenant_bodies;
    uint32_t                    tenant_pace;
    uint32_t                    tenant_rate;
    uint32_t                    total_bodies;
    ngx_http_bulkhead_allowance_t
                        by_address[NGX_HTTP_BULKHEAD_CLASSES_BY_ADDRESS];
} ngx_http_bulkhead_main_conf_t;


typedef struct {
    ngx_flag_t                  enable;
    ngx_str_t                   exchange;
    time_t                      margin;
    ngx_str_t                   service;
    ngx_str_t                   wire;
    ngx_str_t                   wire_also;
    ngx_array_t                *routes;
    ngx_http_bulkhead_label_t  *label;
    ngx_str_t                   allow;
    ngx_flag_t                  page;
} ngx_http_bulkhead_loc_conf_t;


/* Whose turn it is to ask auth about a credential. */
typedef enum {
    NGX_HTTP_BULKHEAD_IDLE = 0,
    NGX_HTTP_BULKHEAD_ASKING,
    NGX_HTTP_BULKHEAD_WAITING,
    NGX_HTTP_BULKHEAD_ANSWERED,
    NGX_HTTP_BULKHEAD_FAILED
} ngx_http_bulkhead_exchange_e;


typedef struct ngx_http_bulkhead_account_s     ngx_http_bulkhead_account_t;
typedef struct ngx_http_bulkhead_connection_s  ngx_http_bulkhead_connection_t;
typedef struct ngx_http_bulkhead_ctx_s         ngx_http_bulkhead_ctx_t;

struct ngx_http_bulkhead_ctx_s {
    ngx_http_request_t             *request;
    ngx_http_bulkhead_loc_conf_t   *conf;
    ngx_http_bulkhead_route_t      *route;
    ngx_http_bulkhead_identity_t   *identity;
    ngx_http_bulkhead_identity_t   *stale;
    ngx_http_bulkhead_bucket_t     *held[NGX_HTTP_BULKHEAD_HOLDS];
    ngx_http_bulkhead_connection_t *connection;
    uint16_t                        body_units;

    /* What the body was charged, the request's length before it. */
    off_t                           paced;
    off_t                           paced_from;

    /* How long the request waits before it goes on. */
    ngx_msec_t                      pace;

    /* Since when it waits for leases, and for which answers. */
    ngx_msec_t                      standing;
    uint32_t                        asked[NGX_HTTP_BULKHEAD_OWNERS];

    /* The client's address: as text, and what its limits are counted by. */
    ngx_str_t                       client;
    u_char                          address[NGX_HTTP_BULKHEAD_UUID_LEN];

    ngx_str_t                       method;
    ngx_str_t                       origin;
    ngx_http_bulkhead_console_t     console;
    ngx_str_t                       request_id;
    ngx_str_t                       trace_id;
    ngx_str_t                       span_id;
    u_char                          parent[NGX_HTTP_BULKHEAD_SPAN_LEN];

    ngx_uint_t                      decision;
    ngx_str_t                       refused_by;

    /* The refusal: what its answer says. Empty parts come from a table. */
    ngx_int_t                       refusal;
    ngx_uint_t                      status;
    ngx_str_t                       code;
    ngx_str_t                       message;
    ngx_str_t                       body;
    ngx_str_t                       challenge;
    ngx_msec_t                      retry_after;

    /* The request limit that is nearest to its end. */
    uint32_t                        limit;
    uint32_t                        remaining;
    ngx_msec_t                      reset;

    /* Requests of one worker that wait for one answer of auth. */
    ngx_uint_t                      exchange;
    ngx_queue_t                     flight;
    ngx_queue_t                     waiters;
    ngx_event_t                     wake;
    ngx_event_t                     upload;
    ngx_uint_t                      forgets;
    u_char                          hash[NGX_HTTP_BULKHEAD_HASH_LEN];

    u_char                          hex[NGX_HTTP_BULKHEAD_ID_LEN * 2
                                        + NGX_HTTP_BULKHEAD_SPAN_LEN];

    unsigned                        traced:1;
    unsigned                        sampled:1;
    unsigned                        addressed:1;
    unsigned                        hashed:1;
    unsigned                        by_cookie:1;
    unsigned                        cors:1;
    unsigned                        preflight:1;
    unsigned                        checked:1;
    unsigned                        counted:1;
    unsigned                        flying:1;
    unsigned                        replaced:1;
    unsigned                        answered:1;
    unsigned                        logged:1;
};


extern ngx_module_t  ngx_http_bulkhead_module;
extern ngx_uint_t    ngx_http_bulkhead_slot;


/* route: a row of the configuration, and the "Allow" of a location's rows */
char *ngx_http_bulkhead_route(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_bulkhead_route_allow(ngx_conf_t *cf,
    ngx_http_bulkhead_loc_conf_t *blcf);

/* access: the context survives internal redirects; made when there is none */
ngx_http_bulkhead_ctx_t *ngx_http_bulkhead_get_ctx(ngx_http_request_t *r);
ngx_int_t ngx_http_bulkhead_access_handler(ngx_http_request_t *r);
/* whether one of the words between spaces is this one */
ngx_uint_t ngx_http_bulkhead_has_word(ngx_str_t *words, ngx_str_t *word);

/* connection: the end of an answer that has said "Connection: keep-alive" */
void ngx_http_bulkhead_keep_promise(ngx_http_request_t *r);

/* follow: before a request goes to a service, which may be another process */
char *ngx_http_bulkhead_socket(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
void ngx_http_bulkhead_follow(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_str_t *service);

/* request: NGX_DECLINED, or the status of a path that is not in plain form */
ngx_int_t ngx_http_bulkhead_entry_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_bulkhead_new_ids(ngx_http_bulkhead_ctx_t *ctx);
void ngx_http_bulkhead_drop_header(ngx_http_request_t *r,
    ngx_table_elt_t *header);
/* a header for the service; the name is in lower case and stays; NULL: no memory */
ngx_table_elt_t *ngx_http_bulkhead_add_header(ngx_http_request_t *r,
    const char *name, ngx_str_t *value);

/* cookie: the console's, in place of an Authorization header; see there */
char *ngx_http_bulkhead_cookie(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
void ngx_http_bulkhead_cookie_read(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_str_t *header, ngx_http_bulkhead_console_t *seen);
ngx_uint_t ngx_http_bulkhead_cookie_begins(ngx_str_t *credential);
ngx_int_t ngx_http_bulkhead_cookie_use(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
ngx_uint_t ngx_http_bulkhead_cookie_passes(
    ngx_http_bulkhead_main_conf_t *bmcf, ngx_str_t *service);

/* credential: NGX_OK with ctx->identity, NGX_AGAIN, or a status */
ngx_int_t ngx_http_bulkhead_credential(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
ngx_int_t ngx_http_bulkhead_unauthenticated(ngx_http_bulkhead_ctx_t *ctx,
    ngx_uint_t offered, const char *message);
ngx_int_t ngx_http_bulkhead_parse_uuid(ngx_str_t *text, u_char *out);
u_char *ngx_http_bulkhead_print_uuid(u_char *p, const u_char *id);

/* exchange: NGX_AGAIN; the request goes on in the access phase */
ngx_int_t ngx_http_bulkhead_ask(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
ngx_int_t ngx_http_bulkhead_wait(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_ctx_t *leader);
ngx_http_bulkhead_ctx_t *ngx_http_bulkhead_find_flight(u_char *hash);
void ngx_http_bulkhead_leave_flight(ngx_http_bulkhead_ctx_t *ctx);
void ngx_http_bulkhead_init_flights(void);

/* answer: auth's own, read by its status; NGX_ERROR when it is none */
ngx_int_t ngx_http_bulkhead_read_answer(ngx_http_request_t *r,
    ngx_http_request_t *sr, ngx_http_bulkhead_answer_t *answer);

/*
 * cache: NGX_OK with ctx->identity, NGX_DECLINED when auth must be asked
 * (ctx->stale is then what was known), or a refusal already written to ctx
 */
ngx_int_t ngx_http_bulkhead_cache_find(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
void ngx_http_bulkhead_cache_store(ngx_http_bulkhead_main_conf_t *bmcf,
    u_char *hash, ngx_http_bulkhead_answer_t *answer);
void ngx_http_bulkhead_cache_forget(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_str_t *kind, u_char *id, u_char *tenant);
ngx_int_t ngx_http_bulkhead_init_keys_zone(ngx_shm_zone_t *shm_zone,
    void *data);

/* account: under the lock; entries are queued by last use, each in one account */
void ngx_http_bulkhead_init_accounts(ngx_http_bulkhead_keys_t *keys);
ngx_http_bulkhead_account_t *ngx_http_bulkhead_account(
    ngx_http_bulkhead_keys_t *keys, u_char *tenant);
size_t ngx_http_bulkhead_account_size(void);
ngx_http_bulkhead_account_t *ngx_http_bulkhead_account_open(
    ngx_http_bulkhead_keys_t *keys, void *memory, u_char *tenant);
void ngx_http_bulkhead_account_add(ngx_http_bulkhead_keys_t *keys,
    ngx_http_bulkhead_account_t *account, ngx_queue_t *entry);
ngx_queue_t *ngx_http_bulkhead_account_entries(
    ngx_http_bulkhead_account_t *account);
void ngx_http_bulkhead_account_use(ngx_http_bulkhead_account_t *account,
    ngx_queue_t *entry);
ngx_uint_t ngx_http_bulkhead_account_remove(ngx_http_bulkhead_keys_t *keys,
    ngx_http_bulkhead_account_t *account, ngx_queue_t *entry);
ngx_queue_t *ngx_http_bulkhead_account_victim(ngx_http_bulkhead_keys_t *keys);
ngx_queue_t *ngx_http_bulkhead_account_last(
    ngx_http_bulkhead_account_t *account, ngx_uint_t least);

/* limit: NGX_OK, or the refusal that is already written to ctx */
ngx_int_t ngx_http_bulkhead_limit(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
void ngx_http_bulkhead_release(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_ctx_t *ctx);

/* limit: keeps what is nearest to its end, for the answer's headers */
void ngx_http_bulkhead_remember(ngx_http_bulkhead_ctx_t *ctx, uint32_t limit,
    ngx_http_bulkhead_rate_t *rate);

/* lease: under the lock; limits that several gateways share, see there */
uint32_t ngx_http_bulkhead_part(ngx_http_bulkhead_main_conf_t *bmcf,
    uint32_t limit);
void ngx_http_bulkhead_part_begins(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_bucket_t *bucket);
ngx_uint_t ngx_http_bulkhead_leased(ngx_http_bulkhead_main_conf_t *bmcf);
ngx_int_t ngx_http_bulkhead_lease(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_bucket_t **buckets,
    ngx_uint_t *refused, int64_t *wait);
void ngx_http_bulkhead_lease_take(ngx_http_bulkhead_ctx_t *ctx,
    ngx_http_bulkhead_bucket_t *bucket, ngx_uint_t i);
ngx_uint_t ngx_http_bulkhead_lease_ask(ngx_http_bulkhead_state_t *state,
    ngx_http_bulkhead_bucket_t *bucket, ngx_uint_t idle,
    struct bh_lease_record *record);
ngx_http_bulkhead_bucket_t *ngx_http_bulkhead_lease_answer(
    ngx_http_bulkhead_state_t *state, struct bh_lease_record *record);
void ngx_http_bulkhead_lease_away(ngx_http_bulkhead_state_t *state);
void ngx_http_bulkhead_lease_forget(ngx_http_bulkhead_state_t *state,
    ngx_http_bulkhead_lease_t *lease);
ngx_uint_t ngx_http_bulkhead_lease_is_over(ngx_http_bulkhead_lease_t *lease);

/* link: to the process that leases */
char *ngx_http_bulkhead_leases(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_int_t ngx_http_bulkhead_init_leases(ngx_http_bulkhead_main_conf_t *bmcf);
void ngx_http_bulkhead_init_link(ngx_cycle_t *cycle,
    ngx_http_bulkhead_main_conf_t *bmcf);
void ngx_http_bulkhead_exit_link(void);
ngx_uint_t ngx_http_bulkhead_link_is_open(void);
void ngx_http_bulkhead_link_send(struct bh_lease_record *records,
    ngx_uint_t n);

/* limit, under the lock: nonzero when there is no room for one or n more */
ngx_uint_t ngx_http_bulkhead_rate(ngx_http_bulkhead_bucket_t *bucket,
    uint32_t limit, int64_t now, ngx_http_bulkhead_rate_t *rate);
ngx_uint_t ngx_http_bulkhead_crowded(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_bucket_t *bucket, uint32_t n, uint32_t limit,
    ngx_log_t *log);

/*
 * address: NGX_OK, or the refusal that is already written to ctx. Refused
 * turns an anonymous refusal into 429 where there were too many of them.
 */
char *ngx_http_bulkhead_by_address(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_bulkhead_trusted_proxy(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_int_t ngx_http_bulkhead_find_client(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
ngx_int_t ngx_http_bulkhead_take_by_address(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t class);
void ngx_http_bulkhead_give_back(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t class, ngx_uint_t refund);
ngx_int_t ngx_http_bulkhead_refused(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_int_t rc);
void ngx_http_bulkhead_address_id(struct sockaddr *sockaddr, u_char *id);

/* delay: the status of a refusal, or NGX_AGAIN when it is answered later */
ngx_int_t ngx_http_bulkhead_delay(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_int_t rc);
/* NGX_AGAIN: the phase's handler is called again after so long; or a status */
ngx_int_t ngx_http_bulkhead_stand(ngx_http_request_t *r, ngx_msec_t msec);

/* pace: how fast a tenant's requests and their large bodies come; see there */
void ngx_http_bulkhead_init_pace(void);
char *ngx_http_bulkhead_tenant_rate(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
int64_t ngx_http_bulkhead_pace_request(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_bucket_t *bucket);
ngx_int_t ngx_http_bulkhead_pace_charge(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_bucket_t *bucket);
void ngx_http_bulkhead_pace_settle(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_bucket_t *bucket);
ngx_int_t ngx_http_bulkhead_pace(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);

/* connection: at work from the credential to the end of its request */
ngx_int_t ngx_http_bulkhead_init_module(ngx_cycle_t *cycle);
void ngx_http_bulkhead_init_connections(void);
void ngx_http_bulkhead_begin_work(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
void ngx_http_bulkhead_end_work(ngx_http_bulkhead_ctx_t *ctx);
ngx_uint_t ngx_http_bulkhead_short_of_connections(void);

/* body: NGX_OK, or the refusal that is already written to ctx */
char *ngx_http_bulkhead_bodies(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_int_t ngx_http_bulkhead_take_body(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
void ngx_http_bulkhead_watch_body(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);

/*
 * bucket: under the lock; made when there is none, NULL without room. A key's
 * is made with its tenant's, and counted there.
 */
ngx_http_bulkhead_bucket_t *ngx_http_bulkhead_bucket(
    ngx_http_bulkhead_main_conf_t *bmcf, ngx_uint_t owner, u_char *id,
    ngx_http_bulkhead_bucket_t *tenant);
ngx_uint_t ngx_http_bulkhead_keys_are_many(
    ngx_http_bulkhead_main_conf_t *bmcf, ngx_http_bulkhead_bucket_t *tenant);
void ngx_http_bulkhead_clear_buckets(ngx_queue_t *queue, ngx_uint_t slot);
void ngx_http_bulkhead_init_buckets(ngx_http_bulkhead_main_conf_t *bmcf);

/* the trees: names lie in the structures that begin with their nodes */
void ngx_http_bulkhead_tree_add(ngx_rbtree_t *tree, ngx_str_node_t *node,
    u_char *name, size_t len);
void *ngx_http_bulkhead_tree_find(ngx_rbtree_t *tree, u_char *name,
    size_t len);

/* slot: reclaim is called under the lock, the others take it */
ngx_int_t ngx_http_bulkhead_claim_slot(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_log_t *log);
void ngx_http_bulkhead_leave_slot(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_log_t *log);
void ngx_http_bulkhead_reclaim(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_log_t *log);
ngx_int_t ngx_http_bulkhead_init_state_zone(ngx_shm_zone_t *shm_zone,
    void *data);

/* metrics */
void ngx_http_bulkhead_count(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t status, ngx_msec_t duration);
ngx_int_t ngx_http_bulkhead_metrics_handler(ngx_http_request_t *r);
ngx_str_t *ngx_http_bulkhead_decision_name(ngx_uint_t decision);

/* audit */
ngx_int_t ngx_http_bulkhead_log_handler(ngx_http_request_t *r);
char *ngx_http_bulkhead_audit_log(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
void ngx_http_bulkhead_audit_flush(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_slot_t *slot, ngx_log_t *log);
void ngx_http_bulkhead_init_audit(ngx_cycle_t *cycle,
    ngx_http_bulkhead_main_conf_t *bmcf);

/* line: its bytes, LINE_MAX at most */
size_t ngx_http_bulkhead_line(u_char *buf, ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t status, ngx_msec_t duration);

/* error: remembers a refusal in ctx and returns its status */
ngx_int_t ngx_http_bulkhead_refuse(ngx_http_bulkhead_ctx_t *ctx,
    ngx_uint_t status, ngx_uint_t decision, const char *code,
    const char *message);
ngx_int_t ngx_http_bulkhead_error_headers(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
ngx_int_t ngx_http_bulkhead_error_body(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);

/* filter */
ngx_int_t ngx_http_bulkhead_init_filters(ngx_conf_t *cf);
ngx_table_elt_t *ngx_http_bulkhead_add(ngx_http_request_t *r,
    const char *name, const char *value);
ngx_int_t ngx_http_bulkhead_add_text(ngx_http_request_t *r,
    const char *name, ngx_str_t *value);

/* cors: see there */
char *ngx_http_bulkhead_cors(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
void ngx_http_bulkhead_cors_begin(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_str_t *origin, ngx_uint_t n);
ngx_int_t ngx_http_bulkhead_cors_preflight(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
ngx_int_t ngx_http_bulkhead_cors_headers(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);

/* private */
ngx_int_t ngx_http_bulkhead_forget_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_bulkhead_check_wire(ngx_http_request_t *r,
    ngx_str_t *wire);
ngx_int_t ngx_http_bulkhead_health_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_bulkhead_send(ngx_http_request_t *r, ngx_uint_t status,
    ngx_buf_t *body);


#endif /* _NGX_HTTP_BULKHEAD_MODULE_H_INCLUDED_ */

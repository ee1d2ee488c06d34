/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Limits of those who have shown no credential yet: sign-ins, credentials that
 * auth does not know, and everything else, for each client address. An IPv6
 * address counts with the others of its /64, which is what one host is given.
 */


#include "ngx_http_bulkhead_module.h"


typedef struct {
    ngx_str_t    name;
    const char  *rate;
    const char  *concurrency;
    const char  *what;
} ngx_http_bulkhead_by_address_t;


static ngx_int_t ngx_http_bulkhead_charge(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t class, ngx_uint_t hold,
    ngx_uint_t *rate, int64_t *wait);
static ngx_int_t ngx_http_bulkhead_over_by_address(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t class, ngx_uint_t rate,
    int64_t wait);


static ngx_http_bulkhead_by_address_t  ngx_http_bulkhead_by_address_classes[] =
{
    { ngx_string("signin"), "address_signin_rate",
      "address_signin_concurrency", "sign-in requests" },
    { ngx_string("anonymous"), "address_anonymous_rate",
      "address_anonymous_concurrency", "requests without a valid credential" },
    { ngx_string("unknown"), "address_unknown_rate",
      "address_unknown_concurrency", "unknown credentials" },
    { ngx_string("connections"), NULL, NULL, NULL },
    { ngx_string("bodies"), NULL, NULL, NULL },
    { ngx_string("lines"), NULL, NULL, NULL },
    { ngx_string("refusals"), NULL, NULL, NULL }
};


/* bulkhead_by_address CLASS rate=N concurrency=N; */
char *
ngx_http_bulkhead_by_address(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_bulkhead_main_conf_t *bmcf = conf;

    ngx_int_t                       n;
    ngx_str_t                      *value, *name;
    ngx_uint_t                      i, class;
    ngx_http_bulkhead_allowance_t  *allowance;

    value = cf->args->elts;

    for (class = 0; class < NGX_HTTP_BULKHEAD_CLASSES_BY_ADDRESS; class++) {
        name = &ngx_http_bulkhead_by_address_classes[class].name;

        if (value[1].len == name->len
            && ngx_strncmp(value[1].data, name->data, name->len) == 0)
        {
            break;
        }
    }

    if (class == NGX_HTTP_BULKHEAD_CLASSES_BY_ADDRESS) {
        return "has an unknown class";
    }

    allowance = &bmcf->by_address[class];

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "rate=", 5) == 0) {
            n = ngx_atoi(value[i].data + 5, value[i].len - 5);
            allowance->rpm = (uint32_t) n;

        } else if (ngx_strncmp(value[i].data, "concurrency=", 12) == 0) {
            n = ngx_atoi(value[i].data + 12, value[i].len - 12);
            allowance->concurrency = (uint32_t) n;

        } else {
            return "has an unknown parameter";
        }

        if (n == NGX_ERROR || n > NGX_MAX_INT32_VALUE) {
            return "has an invalid number";
        }
    }

    return NGX_CONF_OK;
}


/* bulkhead_trusted_proxy NETWORK; */
char *
ngx_http_bulkhead_trusted_proxy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_bulkhead_main_conf_t *bmcf = conf;

    ngx_str_t   *value;
    ngx_cidr_t  *cidr;

    if (bmcf->proxies == NULL) {
        bmcf->proxies = ngx_array_create(cf->pool, 4, sizeof(ngx_cidr_t));
        if (bmcf->proxies == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    cidr = ngx_array_push(bmcf->proxies);
    if (cidr == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    if (ngx_ptocidr(&value[1], cidr) == NGX_ERROR) {
        return "is not a network";
    }

    return NGX_CONF_OK;
}


/*
 * Who the client is: the other end of the connection or, where that is one of
 * the operator's own proxies, the last in X-Forwarded-For that is none. Must be
 * called while that header is still there.
 */
ngx_int_t
ngx_http_bulkhead_find_client(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_addr_t                      addr;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    if (ctx->addressed) {
        return NGX_OK;
    }

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    addr.sockaddr = r->connection->sockaddr;
    addr.socklen = r->connection->socklen;
    ctx->client = r->connection->addr_text;
    ctx->addressed = 1;

    if (bmcf->proxies != NULL
        && ngx_http_get_forwarded_addr(r, &addr,
#if (nginx_version >= 1023000)
                                       r->headers_in.x_forwarded_for,
#else
                                       &r->headers_in.x_forwarded_for,
#endif
                                       NULL, bmcf->proxies, 1)
           != NGX_DECLINED)
    {
        ctx->client.data = ngx_pnalloc(r->pool, NGX_SOCKADDR_STRLEN);
        if (ctx->client.data == NULL) {
            return NGX_ERROR;
        }

        ctx->client.len = ngx_sock_ntop(addr.sockaddr, addr.socklen,
                                        ctx->client.data, NGX_SOCKADDR_STRLEN,
                                        0);
    }

    ngx_http_bulkhead_address_id(addr.sockaddr, ctx->address);

    return NGX_OK;
}


/* 16 bytes: an IPv4 address as IPv6 writes it, of an IPv6 one the first 8. */
void
ngx_http_bulkhead_address_id(struct sockaddr *sockaddr, u_char *id)
{
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    ngx_memzero(id, NGX_HTTP_BULKHEAD_UUID_LEN);

    switch (sockaddr->sa_family) {

    case AF_INET:
        sin = (struct sockaddr_in *) sockaddr;
        id[10] = 0xff;
        id[11] = 0xff;
        ngx_memcpy(&id[12], &sin->sin_addr, 4);
        break;

#if (NGX_HAVE_INET6)

    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) sockaddr;
        ngx_memcpy(id, &sin6->sin6_addr,
                   IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr) ? 16 : 8);
        break;

#endif
    }
}


/* Charges one request of the class, and holds a place until it is released. */
ngx_int_t
ngx_http_bulkhead_take_by_address(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t class)
{
    int64_t                         wait;
    ngx_int_t                       rc;
    ngx_uint_t                      rate;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    if (bmcf->by_address[class].rpm == 0
        && bmcf->by_address[class].concurrency == 0)
    {
        return NGX_OK;
    }

    if (ngx_http_bulkhead_find_client(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (class != NGX_HTTP_BULKHEAD_UNKNOWN
        && ngx_http_bulkhead_short_of_connections())
    {
        ctx->retry_after = 1000;
        r->keepalive = 0;

        return ngx_http_bulkhead_refuse(ctx, NGX_HTTP_SERVICE_UNAVAILABLE,
                                        NGX_HTTP_BULKHEAD_UNAVAILABLE, NULL,
                                        "The gateway has few connections "
                                        "left and reserves them for "
                                        "requests with a credential.");
    }

    rate = 0;
    wait = 0;

    ngx_shmtx_lock(&bmcf->state_pool->mutex);

    rc = ngx_http_bulkhead_charge(r, ctx, class, 1, &rate, &wait);

    ngx_shmtx_unlock(&bmcf->state_pool->mutex);

    if (rc == NGX_OK) {
        return NGX_OK;
    }

    if (rc == NGX_BUSY) {
        return ngx_http_bulkhead_over_by_address(r, ctx, class, rate, wait);
    }

    ctx->retry_after = 1000;

    return ngx_http_bulkhead_refuse(ctx, NGX_HTTP_SERVICE_UNAVAILABLE,
                                    NGX_HTTP_BULKHEAD_UNAVAILABLE, NULL,
                                    "The gateway has no memory left to "
                                    "track the limits of this request.");
}


/* Under the lock. NGX_OK: charged; NGX_BUSY: over a limit; NGX_ERROR: full. */
static ngx_int_t
ngx_http_bulkhead_charge(ngx_http_request_t *r, ngx_http_bulkhead_ctx_t *ctx,
    ngx_uint_t class, ngx_uint_t hold, ngx_uint_t *rate, int64_t *wait)
{
    int64_t                         now;
    ngx_http_bulkhead_rate_t        next;
    ngx_http_bulkhead_bucket_t     *bucket;
    ngx_http_bulkhead_main_conf_t  *bmcf;
    ngx_http_bulkhead_allowance_t  *allowance;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    allowance = &bmcf->by_address[class];
    now = (int64_t) ngx_current_msec * NGX_HTTP_BULKHEAD_MSEC_NS;

    bucket = ngx_http_bulkhead_bucket(bmcf, NGX_HTTP_BULKHEAD_ADDRESS + class,
                                      ctx->address, NULL);

    if (bucket == NULL || ngx_http_bulkhead_slot == NGX_HTTP_BULKHEAD_NO_SLOT)
    {
        bmcf->state->full++;
        return NGX_ERROR;
    }

    if (hold && allowance->concurrency
        && ngx_http_bulkhead_crowded(bmcf, bucket, 1, allowance->concurrency,
                                     r->connection->log))
    {
        bmcf->state->limited[class]++;
        return NGX_BUSY;
    }

    if (allowance->rpm
        && ngx_http_bulkhead_rate(bucket, allowance->rpm, now, &next))
    {
        bmcf->state->limited[class]++;
        *rate = 1;
        *wait = next.wait;
        return NGX_BUSY;
    }

    if (allowance->rpm) {
        bucket->tat = next.tat;
    }

    if (hold && allowance->concurrency) {
        bucket->inflight++;
        bucket->slots[ngx_http_bulkhead_slot]++;
        ctx->held[NGX_HTTP_BULKHEAD_HOLD_ADDRESS] = bucket;
    }

    return NGX_OK;
}


/* The place that a request holds is free; with refund, it cost nothing too. */
void
ngx_http_bulkhead_give_back(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t class, ngx_uint_t refund)
{
    ngx_uint_t                      rpm;
    ngx_http_bulkhead_bucket_t     *bucket;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bucket = ctx->held[NGX_HTTP_BULKHEAD_HOLD_ADDRESS];

    if (bucket == NULL || ngx_http_bulkhead_slot == NGX_HTTP_BULKHEAD_NO_SLOT)
    {
        return;
    }

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);
    rpm = bmcf->by_address[class].rpm;

    ngx_shmtx_lock(&bmcf->state_pool->mutex);

    if (bucket->slots[ngx_http_bulkhead_slot]) {
        bucket->slots[ngx_http_bulkhead_slot]--;
        bucket->inflight--;
    }

    if (refund && rpm) {
        bucket->tat -= NGX_HTTP_BULKHEAD_MINUTE_NS / rpm;
    }

    ngx_shmtx_unlock(&bmcf->state_pool->mutex);

    ctx->held[NGX_HTTP_BULKHEAD_HOLD_ADDRESS] = NULL;
}


/*
 * A request that is refused without a credential costs its address one of the
 * class too. Whoever sends too many of them loses the connection as well.
 */
ngx_int_t
ngx_http_bulkhead_refused(ngx_http_request_t *r, ngx_http_bulkhead_ctx_t *ctx,
    ngx_int_t rc)
{
    int64_t                         wait;
    ngx_int_t                       charged;
    ngx_uint_t                      rate;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    if (rc < NGX_HTTP_BAD_REQUEST || rc >= NGX_HTTP_INTERNAL_SERVER_ERROR
        || rc == NGX_HTTP_TOO_MANY_REQUESTS || ctx->identity != NULL
        || bmcf->by_address[NGX_HTTP_BULKHEAD_ANONYMOUS].rpm == 0
        || ngx_http_bulkhead_find_client(r, ctx) != NGX_OK)
    {
        return rc;
    }

    wait = 0;

    ngx_shmtx_lock(&bmcf->state_pool->mutex);

    charged = ngx_http_bulkhead_charge(r, ctx, NGX_HTTP_BULKHEAD_ANONYMOUS, 0,
                                       &rate, &wait);

    ngx_shmtx_unlock(&bmcf->state_pool->mutex);

    if (charged != NGX_BUSY) {
        return rc;
    }

    r->keepalive = 0;

    return ngx_http_bulkhead_over_by_address(r, ctx,
                                             NGX_HTTP_BULKHEAD_ANONYMOUS, 1,
                                             wait);
}


static ngx_int_t
ngx_http_bulkhead_over_by_address(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t class, ngx_uint_t rate,
    int64_t wait)
{
    u_char                          *p;
    const char                      *name;
    ngx_http_bulkhead_by_address_t  *row;
    ngx_http_bulkhead_main_conf_t   *bmcf;
    ngx_http_bulkhead_allowance_t   *allowance;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    allowance = &bmcf->by_address[class];
    row = &ngx_http_bulkhead_by_address_classes[class];
    name = rate ? row->rate : row->concurrency;

    ctx->refused_by.data = (u_char *) name;
    ctx->refused_by.len = ngx_strlen(name);

    ctx->retry_after = 1000;

    if (rate) {
        ctx->retry_after = (ngx_msec_t) ((wait + NGX_HTTP_BULKHEAD_MSEC_NS - 1)
                                         / NGX_HTTP_BULKHEAD_MSEC_NS);
    }

    ctx->message.data = ngx_pnalloc(r->pool, 256);
    if (ctx->message.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = ngx_snprintf(ctx->message.data, 256,
                     "Limit reached: %uD %s %s from the address %V. "
                     "%s %M.%03M s.",
                     rate ? allowance->rpm : allowance->concurrency,
                     row->what, rate ? "per minute" : "at the same time",
                     &ctx->client,
                     rate ? "Try again in"
                          : "Try again when one of them has finished, for "
                            "example in",
                     ctx->retry_after / 1000, ctx->retry_after % 1000);

    ctx->message.len = (size_t) (p - ctx->message.data);

    /* The answer of auth that was to be given, if there was one, is not. */

    ngx_str_null(&ctx->body);

    return ngx_http_bulkhead_refuse(ctx, NGX_HTTP_TOO_MANY_REQUESTS,
                                    NGX_HTTP_BULKHEAD_LIMITED,
                                    rate ? "rate_limit_exceeded"
                                         : "concurrency_exceeded",
                                    NULL);
}

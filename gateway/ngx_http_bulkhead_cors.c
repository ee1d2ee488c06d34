/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Pages of other origins, on /v1 paths: what a browser is told that asks
 * before it sends a request (a preflight), and which answers a page may read.
 * A preflight has no credential: it is answered without looking at any
 * tenant. The answers themselves name an origin only where the operator, or
 * the tenant of their credential, allows it; nothing is ever allowed with
 * cookies, and nothing to everybody.
 */


#include "ngx_http_bulkhead_module.h"


#define NGX_HTTP_BULKHEAD_ORIGIN_MAX   255
#define NGX_HTTP_BULKHEAD_ORIGINS_MAX  32
#define NGX_HTTP_BULKHEAD_NAMES_MAX    1024


static ngx_uint_t ngx_http_bulkhead_plain_origin(ngx_str_t *origin);
static ngx_str_t *ngx_http_bulkhead_find_header(ngx_http_request_t *r,
    const char *name);
static ngx_uint_t ngx_http_bulkhead_is_operators(
    ngx_http_bulkhead_main_conf_t *bmcf, ngx_str_t *origin);
static ngx_uint_t ngx_http_bulkhead_may_read(
    ngx_http_bulkhead_main_conf_t *bmcf, ngx_http_bulkhead_ctx_t *ctx);
static ngx_int_t ngx_http_bulkhead_preflight_headers(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
static ngx_int_t ngx_http_bulkhead_allowed_names(ngx_http_request_t *r,
    ngx_str_t *out);
static ngx_uint_t ngx_http_bulkhead_is_allowed_name(u_char *name, size_t len);


/* Always told; what is asked for besides is one of the others. */
static ngx_str_t  ngx_http_bulkhead_first_names =
    ngx_string("authorization, content-type, idempotency-key");


/* A name that ends with a hyphen stands for all that begin with it. */
static ngx_str_t  ngx_http_bulkhead_names[] = {
    ngx_string("accept"),
    ngx_string("accept-language"),
    ngx_string("baggage"),
    ngx_string("cache-control"),
    ngx_string("content-language"),
    ngx_string("last-event-id"),
    ngx_string("openai-"),
    ngx_string("sentry-trace"),
    ngx_string("traceparent"),
    ngx_string("tracestate"),
    ngx_string("user-agent"),
    ngx_string("x-client-request-id"),
    ngx_string("x-request-id"),
    ngx_string("x-requested-with"),
    ngx_string("x-stainless-"),
    ngx_null_string
};


/* bulkhead_cors [tenants] [ORIGIN...]; */
char *
ngx_http_bulkhead_cors(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_bulkhead_main_conf_t *bmcf = conf;

    ngx_str_t   *value, *origin;
    ngx_uint_t   i;

    if (bmcf->cors != NULL) {
        return "is duplicate";
    }

    if (cf->args->nelts - 1 > NGX_HTTP_BULKHEAD_ORIGINS_MAX + 1) {
        return "has too many origins";
    }

    bmcf->cors = ngx_array_create(cf->pool, cf->args->nelts,
                                  sizeof(ngx_str_t));
    if (bmcf->cors == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (value[i].len == sizeof("tenants") - 1
            && ngx_strncmp(value[i].data, "tenants", value[i].len) == 0)
        {
            bmcf->cors_tenants = 1;
            continue;
        }

        if (!ngx_http_bulkhead_plain_origin(&value[i])) {
            return "has an invalid origin";
        }

        origin = ngx_array_push(bmcf->cors);
        if (origin == NULL) {
            return NGX_CONF_ERROR;
        }

        *origin = value[i];
    }

    return NGX_CONF_OK;
}


/* From the entry on: whether this is for the request, and whose page asks. */
void
ngx_http_bulkhead_cors_begin(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_str_t *origin, ngx_uint_t n)
{
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    if (bmcf->cors == NULL
        || r->unparsed_uri.len < sizeof("/v1/") - 1
        || ngx_strncmp(r->unparsed_uri.data, "/v1/", sizeof("/v1/") - 1) != 0)
    {
        return;
    }

    ctx->cors = 1;

    if (n == 1 && ngx_http_bulkhead_plain_origin(origin)) {
        ctx->origin = *origin;
    }
}


/*
 * NGX_DECLINED: it is no preflight. NGX_HTTP_NO_CONTENT: it is, and answered
 * so; or the refusal that is already written to ctx.
 */
ngx_int_t
ngx_http_bulkhead_cors_preflight(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_int_t                       rc;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    if (!ctx->cors || r->method != NGX_HTTP_OPTIONS
        || ngx_http_bulkhead_find_header(r, "access-control-request-method")
           == NULL)
    {
        return NGX_DECLINED;
    }

    rc = ngx_http_bulkhead_take_by_address(r, ctx,
                                           NGX_HTTP_BULKHEAD_ANONYMOUS);
    if (rc != NGX_OK) {
        return rc;
    }

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    /*
     * Whether a tenant allows the origin is seen in the answer to its
     * credential: told here, it would tell of the tenant.
     */

    if (ctx->origin.len == 0
        || (!bmcf->cors_tenants
            && !ngx_http_bulkhead_is_operators(bmcf, &ctx->origin)))
    {
        return ngx_http_bulkhead_refuse(ctx, NGX_HTTP_FORBIDDEN,
                                        NGX_HTTP_BULKHEAD_FORBIDDEN, NULL,
                                        "This origin is not allowed.");
    }

    ctx->preflight = 1;

    return NGX_HTTP_NO_CONTENT;
}


ngx_int_t
ngx_http_bulkhead_cors_headers(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_http_bulkhead_main_conf_t  *bmcf;

    if (!ctx->cors) {
        return NGX_OK;
    }

    if (ctx->preflight && r->headers_out.status == NGX_HTTP_NO_CONTENT) {
        return ngx_http_bulkhead_preflight_headers(r, ctx);
    }

    /* Also where no origin is named: a cache must not keep that for others. */

    if (ngx_http_bulkhead_add(r, "vary", "Origin") == NULL) {
        return NGX_ERROR;
    }

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    if (!ngx_http_bulkhead_may_read(bmcf, ctx)) {
        return NGX_OK;
    }

    if (ngx_http_bulkhead_add_text(r, "access-control-allow-origin",
                                   &ctx->origin)
        != NGX_OK
        || ngx_http_bulkhead_add(r, "access-control-expose-headers",
                                 "x-request-id, retry-after, retry-after-ms, "
                                 "x-should-retry, idempotent-replayed, "
                                 "openai-poll-after-ms, content-disposition, "
                                 "x-ratelimit-limit-requests, "
                                 "x-ratelimit-remaining-requests, "
                                 "x-ratelimit-reset-requests, "
                                 "x-ratelimit-limit-tokens, "
                                 "x-ratelimit-remaining-tokens")
           == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_bulkhead_preflight_headers(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_str_t  names, methods;

    /* A path without rows is told as any: what follows says that it is none. */

    methods = ctx->conf->allow;

    if (methods.len == 0) {
        ngx_str_set(&methods, "GET, HEAD, POST, DELETE");
    }

    if (ngx_http_bulkhead_allowed_names(r, &names) != NGX_OK
        || ngx_http_bulkhead_add(r, "vary",
                                 "Origin, Access-Control-Request-Method, "
                                 "Access-Control-Request-Headers")
           == NULL
        || ngx_http_bulkhead_add_text(r, "access-control-allow-origin",
                                      &ctx->origin)
           != NGX_OK
        || ngx_http_bulkhead_add_text(r, "access-control-allow-methods",
                                      &methods)
           != NGX_OK
        || ngx_http_bulkhead_add_text(r, "access-control-allow-headers",
                                      &names)
           != NGX_OK
        || ngx_http_bulkhead_add(r, "access-control-max-age", "7200") == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * As a browser writes an origin: a scheme, a host and perhaps a port, in lower
 * case; "null" is none. Nothing in it can end a header.
 */
static ngx_uint_t
ngx_http_bulkhead_plain_origin(ngx_str_t *origin)
{
    u_char  *p, *last, ch;

    if (origin->len > NGX_HTTP_BULKHEAD_ORIGIN_MAX) {
        return 0;
    }

    p = origin->data;
    last = p + origin->len;

    while (p < last
           && ((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9')
               || *p == '+' || *p == '.' || *p == '-'))
    {
        p++;
    }

    if (p == origin->data || last - p < (ssize_t) sizeof("://h") - 1
        || ngx_strncmp(p, "://", 3) != 0)
    {
        return 0;
    }

    for (p += 3; p < last; p++) {
        ch = *p;

        if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9')
              || ch == '.' || ch == '-' || ch == '_' || ch == ':'
              || ch == '[' || ch == ']'))
        {
            return 0;
        }
    }

    return 1;
}


static ngx_str_t *
ngx_http_bulkhead_find_header(ngx_http_request_t *r, const char *name)
{
    size_t            len;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    len = ngx_strlen(name);

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == len
                && ngx_memcmp(h[i].lowcase_key, name, len) == 0)
            {
                return &h[i].value;
            }
        }
    }

    return NULL;
}


static ngx_uint_t
ngx_http_bulkhead_is_operators(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_str_t *origin)
{
    ngx_str_t   *own;
    ngx_uint_t   i;

    own = bmcf->cors->elts;

    for (i = 0; i < bmcf->cors->nelts; i++) {
        if (own[i].len == origin->len
            && ngx_memcmp(own[i].data, origin->data, origin->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_bulkhead_may_read(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_ctx_t *ctx)
{
    if (ctx->origin.len == 0) {
        return 0;
    }

    if (ngx_http_bulkhead_is_operators(bmcf, &ctx->origin)) {
        return 1;
    }

    return bmcf->cors_tenants && ctx->identity != NULL
           && ngx_http_bulkhead_has_word(&ctx->identity->origins,
                                         &ctx->origin);
}


/* Of the names that are asked for, those that mean something here. */
static ngx_int_t
ngx_http_bulkhead_allowed_names(ngx_http_request_t *r, ngx_str_t *out)
{
    u_char     *p, *q, *last, *name;
    size_t      len;
    ngx_str_t  *asked;

    *out = ngx_http_bulkhead_first_names;

    asked = ngx_http_bulkhead_find_header(r, "access-control-request-headers");

    if (asked == NULL || asked->len > NGX_HTTP_BULKHEAD_NAMES_MAX) {
        return NGX_OK;
    }

    /* Names come apart by a comma at least; here each takes one more byte. */

    q = ngx_pnalloc(r->pool, out->len + 2 * asked->len + 2);
    if (q == NULL) {
        return NGX_ERROR;
    }

    out->data = q;
    q = ngx_cpymem(q, ngx_http_bulkhead_first_names.data,
                   ngx_http_bulkhead_first_names.len);

    p = asked->data;
    last = p + asked->len;

    while (p < last) {
        name = p;

        while (p < last && *p != ',' && *p != ' ' && *p != '\t') {
            *p = ngx_tolower(*p);
            p++;
        }

        len = (size_t) (p - name);

        if (ngx_http_bulkhead_is_allowed_name(name, len)) {
            *q++ = ',';
            *q++ = ' ';
            q = ngx_cpymem(q, name, len);
        }

        p++;
    }

    out->len = (size_t) (q - out->data);

    return NGX_OK;
}


static ngx_uint_t
ngx_http_bulkhead_is_allowed_name(u_char *name, size_t len)
{
    size_t      i;
    ngx_str_t  *row;

    for (i = 0; i < len; i++) {
        if (!((name[i] >= 'a' && name[i] <= 'z')
              || (name[i] >= '0' && name[i] <= '9') || name[i] == '-'))
        {
            return 0;
        }
    }

    for (row = ngx_http_bulkhead_names; row->len; row++) {

        if (len < row->len || ngx_memcmp(name, row->data, row->len) != 0) {
            continue;
        }

        if (len == row->len ? row->data[row->len - 1] != '-'
                            : row->data[row->len - 1] == '-')
        {
            return 1;
        }
    }

    return 0;
}

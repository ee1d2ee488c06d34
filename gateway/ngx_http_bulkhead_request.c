/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Entry of every request: the path must be in plain form, headers that only
 * the platform may set are dropped, request id and trace are made anew, and
 * the client's address is told.
 */


#include "ngx_http_bulkhead_module.h"

#include <openssl/rand.h>


#define NGX_HTTP_BULKHEAD_TRACEPARENT_LEN  55
#define NGX_HTTP_BULKHEAD_TRACESTATE_MAX   512


typedef struct {
    ngx_str_t   name;
    ngx_uint_t  prefix;
} ngx_http_bulkhead_header_t;


typedef struct {
    ngx_str_t   traceparent;
    ngx_str_t   tracestate;
    ngx_uint_t  credentials;
    ngx_uint_t  parents;

    ngx_http_bulkhead_console_t     console;
    ngx_http_bulkhead_main_conf_t  *conf;
} ngx_http_bulkhead_seen_t;


static ngx_int_t ngx_http_bulkhead_entry(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
static ngx_int_t ngx_http_bulkhead_take_path(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
static ngx_int_t ngx_http_bulkhead_plain_path(ngx_str_t *path);
static void ngx_http_bulkhead_strip(ngx_http_request_t *r,
    ngx_http_bulkhead_seen_t *seen);
static ngx_uint_t ngx_http_bulkhead_is_ours(ngx_table_elt_t *h,
    ngx_http_bulkhead_seen_t *seen);
static void ngx_http_bulkhead_trace(ngx_http_bulkhead_ctx_t *ctx,
    ngx_http_bulkhead_seen_t *seen);
static ngx_int_t ngx_http_bulkhead_forward_trace(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_seen_t *seen);
static void ngx_http_bulkhead_see_console(ngx_table_elt_t *h,
    ngx_http_bulkhead_seen_t *seen);
static ngx_int_t ngx_http_bulkhead_random(u_char *p, size_t len);


/*
 * Headers a client may not set. Everything a service could take for identity
 * or for the word of a proxy is in here; cookies and Origin stop here because
 * no service authenticates by them (the console's is exchanged as a credential), and who may read an answer is told
 * here, Accept-Encoding because streams must pass unpacked.
 */
static ngx_http_bulkhead_header_t  ngx_http_bulkhead_headers[] = {
    { ngx_string("accept-encoding"), 0 },
    { ngx_string("baggage"), 0 },
    { ngx_string("cookie"), 0 },
    { ngx_string("forwarded"), 0 },
    { ngx_string("origin"), 0 },
    { ngx_string("proxy-authorization"), 0 },
    { ngx_string("traceparent"), 0 },
    { ngx_string("tracestate"), 0 },
    { ngx_string("x-accel-"), 1 },
    { ngx_string("x-bulkhead-"), 1 },
    { ngx_string("x-forwarded-"), 1 },
    { ngx_string("x-original-"), 1 },
    { ngx_string("x-real-ip"), 0 },
    { ngx_string("x-request-id"), 0 },
    { ngx_null_string, 0 }
};


ngx_int_t
ngx_http_bulkhead_entry_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_bulkhead_ctx_t       *ctx;
    ngx_http_bulkhead_loc_conf_t  *blcf;

    blcf = ngx_http_get_module_loc_conf(r, ngx_http_bulkhead_module);

    if (!blcf->enable) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_bulkhead_get_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->refusal) {
        return ctx->refusal;
    }

    rc = ngx_http_bulkhead_entry(r, ctx);

    if (rc == NGX_OK) {
        return NGX_DECLINED;
    }

    rc = ngx_http_bulkhead_refused(r, ctx, rc);

    return ngx_http_bulkhead_delay(r, ctx, rc);
}


static ngx_int_t
ngx_http_bulkhead_entry(ngx_http_request_t *r, ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_http_bulkhead_seen_t  seen;

    if (ngx_http_bulkhead_find_client(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* HTTP/0.9: nginx has made no list of headers that ours could be added to. */

    if (r->http_version < NGX_HTTP_VERSION_10) {
        return ngx_http_bulkhead_refuse(ctx, NGX_HTTP_BAD_REQUEST,
                                        NGX_HTTP_BULKHEAD_NONE, NULL,
                                        "HTTP/1.0 or newer is required.");
    }

    ngx_memzero(&seen, sizeof(ngx_http_bulkhead_seen_t));

    seen.conf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    ngx_http_bulkhead_strip(r, &seen);
    ngx_http_bulkhead_trace(ctx, &seen);
    ngx_http_bulkhead_cors_begin(r, ctx, &seen.console.origin,
                                 seen.console.origins);
    ctx->console = seen.console;

    if (ngx_http_bulkhead_forward_trace(r, ctx, &seen) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (seen.credentials > 1) {
        return ngx_http_bulkhead_refuse(ctx, NGX_HTTP_BAD_REQUEST,
                                        NGX_HTTP_BULKHEAD_NONE, NULL,
                                        "Only one Authorization header is "
                                        "allowed.");
    }

    return ngx_http_bulkhead_take_path(r, ctx);
}


/*
 * Locations are chosen by the path as the client wrote it, because that
 * is what the service is sent: an encoded slash stays inside its segment,
 * and no decoding can make the two sides see different paths.
 */

static ngx_int_t
ngx_http_bulkhead_take_path(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    u_char     *p;
    ngx_str_t   path;

    path = r->unparsed_uri;

    p = ngx_strlchr(path.data, path.data + path.len, '?');
    if (p != NULL) {
        path.len = (size_t) (p - path.data);
    }

    if (ngx_http_bulkhead_plain_path(&path) != NGX_OK) {
        return ngx_http_bulkhead_refuse(ctx, NGX_HTTP_BAD_REQUEST,
                                        NGX_HTTP_BULKHEAD_NONE, NULL,
                                        "The path must not contain empty or "
                                        "dot segments, backslashes, number "
                                        "signs, control characters or "
                                        "malformed percent-encoding.");
    }

    /* nginx would answer for these itself, and nobody would be counted. */

    if (path.len >= sizeof("/internal/") - 1
        && ngx_strncmp(path.data, "/internal/", sizeof("/internal/") - 1) == 0)
    {
        return NGX_HTTP_NOT_FOUND;
    }

    r->uri = path;

    return NGX_OK;
}


static ngx_int_t
ngx_http_bulkhead_plain_path(ngx_str_t *path)
{
    size_t      i, len, dots;
    ngx_int_t   ch;

    if (path->len == 0 || path->data[0] != '/') {
        return NGX_ERROR;
    }

    len = 0;
    dots = 0;

    for (i = 1; i <= path->len; i++) {

        if (i == path->len || path->data[i] == '/') {

            /* "//", "/./" and "/../"; the slash at the end is no segment */

            if ((len == 0 && i != path->len)
                || (len == dots && (dots == 1 || dots == 2)))
            {
                return NGX_ERROR;
            }

            len = 0;
            dots = 0;
            continue;
        }

        ch = path->data[i];

        if (ch == '%') {
            if (path->len - i < 3) {
                return NGX_ERROR;
            }

            ch = ngx_hextoi(&path->data[i + 1], 2);
            i += 2;
        }

        if (ch < 0x20 || ch == 0x7f || path->data[i] == '#'
            || path->data[i] == '\\')
        {
            return NGX_ERROR;
        }

        len++;
        dots += (ch == '.');
    }

    return NGX_OK;
}


static void
ngx_http_bulkhead_strip(ngx_http_request_t *r, ngx_http_bulkhead_seen_t *seen)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (ngx_http_bulkhead_is_ours(&h[i], seen)) {
                ngx_http_bulkhead_drop_header(r, &h[i]);
            }
        }
    }
}


static ngx_uint_t
ngx_http_bulkhead_is_ours(ngx_table_elt_t *h, ngx_http_bulkhead_seen_t *seen)
{
    ngx_http_bulkhead_header_t  *row;

    switch (h->lowcase_key[0]) {

    case 'a':
    case 'b':
    case 'c':
    case 'f':
    case 'o':
    case 'p':
    case 's':
    case 't':
    case 'x':
        break;

    default:
        return 0;
    }

    if (h->key.len == sizeof("authorization") - 1
        && ngx_memcmp(h->lowcase_key, "authorization", h->key.len) == 0)
    {
        seen->credentials++;
        return 0;
    }

    ngx_http_bulkhead_see_console(h, seen);

    for (row = ngx_http_bulkhead_headers; row->name.len; row++) {

        if (row->name.data[0] != h->lowcase_key[0]
            || h->key.len < row->name.len
            || (!row->prefix && h->key.len != row->name.len)
            || ngx_memcmp(h->lowcase_key, row->name.data, row->name.len) != 0)
        {
            continue;
        }

        if (row->name.data[0] == 't') {
            if (row->name.data[5] == 'p') {
                seen->traceparent = h->value;
                seen->parents++;

            } else {
                seen->tracestate = h->value;
            }
        }

        return 1;
    }

    return 0;
}


/* What tells the console's pages from others; see cookie. */
static void
ngx_http_bulkhead_see_console(ngx_table_elt_t *h,
    ngx_http_bulkhead_seen_t *seen)
{
    ngx_http_bulkhead_console_t  *console;

    console = &seen->console;

    if (h->key.len == sizeof("cookie") - 1
        && ngx_memcmp(h->lowcase_key, "cookie", h->key.len) == 0)
    {
        ngx_http_bulkhead_cookie_read(seen->conf, &h->value, console);

    } else if (h->key.len == sizeof("origin") - 1
               && ngx_memcmp(h->lowcase_key, "origin", h->key.len) == 0)
    {
        console->origin = h->value;
        console->origins++;

    } else if (h->key.len == sizeof("sec-fetch-site") - 1
               && ngx_memcmp(h->lowcase_key, "sec-fetch-site", h->key.len)
                  == 0)
    {
        console->site = h->value;
        console->sites++;

    } else if (h->key.len == sizeof("x-bulkhead-console") - 1
               && ngx_memcmp(h->lowcase_key, "x-bulkhead-console", h->key.len)
                  == 0)
    {
        console->marked = (h->value.len == 1 && h->value.data[0] == '1');
    }
}


void
ngx_http_bulkhead_drop_header(ngx_http_request_t *r, ngx_table_elt_t *header)
{
    /*
     * The proxy module never forwards Keep-Alive; taking that name removes a
     * header without touching the list that headers_in points into.
     */

    ngx_str_set(&header->key, "Keep-Alive");
    header->lowcase_key = (u_char *) "keep-alive";
    header->hash = ngx_hash_key(header->lowcase_key, header->key.len);

#if (NGX_HTTP_GZIP)

    /* What nginx itself reads, for files that lie there compressed. */

    if (r->headers_in.accept_encoding == header) {
        return;
    }

#endif

    ngx_str_null(&header->value);

    if (r->headers_in.authorization == header) {
        r->headers_in.authorization = NULL;
    }
}


ngx_int_t
ngx_http_bulkhead_new_ids(ngx_http_bulkhead_ctx_t *ctx)
{
    u_char  raw[40], *p;

    if (ngx_http_bulkhead_random(raw, sizeof(raw)) != NGX_OK) {
        return NGX_ERROR;
    }

    p = ctx->hex;

    ctx->request_id.data = p;
    ctx->request_id.len = NGX_HTTP_BULKHEAD_ID_LEN;
    p = ngx_hex_dump(p, raw, 16);

    ctx->trace_id.data = p;
    ctx->trace_id.len = NGX_HTTP_BULKHEAD_ID_LEN;
    p = ngx_hex_dump(p, &raw[16], 16);

    ctx->span_id.data = p;
    ctx->span_id.len = NGX_HTTP_BULKHEAD_SPAN_LEN;
    ngx_hex_dump(p, &raw[32], 8);

    return NGX_OK;
}


/* Goes on with the client's trace if its traceparent is a valid version 00. */
static void
ngx_http_bulkhead_trace(ngx_http_bulkhead_ctx_t *ctx,
    ngx_http_bulkhead_seen_t *seen)
{
    u_char     *p;
    ngx_uint_t  i, trace, span;

    p = seen->traceparent.data;

    if (seen->parents != 1
        || seen->traceparent.len != NGX_HTTP_BULKHEAD_TRACEPARENT_LEN
        || ngx_memcmp(p, "00-", 3) != 0)
    {
        goto invalid;
    }

    trace = 0;
    span = 0;

    for (i = 3; i < NGX_HTTP_BULKHEAD_TRACEPARENT_LEN; i++) {

        if (i == 35 || i == 52) {
            if (p[i] != '-') {
                goto invalid;
            }

            continue;
        }

        if ((p[i] < '0' || p[i] > '9') && (p[i] < 'a' || p[i] > 'f')) {
            goto invalid;
        }

        trace |= (i < 35 && p[i] != '0');
        span |= (i > 35 && i < 52 && p[i] != '0');
    }

    if (!trace || !span) {
        goto invalid;
    }

    ngx_memcpy(ctx->trace_id.data, p + 3, NGX_HTTP_BULKHEAD_ID_LEN);
    ngx_memcpy(ctx->parent, p + 36, NGX_HTTP_BULKHEAD_SPAN_LEN);
    ctx->traced = 1;

    /* The lowest bit of the flags, as a hexadecimal digit. */

    ctx->sampled = (p[54] >= 'a') ? !(p[54] & 1) : (p[54] & 1);

    for (i = 0; i < seen->tracestate.len; i++) {
        if (seen->tracestate.data[i] < 0x20 || seen->tracestate.data[i] > 0x7e)
        {
            seen->tracestate.len = 0;
        }
    }

    if (seen->tracestate.len > NGX_HTTP_BULKHEAD_TRACESTATE_MAX) {
        seen->tracestate.len = 0;
    }

    return;

invalid:

    seen->traceparent.len = 0;
    seen->tracestate.len = 0;
}


static ngx_int_t
ngx_http_bulkhead_forward_trace(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_http_bulkhead_seen_t *seen)
{
    u_char     *p, flags[2];
    ngx_str_t   value;

    flags[0] = '0';
    flags[1] = '0';

    if (seen->traceparent.len) {
        flags[0] = seen->traceparent.data[53];
        flags[1] = seen->traceparent.data[54];
    }

    p = ngx_pnalloc(r->pool, NGX_HTTP_BULKHEAD_TRACEPARENT_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    value.len = NGX_HTTP_BULKHEAD_TRACEPARENT_LEN;

    p = ngx_cpymem(p, "00-", 3);
    p = ngx_cpymem(p, ctx->trace_id.data, ctx->trace_id.len);
    *p++ = '-';
    p = ngx_cpymem(p, ctx->span_id.data, ctx->span_id.len);
    *p++ = '-';
    *p++ = flags[0];
    *p = flags[1];

    if (ngx_http_bulkhead_add_header(r, "traceparent", &value) == NULL) {
        return NGX_ERROR;
    }

    if (seen->tracestate.len
        && ngx_http_bulkhead_add_header(r, "tracestate", &seen->tracestate)
           == NULL)
    {
        return NGX_ERROR;
    }

    if (ngx_http_bulkhead_add_header(r, "x-request-id", &ctx->request_id)
        == NULL)
    {
        return NGX_ERROR;
    }

    /* Whose tries a service counts; the client's own word for it is gone. */

    if (ngx_http_bulkhead_add_header(r, "x-bulkhead-client", &ctx->client)
        == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_table_elt_t *
ngx_http_bulkhead_add_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_in.headers);
    if (h == NULL) {
        return NULL;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->lowcase_key = h->key.data;
    h->hash = ngx_hash_key(h->key.data, h->key.len);
    h->value = *value;

    return h;
}


/* Random bytes drawn in blocks: one call of the generator for many requests. */
static ngx_int_t
ngx_http_bulkhead_random(u_char *p, size_t len)
{
    static u_char     block[2048];
    static size_t     used = sizeof(block);
    static ngx_pid_t  pid;

    if (pid != ngx_pid || sizeof(block) - used < len) {

        if (RAND_bytes(block, sizeof(block)) != 1) {
            return NGX_ERROR;
        }

        pid = ngx_pid;
        used = 0;
    }

    ngx_memcpy(p, block + used, len);
    ngx_memzero(block + used, len);
    used += len;

    return NGX_OK;
}

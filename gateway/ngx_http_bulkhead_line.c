/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One audit line as JSON. Whatever could break it is written as %XX, and what
 * looks like a credential is masked.
 */


#include "ngx_http_bulkhead_module.h"


#define NGX_HTTP_BULKHEAD_PATH_MAX  1024


static u_char *ngx_http_bulkhead_line_identity(u_char *p,
    ngx_http_bulkhead_ctx_t *ctx);
static u_char *ngx_http_bulkhead_line_path(u_char *p, ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
static u_char *ngx_http_bulkhead_line_outcome(u_char *p,
    ngx_http_request_t *r, ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t status);
static u_char *ngx_http_bulkhead_line_upstream(u_char *p,
    ngx_http_request_t *r, ngx_http_bulkhead_ctx_t *ctx);
static u_char *ngx_http_bulkhead_copy(u_char *p, const char *text, size_t len);
static u_char *ngx_http_bulkhead_text(u_char *p, ngx_str_t *text);
static u_char *ngx_http_bulkhead_visible(u_char *p, ngx_str_t *text,
    size_t most);
static u_char *ngx_http_bulkhead_masked(u_char *p, ngx_str_t *text,
    size_t most);
static u_char *ngx_http_bulkhead_number(u_char *p, uint64_t n);
static u_char *ngx_http_bulkhead_time(u_char *p);


#define ngx_http_bulkhead_put(p, literal)                                     \
    ngx_http_bulkhead_copy(p, literal, sizeof(literal) - 1)


/*
 * At most LINE_MAX bytes: the path takes up to 3 × PATH_MAX when all of it has
 * to be escaped, and what comes from the configuration and from auth is
 * bounded where it enters.
 */
size_t
ngx_http_bulkhead_line(u_char *buf, ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t status, ngx_msec_t duration)
{
    u_char  *p;

    p = ngx_http_bulkhead_put(buf, "{\"time\":\"");
    p = ngx_http_bulkhead_time(p);
    p = ngx_http_bulkhead_put(p, "\",\"event\":\"");

    if (ctx->route != NULL) {
        p = ngx_cpymem(p, ctx->route->audit.data, ctx->route->audit.len);

    } else if (ctx->preflight) {
        p = ngx_http_bulkhead_put(p, "cors.preflight");

    } else {
        p = ngx_http_bulkhead_put(p, "request.unrouted");
    }

    p = ngx_http_bulkhead_put(p, "\",\"request_id\":");
    p = ngx_http_bulkhead_text(p, &ctx->request_id);
    p = ngx_http_bulkhead_put(p, ",\"trace_id\":");
    p = ngx_http_bulkhead_text(p, &ctx->trace_id);
    p = ngx_http_bulkhead_put(p, ",\"span_id\":");
    p = ngx_http_bulkhead_text(p, &ctx->span_id);

    if (ctx->traced) {
        p = ngx_http_bulkhead_put(p, ",\"parent_id\":\"");
        p = ngx_cpymem(p, ctx->parent, NGX_HTTP_BULKHEAD_SPAN_LEN);
        p = ngx_http_bulkhead_put(p, "\"");
    }

    if (ctx->sampled) {
        p = ngx_http_bulkhead_put(p, ",\"sampled\":1");
    }

    p = ngx_http_bulkhead_line_identity(p, ctx);

    p = ngx_http_bulkhead_put(p, ",\"client\":");
    p = ngx_http_bulkhead_text(p, ctx->addressed ? &ctx->client
                                                 : &r->connection->addr_text);

    p = ngx_http_bulkhead_line_path(p, r, ctx);
    p = ngx_http_bulkhead_line_outcome(p, r, ctx, status);

    p = ngx_http_bulkhead_put(p, ",\"bytes_in\":");
    p = ngx_http_bulkhead_number(p, (uint64_t) r->request_length);
    p = ngx_http_bulkhead_put(p, ",\"bytes_out\":");
    p = ngx_http_bulkhead_number(p, (uint64_t) r->connection->sent);
    p = ngx_http_bulkhead_put(p, ",\"duration_ms\":");
    p = ngx_http_bulkhead_number(p, duration);

    p = ngx_http_bulkhead_line_upstream(p, r, ctx);
    p = ngx_http_bulkhead_put(p, "}\n");

    return (size_t) (p - buf);
}


static u_char *
ngx_http_bulkhead_line_identity(u_char *p, ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_http_bulkhead_identity_t  *identity;

    identity = ctx->identity;

    if (identity == NULL) {
        return ngx_http_bulkhead_put(p, ",\"tenant_id\":null,\"subject\":null,"
                                        "\"credential_id\":null,"
                                        "\"credential_kind\":null,"
                                        "\"role\":null,\"plan\":null");
    }

    p = ngx_http_bulkhead_put(p, ",\"tenant_id\":\"");
    p = ngx_http_bulkhead_print_uuid(p, identity->tenant);
    p = ngx_http_bulkhead_put(p, "\",\"subject\":\"");
    p = ngx_http_bulkhead_print_uuid(p, identity->subject);
    p = ngx_http_bulkhead_put(p, "\",\"credential_id\":\"");
    p = ngx_http_bulkhead_print_uuid(p, identity->credential);

    if (identity->session) {
        p = ngx_http_bulkhead_put(p, "\",\"credential_kind\":\"session\"");

    } else {
        p = ngx_http_bulkhead_put(p, "\",\"credential_kind\":\"key\"");
    }

    p = ngx_http_bulkhead_put(p, ",\"role\":");
    p = ngx_http_bulkhead_text(p, &identity->role);
    p = ngx_http_bulkhead_put(p, ",\"plan\":");

    return ngx_http_bulkhead_text(p, &identity->plan);
}


/* The path as it came, but for secrets, which come there by mistake. The query
 * is left out: it may hold others. */
static u_char *
ngx_http_bulkhead_line_path(u_char *p, ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    u_char     *last;
    ngx_str_t   path, method;

    path = r->unparsed_uri;
    last = path.data + path.len;

    if (path.len) {
        last = ngx_strlchr(path.data, last, '?');

        if (last != NULL) {
            path.len = (size_t) (last - path.data);
        }
    }

    method = ctx->method.len ? ctx->method : r->method_name;

    p = ngx_http_bulkhead_put(p, ",\"method\":\"");
    p = ngx_http_bulkhead_visible(p, &method, 32);
    p = ngx_http_bulkhead_put(p, "\",\"path\":\"");
    p = ngx_http_bulkhead_masked(p, &path, NGX_HTTP_BULKHEAD_PATH_MAX);
    p = ngx_http_bulkhead_put(p, "\",\"route\":");

    if (ctx->conf->label == NULL) {
        return ngx_http_bulkhead_put(p, "null");
    }

    return ngx_http_bulkhead_text(p, &ctx->conf->label->name);
}


static u_char *
ngx_http_bulkhead_line_outcome(u_char *p, ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t status)
{
    p = ngx_http_bulkhead_put(p, ",\"status\":");
    p = ngx_http_bulkhead_number(p, status);
    p = ngx_http_bulkhead_put(p, ",\"error_code\":");

    if (ctx->replaced) {
        p = ngx_http_bulkhead_text(p, &ctx->code);

    } else {
        p = ngx_http_bulkhead_put(p, "null");
    }

    p = ngx_http_bulkhead_put(p, ",\"decision\":");
    p = ngx_http_bulkhead_text(p,
                               ngx_http_bulkhead_decision_name(ctx->decision));
    p = ngx_http_bulkhead_put(p, ",\"refused_by\":");

    if (ctx->refused_by.len) {
        return ngx_http_bulkhead_text(p, &ctx->refused_by);
    }

    return ngx_http_bulkhead_put(p, "null");
}


static u_char *
ngx_http_bulkhead_line_upstream(u_char *p, ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    static const char  stream[] = "text/event-stream";

    p = ngx_http_bulkhead_put(p, ",\"service\":");

    if (r->upstream == NULL || ctx->conf->service.len == 0) {
        p = ngx_http_bulkhead_put(p, "null,\"service_ms\":null");

    } else {
        p = ngx_http_bulkhead_text(p, &ctx->conf->service);
        p = ngx_http_bulkhead_put(p, ",\"service_ms\":");

        if (r->upstream->state == NULL
            || r->upstream->state->response_time == (ngx_msec_t) -1)
        {
            p = ngx_http_bulkhead_put(p, "null");

        } else {
            p = ngx_http_bulkhead_number(p,
                                         r->upstream->state->response_time);
        }
    }

    if (r->headers_out.content_type.len >= sizeof(stream) - 1
        && ngx_strncasecmp(r->headers_out.content_type.data,
                           (u_char *) stream, sizeof(stream) - 1)
           == 0)
    {
        p = ngx_http_bulkhead_put(p, ",\"streamed\":true");

    } else {
        p = ngx_http_bulkhead_put(p, ",\"streamed\":false");
    }

    /* Whether the client was there until the end. */

    if (r->connection->error || !r->request_complete) {
        return ngx_http_bulkhead_put(p, ",\"complete\":false");
    }

    return ngx_http_bulkhead_put(p, ",\"complete\":true");
}


static u_char *
ngx_http_bulkhead_copy(u_char *p, const char *text, size_t len)
{
    return ngx_cpymem(p, text, len);
}


/* A JSON string of text that needs no escaping: ids, names, addresses. */
static u_char *
ngx_http_bulkhead_text(u_char *p, ngx_str_t *text)
{
    *p++ = '"';
    p = ngx_http_bulkhead_visible(p, text, 128);
    *p++ = '"';

    return p;
}


/* Text from outside: whatever could break the line is written as %XX. */
static u_char *
ngx_http_bulkhead_visible(u_char *p, ngx_str_t *text, size_t most)
{
    static const u_char  hex[] = "0123456789ABCDEF";

    u_char               ch;
    size_t               i, len;

    len = ngx_min(text->len, most);

    for (i = 0; i < len; i++) {
        ch = text->data[i];

        if (ch >= 0x20 && ch < 0x7f && ch != '"' && ch != '\\') {
            *p++ = ch;
            continue;
        }

        *p++ = '%';
        *p++ = hex[ch >> 4];
        *p++ = hex[ch & 15];
    }

    return p;
}


/* As visible, with *** for what follows the prefix of one of our credentials
 * ("bh_sk_"). Three characters stand for none at the most: a line's bound, three
 * for each of the text, holds. */
static u_char *
ngx_http_bulkhead_masked(u_char *p, ngx_str_t *text, size_t most)
{
    static const size_t  prefix = sizeof("bh_sk_") - 1;

    u_char     ch;
    size_t     i, len, from;
    ngx_str_t  part;

    len = ngx_min(text->len, most);
    from = 0;

    for (i = 0; i + prefix <= len; i++) {

        if (ngx_strncmp(text->data + i, "bh_", 3) != 0
            || text->data[i + prefix - 1] != '_')
        {
            continue;
        }

        i += prefix;
        part.data = text->data + from;
        part.len = i - from;
        p = ngx_http_bulkhead_visible(p, &part, part.len);
        p = ngx_http_bulkhead_put(p, "***");

        for (from = i; from < len; from++) {
            ch = text->data[from];

            if (!((ch >= '0' && ch <= '9')
                  || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z')))
            {
                break;
            }
        }

        i = from - 1;
    }

    part.data = text->data + from;
    part.len = len - from;

    return ngx_http_bulkhead_visible(p, &part, part.len);
}


static u_char *
ngx_http_bulkhead_number(u_char *p, uint64_t n)
{
    u_char  digits[NGX_INT64_LEN], *d;

    d = digits + sizeof(digits);

    do {
        *--d = (u_char) (n % 10 + '0');
        n /= 10;
    } while (n);

    return ngx_cpymem(p, d, (size_t) (digits + sizeof(digits) - d));
}


/* 2026-01-31T23:59:59.123Z; the part up to the seconds is kept for a second. */
static u_char *
ngx_http_bulkhead_time(u_char *p)
{
    static u_char  text[sizeof("2026-01-31T23:59:59.") + 8];
    static time_t  sec;

    ngx_tm_t       tm;
    ngx_time_t    *tp;

    tp = ngx_timeofday();

    if (tp->sec != sec) {
        ngx_gmtime(tp->sec, &tm);
        (void) ngx_sprintf(text, "%4d-%02d-%02dT%02d:%02d:%02d.",
                           tm.ngx_tm_year, tm.ngx_tm_mon, tm.ngx_tm_mday,
                           tm.ngx_tm_hour, tm.ngx_tm_min, tm.ngx_tm_sec);
        sec = tp->sec;
    }

    p = ngx_cpymem(p, text, sizeof("2026-01-31T23:59:59.") - 1);

    *p++ = (u_char) ('0' + tp->msec / 100);
    *p++ = (u_char) ('0' + tp->msec / 10 % 10);
    *p++ = (u_char) ('0' + tp->msec % 10);
    *p++ = 'Z';

    return p;
}

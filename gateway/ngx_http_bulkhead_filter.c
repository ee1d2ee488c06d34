/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The answer on its way out: the headers every response has, and the error
 * object instead of nginx's pages. Doing it in a filter catches all of them,
 * down to the answer to a request line that is no HTTP.
 */


#include "ngx_http_bulkhead_module.h"


static ngx_int_t ngx_http_bulkhead_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_bulkhead_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static void ngx_http_bulkhead_hide_headers(ngx_http_request_t *r,
    ngx_uint_t cookies);
static ngx_int_t ngx_http_bulkhead_add_headers(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
static ngx_int_t ngx_http_bulkhead_limit_headers(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


/* Response headers of services that are for the gateway or made by it. */
static ngx_str_t  ngx_http_bulkhead_hidden[] = {
    ngx_string("x-request-id"),
    ngx_string("x-powered-by"),
    ngx_string("x-content-type-options"),
    ngx_string("x-frame-options"),
    ngx_string("referrer-policy"),
    ngx_string("strict-transport-security"),
    ngx_null_string
};


/* Present but never printed: nginx then leaves its own name out. */
static ngx_table_elt_t  ngx_http_bulkhead_no_server;


static ngx_int_t
ngx_http_bulkhead_header_filter(ngx_http_request_t *r)
{
    ngx_http_bulkhead_ctx_t        *ctx;
    ngx_http_bulkhead_loc_conf_t   *blcf;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    blcf = ngx_http_get_module_loc_conf(r, ngx_http_bulkhead_module);

    if (r != r->main || !blcf->enable) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_bulkhead_get_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    ngx_http_bulkhead_hide_headers(r,
                  ngx_http_bulkhead_cookie_passes(bmcf, &blcf->service));

    /*
     * A worker that drains after a reload sends its clients to a new one; and
     * what a service answers before the whole body is there ends with it.
     */

    if (ngx_exiting || r->reading_body) {
        r->keepalive = 0;
    }

    /* A page that stands for an error is an answer of its own. */

    if (r->err_status >= NGX_HTTP_BAD_REQUEST
        && r->headers_out.status == r->err_status
        && !blcf->page)
    {
        if (ngx_http_bulkhead_error_headers(r, ctx) != NGX_OK
            || ngx_http_bulkhead_error_body(r, ctx) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (ngx_http_bulkhead_add_headers(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_next_header_filter(r);
}


static ngx_int_t
ngx_http_bulkhead_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_int_t                       rc;
    ngx_buf_t                      *b;
    ngx_uint_t                      last;
    ngx_chain_t                     out, *cl;
    ngx_http_bulkhead_ctx_t        *ctx;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_bulkhead_module);

    if (ctx == NULL || r != r->main || in == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    for (cl = in; cl; cl = cl->next) {
        if (cl->buf->last_buf) {
            ngx_http_bulkhead_keep_promise(r);
        }
    }

    if (ctx->replaced) {

        for (cl = in; cl; cl = cl->next) {
            cl->buf->pos = cl->buf->last;
        }

        if (ctx->answered) {
            return NGX_OK;
        }

        b = ngx_calloc_buf(r->pool);
        if (b == NULL) {
            return NGX_ERROR;
        }

        b->pos = ctx->body.data;
        b->last = ctx->body.data + ctx->body.len;
        b->memory = 1;
        b->last_buf = 1;
        b->last_in_chain = 1;

        out.buf = b;
        out.next = NULL;
        in = &out;

        ctx->answered = 1;
    }

    last = 0;

    for (cl = in; cl; cl = cl->next) {
        last |= cl->buf->last_buf;
    }

    rc = ngx_http_next_body_filter(r, in);

    /*
     * The answer is with the kernel: the slot is free now, not only when a
     * lingering connection is at last closed, which may give way to others.
     */

    if (last && rc == NGX_OK && !r->buffered && !r->connection->buffered) {
        bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);
        ngx_http_bulkhead_release(bmcf, ctx);
        ngx_http_bulkhead_end_work(ctx);
    }

    return rc;
}


static void
ngx_http_bulkhead_hide_headers(ngx_http_request_t *r, ngx_uint_t cookies)
{
    ngx_str_t        *name;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            u_char  ch;

            if (h[i].hash == 0 || h[i].key.len < sizeof("x-a") - 1) {
                continue;
            }

            ch = ngx_tolower(h[i].key.data[0]);

            if (ch != 'x' && ch != 'r' && ch != 's') {
                continue;
            }

            if (h[i].key.len > sizeof("x-bulkhead-") - 1
                && ngx_strncasecmp(h[i].key.data, (u_char *) "x-bulkhead-",
                                   sizeof("x-bulkhead-") - 1) == 0)
            {
                h[i].hash = 0;
                continue;
            }

            if (!cookies && h[i].key.len == sizeof("set-cookie") - 1
                && ngx_strncasecmp(h[i].key.data, (u_char *) "set-cookie",
                                   h[i].key.len)
                   == 0)
            {
                h[i].hash = 0;
                continue;
            }

            for (name = ngx_http_bulkhead_hidden; name->len; name++) {
                if (h[i].key.len == name->len
                    && ngx_strncasecmp(h[i].key.data, name->data, name->len)
                       == 0)
                {
                    h[i].hash = 0;
                    break;
                }
            }
        }
    }

    /* What a service calls itself is hidden as well. */

    if (r->headers_out.server != NULL) {
        r->headers_out.server->hash = 0;
    }

    r->headers_out.server = &ngx_http_bulkhead_no_server;
}


static ngx_int_t
ngx_http_bulkhead_add_headers(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    if (ngx_http_bulkhead_add_text(r, "x-request-id", &ctx->request_id)
        != NGX_OK
        || ngx_http_bulkhead_add(r, "x-content-type-options", "nosniff")
           == NULL
        || ngx_http_bulkhead_add(r, "x-frame-options", "DENY") == NULL
        || ngx_http_bulkhead_add(r, "referrer-policy", "no-referrer") == NULL)
    {
        return NGX_ERROR;
    }

#if (NGX_HTTP_SSL)

    if (r->connection->ssl != NULL
        && ngx_http_bulkhead_add(r, "strict-transport-security",
                                 "max-age=31536000")
           == NULL)
    {
        return NGX_ERROR;
    }

#endif

    if (ngx_http_bulkhead_cors_headers(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ctx->limit == 0) {
        return NGX_OK;
    }

    return ngx_http_bulkhead_limit_headers(r, ctx);
}


static ngx_int_t
ngx_http_bulkhead_limit_headers(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    u_char      *p;
    ngx_str_t    value;
    ngx_msec_t   minutes, msec;

    p = ngx_pnalloc(r->pool, 3 * NGX_INT64_LEN + 16);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    p = ngx_sprintf(p, "%uD", ctx->limit);
    value.len = (size_t) (p - value.data);

    if (ngx_http_bulkhead_add_text(r, "x-ratelimit-limit-requests", &value)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    value.data = p;
    p = ngx_sprintf(p, "%uD", ctx->remaining);
    value.len = (size_t) (p - value.data);

    if (ngx_http_bulkhead_add_text(r, "x-ratelimit-remaining-requests",
                                   &value)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    minutes = ctx->reset / 60000;
    msec = ctx->reset % 60000;

    value.data = p;

    if (minutes) {
        p = ngx_sprintf(p, "%Mm%Ms", minutes, msec / 1000);

    } else if (msec >= 1000) {
        p = ngx_sprintf(p, "%M.%03Ms", msec / 1000, msec % 1000);

    } else {
        p = ngx_sprintf(p, "%Mms", msec);
    }

    value.len = (size_t) (p - value.data);

    return ngx_http_bulkhead_add_text(r, "x-ratelimit-reset-requests", &value);
}


ngx_table_elt_t *
ngx_http_bulkhead_add(ngx_http_request_t *r, const char *name,
    const char *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NULL;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value.data = (u_char *) value;
    h->value.len = ngx_strlen(value);

    return h;
}


ngx_int_t
ngx_http_bulkhead_add_text(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_http_bulkhead_add(r, name, "");
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->value = *value;

    return NGX_OK;
}


ngx_int_t
ngx_http_bulkhead_init_filters(ngx_conf_t *cf)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_bulkhead_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_bulkhead_body_filter;

    return NGX_OK;
}

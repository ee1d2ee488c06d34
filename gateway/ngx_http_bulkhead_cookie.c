/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The console's cookie: a credential like any other, which the browser sends
 * by itself, also for pages that are not ours. So it counts only without an
 * Authorization header, and changes something only for our own page: by
 * Sec-Fetch-Site, which no page can set (or, from a browser without it, by an
 * Origin that is the host), and by a header that no form and no foreign page
 * can send.
 */


#include "ngx_http_bulkhead_module.h"


#define NGX_HTTP_BULKHEAD_COOKIE_LEN  99
#define NGX_HTTP_BULKHEAD_COOKIE_IS   "bh_ct_"


static ngx_uint_t ngx_http_bulkhead_cookie_is_ours(u_char *p, size_t len);
static ngx_uint_t ngx_http_bulkhead_same_origin(ngx_http_request_t *r,
    ngx_http_bulkhead_console_t *seen);


/* bulkhead_cookie NAME SERVICE; */
char *
ngx_http_bulkhead_cookie(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_bulkhead_main_conf_t *bmcf = conf;

    ngx_str_t  *value;

    if (bmcf->cookie.len) {
        return "is duplicate";
    }

    value = cf->args->elts;

    bmcf->cookie = value[1];
    bmcf->cookie_service = value[2];

    return NGX_CONF_OK;
}


/*
 * Reads one Cookie header. Of two cookies of the name one is not ours to tell,
 * and a neighbour below the same domain may have set it: neither counts.
 */
void
ngx_http_bulkhead_cookie_read(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_str_t *header, ngx_http_bulkhead_console_t *seen)
{
    u_char  *p, *last, *end;
    size_t   len;

    if (bmcf->cookie.len == 0) {
        return;
    }

    p = header->data;
    last = p + header->len;

    while (p < last) {

        while (p < last && (*p == ' ' || *p == '\t' || *p == ';')) {
            p++;
        }

        end = ngx_strlchr(p, last, ';');
        if (end == NULL) {
            end = last;
        }

        len = bmcf->cookie.len;

        if ((size_t) (end - p) > len && p[len] == '='
            && ngx_memcmp(p, bmcf->cookie.data, len) == 0)
        {
            seen->cookies++;
            seen->cookie.data = p + len + 1;
            seen->cookie.len = (size_t) (end - seen->cookie.data);
        }

        p = end;
    }
}


static ngx_uint_t
ngx_http_bulkhead_cookie_is_ours(u_char *p, size_t len)
{
    size_t  i, from;

    from = sizeof(NGX_HTTP_BULKHEAD_COOKIE_IS) - 1;

    if (len != NGX_HTTP_BULKHEAD_COOKIE_LEN
        || ngx_memcmp(p, NGX_HTTP_BULKHEAD_COOKIE_IS, from) != 0)
    {
        return 0;
    }

    for (i = from; i < len; i++) {
        if (!((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z')
              || (p[i] >= '0' && p[i] <= '9')))
        {
            return 0;
        }
    }

    return 1;
}


/* Whether a credential is one that only a cookie may bring. */
ngx_uint_t
ngx_http_bulkhead_cookie_begins(ngx_str_t *credential)
{
    size_t  len;

    len = sizeof(NGX_HTTP_BULKHEAD_COOKIE_IS) - 1;

    return credential->len >= len
           && ngx_memcmp(credential->data, NGX_HTTP_BULKHEAD_COOKIE_IS, len)
              == 0;
}


/*
 * NGX_OK: the cookie is the request's credential now, or there is none and
 * nothing has changed; or the refusal that is already written to ctx.
 */
ngx_int_t
ngx_http_bulkhead_cookie_use(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    u_char                       *p;
    ngx_str_t                     value;
    ngx_table_elt_t              *h;
    ngx_http_bulkhead_console_t  *seen;

    seen = &ctx->console;

    if (r->headers_in.authorization != NULL || seen->cookies != 1
        || !ngx_http_bulkhead_cookie_is_ours(seen->cookie.data,
                                             seen->cookie.len))
    {
        return NGX_OK;
    }

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))
        && (!seen->marked || !ngx_http_bulkhead_same_origin(r, seen)))
    {
        return ngx_http_bulkhead_refuse(ctx, NGX_HTTP_FORBIDDEN,
                                        NGX_HTTP_BULKHEAD_FORBIDDEN,
                                        "csrf_failed",
                                        "With the console's cookie, only the "
                                        "console's own pages may change "
                                        "something.");
    }

    value.len = sizeof("Bearer ") - 1 + seen->cookie.len;
    value.data = ngx_pnalloc(r->pool, value.len);
    if (value.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = ngx_cpymem(value.data, "Bearer ", sizeof("Bearer ") - 1);
    ngx_memcpy(p, seen->cookie.data, seen->cookie.len);

    h = ngx_http_bulkhead_add_header(r, "authorization", &value);
    if (h == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_in.authorization = h;
    ctx->by_cookie = 1;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_bulkhead_same_origin(ngx_http_request_t *r,
    ngx_http_bulkhead_console_t *seen)
{
    u_char     *p;
    size_t      len;
    ngx_str_t  *host;

    if (seen->sites) {
        return seen->sites == 1
               && seen->site.len == sizeof("same-origin") - 1
               && ngx_memcmp(seen->site.data, "same-origin", seen->site.len)
                  == 0;
    }

    if (seen->origins != 1 || r->headers_in.host == NULL) {
        return 0;
    }

    p = ngx_strlcasestrn(seen->origin.data,
                         seen->origin.data + seen->origin.len,
                         (u_char *) "://", 3 - 1);
    if (p == NULL) {
        return 0;
    }

    p += sizeof("://") - 1;
    len = (size_t) (seen->origin.data + seen->origin.len - p);
    host = &r->headers_in.host->value;

    return len > 0 && len == host->len
           && ngx_strncasecmp(p, host->data, len) == 0;
}


/* What a service sets as a cookie: only the one whose cookie it is may. */
ngx_uint_t
ngx_http_bulkhead_cookie_passes(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_str_t *service)
{
    return bmcf->cookie.len && service->len == bmcf->cookie_service.len
           && ngx_memcmp(service->data, bmcf->cookie_service.data,
                         service->len)
              == 0;
}

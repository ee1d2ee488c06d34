/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The access phase: the route of a request, who asks, whether the scope and
 * the limits allow it; and the context that goes with a request to its end.
 */


#include "ngx_http_bulkhead_module.h"


static void ngx_http_bulkhead_cleanup(void *data);
static ngx_int_t ngx_http_bulkhead_admit(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
static ngx_int_t ngx_http_bulkhead_admit_anybody(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);
static ngx_http_bulkhead_route_t *ngx_http_bulkhead_find_route(
    ngx_http_request_t *r, ngx_http_bulkhead_loc_conf_t *blcf);


ngx_http_bulkhead_ctx_t *
ngx_http_bulkhead_get_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t             *cln;
    ngx_http_bulkhead_ctx_t        *ctx;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_bulkhead_module);
    if (ctx != NULL) {
        return ctx;
    }

    /* An internal redirect has cleared the contexts; the cleanup stays. */

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_http_bulkhead_cleanup) {
            ngx_http_set_ctx(r, cln->data, ngx_http_bulkhead_module);
            return cln->data;
        }
    }

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_bulkhead_ctx_t));
    if (cln == NULL) {
        return NULL;
    }

    ctx = cln->data;
    ngx_memzero(ctx, sizeof(ngx_http_bulkhead_ctx_t));

    ctx->request = r;
    ctx->conf = ngx_http_get_module_loc_conf(r, ngx_http_bulkhead_module);
    ctx->method = r->method_name;

    if (ngx_http_bulkhead_new_ids(ctx) != NGX_OK) {
        return NULL;
    }

    cln->handler = ngx_http_bulkhead_cleanup;
    ngx_http_set_ctx(r, ctx, ngx_http_bulkhead_module);

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    if (ngx_http_bulkhead_slot != NGX_HTTP_BULKHEAD_NO_SLOT) {
        bmcf->state->slots[ngx_http_bulkhead_slot].active++;
        ctx->counted = 1;
    }

    return ctx;
}


static void
ngx_http_bulkhead_cleanup(void *data)
{
    ngx_http_bulkhead_ctx_t  *ctx = data;

    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(ctx->request,
                                         ngx_http_bulkhead_module);

    ngx_http_bulkhead_leave_flight(ctx);
    ngx_http_bulkhead_release(bmcf, ctx);
    ngx_http_bulkhead_end_work(ctx);

    if (ctx->upload.timer_set) {
        ngx_del_timer(&ctx->upload);
    }

    if (ctx->counted
        && ngx_http_bulkhead_slot != NGX_HTTP_BULKHEAD_NO_SLOT)
    {
        bmcf->state->slots[ngx_http_bulkhead_slot].active--;
        ctx->counted = 0;
    }
}


ngx_int_t
ngx_http_bulkhead_access_handler(ngx_http_request_t *r)
{
    ngx_int_t                       rc;
    ngx_http_bulkhead_ctx_t        *ctx;
    ngx_http_bulkhead_loc_conf_t   *blcf;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    blcf = ngx_http_get_module_loc_conf(r, ngx_http_bulkhead_module);

    if (blcf->wire.len) {
        rc = ngx_http_bulkhead_check_wire(r, &blcf->wire);

        if (rc == NGX_HTTP_UNAUTHORIZED && blcf->wire_also.len) {
            rc = ngx_http_bulkhead_check_wire(r, &blcf->wire_also);
        }

        return rc;
    }

    if (!blcf->enable) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_bulkhead_get_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->checked) {
        return NGX_DECLINED;
    }

    if (ctx->refusal) {
        return ctx->refusal;
    }

    ctx->conf = blcf;

    rc = ngx_http_bulkhead_admit(r, ctx);

    if (rc == NGX_OK) {
        bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);
        ngx_http_bulkhead_follow(bmcf, &blcf->service);

        ctx->checked = 1;
        ctx->decision = NGX_HTTP_BULKHEAD_ALLOWED;
        return ngx_http_bulkhead_pace(r, ctx);
    }

    if (ctx->preflight) {
        ctx->decision = NGX_HTTP_BULKHEAD_ALLOWED;
        return rc;
    }

    rc = ngx_http_bulkhead_refused(r, ctx, rc);

    return ngx_http_bulkhead_delay(r, ctx, rc);
}


static ngx_int_t
ngx_http_bulkhead_admit(ngx_http_request_t *r, ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_int_t         rc;
    ngx_table_elt_t  *h;

    rc = ngx_http_bulkhead_cors_preflight(r, ctx);
    if (rc != NGX_DECLINED) {
        return rc;
    }

    /* A path without a route table is not published, whatever serves it. */

    if (ctx->conf->routes == NULL) {
        return NGX_HTTP_NOT_FOUND;
    }

    ctx->route = ngx_http_bulkhead_find_route(r, ctx->conf);
    if (ctx->route == NULL) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    if (ctx->route->body_max < r->headers_in.content_length_n) {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    if (ctx->route->is_public) {
        return ngx_http_bulkhead_admit_anybody(r, ctx);
    }

    rc = ngx_http_bulkhead_cookie_use(r, ctx);
    if (rc != NGX_OK) {
        return rc;
    }

    h = r->headers_in.authorization;

    rc = ngx_http_bulkhead_credential(r, ctx);
    if (rc != NGX_OK) {
        return rc;
    }

    if (!ngx_http_bulkhead_has_word(&ctx->identity->scope,
                                    &ctx->route->scope))
    {
        return ngx_http_bulkhead_refuse(ctx, NGX_HTTP_FORBIDDEN,
                                        NGX_HTTP_BULKHEAD_FORBIDDEN, NULL,
                                        NULL);
    }

    rc = ngx_http_bulkhead_take_body(r, ctx);
    if (rc != NGX_OK) {
        return rc;
    }

    if (!ctx->route->unlimited) {
        rc = ngx_http_bulkhead_limit(r, ctx);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    /* From here on the client's credential is gone; only the token goes on. */

    h->value = ctx->identity->authorization;

    ngx_http_bulkhead_begin_work(r, ctx);
    ngx_http_bulkhead_watch_body(r, ctx);

    return NGX_OK;
}


/* A public route: what is limited is the address, and no credential goes on. */
static ngx_int_t
ngx_http_bulkhead_admit_anybody(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_int_t  rc;

    if (r->headers_in.authorization != NULL) {
        ngx_http_bulkhead_drop_header(r, r->headers_in.authorization);
    }

    rc = ngx_http_bulkhead_take_by_address(r, ctx,
                                           ctx->route->is_signin
                                               ? NGX_HTTP_BULKHEAD_SIGNIN
                                               : NGX_HTTP_BULKHEAD_ANONYMOUS);
    if (rc == NGX_OK) {
        rc = ngx_http_bulkhead_take_body(r, ctx);
    }

    if (rc == NGX_OK) {
        ngx_http_bulkhead_watch_body(r, ctx);
    }

    return rc;
}


static ngx_http_bulkhead_route_t *
ngx_http_bulkhead_find_route(ngx_http_request_t *r,
    ngx_http_bulkhead_loc_conf_t *blcf)
{
    ngx_str_t                   method;
    ngx_uint_t                  i;
    ngx_http_bulkhead_route_t  *route;

    route = blcf->routes->elts;
    method = r->method_name;

    /* The head of what GET would answer. */

    if (r->method == NGX_HTTP_HEAD) {
        ngx_str_set(&method, "GET");
    }

    for (i = 0; i < blcf->routes->nelts; i++) {
        if (route[i].method.len == method.len
            && ngx_memcmp(route[i].method.data, method.data, method.len) == 0)
        {
            return &route[i];
        }
    }

    return NULL;
}


ngx_uint_t
ngx_http_bulkhead_has_word(ngx_str_t *words, ngx_str_t *word)
{
    u_char  *p, *last, *from;

    p = words->data;
    last = p + words->len;

    while (p < last) {
        from = p;

        while (p < last && *p != ' ') {
            p++;
        }

        if ((size_t) (p - from) == word->len
            && ngx_memcmp(from, word->data, word->len) == 0)
        {
            return 1;
        }

        p++;
    }

    return 0;
}

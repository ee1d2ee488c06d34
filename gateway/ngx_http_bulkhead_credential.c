/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who asks: the credential is read, and its hash looked up in the cache. What
 * the cache does not know is put to auth (see exchange).
 */


#include "ngx_http_bulkhead_module.h"

#include <openssl/evp.h>


static ngx_int_t ngx_http_bulkhead_read_credential(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_str_t *credential);
static ngx_int_t ngx_http_bulkhead_hash(ngx_str_t *credential, u_char *hash);
static ngx_int_t ngx_http_bulkhead_without_auth(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx);


ngx_int_t
ngx_http_bulkhead_credential(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_int_t                 rc;
    ngx_str_t                 credential = ngx_null_string;
    ngx_http_bulkhead_ctx_t  *leader;

    switch (ctx->exchange) {

    case NGX_HTTP_BULKHEAD_ASKING:
    case NGX_HTTP_BULKHEAD_WAITING:
        return NGX_AGAIN;

    case NGX_HTTP_BULKHEAD_ANSWERED:
        return ctx->identity ? NGX_OK : (ngx_int_t) ctx->status;

    case NGX_HTTP_BULKHEAD_FAILED:
        return ngx_http_bulkhead_without_auth(r, ctx);

    default:
        break;
    }

    if (!ctx->hashed) {
        rc = ngx_http_bulkhead_read_credential(r, ctx, &credential);
        if (rc != NGX_OK) {
            return rc;
        }

        if (ngx_http_bulkhead_hash(&credential, ctx->hash) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        ctx->hashed = 1;
    }

    rc = ngx_http_bulkhead_cache_find(r, ctx);
    if (rc != NGX_DECLINED) {
        return rc;
    }

    leader = ngx_http_bulkhead_find_flight(ctx->hash);
    if (leader != NULL) {
        return ngx_http_bulkhead_wait(r, ctx, leader);
    }

    /* Who was known a moment ago is no stranger who tries one after another. */

    if (ctx->stale == NULL) {
        rc = ngx_http_bulkhead_take_by_address(r, ctx,
                                               NGX_HTTP_BULKHEAD_UNKNOWN);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return ngx_http_bulkhead_ask(r, ctx);
}


static ngx_int_t
ngx_http_bulkhead_read_credential(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_str_t *credential)
{
    u_char     *p, *last;
    ngx_str_t  *value;

    if (r->headers_in.authorization == NULL) {
        return ngx_http_bulkhead_unauthenticated(ctx, 0,
                   "No credential was sent. Send an API key or an access "
                   "token as \"Authorization: Bearer ...\".");
    }

    value = &r->headers_in.authorization->value;

    if (value->len < sizeof("Bearer ")
        || ngx_strncasecmp(value->data, (u_char *) "Bearer ",
                           sizeof("Bearer ") - 1) != 0)
    {
        return ngx_http_bulkhead_unauthenticated(ctx, 1,
                   "The Authorization header must have the form \"Bearer "
                   "...\".");
    }

    p = value->data + sizeof("Bearer ") - 1;
    last = value->data + value->len;

    while (p < last && *p == ' ') {
        p++;
    }

    credential->data = p;
    credential->len = (size_t) (last - p);

    /* Auth is sent what is hashed here, without the blanks before it. */

    value->data = p - (sizeof("Bearer ") - 1);
    value->len = (size_t) (last - value->data);
    ngx_memcpy(value->data, "Bearer ", sizeof("Bearer ") - 1);

    if (credential->len == 0
        || credential->len > NGX_HTTP_BULKHEAD_CREDENTIAL_MAX)
    {
        return ngx_http_bulkhead_unauthenticated(ctx, 1,
                   "The credential is empty or too long.");
    }

    /* It is the browser's alone, which sends it as a cookie and says for whom. */

    if (!ctx->by_cookie && ngx_http_bulkhead_cookie_begins(credential)) {
        return ngx_http_bulkhead_unauthenticated(ctx, 1,
                   "A console session is not an access token; use an API "
                   "key.");
    }

    for ( /* void */ ; p < last; p++) {

        if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')
            || (*p >= '0' && *p <= '9') || *p == '-' || *p == '.'
            || *p == '_' || *p == '~' || *p == '+' || *p == '/' || *p == '=')
        {
            continue;
        }

        return ngx_http_bulkhead_unauthenticated(ctx, 1,
                   "The credential contains invalid characters.");
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_bulkhead_unauthenticated(ngx_http_bulkhead_ctx_t *ctx,
    ngx_uint_t offered, const char *message)
{
    if (offered) {
        ngx_str_set(&ctx->challenge,
                    "Bearer realm=\"bulkhead\", error=\"invalid_token\"");
    }

    return ngx_http_bulkhead_refuse(ctx, NGX_HTTP_UNAUTHORIZED,
                                    NGX_HTTP_BULKHEAD_UNAUTHENTICATED,
                                    NULL, message);
}


static ngx_int_t
ngx_http_bulkhead_hash(ngx_str_t *credential, u_char *hash)
{
    static EVP_MD      *md;
    static EVP_MD_CTX  *md_ctx;

    /* Kept for the life of the process: fetching costs more than hashing. */

    if (md_ctx == NULL) {
        md = EVP_MD_fetch(NULL, "SHA256", NULL);
        md_ctx = EVP_MD_CTX_new();
    }

    if (md == NULL || md_ctx == NULL
        || EVP_DigestInit_ex2(md_ctx, md, NULL) != 1
        || EVP_DigestUpdate(md_ctx, credential->data, credential->len) != 1
        || EVP_DigestFinal_ex(md_ctx, hash, NULL) != 1)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* auth gave no answer: what was known goes on, what was not stays outside. */
static ngx_int_t
ngx_http_bulkhead_without_auth(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    if (ctx->stale != NULL) {
        (void) ngx_atomic_fetch_add(&bmcf->keys->stale, 1);

        ctx->identity = ctx->stale;
        return NGX_OK;
    }

    ctx->retry_after = 2000;

    return ngx_http_bulkhead_refuse(ctx, NGX_HTTP_SERVICE_UNAVAILABLE,
                                    NGX_HTTP_BULKHEAD_UNAVAILABLE, NULL,
                                    "The credential cannot be verified "
                                    "because a service is temporarily "
                                    "unavailable.");
}


ngx_int_t
ngx_http_bulkhead_parse_uuid(ngx_str_t *text, u_char *out)
{
    ngx_int_t   byte;
    ngx_uint_t  i, n;

    if (text == NULL || text->len != NGX_HTTP_BULKHEAD_UUID_TEXT) {
        return NGX_ERROR;
    }

    n = 0;

    for (i = 0; i < NGX_HTTP_BULKHEAD_UUID_TEXT; i++) {

        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text->data[i] != '-') {
                return NGX_ERROR;
            }

            continue;
        }

        byte = ngx_hextoi(&text->data[i], 2);
        if (byte == NGX_ERROR) {
            return NGX_ERROR;
        }

        out[n++] = (u_char) byte;
        i++;
    }

    return NGX_OK;
}


u_char *
ngx_http_bulkhead_print_uuid(u_char *p, const u_char *id)
{
    static const size_t  groups[] = { 4, 2, 2, 2, 6 };

    ngx_uint_t           i;
    u_char               raw[NGX_HTTP_BULKHEAD_UUID_LEN], *from;

    ngx_memcpy(raw, id, sizeof(raw));
    from = raw;

    for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {

        if (i > 0) {
            *p++ = '-';
        }

        p = ngx_hex_dump(p, from, groups[i]);
        from += groups[i];
    }

    return p;
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What auth says of a credential: headers, and the body of a refusal. Whatever
 * is missing or out of range is no answer.
 */


#include "ngx_http_bulkhead_module.h"


static ngx_int_t ngx_http_bulkhead_answer_identity(ngx_http_request_t *r,
    ngx_http_request_t *sr, ngx_http_bulkhead_identity_t *identity);
static ngx_int_t ngx_http_bulkhead_answer_ids(ngx_http_request_t *sr,
    ngx_http_bulkhead_identity_t *identity);
static ngx_int_t ngx_http_bulkhead_answer_kind(ngx_http_request_t *sr,
    ngx_http_bulkhead_identity_t *identity);
static ngx_int_t ngx_http_bulkhead_answer_limits(ngx_http_request_t *sr,
    ngx_http_bulkhead_identity_t *identity);
static ngx_int_t ngx_http_bulkhead_answer_end(ngx_http_request_t *sr,
    ngx_http_bulkhead_identity_t *identity);
static ngx_str_t *ngx_http_bulkhead_answer_header(ngx_http_request_t *sr,
    const char *name);
static ngx_int_t ngx_http_bulkhead_answer_number(ngx_http_request_t *sr,
    const char *name, ngx_int_t most, ngx_int_t *out);
static ngx_int_t ngx_http_bulkhead_answer_text(ngx_http_request_t *r,
    ngx_http_request_t *sr, const char *name, const char *prefix, size_t most,
    ngx_str_t *out);
static void ngx_http_bulkhead_answer_body(ngx_http_request_t *sr,
    ngx_str_t *out);


ngx_int_t
ngx_http_bulkhead_read_answer(ngx_http_request_t *r, ngx_http_request_t *sr,
    ngx_http_bulkhead_answer_t *answer)
{
    ngx_int_t  ttl;

    ttl = 0;

    if (ngx_http_bulkhead_answer_number(sr, "x-bulkhead-ttl",
                                        NGX_MAX_INT32_VALUE, &ttl)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    answer->ttl = ngx_min(ttl, NGX_HTTP_BULKHEAD_TTL_MAX);

    if (answer->status != NGX_HTTP_OK) {
        ngx_http_bulkhead_answer_body(sr, &answer->body);

        /* Where the credential was somebody's, he may be taken up again. */

        (void) ngx_http_bulkhead_parse_uuid(
                       ngx_http_bulkhead_answer_header(sr, "x-bulkhead-tenant"),
                       answer->identity.tenant);
        return NGX_OK;
    }

    if (ngx_http_bulkhead_answer_identity(r, sr, &answer->identity) != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "bulkhead: auth's response to a credential exchange "
                      "is incomplete");
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_bulkhead_answer_identity(ngx_http_request_t *r,
    ngx_http_request_t *sr, ngx_http_bulkhead_identity_t *identity)
{
    if (ngx_http_bulkhead_answer_ids(sr, identity) != NGX_OK
        || ngx_http_bulkhead_answer_kind(sr, identity) != NGX_OK
        || ngx_http_bulkhead_answer_limits(sr, identity) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_bulkhead_answer_text(r, sr, "x-bulkhead-token", "Bearer ",
                                      NGX_HTTP_BULKHEAD_CREDENTIAL_MAX,
                                      &identity->authorization) != NGX_OK
        || identity->authorization.len == sizeof("Bearer ") - 1
        || ngx_http_bulkhead_answer_text(r, sr, "x-bulkhead-scope", "", 4096,
                                         &identity->scope) != NGX_OK
        || ngx_http_bulkhead_answer_text(r, sr, "x-bulkhead-plan", "", 64,
                                         &identity->plan) != NGX_OK
        || ngx_http_bulkhead_answer_text(r, sr, "x-bulkhead-role", "", 64,
                                         &identity->role) != NGX_OK
        || ngx_http_bulkhead_answer_text(r, sr, "x-bulkhead-origins", "", 2048,
                                         &identity->origins) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_bulkhead_answer_end(sr, identity);
}


static ngx_int_t
ngx_http_bulkhead_answer_ids(ngx_http_request_t *sr,
    ngx_http_bulkhead_identity_t *identity)
{
    ngx_str_t  *owner;

    if (ngx_http_bulkhead_parse_uuid(
            ngx_http_bulkhead_answer_header(sr, "x-bulkhead-tenant"),
            identity->tenant) != NGX_OK
        || ngx_http_bulkhead_parse_uuid(
               ngx_http_bulkhead_answer_header(sr, "x-bulkhead-subject"),
               identity->subject) != NGX_OK
        || ngx_http_bulkhead_parse_uuid(
               ngx_http_bulkhead_answer_header(sr, "x-bulkhead-credential"),
               identity->credential) != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* A key that another key made is counted with that one. */

    owner = ngx_http_bulkhead_answer_header(sr, "x-bulkhead-limit-owner");

    if (owner == NULL) {
        ngx_memcpy(identity->limit_owner, identity->credential,
                   sizeof(identity->limit_owner));
        return NGX_OK;
    }

    return ngx_http_bulkhead_parse_uuid(owner, identity->limit_owner);
}


static ngx_int_t
ngx_http_bulkhead_answer_kind(ngx_http_request_t *sr,
    ngx_http_bulkhead_identity_t *identity)
{
    ngx_str_t  *value;

    value = ngx_http_bulkhead_answer_header(sr,
                                            "x-bulkhead-credential-kind");

    identity->session = (value != NULL && value->len == 7
                         && ngx_strncmp(value->data, "session", 7) == 0);

    if (!identity->session
        && (value == NULL || value->len != 3
            || ngx_strncmp(value->data, "key", 3) != 0))
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_bulkhead_answer_limits(ngx_http_request_t *sr,
    ngx_http_bulkhead_identity_t *identity)
{
    ngx_int_t           limit;
    ngx_uint_t          i;

    static const char  *limits[] = {
        "x-bulkhead-limit-tenant-rpm",
        "x-bulkhead-limit-key-rpm",
        "x-bulkhead-limit-tenant-concurrency",
        "x-bulkhead-limit-key-concurrency"
    };

    for (i = 0; i < NGX_HTTP_BULKHEAD_LIMITS; i++) {
        limit = 0;

        if (ngx_http_bulkhead_answer_number(sr, limits[i], NGX_MAX_INT32_VALUE,
                                            &limit)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        identity->limits[i] = (uint32_t) limit;
    }

    return NGX_OK;
}


/* Until when the token may be used, by this machine's steady clock. */
static ngx_int_t
ngx_http_bulkhead_answer_end(ngx_http_request_t *sr,
    ngx_http_bulkhead_identity_t *identity)
{
    ngx_int_t  expires;

    expires = 0;

    if (ngx_http_bulkhead_answer_number(sr, "x-bulkhead-expires",
                                        NGX_MAX_INT_T_VALUE, &expires)
        != NGX_OK
        || expires <= ngx_time() || expires - ngx_time() > 86400)
    {
        return NGX_ERROR;
    }

    identity->valid_until = ngx_current_msec
                            + (ngx_msec_t) (expires - ngx_time()) * 1000;

    return NGX_OK;
}


static ngx_str_t *
ngx_http_bulkhead_answer_header(ngx_http_request_t *sr, const char *name)
{
    size_t            len;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    len = ngx_strlen(name);

    for (part = &sr->upstream->headers_in.headers.part;
         part != NULL;
         part = part->next)
    {
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


/* An absent number leaves *out as it is; a wrong one is an error. */
static ngx_int_t
ngx_http_bulkhead_answer_number(ngx_http_request_t *sr, const char *name,
    ngx_int_t most, ngx_int_t *out)
{
    ngx_int_t   n;
    ngx_str_t  *value;

    value = ngx_http_bulkhead_answer_header(sr, name);
    if (value == NULL) {
        return NGX_OK;
    }

    n = ngx_atoi(value->data, value->len);
    if (n == NGX_ERROR || n > most) {
        return NGX_ERROR;
    }

    *out = n;

    return NGX_OK;
}


/* Only visible ASCII passes: these bytes go into headers and log lines. */
static ngx_int_t
ngx_http_bulkhead_answer_text(ngx_http_request_t *r, ngx_http_request_t *sr,
    const char *name, const char *prefix, size_t most, ngx_str_t *out)
{
    u_char     *p;
    size_t      i, len;
    ngx_str_t  *value, empty = ngx_string("");

    value = ngx_http_bulkhead_answer_header(sr, name);
    if (value == NULL) {
        value = &empty;
    }

    if (value->len > most) {
        return NGX_ERROR;
    }

    for (i = 0; i < value->len; i++) {
        if (value->data[i] < 0x20 || value->data[i] > 0x7e) {
            return NGX_ERROR;
        }
    }

    len = ngx_strlen(prefix);

    out->len = len + value->len;
    out->data = ngx_pnalloc(r->pool, out->len + 1);
    if (out->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(out->data, prefix, len);
    p = ngx_cpymem(p, value->data, value->len);
    *p = '\0';

    return NGX_OK;
}


/* The API error that auth wrote, if it is one of a sensible size. */
static void
ngx_http_bulkhead_answer_body(ngx_http_request_t *sr, ngx_str_t *out)
{
    ngx_buf_t  *b;

    if (sr->out == NULL || sr->out->buf == NULL) {
        return;
    }

    b = sr->out->buf;

    while (b->last > b->pos && (b->last[-1] == '\n' || b->last[-1] == '\r')) {
        b->last--;
    }

    if (b->last - b->pos < (ssize_t) sizeof("{\"error\":{}}") - 1
        || b->last - b->pos > NGX_HTTP_BULKHEAD_BODY_MAX
        || ngx_strncmp(b->pos, "{\"error\":", sizeof("{\"error\":") - 1) != 0
        || b->last[-1] != '}')
    {
        return;
    }

    out->data = b->pos;
    out->len = (size_t) (b->last - b->pos);
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The API's error object, for what the gateway refuses and in place of each
 * page that nginx itself would write.
 */


#include "ngx_http_bulkhead_module.h"


typedef struct {
    ngx_uint_t   status;
    const char  *type;
    const char  *code;
    const char  *message;
} ngx_http_bulkhead_error_t;


static ngx_int_t ngx_http_bulkhead_retry_headers(ngx_http_request_t *r,
    ngx_msec_t wait);
static ngx_uint_t ngx_http_bulkhead_nothing_sent(ngx_http_request_t *r);
static const ngx_http_bulkhead_error_t *ngx_http_bulkhead_find_error(
    ngx_uint_t status);


static const ngx_http_bulkhead_error_t  ngx_http_bulkhead_errors[] = {
    { 400, "invalid_request_error", "invalid_request",
      "The request is malformed." },
    { 401, "invalid_request_error", "invalid_api_key",
      "The credential is missing, invalid, expired or revoked." },
    { 403, "permission_error", "insufficient_permissions",
      "The credential does not permit this operation." },
    { 404, "invalid_request_error", "unknown_url",
      "Unknown URL." },
    { 405, "invalid_request_error", "method_not_allowed",
      "The method is not allowed on this path." },
    { 408, "invalid_request_error", "request_timeout",
      "The request took too long to arrive." },
    { 411, "invalid_request_error", "invalid_request",
      "The request has no content-length." },
    { 413, "invalid_request_error", "request_too_large",
      "The request is larger than this route allows." },
    { 414, "invalid_request_error", "request_too_large",
      "The URL is too long." },
    { 415, "invalid_request_error", "unsupported_media_type",
      "The content type is not supported on this route." },
    { 429, "rate_limit_error", "rate_limit_exceeded",
      "Too many requests." },
    { 431, "invalid_request_error", "request_too_large",
      "The request's headers are too large." },
    { 502, "server_error", "service_unavailable",
      "The service closed the connection before its response was complete." },
    { 503, "server_error", "service_unavailable",
      "The service is temporarily unavailable." },
    { 504, "server_error", "service_unavailable",
      "The service did not respond in time." }
};


static const ngx_http_bulkhead_error_t  ngx_http_bulkhead_other_4xx = {
    400, "invalid_request_error", "invalid_request",
    "The request cannot be processed."
};


static const ngx_http_bulkhead_error_t  ngx_http_bulkhead_other_5xx = {
    500, "server_error", "internal_error",
    "Internal server error; search the log for the request id."
};


ngx_int_t
ngx_http_bulkhead_refuse(ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t status,
    ngx_uint_t decision, const char *code, const char *message)
{
    ctx->status = status;
    ctx->decision = decision;

    if (code != NULL) {
        ctx->code.data = (u_char *) code;
        ctx->code.len = ngx_strlen(code);
    }

    if (message != NULL) {
        ctx->message.data = (u_char *) message;
        ctx->message.len = ngx_strlen(message);
    }

    return (ngx_int_t) status;
}


ngx_int_t
ngx_http_bulkhead_error_headers(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_str_t         challenge;
    ngx_uint_t        status;
    ngx_table_elt_t  *h;

    status = r->headers_out.status;

    if ((status == NGX_HTTP_BAD_GATEWAY || status == NGX_HTTP_GATEWAY_TIME_OUT)
        && ngx_http_bulkhead_nothing_sent(r))
    {
        /* The service is down and knows nothing of this: trying again helps. */

        status = NGX_HTTP_SERVICE_UNAVAILABLE;
        r->headers_out.status = status;
        r->err_status = status;
        ctx->decision = NGX_HTTP_BULKHEAD_UNAVAILABLE;
    }

    switch (status) {

    case NGX_HTTP_UNAUTHORIZED:
        challenge = ctx->challenge;

        if (challenge.len == 0) {
            ngx_str_set(&challenge, "Bearer realm=\"bulkhead\"");
        }

        return ngx_http_bulkhead_add_text(r, "www-authenticate", &challenge);

    case NGX_HTTP_NOT_ALLOWED:
        if (ctx->conf->allow.len == 0) {
            return NGX_OK;
        }

        return ngx_http_bulkhead_add_text(r, "allow", &ctx->conf->allow);

    case NGX_HTTP_TOO_MANY_REQUESTS:
    case NGX_HTTP_SERVICE_UNAVAILABLE:
        return ngx_http_bulkhead_retry_headers(r, ctx->retry_after
                                                  ? ctx->retry_after : 2000);

    case NGX_HTTP_BAD_GATEWAY:
    case NGX_HTTP_GATEWAY_TIME_OUT:

        /* What was asked may have been done: a client must not do it twice. */

        if (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) {
            return NGX_OK;
        }

        h = ngx_http_bulkhead_add(r, "x-should-retry", "false");
        return h ? NGX_OK : NGX_ERROR;

    default:
        return NGX_OK;
    }
}


static ngx_int_t
ngx_http_bulkhead_retry_headers(ngx_http_request_t *r, ngx_msec_t wait)
{
    u_char     *p;
    ngx_str_t   value;

    p = ngx_pnalloc(r->pool, 2 * NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    p = ngx_sprintf(p, "%M", (wait + 999) / 1000);
    value.len = (size_t) (p - value.data);

    if (ngx_http_bulkhead_add_text(r, "retry-after", &value) != NGX_OK) {
        return NGX_ERROR;
    }

    value.data = p;
    p = ngx_sprintf(p, "%M", wait);
    value.len = (size_t) (p - value.data);

    return ngx_http_bulkhead_add_text(r, "retry-after-ms", &value);
}


/* No connection was made, so that no byte of the request left us. */
static ngx_uint_t
ngx_http_bulkhead_nothing_sent(ngx_http_request_t *r)
{
    ngx_uint_t                  i;
    ngx_http_upstream_state_t  *state;

    if (r->upstream == NULL || r->upstream_states == NULL
        || r->upstream_states->nelts == 0)
    {
        return 0;
    }

    state = r->upstream_states->elts;

    for (i = 0; i < r->upstream_states->nelts; i++) {
        if (state[i].connect_time != (ngx_msec_t) -1) {
            return 0;
        }
    }

    return 1;
}


ngx_int_t
ngx_http_bulkhead_error_body(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    u_char                           *p;
    size_t                            len;
    ngx_str_t                         code, message;
    const ngx_http_bulkhead_error_t  *error;

    error = ngx_http_bulkhead_find_error(r->headers_out.status);

    /* A refusal in ctx describes this answer only if the status is its own. */

    code.data = (u_char *) error->code;
    code.len = ngx_strlen(error->code);
    message.data = (u_char *) error->message;
    message.len = ngx_strlen(error->message);

    if (ctx->status == r->headers_out.status) {

        if (ctx->code.len) {
            code = ctx->code;
        }

        if (ctx->message.len) {
            message = ctx->message;
        }

    } else {
        ngx_str_null(&ctx->body);
    }

    ctx->status = r->headers_out.status;
    ctx->code = code;

    if (ctx->body.len == 0) {
        len = sizeof("{\"error\":{\"message\":\"\",\"type\":\"\",\"param\":null"
                     ",\"code\":\"\"}}") - 1
              + message.len + ngx_escape_json(NULL, message.data, message.len)
              + ngx_strlen(error->type) + code.len;

        p = ngx_pnalloc(r->pool, len);
        if (p == NULL) {
            return NGX_ERROR;
        }

        ctx->body.data = p;
        ctx->body.len = len;

        p = ngx_cpymem(p, "{\"error\":{\"message\":\"",
                       sizeof("{\"error\":{\"message\":\"") - 1);
        p = (u_char *) ngx_escape_json(p, message.data, message.len);
        ngx_sprintf(p, "\",\"type\":\"%s\",\"param\":null,\"code\":\"%V\"}}",
                    error->type, &code);
    }

    ctx->replaced = 1;

    ngx_str_set(&r->headers_out.content_type, "application/json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.status_line.len = 0;

    ngx_http_clear_content_length(r);
    r->headers_out.content_length_n = (off_t) ctx->body.len;

    return NGX_OK;
}


static const ngx_http_bulkhead_error_t *
ngx_http_bulkhead_find_error(ngx_uint_t status)
{
    ngx_uint_t  i;

    for (i = 0;
         i < sizeof(ngx_http_bulkhead_errors)
             / sizeof(ngx_http_bulkhead_errors[0]);
         i++)
    {
        if (ngx_http_bulkhead_errors[i].status == status) {
            return &ngx_http_bulkhead_errors[i];
        }
    }

    return (status < 500) ? &ngx_http_bulkhead_other_4xx
                          : &ngx_http_bulkhead_other_5xx;
}

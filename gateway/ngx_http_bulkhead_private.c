/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The locations of the private socket: auth's word that a credential no longer
 * holds, and the answer to the supervisor's question whether we are there.
 * Where that is no Unix socket, whoever asks must show the secret that the
 * members of the platform share.
 */


#include "ngx_http_bulkhead_module.h"


static ngx_int_t ngx_http_bulkhead_known_kind(ngx_str_t *kind);


/*
 * POST /internal/forget?kind=tenant|credential|subject&id=UUID[&tenant=UUID]
 */
ngx_int_t
ngx_http_bulkhead_forget_handler(ngx_http_request_t *r)
{
    u_char                          id[NGX_HTTP_BULKHEAD_UUID_LEN], *tenant;
    u_char                          whose[NGX_HTTP_BULKHEAD_UUID_LEN];
    ngx_int_t                       rc;
    ngx_str_t                       kind, text;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    if (!(r->method & NGX_HTTP_POST)) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_arg(r, (u_char *) "kind", 4, &kind) != NGX_OK
        || ngx_http_arg(r, (u_char *) "id", 2, &text) != NGX_OK
        || ngx_http_bulkhead_known_kind(&kind) != NGX_OK
        || ngx_http_bulkhead_parse_uuid(&text, id) != NGX_OK)
    {
        return NGX_HTTP_BAD_REQUEST;
    }

    tenant = (kind.data[0] == 't') ? id : NULL;

    if (ngx_http_arg(r, (u_char *) "tenant", 6, &text) == NGX_OK) {

        if (ngx_http_bulkhead_parse_uuid(&text, whose) != NGX_OK
            || (tenant && ngx_memcmp(id, whose, sizeof(whose)) != 0))
        {
            return NGX_HTTP_BAD_REQUEST;
        }

        tenant = whose;
    }

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    ngx_http_bulkhead_cache_forget(bmcf, &kind, id, tenant);

    return ngx_http_bulkhead_send(r, NGX_HTTP_NO_CONTENT, NULL);
}


/* In constant time; a header that is there twice is none. */
ngx_int_t
ngx_http_bulkhead_check_wire(ngx_http_request_t *r, ngx_str_t *wire)
{
    u_char            differ;
    ngx_str_t         given;
    ngx_uint_t        i, n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    static const ngx_str_t  name = ngx_string("x-bulkhead-wire");

    n = 0;
    ngx_str_null(&given);

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == name.len
                && ngx_strncasecmp(h[i].key.data, name.data, name.len) == 0)
            {
                given = h[i].value;
                n++;
            }
        }
    }

    if (n != 1 || given.len != wire->len) {
        return NGX_HTTP_UNAUTHORIZED;
    }

    differ = 0;

    for (i = 0; i < wire->len; i++) {
        differ |= given.data[i] ^ wire->data[i];
    }

    return differ ? NGX_HTTP_UNAUTHORIZED : NGX_DECLINED;
}


static ngx_int_t
ngx_http_bulkhead_known_kind(ngx_str_t *kind)
{
    static const ngx_str_t  kinds[] = {
        ngx_string("tenant"),
        ngx_string("credential"),
        ngx_string("subject")
    };

    ngx_uint_t              i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kind->len == kinds[i].len
            && ngx_strncmp(kind->data, kinds[i].data, kind->len) == 0)
        {
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


ngx_int_t
ngx_http_bulkhead_health_handler(ngx_http_request_t *r)
{
    static u_char  body[] = "{\"status\":\"ok\"}\n";

    ngx_int_t      rc;
    ngx_buf_t     *b;

    if (!(r->method & NGX_HTTP_GET)) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->pos = body;
    b->last = body + sizeof(body) - 1;
    b->memory = 1;

    ngx_str_set(&r->headers_out.content_type, "application/json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;

    return ngx_http_bulkhead_send(r, NGX_HTTP_OK, b);
}


/* The whole answer: a buffer, or nothing. */
ngx_int_t
ngx_http_bulkhead_send(ngx_http_request_t *r, ngx_uint_t status,
    ngx_buf_t *body)
{
    ngx_int_t    rc;
    ngx_chain_t  out;

    r->headers_out.status = status;
    r->headers_out.content_length_n = 0;

    if (body == NULL) {
        r->header_only = 1;

    } else {
        r->headers_out.content_length_n = body->last - body->pos;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    body->last_buf = 1;
    body->last_in_chain = 1;

    out.buf = body;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


/*
 * One JSON line for every request, written in blocks. The block lies in shared
 * memory: what a killed worker had not yet written, another one writes.
 *
 * Two files: what was done with a credential, and the rest. Of the rest each
 * address has so many lines a minute, and all together; of what is refused to
 * a tenant, the tenant. What is over is counted and not written, so that nobody
 * fills the room in which the acts of others are kept.
 */


#include "ngx_http_bulkhead_module.h"


#define NGX_HTTP_BULKHEAD_LINE_MAX    4096
#define NGX_HTTP_BULKHEAD_PATH_MAX    1024
#define NGX_HTTP_BULKHEAD_FLUSH_MSEC  100


static void ngx_http_bulkhead_audit(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t status, ngx_msec_t duration);
static ngx_uint_t ngx_http_bulkhead_is_strange(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t status);
static ngx_uint_t ngx_http_bulkhead_is_too_much(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t strange);
static ngx_uint_t ngx_http_bulkhead_line_taken(
    ngx_http_bulkhead_main_conf_t *bmcf, ngx_uint_t owner, u_char *id,
    uint32_t rpm);
static void ngx_http_bulkhead_audit_strange(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t status, ngx_msec_t duration);
static size_t ngx_http_bulkhead_line(u_char *buf, ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t status, ngx_msec_t duration);
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
static void ngx_http_bulkhead_write(ngx_open_file_t *file, u_char *lines,
    size_t *len, ngx_log_t *log);
static void ngx_http_bulkhead_flush_soon(void);
static void ngx_http_bulkhead_flush_handler(ngx_event_t *ev);


#define ngx_http_bulkhead_put(p, literal)                                     \
    ngx_http_bulkhead_copy(p, literal, sizeof(literal) - 1)


static ngx_event_t                     ngx_http_bulkhead_flush_event;
static ngx_connection_t                ngx_http_bulkhead_flush_connection;
static ngx_http_bulkhead_main_conf_t  *ngx_http_bulkhead_flush_conf;


/* bulkhead_audit_log FILE [refusals=N]; bulkhead_anonymous_log FILE lines=N; */
char *
ngx_http_bulkhead_audit_log(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_bulkhead_main_conf_t *bmcf = conf;

    size_t            len;
    uint32_t         *rpm;
    ngx_int_t         n;
    ngx_str_t        *value;
    const char       *name;
    ngx_open_file_t **file;

    file = cmd->offset ? &bmcf->strange : &bmcf->audit;
    rpm = cmd->offset ? &bmcf->strange_rpm : &bmcf->refusals_rpm;
    name = cmd->offset ? "lines=" : "refusals=";
    len = ngx_strlen(name);

    if (*file != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 3) {

        if (value[2].len < len || ngx_strncmp(value[2].data, name, len) != 0) {
            return "has an unknown parameter";
        }

        n = ngx_atoi(value[2].data + len, value[2].len - len);
        if (n == NGX_ERROR || n == 0 || n > NGX_MAX_INT32_VALUE) {
            return "has a wrong number";
        }

        *rpm = (uint32_t) n;
    }

    *file = ngx_conf_open_file(cf->cycle, &value[1]);
    if (*file == NULL) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_bulkhead_log_handler(ngx_http_request_t *r)
{
    ngx_time_t                     *tp;
    ngx_uint_t                      status;
    ngx_msec_int_t                  duration;
    ngx_http_bulkhead_ctx_t        *ctx;
    ngx_http_bulkhead_loc_conf_t   *blcf;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    blcf = ngx_http_get_module_loc_conf(r, ngx_http_bulkhead_module);

    if (!blcf->enable) {
        return NGX_OK;
    }

    ctx = ngx_http_bulkhead_get_ctx(r);
    if (ctx == NULL || ctx->logged) {
        return NGX_OK;
    }

    ctx->logged = 1;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);
    ngx_http_bulkhead_release(bmcf, ctx);

    status = r->err_status ? r->err_status : r->headers_out.status;

    tp = ngx_timeofday();
    duration = (ngx_msec_int_t) ((tp->sec - r->start_sec) * 1000)
               + ((ngx_msec_int_t) tp->msec - (ngx_msec_int_t) r->start_msec);
    duration = ngx_max(duration, 0);

    ngx_http_bulkhead_count(r, ctx, status, (ngx_msec_t) duration);
    ngx_http_bulkhead_audit(r, ctx, status, (ngx_msec_t) duration);

    return NGX_OK;
}


static void
ngx_http_bulkhead_audit(ngx_http_request_t *r, ngx_http_bulkhead_ctx_t *ctx,
    ngx_uint_t status, ngx_msec_t duration)
{
    ngx_http_bulkhead_slot_t       *slot;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    if (bmcf->audit == NULL) {
        return;
    }

    if (ngx_http_bulkhead_slot == NGX_HTTP_BULKHEAD_NO_SLOT) {
        (void) ngx_atomic_fetch_add(&bmcf->state->audit_dropped, 1);
        return;
    }

    if (ngx_http_bulkhead_is_strange(r, ctx, status)) {
        ngx_http_bulkhead_audit_strange(r, ctx, status, duration);
        return;
    }

    if (status >= NGX_HTTP_BAD_REQUEST && ctx->identity != NULL
        && ngx_http_bulkhead_is_too_much(r, ctx, 0))
    {
        (void) ngx_atomic_fetch_add(&bmcf->state->refusals_sampled, 1);
        return;
    }

    slot = &bmcf->state->slots[ngx_http_bulkhead_slot];

    if (slot->audit_len > NGX_HTTP_BULKHEAD_AUDIT_BUFFER
                          - NGX_HTTP_BULKHEAD_LINE_MAX)
    {
        ngx_http_bulkhead_audit_flush(bmcf, slot, r->connection->log);
    }

    if (slot->audit_len > NGX_HTTP_BULKHEAD_AUDIT_BUFFER
                          - NGX_HTTP_BULKHEAD_LINE_MAX)
    {
        (void) ngx_atomic_fetch_add(&bmcf->state->audit_dropped, 1);
        return;
    }

    /* Whole first, then visible: a kill in between leaves no half line. */

    slot->audit_len += ngx_http_bulkhead_line(slot->audit + slot->audit_len, r,
                                              ctx, status, duration);

    (void) ngx_atomic_fetch_add(&bmcf->state->audit_lines, 1);

    ngx_http_bulkhead_flush_soon();
}


/*
 * Whether nobody who is known did it. A sign-in that went well is an act of
 * somebody's, even though the credential comes with the answer only.
 */
static ngx_uint_t
ngx_http_bulkhead_is_strange(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t status)
{
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    if (bmcf->strange == NULL || ctx->identity != NULL) {
        return 0;
    }

    return !(ctx->route != NULL && ctx->route->is_signin
             && r->method == NGX_HTTP_POST
             && status < NGX_HTTP_SPECIAL_RESPONSE);
}


static void
ngx_http_bulkhead_audit_strange(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t status, ngx_msec_t duration)
{
    ngx_http_bulkhead_slot_t       *slot;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);
    slot = &bmcf->state->slots[ngx_http_bulkhead_slot];

    if (ngx_http_bulkhead_is_too_much(r, ctx, 1)) {
        (void) ngx_atomic_fetch_add(&bmcf->state->strange_sampled, 1);
        return;
    }

    if (slot->strange_len > NGX_HTTP_BULKHEAD_STRANGE_BUFFER
                            - NGX_HTTP_BULKHEAD_LINE_MAX)
    {
        ngx_http_bulkhead_write(bmcf->strange, slot->strange,
                                &slot->strange_len, r->connection->log);
    }

    if (slot->strange_len > NGX_HTTP_BULKHEAD_STRANGE_BUFFER
                            - NGX_HTTP_BULKHEAD_LINE_MAX)
    {
        (void) ngx_atomic_fetch_add(&bmcf->state->strange_sampled, 1);
        return;
    }

    slot->strange_len += ngx_http_bulkhead_line(slot->strange
                                                + slot->strange_len, r, ctx,
                                                status, duration);

    (void) ngx_atomic_fetch_add(&bmcf->state->strange_lines, 1);

    ngx_http_bulkhead_flush_soon();
}


static ngx_uint_t
ngx_http_bulkhead_is_too_much(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t strange)
{
    uint32_t                        rpm;
    ngx_uint_t                      over;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    static u_char                   all[NGX_HTTP_BULKHEAD_UUID_LEN];

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);
    rpm = bmcf->by_address[NGX_HTTP_BULKHEAD_LINES].rpm;

    if (strange && ngx_http_bulkhead_find_client(r, ctx) != NGX_OK) {
        return 1;
    }

    ngx_shmtx_lock(&bmcf->state_pool->mutex);

    if (strange) {
        over = !ngx_http_bulkhead_line_taken(bmcf, NGX_HTTP_BULKHEAD_ADDRESS
                                                 + NGX_HTTP_BULKHEAD_LINES,
                                             ctx->address, rpm)
               || !ngx_http_bulkhead_line_taken(bmcf,
                                                NGX_HTTP_BULKHEAD_ALL_LINES,
                                                all, bmcf->strange_rpm);

    } else {
        over = !ngx_http_bulkhead_line_taken(bmcf,
                                             NGX_HTTP_BULKHEAD_TENANT_LINES,
                                             ctx->identity->tenant,
                                             bmcf->refusals_rpm);
    }

    ngx_shmtx_unlock(&bmcf->state_pool->mutex);

    return over;
}


/* Under the lock. A tenant's line for which there is no room to count passes. */
static ngx_uint_t
ngx_http_bulkhead_line_taken(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_uint_t owner, u_char *id, uint32_t rpm)
{
    int64_t                      now;
    ngx_http_bulkhead_rate_t     rate;
    ngx_http_bulkhead_bucket_t  *bucket;

    if (rpm == 0) {
        return 1;
    }

    bucket = ngx_http_bulkhead_bucket(bmcf, owner, id, NULL);

    if (bucket == NULL) {
        return owner < NGX_HTTP_BULKHEAD_ADDRESS;
    }

    now = (int64_t) ngx_current_msec * NGX_HTTP_BULKHEAD_MSEC_NS;

    if (ngx_http_bulkhead_rate(bucket, rpm, now, &rate)) {
        return 0;
    }

    bucket->tat = rate.tat;

    return 1;
}


/*
 * At most LINE_MAX bytes: the path takes up to 3 × PATH_MAX when all of it has
 * to be escaped, and what comes from the configuration and from auth is
 * bounded where it enters.
 */
static size_t
ngx_http_bulkhead_line(u_char *buf, ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx, ngx_uint_t status, ngx_msec_t duration)
{
    u_char  *p;

    p = ngx_http_bulkhead_put(buf, "{\"time\":\"");
    p = ngx_http_bulkhead_time(p);
    p = ngx_http_bulkhead_put(p, "\",\"event\":\"");

    if (ctx->route != NULL) {
        p = ngx_cpymem(p, ctx->route->audit.data, ctx->route->audit.len);

    } else {
        p = ngx_http_bulkhead_put(p, "request.unrouted");
    }

    p = ngx_http_bulkhead_put(p, "\",\"request_id\":");
    p = ngx_http_bulkhead_text(p, &ctx->request_id);
    p = ngx_http_bulkhead_put(p, ",\"trace_id\":");
    p = ngx_http_bulkhead_text(p, &ctx->trace_id);
    p = ngx_http_bulkhead_put(p, ",\"span_id\":");
    p = ngx_http_bulkhead_text(p, &ctx->span_id);

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


void
ngx_http_bulkhead_audit_flush(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_http_bulkhead_slot_t *slot, ngx_log_t *log)
{
    ngx_http_bulkhead_write(bmcf->audit, slot->audit, &slot->audit_len, log);
    ngx_http_bulkhead_write(bmcf->strange, slot->strange, &slot->strange_len,
                            log);
}


/* One write for whole lines, so that workers do not mix theirs (O_APPEND). */
static void
ngx_http_bulkhead_write(ngx_open_file_t *file, u_char *lines, size_t *len,
    ngx_log_t *log)
{
    ssize_t        n;
    ngx_err_t      err;

    static time_t  told;

    if (*len == 0 || file == NULL || file->fd == NGX_INVALID_FILE) {
        return;
    }

    n = ngx_write_fd(file->fd, lines, *len);

    if (n == (ssize_t) *len) {
        *len = 0;
        return;
    }

    err = ngx_errno;

    /* What was not taken stays, and is tried again with the next lines. */

    if (n > 0) {
        *len -= (size_t) n;
        ngx_memmove(lines, lines + n, *len);
        err = NGX_ENOSPC;
    }

    if (ngx_time() != told) {
        told = ngx_time();
        ngx_log_error(NGX_LOG_ALERT, log, err,
                      "bulkhead: cannot write to the audit log \"%V\"",
                      &file->name);
    }
}


static void
ngx_http_bulkhead_flush_soon(void)
{
    if (!ngx_http_bulkhead_flush_event.timer_set) {
        ngx_add_timer(&ngx_http_bulkhead_flush_event,
                      NGX_HTTP_BULKHEAD_FLUSH_MSEC);
    }
}


static void
ngx_http_bulkhead_flush_handler(ngx_event_t *ev)
{
    ngx_http_bulkhead_slot_t       *slot;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_bulkhead_flush_conf;

    if (ngx_http_bulkhead_slot == NGX_HTTP_BULKHEAD_NO_SLOT) {
        return;
    }

    slot = &bmcf->state->slots[ngx_http_bulkhead_slot];

    ngx_http_bulkhead_audit_flush(bmcf, slot, ev->log);

    if (slot->audit_len || slot->strange_len) {
        ngx_add_timer(ev, NGX_HTTP_BULKHEAD_FLUSH_MSEC);
    }
}


void
ngx_http_bulkhead_init_audit(ngx_cycle_t *cycle,
    ngx_http_bulkhead_main_conf_t *bmcf)
{
    ngx_http_bulkhead_flush_conf = bmcf;

    ngx_memzero(&ngx_http_bulkhead_flush_event, sizeof(ngx_event_t));

    ngx_http_bulkhead_flush_connection.fd = (ngx_socket_t) -1;
    ngx_http_bulkhead_flush_event.data = &ngx_http_bulkhead_flush_connection;
    ngx_http_bulkhead_flush_event.handler = ngx_http_bulkhead_flush_handler;
    ngx_http_bulkhead_flush_event.log = cycle->log;
    ngx_http_bulkhead_flush_event.cancelable = 1;
}

/* SPDX-License-Identifier: Apache-2.0 */

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
static void ngx_http_bulkhead_write(ngx_open_file_t *file, u_char *lines,
    size_t *len, ngx_log_t *log);
static void ngx_http_bulkhead_flush_soon(void);
static void ngx_http_bulkhead_flush_handler(ngx_event_t *ev);


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
            return "has an invalid number";
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

    /*
     * A page takes thirty files that anybody may have: their lines would use
     * up those of the address, and a wrong password after them left none.
     */

    if (ctx->route != NULL && ctx->route->is_file
        && status < NGX_HTTP_BAD_REQUEST)
    {
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

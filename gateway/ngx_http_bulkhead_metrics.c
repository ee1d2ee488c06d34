/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Counters per route template, kept over reloads, in Prometheus' text form.
 * Labels come from the configuration only, never from a request or a tenant.
 */


#include "ngx_http_bulkhead_module.h"


#define NGX_HTTP_BULKHEAD_METRICS_FILE_MAX  32768


typedef struct {
    const char  *name;
    const char  *help;
    size_t       offset;
} ngx_http_bulkhead_counter_t;


static ngx_buf_t *ngx_http_bulkhead_metrics(ngx_http_request_t *r,
    ngx_http_bulkhead_main_conf_t *bmcf);
static u_char *ngx_http_bulkhead_metrics_file(u_char *p, u_char *last,
    ngx_http_bulkhead_main_conf_t *bmcf);
static u_char *ngx_http_bulkhead_print_requests(u_char *p, u_char *last,
    ngx_http_bulkhead_state_t *state);
static u_char *ngx_http_bulkhead_print_durations(u_char *p, u_char *last,
    ngx_http_bulkhead_state_t *state);
static u_char *ngx_http_bulkhead_print_bytes(u_char *p, u_char *last,
    ngx_http_bulkhead_state_t *state);
static u_char *ngx_http_bulkhead_print_counters(u_char *p, u_char *last,
    ngx_http_bulkhead_main_conf_t *bmcf);
static u_char *ngx_http_bulkhead_print_counter(u_char *p, u_char *last,
    const ngx_http_bulkhead_counter_t *counter, void *base);


static ngx_str_t  ngx_http_bulkhead_decisions[] = {
    ngx_string("none"),
    ngx_string("allowed"),
    ngx_string("unauthenticated"),
    ngx_string("forbidden"),
    ngx_string("limited"),
    ngx_string("unavailable")
};


static const char *ngx_http_bulkhead_classes[] = {
    "none", "1xx", "2xx", "3xx", "4xx", "5xx"
};


static const ngx_msec_t  ngx_http_bulkhead_bounds[] = {
    1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 60000
};


static const char *ngx_http_bulkhead_bound_names[] = {
    "0.001", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1",
    "2.5", "5", "10", "60", "+Inf"
};


static const ngx_http_bulkhead_counter_t  ngx_http_bulkhead_keys_counters[] = {
    { "credential_hits_total", "Credentials found in the cache.",
      offsetof(ngx_http_bulkhead_keys_t, hits) },
    { "credential_misses_total", "Credentials not found in the cache.",
      offsetof(ngx_http_bulkhead_keys_t, misses) },
    { "credential_negatives_total", "Refusals answered from the cache.",
      offsetof(ngx_http_bulkhead_keys_t, negatives) },
    { "credential_stale_total", "Credentials used while auth was unavailable.",
      offsetof(ngx_http_bulkhead_keys_t, stale) },
    { "credential_evictions_total",
      "Credentials evicted because the cache was full.",
      offsetof(ngx_http_bulkhead_keys_t, evictions) },
    { "credential_full_total",
      "Credentials not cached because the cache was full.",
      offsetof(ngx_http_bulkhead_keys_t, full) },
    { "exchanges_total", "Credential exchanges with auth.",
      offsetof(ngx_http_bulkhead_keys_t, exchanges) },
    { "exchange_failures_total",
      "Credential exchanges that auth did not answer.",
      offsetof(ngx_http_bulkhead_keys_t, failures) }
};


static const ngx_http_bulkhead_counter_t  ngx_http_bulkhead_state_counters[] = {
    { "limits_full_total",
      "Requests refused because there was no memory for their limits.",
      offsetof(ngx_http_bulkhead_state_t, full) },
    { "address_signin_limited_total",
      "Sign-in requests refused by the limits of their address.",
      offsetof(ngx_http_bulkhead_state_t, limited)
      + NGX_HTTP_BULKHEAD_SIGNIN * sizeof(ngx_atomic_t) },
    { "address_anonymous_limited_total",
      "Requests without a credential refused by the limits of their address.",
      offsetof(ngx_http_bulkhead_state_t, limited)
      + NGX_HTTP_BULKHEAD_ANONYMOUS * sizeof(ngx_atomic_t) },
    { "address_unknown_limited_total",
      "Unknown credentials refused by the limits of their address.",
      offsetof(ngx_http_bulkhead_state_t, limited)
      + NGX_HTTP_BULKHEAD_UNKNOWN * sizeof(ngx_atomic_t) },
    { "address_connections_limited_total",
      "Connections refused because their address had too many.",
      offsetof(ngx_http_bulkhead_state_t, limited)
      + NGX_HTTP_BULKHEAD_CONNECTIONS * sizeof(ngx_atomic_t) },
    { "connections_closed_total",
      "Waiting connections closed to make room.",
      offsetof(ngx_http_bulkhead_state_t, closed) },
    { "bodies_refused_total",
      "Request bodies refused because too many bytes were in transfer.",
      offsetof(ngx_http_bulkhead_state_t, bodies_refused) },
    { "requests_paced_total",
      "Requests delayed because their tenant's requests or bodies came too "
      "fast.",
      offsetof(ngx_http_bulkhead_state_t, paced) },
    { "refusals_delayed_total",
      "Refusals delayed by one second because there were too many.",
      offsetof(ngx_http_bulkhead_state_t, refusals_delayed) },
    { "lease_asks_total",
      "Questions about limits that several gateways share.",
      offsetof(ngx_http_bulkhead_state_t, lease_asks) },
    { "lease_waits_total",
      "Requests that waited for the answer to such a question.",
      offsetof(ngx_http_bulkhead_state_t, lease_waits) },
    { "lease_parts_total",
      "Requests decided by this gateway's part of their limits, because no "
      "answer came.",
      offsetof(ngx_http_bulkhead_state_t, lease_parts) },
    { "audit_lines_total", "Audit lines accepted.",
      offsetof(ngx_http_bulkhead_state_t, audit_lines) },
    { "audit_dropped_total", "Audit lines lost because the log was full.",
      offsetof(ngx_http_bulkhead_state_t, audit_dropped) },
    { "audit_anonymous_lines_total",
      "Audit lines written to the log of requests without a credential.",
      offsetof(ngx_http_bulkhead_state_t, strange_lines) },
    { "audit_anonymous_unwritten_total",
      "Requests without a credential counted but not written to the audit "
      "log.",
      offsetof(ngx_http_bulkhead_state_t, strange_sampled) },
    { "audit_refusals_unwritten_total",
      "Refusals of known tenants counted but not written to the audit log.",
      offsetof(ngx_http_bulkhead_state_t, refusals_sampled) }
};


ngx_str_t *
ngx_http_bulkhead_decision_name(ngx_uint_t decision)
{
    return &ngx_http_bulkhead_decisions[decision];
}


void
ngx_http_bulkhead_count(ngx_http_request_t *r, ngx_http_bulkhead_ctx_t *ctx,
    ngx_uint_t status, ngx_msec_t duration)
{
    ngx_uint_t                      class, n;
    ngx_http_bulkhead_series_t     *series;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    series = ctx->conf->label ? ctx->conf->label->series
                              : bmcf->unrouted->series;

    class = status / 100;

    if (class >= NGX_HTTP_BULKHEAD_CLASSES) {
        class = 0;
    }

    for (n = 0; n < NGX_HTTP_BULKHEAD_BUCKETS - 1; n++) {
        if (duration <= ngx_http_bulkhead_bounds[n]) {
            break;
        }
    }

    (void) ngx_atomic_fetch_add(&series->requests[class][ctx->decision], 1);
    (void) ngx_atomic_fetch_add(&series->duration[n], 1);

    if (duration) {
        (void) ngx_atomic_fetch_add(&series->duration_ms,
                                    (ngx_atomic_int_t) duration);
    }

    (void) ngx_atomic_fetch_add(&series->bytes_in,
                                (ngx_atomic_int_t) r->request_length);
    (void) ngx_atomic_fetch_add(&series->bytes_out,
                                (ngx_atomic_int_t) r->connection->sent);
}


ngx_int_t
ngx_http_bulkhead_metrics_handler(ngx_http_request_t *r)
{
    ngx_int_t                       rc;
    ngx_buf_t                      *b;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    if (!(r->method & NGX_HTTP_GET)) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_bulkhead_module);

    b = ngx_http_bulkhead_metrics(r, bmcf);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_str_set(&r->headers_out.content_type, "text/plain; version=0.0.4");
    r->headers_out.content_type_len = sizeof("text/plain") - 1;

    return ngx_http_bulkhead_send(r, NGX_HTTP_OK, b);
}


static ngx_buf_t *
ngx_http_bulkhead_metrics(ngx_http_request_t *r,
    ngx_http_bulkhead_main_conf_t *bmcf)
{
    u_char     *p;
    size_t      size;
    ngx_buf_t  *b;

    /* A line is no longer than its names and a number; most are not printed. */

    size = 16384 + NGX_HTTP_BULKHEAD_METRICS_FILE_MAX
           + bmcf->state->nseries
                  * (NGX_HTTP_BULKHEAD_CLASSES * NGX_HTTP_BULKHEAD_DECISIONS
                     + NGX_HTTP_BULKHEAD_BUCKETS + 4)
                  * (NGX_HTTP_BULKHEAD_SERIES_NAME + 128);

    b = ngx_create_temp_buf(r->pool, size);
    if (b == NULL) {
        return NULL;
    }

    p = ngx_http_bulkhead_print_requests(b->last, b->end, bmcf->state);
    p = ngx_http_bulkhead_print_durations(p, b->end, bmcf->state);
    p = ngx_http_bulkhead_print_bytes(p, b->end, bmcf->state);
    p = ngx_http_bulkhead_print_counters(p, b->end, bmcf);
    b->last = ngx_http_bulkhead_metrics_file(p, b->end, bmcf);

    return b;
}


/* What the supervisor has to say, who answers no questions; missing is fine. */
static u_char *
ngx_http_bulkhead_metrics_file(u_char *p, u_char *last,
    ngx_http_bulkhead_main_conf_t *bmcf)
{
    ssize_t   n;
    ngx_fd_t  fd;

    if (bmcf->metrics_file.len == 0) {
        return p;
    }

    fd = ngx_open_file(bmcf->metrics_file.data, NGX_FILE_RDONLY,
                       NGX_FILE_OPEN, 0);
    if (fd == NGX_INVALID_FILE) {
        return p;
    }

    n = read(fd, p, ngx_min((size_t) (last - p),
                            NGX_HTTP_BULKHEAD_METRICS_FILE_MAX));
    ngx_close_file(fd);

    return (n > 0) ? p + n : p;
}


static u_char *
ngx_http_bulkhead_print_requests(u_char *p, u_char *last,
    ngx_http_bulkhead_state_t *state)
{
    ngx_uint_t                   i, class, decision;
    ngx_atomic_uint_t            count;
    ngx_http_bulkhead_series_t  *series;

    p = ngx_slprintf(p, last,
                     "# HELP bulkhead_gateway_requests_total Requests by route"
                     " template, status class and the gateway's decision.\n"
                     "# TYPE bulkhead_gateway_requests_total counter\n");

    for (i = 0; i < state->nseries; i++) {
        series = &state->series[i];

        for (class = 0; class < NGX_HTTP_BULKHEAD_CLASSES; class++) {
            for (decision = 0;
                 decision < NGX_HTTP_BULKHEAD_DECISIONS;
                 decision++)
            {
                count = series->requests[class][decision];

                if (count == 0) {
                    continue;
                }

                p = ngx_slprintf(p, last,
                                 "bulkhead_gateway_requests_total{route=\"%s\""
                                 ",status=\"%s\",decision=\"%V\"} %uA\n",
                                 series->name,
                                 ngx_http_bulkhead_classes[class],
                                 &ngx_http_bulkhead_decisions[decision],
                                 count);
            }
        }
    }

    return p;
}


static u_char *
ngx_http_bulkhead_print_durations(u_char *p, u_char *last,
    ngx_http_bulkhead_state_t *state)
{
    ngx_uint_t                   i, n;
    ngx_atomic_uint_t            count, sum;
    ngx_http_bulkhead_series_t  *series;

    p = ngx_slprintf(p, last,
                     "# HELP bulkhead_gateway_request_duration_seconds Time "
                     "from the first byte of the request to the last byte "
                     "of the response.\n"
                     "# TYPE bulkhead_gateway_request_duration_seconds "
                     "histogram\n");

    for (i = 0; i < state->nseries; i++) {
        series = &state->series[i];
        count = 0;

        for (n = 0; n < NGX_HTTP_BULKHEAD_BUCKETS; n++) {
            count += series->duration[n];
        }

        if (count == 0) {
            continue;
        }

        count = 0;

        for (n = 0; n < NGX_HTTP_BULKHEAD_BUCKETS; n++) {
            count += series->duration[n];

            p = ngx_slprintf(p, last,
                             "bulkhead_gateway_request_duration_seconds_bucket"
                             "{route=\"%s\",le=\"%s\"} %uA\n",
                             series->name, ngx_http_bulkhead_bound_names[n],
                             count);
        }

        sum = series->duration_ms;

        p = ngx_slprintf(p, last,
                         "bulkhead_gateway_request_duration_seconds_sum"
                         "{route=\"%s\"} %uA.%03uA\n"
                         "bulkhead_gateway_request_duration_seconds_count"
                         "{route=\"%s\"} %uA\n",
                         series->name, sum / 1000, sum % 1000,
                         series->name, count);
    }

    return p;
}


static u_char *
ngx_http_bulkhead_print_bytes(u_char *p, u_char *last,
    ngx_http_bulkhead_state_t *state)
{
    ngx_uint_t                   i, way;
    ngx_atomic_uint_t            count;
    ngx_http_bulkhead_series_t  *series;

    static const char           *names[] = { "in", "out" };

    for (way = 0; way < 2; way++) {
        p = ngx_slprintf(p, last,
                         "# HELP bulkhead_gateway_bytes_%s_total Bytes "
                         "transferred on client connections.\n"
                         "# TYPE bulkhead_gateway_bytes_%s_total counter\n",
                         names[way], names[way]);

        for (i = 0; i < state->nseries; i++) {
            series = &state->series[i];
            count = (way == 0) ? series->bytes_in : series->bytes_out;

            if (count == 0) {
                continue;
            }

            p = ngx_slprintf(p, last,
                             "bulkhead_gateway_bytes_%s_total{route=\"%s\"} "
                             "%uA\n", names[way], series->name, count);
        }
    }

    return p;
}


static u_char *
ngx_http_bulkhead_print_counters(u_char *p, u_char *last,
    ngx_http_bulkhead_main_conf_t *bmcf)
{
    ngx_uint_t         i;
    ngx_atomic_uint_t  active, bodies;

    for (i = 0;
         i < sizeof(ngx_http_bulkhead_keys_counters)
             / sizeof(ngx_http_bulkhead_keys_counters[0]);
         i++)
    {
        p = ngx_http_bulkhead_print_counter(p, last,
                                          &ngx_http_bulkhead_keys_counters[i],
                                          bmcf->keys);
    }

    for (i = 0;
         i < sizeof(ngx_http_bulkhead_state_counters)
             / sizeof(ngx_http_bulkhead_state_counters[0]);
         i++)
    {
        p = ngx_http_bulkhead_print_counter(p, last,
                                         &ngx_http_bulkhead_state_counters[i],
                                         bmcf->state);
    }

    active = 0;
    bodies = 0;

    for (i = 0; i < NGX_HTTP_BULKHEAD_SLOTS; i++) {
        active += bmcf->state->slots[i].active;
        bodies += bmcf->state->slots[i].bodies;
    }

    p = ngx_slprintf(p, last,
                     "# HELP bulkhead_gateway_bodies_bytes Bytes of request "
                     "bodies over 64 KiB in transfer, in whole MiB.\n"
                     "# TYPE bulkhead_gateway_bodies_bytes gauge\n"
                     "bulkhead_gateway_bodies_bytes %uA\n", bodies << 20);

    p = ngx_slprintf(p, last,
                     "# HELP bulkhead_gateway_requests_active Requests "
                     "in progress.\n"
                     "# TYPE bulkhead_gateway_requests_active gauge\n"
                     "bulkhead_gateway_requests_active %uA\n", active);

    if (bmcf->leases.len) {
        p = ngx_slprintf(p, last,
                         "# HELP bulkhead_gateway_lease_away 1 while this "
                         "gateway decides by its part of shared limits.\n"
                         "# TYPE bulkhead_gateway_lease_away gauge\n"
                         "bulkhead_gateway_lease_away %ui\n"
                         "# HELP bulkhead_gateway_lease_gateways Gateways "
                         "that share limits, as last known.\n"
                         "# TYPE bulkhead_gateway_lease_gateways gauge\n"
                         "bulkhead_gateway_lease_gateways %uD\n",
                         (ngx_uint_t) (bmcf->state->away != 0),
                         bmcf->state->gateways);
    }

    return p;
}


static u_char *
ngx_http_bulkhead_print_counter(u_char *p, u_char *last,
    const ngx_http_bulkhead_counter_t *counter, void *base)
{
    ngx_atomic_t  *value;

    value = (ngx_atomic_t *) ((char *) base + counter->offset);

    return ngx_slprintf(p, last,
                        "# HELP bulkhead_gateway_%s %s\n"
                        "# TYPE bulkhead_gateway_%s counter\n"
                        "bulkhead_gateway_%s %uA\n",
                        counter->name, counter->help, counter->name,
                        counter->name, *value);
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The way of each worker to the process that leases limits for this gateway:
 * a socket that is read by events, written without waiting, and opened again
 * for as long as nobody listens there.
 */


#include "ngx_http_bulkhead_module.h"

#include <ngx_channel.h>
#include <openssl/rand.h>


#define NGX_HTTP_BULKHEAD_LINK_MSEC   100
#define NGX_HTTP_BULKHEAD_LINK_BATCH  32

/* What one look of one worker asks at most: each looks ten times a second. */
#define NGX_HTTP_BULKHEAD_LINK_LOOK   1024


static void ngx_http_bulkhead_link_open(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_log_t *log);
static void ngx_http_bulkhead_link_close(ngx_http_bulkhead_main_conf_t *bmcf);
static void ngx_http_bulkhead_link_handler(ngx_event_t *ev);
static void ngx_http_bulkhead_link_apply(ngx_http_bulkhead_main_conf_t *bmcf,
    struct bh_lease_record *records, ngx_uint_t n);
static void ngx_http_bulkhead_link_look(ngx_event_t *ev);
static ngx_uint_t ngx_http_bulkhead_link_collect(
    ngx_http_bulkhead_main_conf_t *bmcf, struct bh_lease_record *records,
    ngx_uint_t *seen);


static ngx_connection_t  *ngx_http_bulkhead_link;
static ngx_connection_t   ngx_http_bulkhead_link_dumb;
static ngx_event_t        ngx_http_bulkhead_link_timer;


/* bulkhead_leases PATH [gateways=N]; */
char *
ngx_http_bulkhead_leases(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_bulkhead_main_conf_t *bmcf = conf;

    ngx_int_t           n;
    ngx_str_t          *value;
    struct sockaddr_un  address;

    if (bmcf->leases.len) {
        return "is duplicate";
    }

    value = cf->args->elts;
    n = 1;

    if (value[1].len == 0 || value[1].len >= sizeof(address.sun_path)) {
        return "has an invalid path";
    }

    if (cf->args->nelts == 3) {

        if (value[2].len <= 9
            || ngx_strncmp(value[2].data, "gateways=", 9) != 0)
        {
            return "has an unknown parameter";
        }

        n = ngx_atoi(value[2].data + 9, value[2].len - 9);
        if (n == NGX_ERROR || n == 0 || n > 10000) {
            return "has an invalid number";
        }
    }

    bmcf->leases = value[1];
    bmcf->gateways = (uint32_t) n;

    return NGX_CONF_OK;
}


/* When the zone is made: nothing is known of other gateways yet. */
ngx_int_t
ngx_http_bulkhead_init_leases(ngx_http_bulkhead_main_conf_t *bmcf)
{
    ngx_http_bulkhead_state_t  *state;

    state = bmcf->state;

    ngx_queue_init(&state->leases);

    state->away = ngx_max(ngx_current_msec, 1);
    state->gateways = ngx_max(bmcf->gateways, 1);

    return RAND_bytes(state->gateway, sizeof(state->gateway)) == 1
           ? NGX_OK : NGX_ERROR;
}


void
ngx_http_bulkhead_init_link(ngx_cycle_t *cycle,
    ngx_http_bulkhead_main_conf_t *bmcf)
{
    ngx_event_t  *ev;

    ngx_http_bulkhead_link = NULL;

    if (bmcf->leases.len == 0) {
        return;
    }

    ev = &ngx_http_bulkhead_link_timer;

    ngx_memzero(ev, sizeof(ngx_event_t));

    ngx_http_bulkhead_link_dumb.fd = (ngx_socket_t) -1;
    ngx_http_bulkhead_link_dumb.data = bmcf;

    ev->handler = ngx_http_bulkhead_link_look;
    ev->data = &ngx_http_bulkhead_link_dumb;
    ev->log = cycle->log;
    ev->cancelable = 1;

    ngx_http_bulkhead_link_open(bmcf, cycle->log);

    ngx_add_timer(ev, NGX_HTTP_BULKHEAD_LINK_MSEC);
}


void
ngx_http_bulkhead_exit_link(void)
{
    if (ngx_http_bulkhead_link != NULL) {
        ngx_close_connection(ngx_http_bulkhead_link);
        ngx_http_bulkhead_link = NULL;
    }
}


static void
ngx_http_bulkhead_link_open(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_log_t *log)
{
    ngx_uint_t              i;
    ngx_socket_t            fd;
    struct sockaddr_un      address;
    struct bh_lease_record  hello;

    ngx_memzero(&address, sizeof(struct sockaddr_un));

    address.sun_family = AF_UNIX;
    ngx_memcpy(address.sun_path, bmcf->leases.data, bmcf->leases.len);

    fd = socket(AF_UNIX, SOCK_SEQPACKET|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);

    if (fd == (ngx_socket_t) -1) {
        ngx_log_error(NGX_LOG_ERR, log, ngx_socket_errno,
                      "bulkhead: socket() failed");
        return;
    }

    if (connect(fd, (struct sockaddr *) &address, sizeof(address)) == -1
        || ngx_add_channel_event((ngx_cycle_t *) ngx_cycle, fd,
                                 NGX_READ_EVENT,
                                 ngx_http_bulkhead_link_handler)
           != NGX_OK)
    {
        /* The next look tries again; requests go by this gateway's part. */

        ngx_close_socket(fd);
        return;
    }

    for (i = 0; i < ngx_cycle->connection_n; i++) {

        if (ngx_cycle->connections[i].fd == fd) {
            ngx_http_bulkhead_link = &ngx_cycle->connections[i];
            break;
        }
    }

    ngx_memzero(&hello, sizeof(struct bh_lease_record));

    hello.kind = BH_LEASE_HELLO;
    hello.version = BH_LEASE_VERSION;
    ngx_memcpy(hello.gateway, bmcf->state->gateway,
               NGX_HTTP_BULKHEAD_UUID_LEN);

    ngx_http_bulkhead_link_send(&hello, 1);
}


static void
ngx_http_bulkhead_link_close(ngx_http_bulkhead_main_conf_t *bmcf)
{
    ngx_http_bulkhead_exit_link();

    ngx_shmtx_lock(&bmcf->state_pool->mutex);

    ngx_http_bulkhead_lease_away(bmcf->state);

    ngx_shmtx_unlock(&bmcf->state_pool->mutex);
}


/* Nonzero: this worker can ask. */
ngx_uint_t
ngx_http_bulkhead_link_is_open(void)
{
    return ngx_http_bulkhead_link != NULL;
}


/* What cannot be sent at once is not sent: nobody waits for it for long. */
void
ngx_http_bulkhead_link_send(struct bh_lease_record *records, ngx_uint_t n)
{
    ngx_uint_t  i;

    for (i = 0; i < n && ngx_http_bulkhead_link != NULL; i++) {

        if (send(ngx_http_bulkhead_link->fd, &records[i],
                 sizeof(struct bh_lease_record), MSG_DONTWAIT|MSG_NOSIGNAL)
            == -1)
        {
            break;
        }
    }
}


static void
ngx_http_bulkhead_link_handler(ngx_event_t *ev)
{
    ssize_t                         len;
    ngx_err_t                       err;
    ngx_uint_t                      n;
    ngx_http_bulkhead_main_conf_t  *bmcf;
    struct bh_lease_record          records[NGX_HTTP_BULKHEAD_LINK_BATCH];

    bmcf = ngx_http_bulkhead_link_dumb.data;

    for (n = 0; n < NGX_HTTP_BULKHEAD_LINK_BATCH; n++) {
        len = recv(((ngx_connection_t *) ev->data)->fd, &records[n],
                   sizeof(struct bh_lease_record), MSG_DONTWAIT);

        if (len == (ssize_t) sizeof(struct bh_lease_record)
            && records[n].version == BH_LEASE_VERSION && records[n].owner <= 1)
        {
            continue;
        }

        err = ngx_socket_errno;

        ngx_http_bulkhead_link_apply(bmcf, records, n);

        if (len != -1 || err != NGX_EAGAIN) {
            ngx_log_error(NGX_LOG_WARN, ev->log, 0,
                          "bulkhead: the process that leases limits is gone; "
                          "this gateway decides by its part of them");
            ngx_http_bulkhead_link_close(bmcf);
        }

        return;
    }

    /* What is left is told again: the event is not edge-triggered. */

    ngx_http_bulkhead_link_apply(bmcf, records, n);
}


/* What was missed while a question was under way is asked right after it. */
static void
ngx_http_bulkhead_link_apply(ngx_http_bulkhead_main_conf_t *bmcf,
    struct bh_lease_record *records, ngx_uint_t n)
{
    ngx_uint_t                   i, asks;
    ngx_http_bulkhead_bucket_t  *bucket;

    if (n == 0) {
        return;
    }

    asks = 0;

    ngx_shmtx_lock(&bmcf->state_pool->mutex);

    for (i = 0; i < n; i++) {
        bucket = ngx_http_bulkhead_lease_answer(bmcf->state, &records[i]);

        if (bmcf->state->away == 0) {
            asks += ngx_http_bulkhead_lease_ask(bmcf->state, bucket, 0,
                                                &records[asks]);
        }
    }

    ngx_shmtx_unlock(&bmcf->state_pool->mutex);

    ngx_http_bulkhead_link_send(records, asks);
}


static void
ngx_http_bulkhead_link_look(ngx_event_t *ev)
{
    ngx_uint_t                      n, seen;
    ngx_connection_t               *c;
    ngx_http_bulkhead_main_conf_t  *bmcf;
    struct bh_lease_record          records[NGX_HTTP_BULKHEAD_LINK_BATCH];

    c = ev->data;
    bmcf = c->data;

    if (ngx_exiting || ngx_terminate || ngx_quit) {
        return;
    }

    if (ngx_http_bulkhead_link == NULL) {
        ngx_http_bulkhead_link_open(bmcf, ev->log);

    } else if (bmcf->state->away) {

        /* Is it back? The answer says so. */

        ngx_memzero(&records[0], sizeof(struct bh_lease_record));

        records[0].kind = BH_LEASE_HELLO;
        records[0].version = BH_LEASE_VERSION;
        ngx_memcpy(records[0].gateway, bmcf->state->gateway,
                   NGX_HTTP_BULKHEAD_UUID_LEN);

        ngx_http_bulkhead_link_send(records, 1);
    }

    for (seen = 0; seen < NGX_HTTP_BULKHEAD_LINK_LOOK; /* void */ ) {
        ngx_shmtx_lock(&bmcf->state_pool->mutex);

        n = ngx_http_bulkhead_link_collect(bmcf, records, &seen);

        ngx_shmtx_unlock(&bmcf->state_pool->mutex);

        if (n == 0) {
            break;
        }

        ngx_http_bulkhead_link_send(records, n);
    }

    ngx_add_timer(ev, NGX_HTTP_BULKHEAD_LINK_MSEC);
}


/* Under the lock. Those that were looked at go to the end of the queue. */
static ngx_uint_t
ngx_http_bulkhead_link_collect(ngx_http_bulkhead_main_conf_t *bmcf,
    struct bh_lease_record *records, ngx_uint_t *seen)
{
    ngx_uint_t                  n;
    ngx_queue_t                *q;
    ngx_http_bulkhead_lease_t  *lease;
    ngx_http_bulkhead_state_t  *state;

    n = 0;
    state = bmcf->state;

    while (n < NGX_HTTP_BULKHEAD_LINK_BATCH
           && *seen < NGX_HTTP_BULKHEAD_LINK_LOOK
           && !ngx_queue_empty(&state->leases))
    {
        q = ngx_queue_head(&state->leases);
        lease = ngx_queue_data(q, ngx_http_bulkhead_lease_t, queue);

        /* Once around is enough. */

        if (lease->looked == ngx_current_msec) {
            break;
        }

        lease->looked = ngx_current_msec;
        (*seen)++;

        ngx_queue_remove(q);
        ngx_http_bulkhead_lease_forget(state, lease);

        if (ngx_http_bulkhead_lease_is_over(lease)) {
            lease->queued = 0;
            continue;
        }

        ngx_queue_insert_tail(&state->leases, q);

        if (state->away == 0 && ngx_http_bulkhead_link != NULL) {
            n += ngx_http_bulkhead_lease_ask(state, lease->bucket, 1,
                                             &records[n]);
        }
    }

    return n;
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Connections: how many one client address may have open, and who gives way
 * when a worker runs short of them. A connection with a request whose
 * credential is known is at work and stays; the others wait in two queues, and
 * the one that has waited longest is closed first.
 */


#include "ngx_http_bulkhead_module.h"


/* Below a quarter of free connections those that wait are closed. */
#define NGX_HTTP_BULKHEAD_HEADROOM      4

/* Below an eighth no request without a credential is begun. */
#define NGX_HTTP_BULKHEAD_LAST_ROOM     8

#define NGX_HTTP_BULKHEAD_CLOSE_AT_ONCE 8
#define NGX_HTTP_BULKHEAD_LOOK_AT       64

/* How long a worker that was replaced waits for the next request of a client. */
#define NGX_HTTP_BULKHEAD_LAST_WAIT     10000


/* What one connection of a client holds; in the connection's own memory. */
struct ngx_http_bulkhead_connection_s {
    ngx_queue_t                     queue;
    ngx_connection_t               *connection;
    ngx_http_bulkhead_bucket_t     *bucket;
    ngx_http_bulkhead_main_conf_t  *conf;
    ngx_uint_t                      at_work;  /* requests: HTTP/2 has several */
};


static void ngx_http_bulkhead_accept_handler(ngx_connection_t *c);
static ngx_int_t ngx_http_bulkhead_count_connection(ngx_connection_t *c,
    ngx_http_bulkhead_connection_t *connection);
static void ngx_http_bulkhead_turn_away(ngx_connection_t *c,
    ngx_http_bulkhead_main_conf_t *bmcf);
static void ngx_http_bulkhead_make_room(ngx_http_bulkhead_main_conf_t *bmcf);
static ngx_uint_t ngx_http_bulkhead_close_waiting(ngx_queue_t *queue,
    ngx_uint_t most);
static ngx_uint_t ngx_http_bulkhead_is_tls(ngx_listening_t *ls);
static ngx_uint_t ngx_http_bulkhead_time_out(ngx_connection_t *c);
static void ngx_http_bulkhead_connection_cleanup(void *data);
static void ngx_http_bulkhead_watch_channel(void);
static void ngx_http_bulkhead_channel_handler(ngx_event_t *ev);
static void ngx_http_bulkhead_stay(ngx_queue_t *queue);
static ngx_uint_t ngx_http_bulkhead_is_http2(ngx_connection_t *c);
static void ngx_http_bulkhead_promise_handler(ngx_event_t *ev);


/* Those that wait: without a credential so far, and with one that was known. */
static ngx_queue_t  ngx_http_bulkhead_strangers;
static ngx_queue_t  ngx_http_bulkhead_guests;

/* nginx's own, for what the master tells a worker; NULL: not ours yet. */
static ngx_event_handler_pt  ngx_http_bulkhead_channel;

static ngx_event_t  ngx_http_bulkhead_promise;


static u_char  ngx_http_bulkhead_too_many[] =
    "HTTP/1.1 429 Too Many Requests" CRLF
    "Content-Type: application/json" CRLF
    "Content-Length: 141" CRLF
    "Retry-After: 1" CRLF
    "Retry-After-Ms: 1000" CRLF
    "Connection: close" CRLF
    CRLF
    "{\"error\":{\"message\":\"Too many connections are open from this "
    "address.\",\"type\":\"rate_limit_error\",\"param\":null,"
    "\"code\":\"connections_exceeded\"}}";


/* From here on our handler takes what the public sockets accept. */
ngx_int_t
ngx_http_bulkhead_init_module(ngx_cycle_t *cycle)
{
    ngx_uint_t        i;
    ngx_listening_t  *ls;

    if (ngx_http_cycle_get_module_main_conf(cycle, ngx_http_bulkhead_module)
        == NULL)
    {
        return NGX_OK;
    }

    ls = cycle->listening.elts;

    for (i = 0; i < cycle->listening.nelts; i++) {

        if (ls[i].handler == ngx_http_init_connection
            && ls[i].sockaddr->sa_family != AF_UNIX)
        {
            ls[i].handler = ngx_http_bulkhead_accept_handler;
        }
    }

    return NGX_OK;
}


void
ngx_http_bulkhead_init_connections(void)
{
    ngx_queue_init(&ngx_http_bulkhead_strangers);
    ngx_queue_init(&ngx_http_bulkhead_guests);
}


static void
ngx_http_bulkhead_accept_handler(ngx_connection_t *c)
{
    ngx_pool_cleanup_t              *cln;
    ngx_http_bulkhead_main_conf_t   *bmcf;
    ngx_http_bulkhead_connection_t  *connection;

    bmcf = ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                               ngx_http_bulkhead_module);

    ngx_http_bulkhead_watch_channel();
    ngx_http_bulkhead_make_room(bmcf);

    cln = ngx_pool_cleanup_add(c->pool,
                               sizeof(ngx_http_bulkhead_connection_t));
    if (cln == NULL) {
        ngx_http_close_connection(c);
        return;
    }

    connection = cln->data;
    connection->connection = c;
    connection->bucket = NULL;
    connection->conf = bmcf;
    connection->at_work = 0;

    ngx_queue_insert_tail(&ngx_http_bulkhead_strangers, &connection->queue);
    cln->handler = ngx_http_bulkhead_connection_cleanup;

    if (ngx_http_bulkhead_count_connection(c, connection) != NGX_OK) {
        ngx_http_bulkhead_turn_away(c, bmcf);
        return;
    }

    ngx_http_init_connection(c);
}


/* NGX_BUSY: the address has as many as it may. Without room none is counted. */
static ngx_int_t
ngx_http_bulkhead_count_connection(ngx_connection_t *c,
    ngx_http_bulkhead_connection_t *connection)
{
    u_char                          id[NGX_HTTP_BULKHEAD_UUID_LEN];
    uint32_t                        most;
    ngx_int_t                       rc;
    ngx_http_bulkhead_bucket_t     *bucket;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = connection->conf;
    most = bmcf->by_address[NGX_HTTP_BULKHEAD_CONNECTIONS].concurrency;

    if (most == 0 || ngx_http_bulkhead_slot == NGX_HTTP_BULKHEAD_NO_SLOT
        || (bmcf->proxies != NULL
            && ngx_cidr_match(c->sockaddr, bmcf->proxies) == NGX_OK))
    {
        return NGX_OK;
    }

    ngx_http_bulkhead_address_id(c->sockaddr, id);

    rc = NGX_OK;

    ngx_shmtx_lock(&bmcf->state_pool->mutex);

    bucket = ngx_http_bulkhead_bucket(bmcf, NGX_HTTP_BULKHEAD_ADDRESS
                                            + NGX_HTTP_BULKHEAD_CONNECTIONS,
                                      id, NULL);

    if (bucket != NULL
        && ngx_http_bulkhead_crowded(bmcf, bucket, 1, most, c->log))
    {
        bmcf->state->limited[NGX_HTTP_BULKHEAD_CONNECTIONS]++;
        rc = NGX_BUSY;

    } else if (bucket != NULL) {
        bucket->inflight++;
        bucket->slots[ngx_http_bulkhead_slot]++;
        connection->bucket = bucket;
    }

    ngx_shmtx_unlock(&bmcf->state_pool->mutex);

    return rc;
}


/*
 * Answered and closed before a byte is parsed. What the client has sent already
 * is taken off first: closing over unread bytes would reset the connection, and
 * the answer with it.
 */
static void
ngx_http_bulkhead_turn_away(ngx_connection_t *c,
    ngx_http_bulkhead_main_conf_t *bmcf)
{
    u_char         unread[4096];
    ngx_uint_t     i;

    static time_t  told;

    if (ngx_http_bulkhead_is_tls(c->listening)) {
        /* A sentence of plain HTTP would be a broken record to the client. */
        ngx_http_close_connection(c);
        return;
    }

    for (i = 0; i < 4 && recv(c->fd, unread, sizeof(unread), 0) > 0; i++) {
        /* void */
    }

    (void) send(c->fd, ngx_http_bulkhead_too_many,
                sizeof(ngx_http_bulkhead_too_many) - 1, MSG_NOSIGNAL);
    (void) shutdown(c->fd, SHUT_WR);

    if (ngx_time() != told) {
        told = ngx_time();
        ngx_log_error(NGX_LOG_WARN, c->log, 0,
                      "bulkhead: %V has %uD open connections, the maximum "
                      "for one address", &c->addr_text,
                   bmcf->by_address[NGX_HTTP_BULKHEAD_CONNECTIONS].concurrency);
    }

    ngx_http_close_connection(c);
}


static ngx_uint_t
ngx_http_bulkhead_is_tls(ngx_listening_t *ls)
{
#if (NGX_HTTP_SSL)

    ngx_http_port_t      *port;
    ngx_http_in_addr_t   *addr;
#if (NGX_HAVE_INET6)
    ngx_http_in6_addr_t  *addr6;
#endif

    port = ls->servers;

#if (NGX_HAVE_INET6)

    if (ls->sockaddr->sa_family == AF_INET6) {
        addr6 = port->addrs;
        return addr6[0].conf.ssl;
    }

#endif

    addr = port->addrs;
    return addr[0].conf.ssl;

#else

    return 0;

#endif
}


/* Whether a worker has so few left that only known credentials go on. */
ngx_uint_t
ngx_http_bulkhead_short_of_connections(void)
{
    return ngx_cycle->free_connection_n
           < ngx_cycle->connection_n / NGX_HTTP_BULKHEAD_LAST_ROOM;
}


/* Strangers first; those that had a credential before only if that is not enough. */
static void
ngx_http_bulkhead_make_room(ngx_http_bulkhead_main_conf_t *bmcf)
{
    ngx_uint_t     closed;

    static time_t  told;

    if (ngx_cycle->free_connection_n
        >= ngx_cycle->connection_n / NGX_HTTP_BULKHEAD_HEADROOM)
    {
        return;
    }

    closed = ngx_http_bulkhead_close_waiting(&ngx_http_bulkhead_strangers,
                                             NGX_HTTP_BULKHEAD_CLOSE_AT_ONCE);

    if (closed == 0) {
        closed = ngx_http_bulkhead_close_waiting(&ngx_http_bulkhead_guests,
                                                 1);
    }

    (void) ngx_atomic_fetch_add(&bmcf->state->closed, closed);

    if (ngx_time() != told) {
        told = ngx_time();
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "bulkhead: most of the %ui connections are in use; "
                      "closing those that have waited longest",
                      ngx_cycle->connection_n);
    }
}


static ngx_uint_t
ngx_http_bulkhead_close_waiting(ngx_queue_t *queue, ngx_uint_t most)
{
    ngx_uint_t                       i, closed;
    ngx_queue_t                     *q;
    ngx_http_bulkhead_connection_t  *connection;

    closed = 0;

    for (i = 0; i < NGX_HTTP_BULKHEAD_LOOK_AT && closed < most
                && !ngx_queue_empty(queue); i++)
    {
        q = ngx_queue_head(queue);
        connection = ngx_queue_data(q, ngx_http_bulkhead_connection_t, queue);

        /* Behind the others first: what cannot be closed now is passed over. */

        ngx_queue_remove(q);
        ngx_queue_insert_tail(queue, q);

        closed += ngx_http_bulkhead_time_out(connection->connection);
    }

    return closed;
}


/*
 * Ends a connection as the timer would that waits for its client: for a head,
 * a body, the next request or the taking of an answer. Without such a timer it
 * waits for a service, and goes on.
 */
static ngx_uint_t
ngx_http_bulkhead_time_out(ngx_connection_t *c)
{
    ngx_event_t         *ev;
    ngx_http_request_t  *r;

    ev = c->read->timer_set ? c->read : c->write;

    if (!ev->timer_set) {
        return 0;
    }

    /* A refusal that is held back is answered now, and the last of its kind. */

    if (ev->write && ev->delayed) {
        r = c->data;
        r->keepalive = 0;
    }

    ngx_del_timer(ev);

    ev->timedout = 1;
    ev->handler(ev);

    return 1;
}


/*
 * A worker that a reload replaces closes the connections whose clients are
 * between two requests, also of one who sends the next at that moment: it would
 * be lost. Ours wait for it, answer with "Connection: close", and end with that;
 * see the filter. nginx sees only those that are marked as idle.
 */
static void
ngx_http_bulkhead_watch_channel(void)
{
    ngx_uint_t         i;
    ngx_connection_t  *c;

    if (ngx_http_bulkhead_channel != NULL
        || ngx_process != NGX_PROCESS_WORKER)
    {
        return;
    }

    c = ngx_cycle->connections;

    for (i = 0; i < ngx_cycle->connection_n; i++) {

        if (c[i].fd == ngx_channel && c[i].read->channel) {
            ngx_http_bulkhead_channel = c[i].read->handler;
            c[i].read->handler = ngx_http_bulkhead_channel_handler;
            return;
        }
    }
}


static void
ngx_http_bulkhead_channel_handler(ngx_event_t *ev)
{
    ngx_http_bulkhead_channel(ev);

    if (ngx_quit && !ngx_exiting) {
        ngx_http_bulkhead_stay(&ngx_http_bulkhead_strangers);
        ngx_http_bulkhead_stay(&ngx_http_bulkhead_guests);
    }
}


static void
ngx_http_bulkhead_stay(ngx_queue_t *queue)
{
    ngx_queue_t                     *q;
    ngx_connection_t                *c;
    ngx_http_bulkhead_connection_t  *connection;

    for (q = ngx_queue_head(queue);
         q != ngx_queue_sentinel(queue);
         q = ngx_queue_next(q))
    {
        connection = ngx_queue_data(q, ngx_http_bulkhead_connection_t, queue);
        c = connection->connection;

        if (!c->idle || !c->read->timer_set || ngx_http_bulkhead_is_http2(c)) {
            continue;
        }

        c->idle = 0;
        ngx_add_timer(c->read, NGX_HTTP_BULKHEAD_LAST_WAIT);
    }
}


/*
 * An answer that was under way when its worker was replaced has promised to
 * keep the connection, and its client may send the next request at once. nginx
 * would close it: for the rest of this turn of the loop, in which the request
 * ends, it does not see that the worker leaves.
 */
void
ngx_http_bulkhead_keep_promise(ngx_http_request_t *r)
{
    if (!ngx_exiting || ngx_terminate || !r->keepalive) {
        return;
    }

    ngx_exiting = 0;

    ngx_http_bulkhead_promise.handler = ngx_http_bulkhead_promise_handler;
    ngx_http_bulkhead_promise.log = ngx_cycle->log;

    ngx_post_event(&ngx_http_bulkhead_promise, &ngx_posted_events);
}


static void
ngx_http_bulkhead_promise_handler(ngx_event_t *ev)
{
    ngx_exiting = 1;
}


/* Its clients are told which of their requests were seen. */
static ngx_uint_t
ngx_http_bulkhead_is_http2(ngx_connection_t *c)
{
#if (NGX_HTTP_SSL)

    unsigned int          len;
    const unsigned char  *protocol;

    if (c->ssl != NULL) {
        SSL_get0_alpn_selected(c->ssl->connection, &protocol, &len);
        return len == 2 && protocol[0] == 'h';
    }

#endif

    return 0;
}


/* A request of the connection has shown a credential, until it ends. */
void
ngx_http_bulkhead_begin_work(ngx_http_request_t *r,
    ngx_http_bulkhead_ctx_t *ctx)
{
    ngx_pool_cleanup_t              *cln;
    ngx_http_bulkhead_connection_t  *connection;

    if (ctx->connection != NULL) {
        return;
    }

    for (cln = r->connection->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler != ngx_http_bulkhead_connection_cleanup) {
            continue;
        }

        connection = cln->data;

        if (connection->at_work++ == 0) {
            ngx_queue_remove(&connection->queue);
        }

        ctx->connection = connection;

        return;
    }
}


void
ngx_http_bulkhead_end_work(ngx_http_bulkhead_ctx_t *ctx)
{
    if (ctx->connection == NULL) {
        return;
    }

    if (--ctx->connection->at_work == 0) {
        ngx_queue_insert_tail(&ngx_http_bulkhead_guests,
                              &ctx->connection->queue);
    }

    ctx->connection = NULL;
}


static void
ngx_http_bulkhead_connection_cleanup(void *data)
{
    ngx_http_bulkhead_connection_t  *connection = data;

    ngx_http_bulkhead_bucket_t      *bucket;
    ngx_http_bulkhead_main_conf_t   *bmcf;

    if (!connection->at_work) {
        ngx_queue_remove(&connection->queue);
    }

    bucket = connection->bucket;

    if (bucket == NULL || ngx_http_bulkhead_slot == NGX_HTTP_BULKHEAD_NO_SLOT)
    {
        return;
    }

    bmcf = connection->conf;

    ngx_shmtx_lock(&bmcf->state_pool->mutex);

    if (bucket->slots[ngx_http_bulkhead_slot]) {
        bucket->slots[ngx_http_bulkhead_slot]--;
        bucket->inflight--;
    }

    ngx_shmtx_unlock(&bmcf->state_pool->mutex);
}

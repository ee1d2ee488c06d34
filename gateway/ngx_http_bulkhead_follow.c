/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A service that is replaced: its successor puts a socket of its own into the
 * place of the old one. From then on no request goes over a connection that
 * was kept to the old process: nginx itself would use those up first.
 */


#include "ngx_http_bulkhead_module.h"


/* One service's socket, and which file it was when this worker looked last. */
typedef struct {
    ngx_str_t         service;
    ngx_str_t         path;
    dev_t             device;
    ino_t             inode;
} ngx_http_bulkhead_socket_t;


static void ngx_http_bulkhead_let_go(void);


/* bulkhead_socket SERVICE PATH; */
char *
ngx_http_bulkhead_socket(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_bulkhead_main_conf_t *bmcf = conf;

    ngx_str_t                   *value;
    ngx_http_bulkhead_socket_t  *socket;

    if (bmcf->sockets == NULL) {
        bmcf->sockets = ngx_array_create(cf->pool, 8,
                                         sizeof(ngx_http_bulkhead_socket_t));
        if (bmcf->sockets == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    socket = ngx_array_push(bmcf->sockets);
    if (socket == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    ngx_memzero(socket, sizeof(ngx_http_bulkhead_socket_t));
    socket->service = value[1];
    socket->path = value[2];

    return NGX_CONF_OK;
}


/* Before a request goes to a service. */
void
ngx_http_bulkhead_follow(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_str_t *service)
{
    ngx_uint_t                   i;
    ngx_file_info_t              info;
    ngx_http_bulkhead_socket_t  *socket;

    if (bmcf->sockets == NULL) {
        return;
    }

    socket = bmcf->sockets->elts;

    for (i = 0; i < bmcf->sockets->nelts; i++) {

        if (socket[i].service.len != service->len
            || ngx_memcmp(socket[i].service.data, service->data, service->len)
               != 0)
        {
            continue;
        }

        if (ngx_file_info(socket[i].path.data, &info) == NGX_FILE_ERROR
            || (info.st_dev == socket[i].device
                && info.st_ino == socket[i].inode))
        {
            return;
        }

        if (socket[i].inode) {
            ngx_http_bulkhead_let_go();
        }

        socket[i].device = info.st_dev;
        socket[i].inode = info.st_ino;

        return;
    }
}


/*
 * Closes the kept connections to all services, as nginx does when a worker
 * shuts down; those to the others are made again.
 */
static void
ngx_http_bulkhead_let_go(void)
{
    ngx_uint_t         i;
    ngx_connection_t  *c;

    c = ngx_cycle->connections;

    for (i = 0; i < ngx_cycle->connection_n; i++) {

        if (c[i].fd == (ngx_socket_t) -1 || !c[i].idle
            || c[i].listening != NULL)
        {
            continue;
        }

        c[i].close = 1;
        c[i].read->handler(c[i].read);
    }
}

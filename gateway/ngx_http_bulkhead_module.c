/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Directives and the life of a worker.
 */


#include "ngx_http_bulkhead_module.h"


static void *ngx_http_bulkhead_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_bulkhead_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_http_bulkhead_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_bulkhead_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_bulkhead_zone(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_bulkhead_template(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_bulkhead_content(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_http_bulkhead_label_t *ngx_http_bulkhead_add_label(ngx_conf_t *cf,
    ngx_str_t *name);
static ngx_shm_zone_t *ngx_http_bulkhead_add_zone(ngx_conf_t *cf,
    const char *name, ngx_str_t *size, ssize_t least,
    ngx_http_bulkhead_main_conf_t *bmcf, ngx_shm_zone_init_pt init);
static ngx_int_t ngx_http_bulkhead_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_bulkhead_init_process(ngx_cycle_t *cycle);
static void ngx_http_bulkhead_exit_process(ngx_cycle_t *cycle);


static ngx_command_t  ngx_http_bulkhead_commands[] = {

    { ngx_string("bulkhead"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_bulkhead_loc_conf_t, enable),
      NULL },

    { ngx_string("bulkhead_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE2,
      ngx_http_bulkhead_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("bulkhead_leases"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_http_bulkhead_leases,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("bulkhead_audit_log"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_http_bulkhead_audit_log,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("bulkhead_anonymous_log"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE2,
      ngx_http_bulkhead_audit_log,
      NGX_HTTP_MAIN_CONF_OFFSET,
      1,
      NULL },

    { ngx_string("bulkhead_metrics_file"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_bulkhead_main_conf_t, metrics_file),
      NULL },

    { ngx_string("bulkhead_by_address"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_2MORE,
      ngx_http_bulkhead_by_address,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("bulkhead_trusted_proxy"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_bulkhead_trusted_proxy,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("bulkhead_cors"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_bulkhead_cors,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("bulkhead_cookie"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE2,
      ngx_http_bulkhead_cookie,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("bulkhead_tenant_rate"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_bulkhead_tenant_rate,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("bulkhead_bodies"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE23,
      ngx_http_bulkhead_bodies,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("bulkhead_body_rate"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_bulkhead_main_conf_t, body_rate),
      NULL },

    { ngx_string("bulkhead_exchange"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_bulkhead_loc_conf_t, exchange),
      NULL },

    { ngx_string("bulkhead_margin"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_sec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_bulkhead_loc_conf_t, margin),
      NULL },

    { ngx_string("bulkhead_socket"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE2,
      ngx_http_bulkhead_socket,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("bulkhead_service"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_bulkhead_loc_conf_t, service),
      NULL },

    { ngx_string("bulkhead_wire"),
      NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_bulkhead_loc_conf_t, wire),
      NULL },

    { ngx_string("bulkhead_wire_also"),
      NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_bulkhead_loc_conf_t, wire_also),
      NULL },

    { ngx_string("bulkhead_template"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_bulkhead_template,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("bulkhead_page"),
      NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_bulkhead_loc_conf_t, page),
      NULL },

    { ngx_string("bulkhead_route"),
      NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_bulkhead_route,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("bulkhead_metrics"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_bulkhead_content,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      (void *) ngx_http_bulkhead_metrics_handler },

    { ngx_string("bulkhead_forget"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_bulkhead_content,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      (void *) ngx_http_bulkhead_forget_handler },

    { ngx_string("bulkhead_health"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_bulkhead_content,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      (void *) ngx_http_bulkhead_health_handler },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_bulkhead_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_bulkhead_init,                /* postconfiguration */

    ngx_http_bulkhead_create_main_conf,    /* create main configuration */
    ngx_http_bulkhead_init_main_conf,      /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_bulkhead_create_loc_conf,     /* create location configuration */
    ngx_http_bulkhead_merge_loc_conf       /* merge location configuration */
};


ngx_module_t  ngx_http_bulkhead_module = {
    NGX_MODULE_V1,
    &ngx_http_bulkhead_module_ctx,         /* module context */
    ngx_http_bulkhead_commands,            /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_bulkhead_init_module,         /* init module */
    ngx_http_bulkhead_init_process,        /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_bulkhead_exit_process,        /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_str_t  ngx_http_bulkhead_unrouted = ngx_string("unrouted");


static void *
ngx_http_bulkhead_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_bulkhead_main_conf_t));
    if (bmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&bmcf->labels, cf->pool, 32,
                       sizeof(ngx_http_bulkhead_label_t *))
        != NGX_OK)
    {
        return NULL;
    }

    bmcf->body_rate = NGX_CONF_UNSET_SIZE;

    return bmcf;
}


static char *
ngx_http_bulkhead_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_bulkhead_main_conf_t  *bmcf = conf;

    if (bmcf->keys_zone == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the directive \"bulkhead_zone\" is missing");
        return NGX_CONF_ERROR;
    }

    ngx_conf_init_size_value(bmcf->body_rate, 32 * 1024);

    if (bmcf->body_rate == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"bulkhead_body_rate\" must not be 0");
        return NGX_CONF_ERROR;
    }

    bmcf->unrouted = ngx_http_bulkhead_add_label(cf,
                                                 &ngx_http_bulkhead_unrouted);
    if (bmcf->unrouted == NULL) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static void *
ngx_http_bulkhead_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_bulkhead_loc_conf_t  *blcf;

    blcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_bulkhead_loc_conf_t));
    if (blcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     blcf->exchange = { 0, NULL };
     *     blcf->service = { 0, NULL };
     *     blcf->routes = NULL;
     *     blcf->label = NULL;
     *     blcf->allow = { 0, NULL };
     */

    blcf->enable = NGX_CONF_UNSET;
    blcf->margin = NGX_CONF_UNSET;
    blcf->page = NGX_CONF_UNSET;

    return blcf;
}


static char *
ngx_http_bulkhead_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_bulkhead_loc_conf_t *prev = parent;
    ngx_http_bulkhead_loc_conf_t *conf = child;

    ngx_uint_t                  i;
    ngx_http_bulkhead_route_t  *route;

    ngx_conf_merge_value(conf->enable, prev->enable, 0);
    ngx_conf_merge_str_value(conf->exchange, prev->exchange, "");
    ngx_conf_merge_str_value(conf->wire, prev->wire, "");
    ngx_conf_merge_str_value(conf->wire_also, prev->wire_also, "");
    ngx_conf_merge_sec_value(conf->margin, prev->margin, 30);
    ngx_conf_merge_value(conf->page, prev->page, 0);

    /* Routes are not inherited: a nested location has to name its own. */

    if (conf->routes == NULL) {
        return NGX_CONF_OK;
    }

    if (conf->label == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"bulkhead_route\" without \"bulkhead_template\"");
        return NGX_CONF_ERROR;
    }

    route = conf->routes->elts;

    for (i = 0; i < conf->routes->nelts; i++) {
        if (!route[i].is_public && conf->exchange.len == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "a route with a scope needs "
                               "\"bulkhead_exchange\"");
            return NGX_CONF_ERROR;
        }
    }

    return ngx_http_bulkhead_route_allow(cf, conf);
}


static char *
ngx_http_bulkhead_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_bulkhead_main_conf_t *bmcf = conf;

    ngx_str_t  *value;

    if (bmcf->keys_zone != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    bmcf->keys_zone = ngx_http_bulkhead_add_zone(cf, "bulkhead_keys",
                                                 &value[1], 64 * 1024, bmcf,
                                            ngx_http_bulkhead_init_keys_zone);
    if (bmcf->keys_zone == NULL) {
        return NGX_CONF_ERROR;
    }

    bmcf->state_zone = ngx_http_bulkhead_add_zone(cf, "bulkhead_state",
                                                  &value[2], 3072 * 1024,
                                                  bmcf,
                                           ngx_http_bulkhead_init_state_zone);
    if (bmcf->state_zone == NULL) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_shm_zone_t *
ngx_http_bulkhead_add_zone(ngx_conf_t *cf, const char *name, ngx_str_t *size,
    ssize_t least, ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_shm_zone_init_pt init)
{
    ssize_t          bytes;
    ngx_str_t        zone;
    ngx_shm_zone_t  *shm_zone;

    bytes = ngx_parse_size(size);

    if (bytes == NGX_ERROR || bytes < least) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the size \"%V\" is invalid or too small "
                           "(minimum: %z)",
                           size, least);
        return NULL;
    }

    zone.data = (u_char *) name;
    zone.len = ngx_strlen(name);

    shm_zone = ngx_shared_memory_add(cf, &zone, (size_t) bytes,
                                     &ngx_http_bulkhead_module);
    if (shm_zone == NULL) {
        return NULL;
    }

    shm_zone->init = init;
    shm_zone->data = bmcf;

    return shm_zone;
}


static char *
ngx_http_bulkhead_template(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_bulkhead_loc_conf_t *blcf = conf;

    ngx_str_t  *value;

    if (blcf->label != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0
        || value[1].len >= NGX_HTTP_BULKHEAD_SERIES_NAME)
    {
        return "is empty or too long";
    }

    blcf->label = ngx_http_bulkhead_add_label(cf, &value[1]);
    if (blcf->label == NULL) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_http_bulkhead_label_t *
ngx_http_bulkhead_add_label(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_http_bulkhead_label_t      *label, **slot;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_bulkhead_module);

    label = ngx_pcalloc(cf->pool, sizeof(ngx_http_bulkhead_label_t));
    slot = ngx_array_push(&bmcf->labels);

    if (label == NULL || slot == NULL) {
        return NULL;
    }

    label->name = *name;
    *slot = label;

    return label;
}


static char *
ngx_http_bulkhead_content(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = (ngx_http_handler_pt) cmd->post;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_bulkhead_init(ngx_conf_t *cf)
{
    ngx_uint_t                  i;
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    static const struct {
        ngx_uint_t              phase;
        ngx_http_handler_pt     handler;
    } handlers[] = {
        { NGX_HTTP_POST_READ_PHASE, ngx_http_bulkhead_entry_handler },
        { NGX_HTTP_ACCESS_PHASE, ngx_http_bulkhead_access_handler },
        { NGX_HTTP_LOG_PHASE, ngx_http_bulkhead_log_handler }
    };

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        h = ngx_array_push(&cmcf->phases[handlers[i].phase].handlers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        *h = handlers[i].handler;
    }

    ngx_http_bulkhead_init_pace();

    return ngx_http_bulkhead_init_filters(cf);
}


static ngx_int_t
ngx_http_bulkhead_init_process(ngx_cycle_t *cycle)
{
    ngx_http_bulkhead_main_conf_t  *bmcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    bmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_bulkhead_module);
    if (bmcf == NULL) {
        return NGX_OK;
    }

    ngx_http_bulkhead_init_flights();
    ngx_http_bulkhead_init_connections();

    if (ngx_http_bulkhead_claim_slot(bmcf, cycle->log) != NGX_OK) {
        return NGX_OK;
    }

    ngx_http_bulkhead_init_audit(cycle, bmcf);
    ngx_http_bulkhead_init_link(cycle, bmcf);

    return NGX_OK;
}


static void
ngx_http_bulkhead_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_bulkhead_module);
    if (bmcf != NULL) {
        ngx_http_bulkhead_exit_link();
        ngx_http_bulkhead_leave_slot(bmcf, cycle->log);
    }
}

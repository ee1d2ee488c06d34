/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The route table's rows in the configuration: a method and its policy. What
 * has no policy does not start.
 */


#include "ngx_http_bulkhead_module.h"


static char *ngx_http_bulkhead_route_check(ngx_conf_t *cf,
    ngx_http_bulkhead_route_t *route, ngx_str_t *limits);


/*
 * What may be asked without a limit, what costs a request. The classes are
 * those of the route tables; a word that is not among them does not start.
 */
static ngx_str_t  ngx_http_bulkhead_limit_classes[] = {
    ngx_string("none"),
    ngx_string("data"),
    ngx_string("control"),
    ngx_string("inference"),
    ngx_string("signin"),
    ngx_null_string
};


/* bulkhead_route METHOD scope=S limits=L audit=A body=SIZE [unbuffered]; */
char *
ngx_http_bulkhead_route(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_bulkhead_loc_conf_t *blcf = conf;

    ngx_str_t                  *value, limits, text;
    ngx_uint_t                  i;
    ngx_http_bulkhead_route_t  *route;

    if (blcf->routes == NULL) {
        blcf->routes = ngx_array_create(cf->pool, 4,
                                        sizeof(ngx_http_bulkhead_route_t));
        if (blcf->routes == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    route = ngx_array_push(blcf->routes);
    if (route == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(route, sizeof(ngx_http_bulkhead_route_t));
    ngx_str_null(&limits);

    value = cf->args->elts;
    route->method = value[1];

    for (i = 2; i < cf->args->nelts; i++) {
        text = value[i];

        if (ngx_strncmp(text.data, "scope=", 6) == 0) {
            route->scope.data = text.data + 6;
            route->scope.len = text.len - 6;

        } else if (ngx_strncmp(text.data, "audit=", 6) == 0) {
            route->audit.data = text.data + 6;
            route->audit.len = text.len - 6;

        } else if (ngx_strncmp(text.data, "limits=", 7) == 0) {
            limits.data = text.data + 7;
            limits.len = text.len - 7;

        } else if (ngx_strncmp(text.data, "body=", 5) == 0) {
            text.data += 5;
            text.len -= 5;

            route->body_max = ngx_parse_offset(&text);
            if (route->body_max == NGX_ERROR) {
                return "has an invalid \"body\"";
            }

        } else if (text.len == 10
                   && ngx_strncmp(text.data, "unbuffered", 10) == 0)
        {
            route->unbuffered = 1;

        } else {
            return "has an unknown parameter";
        }
    }

    return ngx_http_bulkhead_route_check(cf, route, &limits);
}


/* A route without a policy does not start. */
static char *
ngx_http_bulkhead_route_check(ngx_conf_t *cf,
    ngx_http_bulkhead_route_t *route, ngx_str_t *limits)
{
    ngx_str_t  *class;

    if (route->scope.len == 0) {
        return "has no \"scope\"";
    }

    if (route->audit.len == 0) {
        return "has no \"audit\"";
    }

    if (limits->len == 0) {
        return "has no \"limits\"";
    }

    for (class = ngx_http_bulkhead_limit_classes; class->len; class++) {
        if (class->len == limits->len
            && ngx_strncmp(class->data, limits->data, limits->len) == 0)
        {
            break;
        }
    }

    if (class->len == 0) {
        return "has an unknown class in \"limits\"";
    }

    route->unlimited = (class == ngx_http_bulkhead_limit_classes);
    route->is_signin = (class->len == 6
                        && ngx_strncmp(class->data, "signin", 6) == 0);
    route->is_file = (route->audit.len == 4
                      && ngx_strncmp(route->audit.data, "none", 4) == 0);
    route->is_public = (route->scope.len == 4
                        && ngx_strncmp(route->scope.data, "none", 4) == 0);

    return NGX_CONF_OK;
}


char *
ngx_http_bulkhead_route_allow(ngx_conf_t *cf,
    ngx_http_bulkhead_loc_conf_t *blcf)
{
    u_char                     *p;
    size_t                      len;
    ngx_uint_t                  i;
    ngx_http_bulkhead_route_t  *route;

    route = blcf->routes->elts;
    len = 0;

    for (i = 0; i < blcf->routes->nelts; i++) {
        len += route[i].method.len + sizeof(", HEAD, ") - 1;
    }

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    blcf->allow.data = p;

    for (i = 0; i < blcf->routes->nelts; i++) {
        p = ngx_cpymem(p, route[i].method.data, route[i].method.len);

        /* What answers GET answers HEAD. */

        if (route[i].method.len == 3
            && ngx_strncmp(route[i].method.data, "GET", 3) == 0)
        {
            p = ngx_cpymem(p, ", HEAD", sizeof(", HEAD") - 1);
        }

        *p++ = ',';
        *p++ = ' ';
    }

    blcf->allow.len = (size_t) (p - blcf->allow.data) - 2;

    return NGX_CONF_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The worker processes: each holds its share of every count in a slot of its
 * own. When one is killed, the others see that its process is gone, take its
 * share back and write what it had still to write.
 */


#include "ngx_http_bulkhead_module.h"

#include <signal.h>


static void ngx_http_bulkhead_clear_slot(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_uint_t n, ngx_log_t *log);
static ngx_uint_t ngx_http_bulkhead_slot_alive(ngx_http_bulkhead_slot_t *slot);
static uint64_t ngx_http_bulkhead_started(ngx_pid_t pid);
static ngx_int_t ngx_http_bulkhead_init_labels(
    ngx_http_bulkhead_main_conf_t *bmcf, ngx_log_t *log);


ngx_uint_t  ngx_http_bulkhead_slot = NGX_HTTP_BULKHEAD_NO_SLOT;


ngx_int_t
ngx_http_bulkhead_claim_slot(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_log_t *log)
{
    ngx_uint_t                 i;
    ngx_http_bulkhead_slot_t  *slot;

    ngx_http_bulkhead_slot = NGX_HTTP_BULKHEAD_NO_SLOT;

    ngx_shmtx_lock(&bmcf->state_pool->mutex);

    ngx_http_bulkhead_reclaim(bmcf, log);

    for (i = 0; i < NGX_HTTP_BULKHEAD_SLOTS; i++) {
        slot = &bmcf->state->slots[i];

        if (slot->pid != 0) {
            continue;
        }

        slot->pid = ngx_pid;
        slot->started = ngx_http_bulkhead_started(ngx_pid);
        slot->active = 0;
        slot->bodies = 0;
        slot->audit_len = 0;
        slot->strange_len = 0;
        ngx_http_bulkhead_slot = i;
        break;
    }

    ngx_shmtx_unlock(&bmcf->state_pool->mutex);

    if (ngx_http_bulkhead_slot == NGX_HTTP_BULKHEAD_NO_SLOT) {
        ngx_log_error(NGX_LOG_ALERT, log, 0,
                      "bulkhead: more than %d worker processes at the same "
                      "time; this one refuses limited requests",
                      NGX_HTTP_BULKHEAD_SLOTS);
        return NGX_DECLINED;
    }

    return NGX_OK;
}


void
ngx_http_bulkhead_leave_slot(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_log_t *log)
{
    if (ngx_http_bulkhead_slot == NGX_HTTP_BULKHEAD_NO_SLOT) {
        return;
    }

    ngx_shmtx_lock(&bmcf->state_pool->mutex);

    ngx_http_bulkhead_clear_slot(bmcf, ngx_http_bulkhead_slot, log);

    ngx_shmtx_unlock(&bmcf->state_pool->mutex);

    ngx_http_bulkhead_slot = NGX_HTTP_BULKHEAD_NO_SLOT;
}


/* Under the lock. */
void
ngx_http_bulkhead_reclaim(ngx_http_bulkhead_main_conf_t *bmcf, ngx_log_t *log)
{
    ngx_uint_t                 i;
    ngx_http_bulkhead_slot_t  *slot;

    bmcf->state->reclaimed = ngx_current_msec;

    for (i = 0; i < NGX_HTTP_BULKHEAD_SLOTS; i++) {
        slot = &bmcf->state->slots[i];

        if (slot->pid == 0 || i == ngx_http_bulkhead_slot
            || ngx_http_bulkhead_slot_alive(slot))
        {
            continue;
        }

        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "bulkhead: worker process %P died; its limits have "
                      "been released", slot->pid);

        ngx_http_bulkhead_clear_slot(bmcf, i, log);
    }
}


/* Under the lock. What the slot's process left behind is settled for it. */
static void
ngx_http_bulkhead_clear_slot(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_uint_t n, ngx_log_t *log)
{
    ngx_http_bulkhead_state_t  *state;

    state = bmcf->state;

    ngx_http_bulkhead_clear_buckets(&state->queue, n);
    ngx_http_bulkhead_clear_buckets(&state->addresses, n);

    ngx_http_bulkhead_audit_flush(bmcf, &state->slots[n], log);

    state->slots[n].audit_len = 0;
    state->slots[n].strange_len = 0;
    state->slots[n].active = 0;
    state->slots[n].bodies = 0;
    state->slots[n].pid = 0;
}


static ngx_uint_t
ngx_http_bulkhead_slot_alive(ngx_http_bulkhead_slot_t *slot)
{
    if (slot->pid == ngx_pid) {
        return 0;
    }

    if (kill(slot->pid, 0) == -1) {
        return 0;
    }

    return slot->started == ngx_http_bulkhead_started(slot->pid);
}


/* When a process began, in the kernel's ticks: tells a process id used anew. */
static uint64_t
ngx_http_bulkhead_started(ngx_pid_t pid)
{
    u_char     *p, path[sizeof("/proc//stat") + NGX_INT64_LEN], text[1024];
    ssize_t     n;
    uint64_t    started;
    ngx_fd_t    fd;
    ngx_uint_t  field;

    p = ngx_sprintf(path, "/proc/%P/stat", pid);
    *p = '\0';

    fd = ngx_open_file(path, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);
    if (fd == NGX_INVALID_FILE) {
        return 0;
    }

    n = read(fd, text, sizeof(text) - 1);
    ngx_close_file(fd);

    if (n <= 0) {
        return 0;
    }

    text[n] = '\0';

    /* The second field is a name in brackets, which may hold anything. */

    p = (u_char *) strrchr((char *) text, ')');
    if (p == NULL) {
        return 0;
    }

    field = 2;
    started = 0;

    for ( /* void */ ; *p && field < 23; p++) {

        if (*p == ' ') {
            field++;

        } else if (field == 22) {
            started = started * 10 + (uint64_t) (*p - '0');
        }
    }

    return started;
}


ngx_int_t
ngx_http_bulkhead_init_state_zone(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_http_bulkhead_main_conf_t  *prev = data;

    ngx_uint_t                      i;
    ngx_http_bulkhead_state_t      *state;
    ngx_http_bulkhead_main_conf_t  *bmcf;

    bmcf = shm_zone->data;
    bmcf->state_pool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (prev != NULL) {

        if (prev->state->layout != NGX_HTTP_BULKHEAD_LAYOUT) {
            ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                          "bulkhead: the zone \"%V\" was created by another "
                          "version of the module; restart nginx",
                          &shm_zone->shm.name);
            return NGX_ERROR;
        }

        bmcf->state = prev->state;
        return ngx_http_bulkhead_init_labels(bmcf, shm_zone->shm.log);
    }

    state = ngx_slab_alloc(bmcf->state_pool,
                           sizeof(ngx_http_bulkhead_state_t));
    if (state == NULL) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "bulkhead: the zone \"%V\" is too small",
                      &shm_zone->shm.name);
        return NGX_ERROR;
    }

    /* The audit buffers are left alone: pages never touched cost nothing. */

    ngx_memzero(state, offsetof(ngx_http_bulkhead_state_t, slots));

    for (i = 0; i < NGX_HTTP_BULKHEAD_SLOTS; i++) {
        ngx_memzero(&state->slots[i],
                    offsetof(ngx_http_bulkhead_slot_t, audit));
    }

    state->layout = NGX_HTTP_BULKHEAD_LAYOUT;
    state->reclaimed = ngx_current_msec;

    bmcf->state_pool->log_nomem = 0;
    bmcf->state_pool->data = state;
    bmcf->state = state;

    ngx_http_bulkhead_init_buckets(bmcf);

    if (ngx_http_bulkhead_init_leases(bmcf) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_bulkhead_init_labels(bmcf, shm_zone->shm.log);
}


/* Each route template keeps its counters over every reload. */
static ngx_int_t
ngx_http_bulkhead_init_labels(ngx_http_bulkhead_main_conf_t *bmcf,
    ngx_log_t *log)
{
    ngx_uint_t                   i, n;
    ngx_http_bulkhead_label_t  **labels;
    ngx_http_bulkhead_state_t   *state;
    ngx_http_bulkhead_series_t  *series;

    state = bmcf->state;
    labels = bmcf->labels.elts;

    for (i = 0; i < bmcf->labels.nelts; i++) {

        for (n = 0; n < state->nseries; n++) {
            series = &state->series[n];

            if (ngx_strcmp(series->name, labels[i]->name.data) == 0) {
                break;
            }
        }

        if (n == NGX_HTTP_BULKHEAD_SERIES) {
            ngx_log_error(NGX_LOG_EMERG, log, 0,
                          "bulkhead: more than %d route templates",
                          NGX_HTTP_BULKHEAD_SERIES);
            return NGX_ERROR;
        }

        series = &state->series[n];

        if (n == state->nseries) {
            ngx_cpystrn(series->name, labels[i]->name.data,
                        NGX_HTTP_BULKHEAD_SERIES_NAME);
            state->nseries++;
        }

        labels[i]->series = series;
    }

    return NGX_OK;
}

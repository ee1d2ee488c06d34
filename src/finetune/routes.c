/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c: the one route table of the finetune service. */
#include "finetune/finetune.h"
#include "finetune/http.h"
#include "finetune/spec.h"

#define QUICK_MS 15000
#define LISTEN_MS 900000 /* between two reads of an answer that waits for events */

/* clang-format off */
const struct bh_route finetune_routes[] = {
	/* method  path                                                                scope             limits     audit                                   body         ms         handler                           flags                  takes                 gives */
	{"POST",   "/v1/fine_tuning/jobs",                                             "finetune:write", "data",    "fine_tuning.job.create",               64 * BH_KIB, QUICK_MS,  finetune_http_job_create,        BH_ROUTE_IDEMPOTENT,   &finetune_job_create, &finetune_job_shape},
	{"GET",    "/v1/fine_tuning/jobs",                                             "finetune:read",  "data",    "fine_tuning.job.list",                 0,           QUICK_MS,  finetune_http_job_list,          0,                     NULL,                 &finetune_job_shape},
	{"GET",    "/v1/fine_tuning/jobs/{fine_tuning_job}",                                       "finetune:read",  "data",    "fine_tuning.job.get",                  0,           QUICK_MS,  finetune_http_job_get,           0,                     NULL,                 &finetune_job_shape},
	{"POST",   "/v1/fine_tuning/jobs/{fine_tuning_job}/cancel",                                "finetune:write", "data",    "fine_tuning.job.cancel",               BH_KIB,      QUICK_MS,  finetune_http_job_cancel,        BH_ROUTE_IDEMPOTENT,   NULL,                 &finetune_job_shape},
	{"POST",   "/v1/fine_tuning/jobs/{fine_tuning_job}/pause",                                 "finetune:write", "data",    "fine_tuning.job.pause",                BH_KIB,      QUICK_MS,  finetune_http_job_pause,         BH_ROUTE_IDEMPOTENT,   NULL,                 &finetune_job_shape},
	{"POST",   "/v1/fine_tuning/jobs/{fine_tuning_job}/resume",                                "finetune:write", "data",    "fine_tuning.job.resume",               BH_KIB,      QUICK_MS,  finetune_http_job_resume,        BH_ROUTE_IDEMPOTENT,   NULL,                 &finetune_job_shape},
	{"GET",    "/v1/fine_tuning/jobs/{fine_tuning_job}/events",                                "finetune:read",  "data",    "fine_tuning.job.events",               0,           LISTEN_MS, finetune_http_event_list,        BH_ROUTE_STREAM,       NULL,                 &finetune_event_shape},
	{"GET",    "/v1/fine_tuning/jobs/{fine_tuning_job}/checkpoints",                           "finetune:read",  "data",    "fine_tuning.checkpoint.list",          0,           QUICK_MS,  finetune_http_checkpoint_list,   0,                     NULL,                 &finetune_checkpoint_shape},
	{"GET",    "/v1/fine_tuning/checkpoints/{checkpoint}/permissions",              "finetune:read",  "data",    "fine_tuning.permission.list",          0,           QUICK_MS,  finetune_http_permission_list,   0,                     NULL,                 &finetune_permission_shape},
	{"POST",   "/v1/fine_tuning/checkpoints/{checkpoint}/permissions",              "finetune:write", "control", "fine_tuning.permission.create",        16 * BH_KIB, QUICK_MS,  finetune_http_permission_add,    0,                     &finetune_permission_create, &finetune_permission_shape},
	{"DELETE", "/v1/fine_tuning/checkpoints/{checkpoint}/permissions/{permission}", "finetune:write", "control", "fine_tuning.permission.delete",        0,           QUICK_MS,  finetune_http_permission_delete},

	/* the platform's staff */
	{"GET",    "/api/tenants/{tenant}/fine_tuning_jobs",                           "tenants:read",   "control", "tenant.fine_tuning.list",              0,           QUICK_MS,  finetune_http_job_list,          BH_ROUTE_OPERATOR,     NULL,                 &finetune_job_shape},
	{"GET",    "/api/tenants/{tenant}/fine_tuning_jobs/{fine_tuning_job}",                     "tenants:read",   "control", "tenant.fine_tuning.get",               0,           QUICK_MS,  finetune_http_job_get,           BH_ROUTE_OPERATOR,     NULL,                 &finetune_job_shape},
	{"POST",   "/api/tenants/{tenant}/fine_tuning_jobs/{fine_tuning_job}/cancel",              "tenants:write",  "control", "tenant.fine_tuning.cancel",            BH_KIB,      QUICK_MS,  finetune_http_job_cancel,        BH_ROUTE_OPERATOR,     NULL,                 &finetune_job_shape},
	{0},
};
/* clang-format on */

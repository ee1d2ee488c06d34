/* SPDX-License-Identifier: Apache-2.0 */
/* http_audit.h: what is asked for of the audit log, for its lists and its exports. */
#ifndef AUTH_HTTP_AUDIT_H
#define AUTH_HTTP_AUDIT_H

#include "auth/audit.h"
#include "service/request.h"

BH_MUST_CHECK int auth_http_audit_filter(struct bh_request *req, struct auth_audit_search *out);

#endif

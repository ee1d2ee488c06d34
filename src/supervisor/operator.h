/* SPDX-License-Identifier: Apache-2.0 */
/* operator.h: calls to services on behalf of the operator at the command line. */
#ifndef BH_SUPERVISOR_OPERATOR_H
#define BH_SUPERVISOR_OPERATOR_H

#include <sys/types.h>

#include "base/macros.h"
#include "http/client.h"

struct supervisor_instance;
struct supervisor_operator;

BH_MUST_CHECK int supervisor_operator_open(const struct supervisor_instance *instance,
	struct supervisor_operator **out);
void supervisor_operator_close(struct supervisor_operator *op); /* safe on NULL */

/* A request to a service with a token of the platform tenant whose subject is operator:<uid>; the
 * token is auth's and kept until a minute before its end. `call` has no authorization header of its
 * own and at most 8 headers. BH_E_NO_ROUTE for a service that does not exist; else as bh_http_call. */
BH_MUST_CHECK int supervisor_operator_call(struct supervisor_operator *op, uid_t uid,
	const char *service, const struct bh_http_call *call, struct bh_http_reply *out);

#endif

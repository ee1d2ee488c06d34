/* SPDX-License-Identifier: Apache-2.0 */
/* routes.h: the route table, for main.c. */
#ifndef RAG_ROUTES_H
#define RAG_ROUTES_H

#include "service/service.h"

extern const struct bh_route rag_routes[];

#endif

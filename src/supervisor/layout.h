/* SPDX-License-Identifier: Apache-2.0 */
/* layout.h: the folders of an instance, their owners, and its master key. */
#ifndef BH_SUPERVISOR_LAYOUT_H
#define BH_SUPERVISOR_LAYOUT_H

#include "base/macros.h"
#include "sec/digest.h"

struct bh_service;
struct supervisor_place;

/* Makes the state folder and what the lock needs; only the first step of a start. BH_E_IO. */
BH_MUST_CHECK int supervisor_layout_home(const struct supervisor_place *place);

/* Makes everything else: users (as root), folders with owners and modes, master key. Safe to
 * repeat. BH_E_IO, or BH_E_CONFIG when other users cannot enter a folder above. */
BH_MUST_CHECK int supervisor_layout_make(const struct supervisor_place *place,
	const struct bh_service *const *services, struct bh_secret *out_master);

/* The service that uses the chat engine: the folder of its adapters is that one's. NULL: there is none. */
const struct bh_service *supervisor_layout_adapters_owner(const struct bh_service *const *services);

/* Tells whether the services' users can reach a path: BH_E_CONFIG names the folder that is closed. */
BH_MUST_CHECK int supervisor_layout_reachable(const char *path);

#endif

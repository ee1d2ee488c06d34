/* SPDX-License-Identifier: Apache-2.0 */
/* address.h: which addresses belong to everybody's internet, and not to this machine or its network. */
#ifndef BH_HTTP_ADDRESS_H
#define BH_HTTP_ADDRESS_H

#include <stdbool.h>

struct sockaddr;

/* False for loopback, private, link-local, shared, documentation, multicast and reserved addresses (the
 * registries of RFC 6890), for IPv6 that carries such an IPv4 address, and for any other family. */
bool bh_address_is_public(const struct sockaddr *address);

/* Whether an interface of this machine has it. */
bool bh_address_is_own(const struct sockaddr *address);

#endif

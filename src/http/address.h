/* SPDX-License-Identifier: Apache-2.0 */
/* address.h: which addresses belong to everybody's internet, and not to this machine or its network. */
#ifndef BH_HTTP_ADDRESS_H
#define BH_HTTP_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define BH_ADDRESSES_MOST 16u

/* IPv4 and IPv6 addresses with their port. */
struct bh_addresses {
	struct sockaddr_storage list[BH_ADDRESSES_MOST];
	size_t n;
};

enum bh_address_kind {
	BH_ADDRESS_PUBLIC,
	/* This machine (127.0.0.0/8, ::1), private networks (RFC 1918, fc00::/7) and those of carriers (100.64.0.0/10); also as
	 * IPv6 of the form ::ffff:a.b.c.d. An operator may open single ones. */
	BH_ADDRESS_PRIVATE,
	/* What no request of a tenant ever reaches: link-local (where clouds keep their credentials), unspecified,
	 * documentation, multicast and reserved addresses (the registries of RFC 6890), IPv6 that carries any IPv4 address but
	 * a public one (NAT64, 6to4) or a tunnel, and any other family. */
	BH_ADDRESS_NEVER,
};
enum bh_address_kind bh_address_kind(const struct sockaddr *address);

/* Bytes of an IPv4 or IPv6 address as connect takes it. */
socklen_t bh_address_bytes(const struct sockaddr *address);

/* Whether two have the same address; their ports do not matter. */
bool bh_address_equal(const struct sockaddr *a, const struct sockaddr *b);

/* Whether an interface of this machine has it, or the IPv4 address in it (::ffff:a.b.c.d, NAT64, 6to4). */
bool bh_address_is_own(const struct sockaddr *address);

#endif

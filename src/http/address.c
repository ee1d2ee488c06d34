/* SPDX-License-Identifier: Apache-2.0 */
/* address.c: tells public addresses from all others. */
#include "http/address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/macros.h"

struct range4 {
	uint32_t net;
	unsigned bits;
};

#define NET(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

static const struct range4 special4[] = {
	{NET(0, 0, 0, 0), 8}, {NET(10, 0, 0, 0), 8}, {NET(100, 64, 0, 0), 10}, {NET(127, 0, 0, 0), 8},
	{NET(169, 254, 0, 0), 16}, {NET(172, 16, 0, 0), 12}, {NET(192, 0, 0, 0), 24},
	{NET(192, 0, 2, 0), 24}, {NET(192, 88, 99, 0), 24}, {NET(192, 168, 0, 0), 16},
	{NET(198, 18, 0, 0), 15}, {NET(198, 51, 100, 0), 24}, {NET(203, 0, 113, 0), 24},
	{NET(224, 0, 0, 0), 3}, /* multicast and what is reserved above it */
};

static bool
is_public4(uint32_t address)
{
	for (size_t i = 0; i < BH_COUNT(special4); i++) {
		if ((address ^ special4[i].net) >> (32 - special4[i].bits) == 0)
			return false;
	}
	return true;
}

struct range6 {
	uint8_t net[16];
	unsigned bits;
};

/* Parts of 2000::/3 that are not everybody's; what lies outside of it is not either. */
static const struct range6 special6[] = {
	{{0x20, 0x01, 0x00}, 23},       /* protocols' own, Teredo among them */
	{{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
	{{0x3f, 0xff}, 20},             /* documentation */
};

static bool
within6(const uint8_t *address, const struct range6 *range)
{
	unsigned whole = range->bits / 8, rest = range->bits % 8;

	if (memcmp(address, range->net, whole) != 0)
		return false;
	return rest == 0 || (address[whole] ^ range->net[whole]) >> (8 - rest) == 0;
}

static uint32_t
embedded(const uint8_t *at)
{
	return NET(at[0], at[1], at[2], at[3]);
}

static bool
is_public6(const uint8_t *address)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t translated[12] = {0x00, 0x64, 0xff, 0x9b};

	if (memcmp(address, mapped, sizeof(mapped)) == 0 ||
		memcmp(address, translated, sizeof(translated)) == 0)
		return is_public4(embedded(address + 12));
	if (address[0] == 0x20 && address[1] == 0x02) /* 6to4 */
		return is_public4(embedded(address + 2));
	if (address[0] >> 5 != 1)
		return false;
	for (size_t i = 0; i < BH_COUNT(special6); i++) {
		if (within6(address, &special6[i]))
			return false;
	}
	return true;
}

bool
bh_address_is_public(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return is_public4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
	if (address->sa_family == AF_INET6)
		return is_public6(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
	return false;
}

static bool
same(const struct sockaddr *a, const struct sockaddr *b)
{
	if (a->sa_family != b->sa_family)
		return false;
	if (a->sa_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
			((const struct sockaddr_in *)b)->sin_addr.s_addr;
	return a->sa_family == AF_INET6 &&
		memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
			&((const struct sockaddr_in6 *)b)->sin6_addr, 16) == 0;
}

bool
bh_address_is_own(const struct sockaddr *address)
{
	struct ifaddrs *list = NULL;
	bool own = false;

	/* Who cannot tell says yes: the caller refuses then. */
	if (getifaddrs(&list) < 0)
		return true;
	for (const struct ifaddrs *at = list; at != NULL && !own; at = at->ifa_next)
		own = at->ifa_addr != NULL && same(at->ifa_addr, address);
	freeifaddrs(list);
	return own;
}

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
	enum bh_address_kind kind;
};

#define NET(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

static const struct range4 special4[] = {
	{NET(0, 0, 0, 0), 8, BH_ADDRESS_NEVER}, {NET(10, 0, 0, 0), 8, BH_ADDRESS_PRIVATE},
	{NET(100, 64, 0, 0), 10, BH_ADDRESS_PRIVATE}, {NET(127, 0, 0, 0), 8, BH_ADDRESS_PRIVATE},
	{NET(169, 254, 0, 0), 16, BH_ADDRESS_NEVER}, {NET(172, 16, 0, 0), 12, BH_ADDRESS_PRIVATE},
	{NET(192, 0, 0, 0), 24, BH_ADDRESS_NEVER}, {NET(192, 0, 2, 0), 24, BH_ADDRESS_NEVER},
	{NET(192, 88, 99, 0), 24, BH_ADDRESS_NEVER}, {NET(192, 168, 0, 0), 16, BH_ADDRESS_PRIVATE},
	{NET(198, 18, 0, 0), 15, BH_ADDRESS_NEVER}, {NET(198, 51, 100, 0), 24, BH_ADDRESS_NEVER},
	{NET(203, 0, 113, 0), 24, BH_ADDRESS_NEVER},
	{NET(224, 0, 0, 0), 3, BH_ADDRESS_NEVER}, /* multicast and what is reserved above it */
};

static enum bh_address_kind
kind4(uint32_t address)
{
	for (size_t i = 0; i < BH_COUNT(special4); i++) {
		if ((address ^ special4[i].net) >> (32 - special4[i].bits) == 0)
			return special4[i].kind;
	}
	return BH_ADDRESS_PUBLIC;
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
is_mapped(const uint8_t *address)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(address, mapped, sizeof(mapped)) == 0;
}

/* The IPv4 address in one that NAT64 or 6to4 leads to. */
static bool
is_led_on(const uint8_t *address, uint32_t *out)
{
	static const uint8_t translated[12] = {0x00, 0x64, 0xff, 0x9b};
	bool carries = memcmp(address, translated, sizeof(translated)) == 0;
	bool tunnels = address[0] == 0x20 && address[1] == 0x02; /* 6to4 */

	if (carries || tunnels)
		*out = embedded(address + (carries ? 12 : 2));
	return carries || tunnels;
}

static enum bh_address_kind
kind6(const uint8_t *address)
{
	static const uint8_t loopback[16] = {[15] = 1};
	uint32_t inner;

	if (is_mapped(address))
		return kind4(embedded(address + 12));
	if (memcmp(address, loopback, sizeof(loopback)) == 0 || (address[0] & 0xfe) == 0xfc)
		return BH_ADDRESS_PRIVATE;
	if (is_led_on(address, &inner))
		return kind4(inner) == BH_ADDRESS_PUBLIC ? BH_ADDRESS_PUBLIC : BH_ADDRESS_NEVER;
	if (address[0] >> 5 != 1)
		return BH_ADDRESS_NEVER;
	for (size_t i = 0; i < BH_COUNT(special6); i++) {
		if (within6(address, &special6[i]))
			return BH_ADDRESS_NEVER;
	}
	return BH_ADDRESS_PUBLIC;
}

enum bh_address_kind
bh_address_kind(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return kind4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
	if (address->sa_family == AF_INET6)
		return kind6(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
	return BH_ADDRESS_NEVER;
}

socklen_t
bh_address_bytes(const struct sockaddr *address)
{
	return address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
										  : sizeof(struct sockaddr_in);
}

bool
bh_address_equal(const struct sockaddr *a, const struct sockaddr *b)
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

/* The IPv4 address that an IPv6 one stands for. */
static bool
find_inner(const struct sockaddr *address, struct sockaddr_in *out)
{
	const uint8_t *bytes = ((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr;
	uint32_t inner;

	if (address->sa_family != AF_INET6)
		return false;
	if (is_mapped(bytes))
		inner = embedded(bytes + 12);
	else if (!is_led_on(bytes, &inner))
		return false;
	*out = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(inner)}};
	return true;
}

bool
bh_address_is_own(const struct sockaddr *address)
{
	struct ifaddrs *list = NULL;
	struct sockaddr_in inner;
	bool own = false;

	if (find_inner(address, &inner))
		address = (const struct sockaddr *)&inner;
	/* Who cannot tell says yes: the caller refuses then. */
	if (getifaddrs(&list) < 0)
		return true;
	for (const struct ifaddrs *at = list; at != NULL && !own; at = at->ifa_next)
		own = at->ifa_addr != NULL && bh_address_equal(at->ifa_addr, address);
	freeifaddrs(list);
	return own;
}

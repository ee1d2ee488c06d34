/* SPDX-License-Identifier: Apache-2.0 */
/* link_text.h: the scripts of link.c, but for that of BH_LINK_LEASE (lease_text.h), and what each begins with. Only link.c
 * includes it.
 *
 * Numbers are written with %.0f: the default of Lua's conversion would round microseconds of this century. The clock is the
 * server's, so that no two processes disagree. */
#ifndef BH_SHARED_LINK_TEXT_H
#define BH_SHARED_LINK_TEXT_H

#define BH_LINK_FORGOTTEN "FORGOTTEN"

/* A bucket that is not there is full, unless all was forgotten (FLUSHALL): then the mark is not there either. The last
 * argument is the mark that the caller knows; nothing is done for one that knows another. */
#define BH_LINK_KNOWN_TEXT \
	"if redis.call('GET', KEYS[2]) ~= ARGV[#ARGV] then\n" \
	"  return redis.error_reply('" BH_LINK_FORGOTTEN " what was counted before')\n" \
	"end\n"

#define BH_LINK_TAKE_TEXT \
	"local t = redis.call('TIME')\n" \
	"local now = t[1] * 1000000 + t[2]\n" \
	"local cost, burst = tonumber(ARGV[1]), tonumber(ARGV[2])\n" \
	"local before = tonumber(redis.call('GET', KEYS[1]) or '0')\n" \
	"local full = math.max(before, now + tonumber(ARGV[3]))\n" \
	"local wait = full + cost - now - burst\n" \
	"if ARGV[4] == '1' or wait <= 0 then full = full + cost; wait = 0 end\n" \
	"if full > now then\n" \
	"  if full ~= before then\n" \
	"    redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / " \
	"1000))\n" \
	"  end\n" \
	"else\n" \
	"  redis.call('DEL', KEYS[1])\n" \
	"end\n" \
	"return {wait, math.max(0, burst - math.max(0, full - now))}\n"

#define BH_LINK_HOLD_TEXT \
	"local t = redis.call('TIME')\n" \
	"local now = t[1] * 1000 + math.floor(t[2] / 1000)\n" \
	"redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)\n" \
	"local n = redis.call('ZCARD', KEYS[1])\n" \
	"if ARGV[4] ~= '1' and n >= tonumber(ARGV[1]) and not redis.call('ZSCORE', KEYS[1], ARGV[2]) " \
	"then\n" \
	"  return {0, n}\n" \
	"end\n" \
	"redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), ARGV[2])\n" \
	"redis.call('PEXPIRE', KEYS[1], ARGV[3])\n" \
	"return {1, redis.call('ZCARD', KEYS[1])}\n"

#define BH_LINK_GIVE_TEXT \
	"return {redis.call('ZREM', KEYS[1], ARGV[1]), redis.call('ZCARD', KEYS[1])}\n"

#endif

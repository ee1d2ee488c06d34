/* SPDX-License-Identifier: Apache-2.0 */
/* lease_text.h: the script of BH_LINK_LEASE. Only link.c includes it, which adds a last argument.
 *
 * A hash for each tenant or key: `full` is the time at which its bucket is full again, in microseconds of the
 * server's clock; each other field is a gateway, with its places and until when they count. What is asked for beyond
 * need is at most a sixteenth of the permits that are left then, and an eighth of the places: leases are small near the
 * limit. A hundredth of a permit is forgiven to rounding, once. */
#ifndef BH_SHARED_LEASE_TEXT_H
#define BH_SHARED_LEASE_TEXT_H

#define BH_LINK_LEASE_TEXT \
	"local t = redis.call('TIME')\n" \
	"local now = t[1] * 1000000 + t[2]\n" \
	"local a = {}\n" \
	"for i, text in ipairs(ARGV) do a[i] = tonumber(text) end\n" \
	"local limit, returned, needed, spare, owed, most = a[1], a[2], a[3], a[4], a[5], a[6]\n" \
	"local own, used, wanted, more, ms = ARGV[7], a[8], a[9], a[10], a[11]\n" \
	"local keep, permits, wait, left, places, places_left = 0, 0, 0, 0, 0, 0\n" \
	"if limit > 0 then\n" \
	"  local burst = 60000000\n" \
	"  local each = burst / limit\n" \
	"  local full = tonumber(redis.call('HGET', KEYS[1], 'full') or '0')\n" \
	"  full = math.max(math.min(full, now + burst) - returned * each, now + owed)\n" \
	"  local room = math.max(0, math.floor((now + burst - full) / each + 0.01))\n" \
	"  permits = math.min(room, needed)\n" \
	"  if permits == needed then\n" \
	"    permits = permits + math.min(spare, math.floor((room - permits) / 16))\n" \
	"  end\n" \
	"  full = full + permits * each\n" \
	"  left = room - permits\n" \
	"  if permits < needed then wait = math.max(1, math.ceil(full + each - now - burst)) end\n" \
	"  if full > now then\n" \
	"    redis.call('HSET', KEYS[1], 'full', string.format('%.0f', full))\n" \
	"    keep = math.ceil((full - now) / 1000)\n" \
	"  else\n" \
	"    redis.call('HDEL', KEYS[1], 'full')\n" \
	"  end\n" \
	"end\n" \
	"if most > 0 then\n" \
	"  local until_ms, held = math.floor(now / 1000), 0\n" \
	"  local all = redis.call('HGETALL', KEYS[1])\n" \
	"  for i = 1, #all, 2 do\n" \
	"    if all[i] ~= 'full' and all[i] ~= own then\n" \
	"      local n, at = string.match(all[i + 1], '^(%d+):(%d+)$')\n" \
	"      if n and tonumber(at) > until_ms then\n" \
	"        held = held + tonumber(n)\n" \
	"        keep = math.max(keep, tonumber(at) - until_ms)\n" \
	"      else\n" \
	"        redis.call('HDEL', KEYS[1], all[i])\n" \
	"      end\n" \
	"    end\n" \
	"  end\n" \
	"  places = math.max(used, math.min(used + wanted, most - held))\n" \
	"  if places == used + wanted then\n" \
	"    places = places + math.max(0, math.min(more, math.floor((most - held - places) / 8)))\n" \
	"  end\n" \
	"  places_left = math.max(0, most - held - places)\n" \
	"  if places > 0 then\n" \
	"    redis.call('HSET', KEYS[1], own, string.format('%.0f:%.0f', places, until_ms + ms))\n" \
	"    keep = math.max(keep, ms)\n" \
	"  else\n" \
	"    redis.call('HDEL', KEYS[1], own)\n" \
	"  end\n" \
	"end\n" \
	"if keep > 0 then redis.call('PEXPIRE', KEYS[1], math.ceil(keep)) end\n" \
	"return {permits, wait, left, places, places_left}\n"

#endif

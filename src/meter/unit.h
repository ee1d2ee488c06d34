/* SPDX-License-Identifier: Apache-2.0 */
/* unit.h: what can be metered. A meter is a kind of act and one of its five lines: chat.output_tokens. The
 * numbers stand in tables and in sums of years: they are only ever added to. */
#ifndef BH_METER_UNIT_H
#define BH_METER_UNIT_H

#include <stdint.h>

/* Kinds of acts; their bits are the applicability of a credit. */
enum meter_kind {
	METER_NONE,
	METER_CHAT,
	METER_EMBEDDING,
	METER_RERANK,
	METER_IMAGE,
	METER_SPEECH,
	METER_TRANSCRIPTION,
	METER_SEARCH,
	METER_PAGE,
	METER_STORAGE,
	METER_TRAINING,
	METER_RUN,
	METER_MODERATION,
	METER_KINDS
};

/* Lines of an act, in the order of every array of prices and quantities. What is cached or written to a
 * cache is no input here: the three add up to the input tokens that are told. */
enum meter_line {
	METER_INPUT,
	METER_CACHED,
	METER_CACHE_WRITE,
	METER_OUTPUT,
	METER_UNITS,
	METER_LINES
};

/* One meter's number. */
#define METER_NUMBER(kind, line) ((kind)*8 + (line))

/* "chat"; "" for no such kind. meter_kind_find: METER_NONE for no such name. */
const char *meter_kind_name(enum meter_kind kind);
enum meter_kind meter_kind_find(const char *name);

/* "chat.output_tokens", "image.images", "storage.byte_days"; "" for none, -1 for no such name. */
const char *meter_name(int64_t meter);
int64_t meter_find(const char *name);

#endif

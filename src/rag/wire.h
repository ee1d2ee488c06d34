/* wire.h: rag's objects as JSON, and the parts of bodies that several routes share. */
#ifndef RAG_WIRE_H
#define RAG_WIRE_H

#include <stddef.h>

#include "base/macros.h"
#include "json/fields.h"
#include "rag/rag.h"
#include "service/request.h"

void rag_wire_file(struct bh_write *write, const struct rag_file *file);
void rag_wire_store(struct bh_write *write, const struct rag_store *store);
void rag_wire_store_file(struct bh_write *write, const struct rag_store_file *file);
void rag_wire_batch(struct bh_write *write, const struct rag_batch *batch);

/* Name and id with its prefix. */
void rag_wire_id(struct bh_write *write, const char *name, const char *prefix,
	const struct bh_uuid *id);

/* {"id", "object", "deleted": true} */
int rag_wire_reply_deleted(struct bh_request *req, const char *prefix, const struct bh_uuid *id,
	const char *object);

/* A page as a slice over ids, one row longer, so that has_more is known. */
struct rag_slice rag_wire_slice(const struct bh_page *page);

/* Puts n rows of `bytes` each into the page's order, drops the one too many (of the walk) and tells
 * whether there was one. Returns how many are left. */
size_t rag_wire_order(const struct rag_slice *slice, void *rows, size_t n, size_t bytes,
	bool *out_more);

/* Begins {"object":"list","data":[ ; the ids are those of the first and last element, "" if none. */
void rag_wire_list(struct bh_write *write);
void rag_wire_list_end(struct bh_write *write, const char *prefix, const struct bh_uuid *first,
	const struct bh_uuid *last, bool more);

/* Attributes or metadata (absent and null: "{}") checked and written as JSON text to the arena. At most
 * 16 keys of 64 characters; strings of 512; numbers and booleans only in attributes. */
BH_MUST_CHECK int rag_wire_pairs(struct bh_arena *arena, const struct bh_json *value,
	const char *at, bool only_strings, const char **out);

/* chunking_strategy (absent and null: auto) into an attach. */
BH_MUST_CHECK int rag_wire_chunking(const struct bh_json *value, const char *at,
	struct rag_attach *out);

/* expires_after {anchor, days}. */
BH_MUST_CHECK int rag_wire_expiry(const struct bh_json *value, const char *at, int64_t *out_days);

/* An id in a body. BH_E_TYPE; a malformed one is BH_E_NOT_FOUND, said as for a missing one. */
BH_MUST_CHECK int rag_wire_body_id(const struct bh_json *value, const char *at, const char *prefix,
	struct bh_uuid *out);

/* The sentence for an id in a body that does not exist. */
int rag_wire_missing(const char *at, const char *text);

/* The header by which clients pace their polling: an integer, the slower the longer it takes. */
void rag_wire_poll_header(struct bh_request *req, bool in_progress);

#endif

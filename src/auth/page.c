/* page.c: what the lists and objects of our own routes have in common. */
#include "auth/page.h"

#include <string.h>

#include "base/error.h"
#include "service/request.h"

int
auth_page_read(struct bh_request *req, struct auth_page *out)
{
	struct auth_page page = {.limit = 100};
	const char *after = NULL;
	int rc;

	rc = bh_request_query_int(req, "limit", 1, 1000, &page.limit);
	if (rc == 0)
		rc = bh_request_query_text(req, "after", &after);
	if (rc < 0)
		return rc;
	if (after != NULL && bh_uuid_parse(after, &page.after) < 0)
		return bh_error_param(BH_E_INVALID, "after", "This is no id of a list.");
	*out = page;
	return 0;
}

void
auth_page_begin(struct bh_write *write)
{
	bh_write_object(write);
	bh_write_pair_text(write, "object", "list");
	bh_write_name(write, "data");
	bh_write_array(write);
}

void
auth_page_end(struct bh_write *write, bool has_more)
{
	bh_write_end(write);
	bh_write_pair_bool(write, "has_more", has_more);
	bh_write_end(write);
}

void
auth_write_uuid(struct bh_write *write, const char *name, const struct bh_uuid *id)
{
	char text[BH_UUID_TEXT];

	if (bh_uuid_is_zero(id)) {
		bh_write_pair_null(write, name);
		return;
	}
	bh_uuid_format(id, text);
	bh_write_pair_text(write, name, text);
}

void
auth_write_time(struct bh_write *write, const char *name, int64_t ms)
{
	if (ms == 0)
		bh_write_pair_null(write, name);
	else
		bh_write_pair_int(write, name, ms / 1000);
}

void
auth_write_words(struct bh_write *write, const char *name, const char *words)
{
	bh_write_name(write, name);
	bh_write_array(write);
	while (*words != '\0') {
		size_t len = strcspn(words, " ");

		if (len > 0)
			bh_write_bytes(write, words, len);
		words += len + strspn(words + len, " ");
	}
	bh_write_end(write);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* http_edits.c: POST /v1/images/edits: pictures from pictures, as a form or as JSON. */
#include <string.h>

#include "base/error.h"
#include "multimodal/create.h"
#include "multimodal/http.h"
#include "multimodal/inputs.h"
#include "service/request.h"

static int
read_request(struct bh_request *req, struct multimodal_inputs *inputs, struct multimodal_spec *spec)
{
	const char *type = bh_http_header(req->http, "content-type");
	int rc;

	multimodal_spec_init(spec);
	if (type != NULL && strncasecmp(type, "multipart/form-data", 19) == 0) {
		rc = multimodal_inputs_form(req, inputs, spec);
		return rc < 0 ? rc : multimodal_spec_finish(req, spec);
	}
	rc = bh_request_object(req, &multimodal_edit_shape, spec);
	if (rc == 0)
		rc = multimodal_spec_finish(req, spec);
	return rc < 0 ? rc : multimodal_inputs_json(req, spec, inputs);
}

int
multimodal_http_edit_create(struct bh_request *req)
{
	BH_AUTO(multimodal_inputs_close) struct multimodal_inputs inputs = {0};
	struct multimodal_spec spec;
	struct multimodal_input *rows = NULL;
	struct multimodal_new wanted = {.kind = "edit", .spec = &spec};
	struct bh_uuid earlier;
	int64_t spooled = bh_request_spooled(req);
	int rc = read_request(req, &inputs, &spec);

	if (rc == 0 && bh_request_repeats(req, &earlier))
		return multimodal_create_again(req, &earlier, &spec);
	/* Before pictures are read and kept for nothing; it is asked again when the job is written. */
	if (rc == 0)
		rc = multimodal_create_check(req);
	if (rc == 0)
		rc = multimodal_inputs_keep(req, &inputs, &rows, &wanted.n_inputs);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	wanted.inputs = rows;
	/* They are files now. The job needs room on the disk as well, and must not wait for those that wait for it. */
	multimodal_inputs_close(&inputs);
	bh_request_unspool(req, bh_request_spooled(req) - spooled);
	return multimodal_create(req, &wanted);
}

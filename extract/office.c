/* SPDX-License-Identifier: Apache-2.0 */
/* office.c: documents that are zip archives: which of them it is, the archive itself tells. */
#include "docx.h"
#include "epub.h"
#include "odf.h"
#include "package.h"
#include "pptx.h"
#include "reader.h"
#include "sink.h"
#include "xlsx.h"

int
extract_package_read(const struct extract_package *package, struct extract_sink *sink)
{
	switch (package->kind) {
	case EXTRACT_PACKAGE_WORD:
		return extract_docx_read(package, sink);
	case EXTRACT_PACKAGE_SHEETS:
		return extract_xlsx_read(package, sink);
	case EXTRACT_PACKAGE_SLIDES:
		return extract_pptx_read(package, sink);
	case EXTRACT_PACKAGE_OPENDOCUMENT:
		return extract_odf_read(package, sink);
	case EXTRACT_PACKAGE_BOOK:
		return extract_epub_read(package, sink);
	default:
		return EXTRACT_E_UNSUPPORTED;
	}
}

int
extract_office_read(const struct extract_input *input, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_package_close) struct extract_package package = {0};
	int rc = extract_package_open(&package, input, sink);

	return rc < 0 ? rc : extract_package_read(&package, sink);
}

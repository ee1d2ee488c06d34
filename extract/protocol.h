/* SPDX-License-Identifier: Apache-2.0 */
/* protocol.h: what the rag service may rely on when it runs bulkhead-extract. */
#ifndef EXTRACT_PROTOCOL_H
#define EXTRACT_PROTOCOL_H

/*
 * The program reads one document and ends. It is started as
 *
 *   bulkhead-extract --name FILENAME [--mime TYPE] [--max-characters N] [--cpu-seconds N]
 *                    [--pictures ask | --ocr LANGUAGES [--ocr-seconds N]]
 *
 * LANGUAGES is what tesseract reads pictures with, as in "eng+deu", or "auto": what is installed of a few; all pictures
 * together may take N seconds of processor time, and that much more is allowed. To load tesseract only where it is needed,
 * --pictures ask comes first: where a page is a picture, the program ends with EXTRACT_EXIT_OCR, its lines are void, and
 * it is to be started again with --ocr. With neither, pictures are not read.
 * with the document as fd 0 (a regular file, readable and seekable), the answer on fd 1 and
 * diagnostics for the operator on fd 2. Every other descriptor is closed at the start. The answer
 * is JSON, one object a line, each written whole as soon as it is known:
 *
 *   {"type":"begun"}
 *       Before everything else, when the program ends with whoever started it: before that line it must not be
 *       stopped, or it might stay stopped for ever.
 *   {"type":"document","format":F,"title":T,"pages":N}
 *       First of the document, once the format is known. F is one of the names below, T a string or null,
 *       N the number of pages or null for formats without pages.
 *   {"type":"progress","pages_done":n,"pages":N}
 *       Formats with pages only, at most one a page.
 *   {"type":"block","kind":K,"level":L,"page":n,"header":H,"text":S}
 *       One piece of the document in reading order. K is heading, paragraph, list_item,
 *       table_row, code or caption. L is 1 to 6 for headings. In source code, L of a piece of code
 *       is 1 more than the level of the heading it is below, 1 if it is below none: what comes
 *       after a class is not part of it. Else L is 0. n counts from 1 and is 0 for formats without
 *       pages: slides are pages, sheets are not. H is there for a row of a table that has column
 *       headers: their row's text, in the same form as S. The header row itself comes first, as a
 *       row without H. A row's cells are joined by " | ". H is also there for a function in source
 *       code: its signature, which occurs in S, or in the S of its first part.
 *       A block whose text was recognized in a picture also has "confidence":C, 1 to 100.
 *   {"type":"end","characters":N,"blocks":N}
 *       Last, on success: code points of all texts together (headers apart), and blocks. Where pages
 *       were pictures, also "ocr":{"pages":N,"confidence":C,"low":P,"unread":P}: how many were
 *       read, their mean confidence by characters, which of them had a low one, and pages that were
 *       not read because their time was over. P is text, as "3, 7-9".
 *   {"type":"error","code":C,"message":S}
 *       Last, instead of end. C is one of the codes below, S a sentence for the person who
 *       uploaded the file. Blocks that came before it are to be thrown away.
 *
 * The exit status is EXTRACT_EXIT_OK after end and EXTRACT_EXIT_ERROR after error. Anything else
 * (another status, a signal, no end) means that the reader itself failed.
 *
 * Texts are valid UTF-8 in normalisation form C, free of control characters but \n and \t, and
 * never empty. A long block is split where a sentence ends, else between words; its parts follow
 * each other with the same kind, level and header. rag joins blocks with "\n\n", and with
 * "\n" between two rows of a table or two items of a list.
 *
 * The wall clock is the caller's to watch: a document may be waited for, but not read, forever.
 */

#define EXTRACT_FORMAT_PDF "pdf"
#define EXTRACT_FORMAT_DOCX "docx"
#define EXTRACT_FORMAT_HTML "html"
#define EXTRACT_FORMAT_MARKDOWN "markdown"
#define EXTRACT_FORMAT_TEXT "text"
#define EXTRACT_FORMAT_CSV "csv"
#define EXTRACT_FORMAT_JSON "json"
#define EXTRACT_FORMAT_XLSX "xlsx"
#define EXTRACT_FORMAT_PPTX "pptx"
#define EXTRACT_FORMAT_ODT "odt"
#define EXTRACT_FORMAT_ODS "ods"
#define EXTRACT_FORMAT_ODP "odp"
#define EXTRACT_FORMAT_EPUB "epub"
#define EXTRACT_FORMAT_EML "eml"
#define EXTRACT_FORMAT_RTF "rtf"
#define EXTRACT_FORMAT_CODE "code"
#define EXTRACT_FORMAT_IMAGE "image"

#define EXTRACT_CODE_ENCRYPTED "encrypted"     /* opens only with a password */
#define EXTRACT_CODE_DAMAGED "damaged"         /* not what it says it is, or broken */
#define EXTRACT_CODE_EMPTY "empty"             /* holds no text */
#define EXTRACT_CODE_IMAGE_ONLY "image_only"   /* pages without a text layer */
#define EXTRACT_CODE_UNSUPPORTED "unsupported" /* a format that is not read */
#define EXTRACT_CODE_TOO_LARGE "too_large"     /* more text or structure than is allowed */
#define EXTRACT_CODE_BOMB "bomb"               /* made to expand without end */
#define EXTRACT_CODE_SETUP "setup" /* what is missing is on this machine, not in the file */

enum {
	EXTRACT_EXIT_OK = 0,
	EXTRACT_EXIT_USAGE = 2,  /* wrong arguments, or no sandbox */
	EXTRACT_EXIT_ERROR = 3,  /* an error line says why */
	EXTRACT_EXIT_OUTPUT = 4, /* fd 1 was closed or full */
	EXTRACT_EXIT_OCR = 5,    /* to be read again with --ocr */

	EXTRACT_LINE_BYTES_MAX = 64 * 1024,
	EXTRACT_BLOCK_CHARACTERS_MAX = 8000,
	EXTRACT_HEADER_CHARACTERS_MAX = 2000,
	EXTRACT_TITLE_CHARACTERS_MAX = 500,
	EXTRACT_CHARACTERS_DEFAULT = 50 * 1000 * 1000, /* without --max-characters */
	EXTRACT_CPU_SECONDS_DEFAULT = 120,             /* without --cpu-seconds */
	EXTRACT_OCR_SECONDS_DEFAULT = 1200,            /* without --ocr-seconds */
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* protocol.h: what a service may rely on when it runs bulkhead-picture. */
#ifndef PICTURE_PROTOCOL_H
#define PICTURE_PROTOCOL_H

/* Raised when a line, a member or an option changes its meaning; new ones do not raise it. */
#define PICTURE_PROTOCOL 1

/*
 * The program reads, or draws, one picture and ends. It is started as
 *
 *   bulkhead-picture [LIMITS] [--to FORMAT [--max-edge N] [--quality N] [--flatten RRGGBB] [--ai-generated yes]]
 *                    [--analyse NAMES [--languages LANGUAGES]] [--cpu-seconds N]
 *   bulkhead-picture --draw WxH --to FORMAT [--seed N] [--variants N] [--partials N] [--background transparent]
 *                    [--quality N] [--ai-generated yes]
 *   bulkhead-picture --edit N [--mask yes] [LIMITS] --to FORMAT [as --draw, without WxH]
 *
 * LIMITS: --limit-bytes N, --limit-pixels N, --limit-edge N, --limit-frames N, --limit-ratio N. What passes one is
 * refused by its header, before anything is decoded. FORMAT is png, jpeg, webp or same: as the file is, but png for
 * GIF. NAMES are joined by commas: exif, gps, colours, hashes, blur, codes, text. LANGUAGES is what tesseract reads
 * with, as in "eng+deu", or "auto". With neither --to nor --analyse the header is all that is read.
 *
 * Descriptors:
 *   0  the picture; a regular file, readable and seekable. With --draw and --edit: the prompt, UTF-8, at most
 *      PICTURE_PROMPT_BYTES_MAX bytes, a regular file as well.
 *   1  the answer
 *   2  diagnostics for the operator
 *   3  with --to: the new pictures, one after the other. A pipe is to be emptied while 1 is read.
 *   4… with --edit: N pictures, of which the first is edited; behind them the mask, if there is one.
 * Every other descriptor is closed at the start. Nothing of a picture or a prompt is ever an argument.
 *
 * The answer is JSON, one object a line, each written whole as soon as it is known:
 *
 *   {"type":"begun","protocol":1}
 *       Before everything else, when the program ends with whoever started it.
 *   {"type":"head","format":F,"mime":M,"bytes":N,"width":W,"height":H,"frames":N,"bits":N,"colour":C,"alpha":B,
 *    "orientation":O,"profile":B}
 *       By the header alone. F is png, jpeg, webp or gif; W and H are as stored, before O (1 to 8, as EXIF counts) is
 *       applied. bits is of a sample, or of an index of a palette. C is grey, rgb, palette, yuv, cmyk or ycck.
 *       With --edit there is one for each picture.
 *   {"type":"exif","taken":T,"camera":S,"lens":S,"exposure":S,"aperture":X,"iso":N,"focal_length":X}
 *       What is unknown is null. T is a local time as 2026-05-01T12:30:00, with the offset from UTC if the file has
 *       one; exposure is in seconds, as "1/250".
 *   {"type":"gps","latitude":X,"longitude":X,"altitude":X}
 *       Only if asked for by its own name, and if there is one: exif never holds a place. altitude may be null.
 *   {"type":"colours","colours":[{"rgb":"rrggbb","share":X}]}
 *       At most 8, the largest share first; of what is opaque, so that there may be none.
 *   {"type":"hashes","hashes":["0123456789abcdef",…]}
 *       PICTURE_HASHES of 64 bits: the whole picture's, then those of parts of it; docs/pictures.md has the rule of
 *       distance. An empty list: the picture has too little in it to be told from others.
 *   {"type":"blur","sharpness":X}
 *       0 to 1; docs/pictures.md says how it is measured.
 *   {"type":"code","kind":K,"text":S,"box":[x,y,w,h]}
 *       A QR or bar code, one of at most PICTURE_CODES_MAX. Boxes here and below are in pixels of the picture as it is
 *       seen, orientation applied and not yet scaled. S is what the code says, which is not to be trusted more than the
 *       picture is.
 *   {"type":"codes","count":N}
 *       After the last code.
 *   {"type":"word","text":S,"confidence":N,"box":[x,y,w,h],"line":N,"block":N}
 *       A word that was recognized, in reading order; lines and blocks count from 0.
 *   {"type":"text","words":N,"confidence":N,"turned":D,"complete":B}
 *       After the last word. confidence is the mean in percent, 0 without words. D is how far the text is turned
 *       clockwise in the picture, in degrees. complete is false if its time was over.
 *   {"type":"picture","offset":N,"bytes":N,"format":F,"mime":M,"width":W,"height":H,"variant":N,"partial":N,
 *    "truncated":B,"test_backend":B}
 *       After these bytes were written to fd 3. variant counts from 0; partial from 1, and is 0 for a whole picture.
 *       truncated: the file ended too early, and what is missing is grey or transparent.
 *       test_backend: the picture comes from --draw or --edit, and no image model had a part in it.
 *   {"type":"end"}
 *       Last, on success.
 *   {"type":"error","code":C,"message":S}
 *       Last, instead of end. C is one of the codes below, S a sentence for the person who sent the picture; "input":N
 *       is there with --edit: which picture it is about, N of them for the mask. What came before is to be thrown away.
 *
 * The exit status is PICTURE_EXIT_OK after end and PICTURE_EXIT_ERROR after error. Anything else (another status, a
 * signal, no end) means that the program itself failed on the picture. The wall clock is the caller's to watch.
 */

#define PICTURE_CODE_UNSUPPORTED "unsupported" /* a format that is not read; the message names it */
#define PICTURE_CODE_DAMAGED "damaged"         /* not what it says it is, or broken */
#define PICTURE_CODE_EMPTY "empty"             /* no bytes, or no prompt */
#define PICTURE_CODE_TOO_LARGE "too_large"     /* beyond a limit */
#define PICTURE_CODE_MASK "mask"               /* a mask of another size, or without transparency */
#define PICTURE_CODE_SETUP "setup" /* what is missing is on this machine, not in the picture */

enum {
	PICTURE_EXIT_OK = 0,
	PICTURE_EXIT_USAGE = 2,  /* wrong arguments, or no sandbox */
	PICTURE_EXIT_ERROR = 3,  /* an error line says why */
	PICTURE_EXIT_OUTPUT = 4, /* fd 1 or 3 was closed or full */

	PICTURE_LIMIT_BYTES_DEFAULT = 50 * 1000 * 1000,
	PICTURE_LIMIT_PIXELS_DEFAULT = 50 * 1000 * 1000,
	PICTURE_LIMIT_PIXELS_MAX = 100 * 1000 * 1000, /* what its memory is enough for */
	PICTURE_LIMIT_EDGE_DEFAULT = 16384,
	PICTURE_LIMIT_EDGE_MAX = 32767,
	PICTURE_LIMIT_FRAMES_DEFAULT = 100,
	PICTURE_LIMIT_RATIO_DEFAULT = 50, /* of the longer side to the shorter */
	PICTURE_QUALITY_DEFAULT = 85,
	PICTURE_CPU_SECONDS_DEFAULT = 30,
	PICTURE_TEXT_SECONDS = 30, /* more than these, with text among what is analysed */

	PICTURE_HASHES = 7,
	PICTURE_COLOURS_MAX = 8,
	PICTURE_CODES_MAX = 64,
	PICTURE_PROMPT_BYTES_MAX = 128 * 1024, /* 32,000 characters */
	PICTURE_EDITS_MAX = 16,
	PICTURE_VARIANTS_MAX = 10,
	PICTURE_PARTIALS_MAX = 3,
	PICTURE_DRAW_EDGE_MIN = 64,
	PICTURE_DRAW_EDGE_MAX = 4096,
	PICTURE_LINE_BYTES_MAX = 64 * 1024,
	PICTURE_OUTPUT_BYTES_MAX = 256 * 1024 * 1024, /* of fd 3: it can write no more */

	PICTURE_FD_OUTPUT = 3,
	PICTURE_FD_EDITS = 4,
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* macros.h: the handful of macros every file may use. */
#ifndef BH_BASE_MACROS_H
#define BH_BASE_MACROS_H

/* Number of elements of an array (not of a pointer). */
#define BH_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An array and its length, for functions and structs that take the two side by side. */
#define BH_LIST(array) (array), BH_COUNT(array)

/* The result says whether the call failed; dropping it is a compile error. */
#define BH_MUST_CHECK __attribute__((warn_unused_result))

/* Runs `close(&variable)` when the variable leaves its scope. */
#define BH_AUTO(close) __attribute__((cleanup(close)))

/* Reads a text 64 times more, so that macros in it which call each other in a circle come to an end. A
 * macro's call that must wait for the next reading is written NAME BH_PARENS(arguments). */
#define BH_AGAIN(...) BH_AGAIN_16(BH_AGAIN_16(BH_AGAIN_16(BH_AGAIN_16(__VA_ARGS__))))
#define BH_AGAIN_16(...) BH_AGAIN_4(BH_AGAIN_4(BH_AGAIN_4(BH_AGAIN_4(__VA_ARGS__))))
#define BH_AGAIN_4(...) BH_AGAIN_1(BH_AGAIN_1(BH_AGAIN_1(BH_AGAIN_1(__VA_ARGS__))))
#define BH_AGAIN_1(...) __VA_ARGS__
#define BH_PARENS ()

#define BH_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define BH_UNUSED __attribute__((unused))

#define BH_KIB 1024u
#define BH_MIB (1024u * 1024u)
#define BH_GIB (1024u * 1024u * 1024u)

#define BH_NANOS_PER_UNIT 1000000000LL /* money: nano-units of the currency */

#endif

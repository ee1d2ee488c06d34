// SPDX-License-Identifier: Apache-2.0
/** The gateway takes the cookie with it only: no other site can send this header. */
export const CONSOLE_HEADER = { "x-bulkhead-console": "1" };

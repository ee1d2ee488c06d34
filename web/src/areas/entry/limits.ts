// SPDX-License-Identifier: Apache-2.0
/** What auth demands of a password; it checks for itself. */
export const PASSWORD_MIN = 10;

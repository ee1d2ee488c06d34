// SPDX-License-Identifier: Apache-2.0
// The account's time zone as the API keeps it. Its preset stands for "the browser's"; who wants UTC itself has this name.

export const UNCHOSEN_ZONE = "UTC";
export const CHOSEN_UTC = "Etc/UTC";

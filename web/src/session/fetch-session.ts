// SPDX-License-Identifier: Apache-2.0
// Asks who is here while the scripts are still on their way; the client's own request takes this answer.
import { preload } from "react-dom";

/** For the layout of a portal, which is prerendered: a link in the head of each page. */
export function fetchSession() {
	preload("/api/auth/session", { as: "fetch", crossOrigin: "anonymous" });
}

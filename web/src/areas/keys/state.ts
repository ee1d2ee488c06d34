// SPDX-License-Identifier: Apache-2.0
// What a key is at a moment.
import type { Tone } from "@/ui/bits";
import type { Key } from "./queries";

export type KeyState = "active" | "expires" | "expired" | "revoked";

const SOON_S = 7 * 86_400;

export const TONES: Record<KeyState, Tone> = {
	active: "good",
	expires: "warn",
	expired: "neutral",
	revoked: "neutral",
};

export function keyState(key: Pick<Key, "revoked_at" | "expires_at">, nowS: number): KeyState {
	if (key.revoked_at !== null) return "revoked";
	if (key.expires_at === null) return "active";
	if (key.expires_at <= nowS) return "expired";
	return key.expires_at - nowS < SOON_S ? "expires" : "active";
}

// SPDX-License-Identifier: Apache-2.0
// Where to go after signing in: a path of this origin, and nothing else.

export function signInAddress(): string {
	const here = location.pathname + location.search;
	return here === "/" ? "/sign-in/" : `/sign-in/?next=${encodeURIComponent(here)}`;
}

/** Refuses what could lead to another origin: `//host`, `/\host`, addresses with a scheme. */
export function safeReturnPath(next: string | null): string {
	if (next === null || !/^\/(?![/\\])[\x21-\x7e]*$/.test(next) || next.includes("\\")) return "/";
	return next;
}

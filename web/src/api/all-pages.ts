// SPDX-License-Identifier: Apache-2.0
// Lists that are needed whole, such as the people whose names stand beside ids: page after page, up to a bound.
import type { CursorPage } from "./queries";

const PAGES_MOST = 20;

/** `whole` is false where the bound was reached: then some names are not known. */
export async function allPages<Row extends { id: string }>(
	fetchPage: (after: string | undefined) => Promise<CursorPage<Row>>,
): Promise<{ rows: Row[]; whole: boolean }> {
	const rows: Row[] = [];
	for (let page = 0; page < PAGES_MOST; page++) {
		const answer = await fetchPage(rows.at(-1)?.id);
		rows.push(...answer.data);
		if (!answer.has_more || answer.data.length === 0) return { rows, whole: true };
	}
	return { rows, whole: false };
}

// SPDX-License-Identifier: Apache-2.0
/** Its address in the export; the same file as of the style sheet. */
declare module "*.woff2" {
	const address: string;
	export default address;
}

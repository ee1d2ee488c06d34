// SPDX-License-Identifier: Apache-2.0
// theme.js: sets the theme and the language before the first paint; blocking, external because of the CSP.
(() => {
	const root = document.documentElement;
	const dark = matchMedia("(prefers-color-scheme: dark)");
	function kept(name) {
		try {
			return localStorage.getItem(name);
		} catch {
			return null;
		}
	}
	function apply() {
		const wanted = kept("bulkhead.theme");
		root.dataset.theme =
			wanted === "light" || wanted === "dark" ? wanted : dark.matches ? "dark" : "light";
	}
	apply();
	dark.addEventListener("change", apply);
	addEventListener("bulkhead:theme", apply);
	addEventListener("storage", apply);
})();

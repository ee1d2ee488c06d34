// SPDX-License-Identifier: Apache-2.0
// theme.js: what holds before the first paint: the theme, the language, and whether the address names one thing of many.
// Blocking, and a file because of the policy.
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

	// As preferredLocale() in src/i18n/locale.tsx; the pseudo-locale is made from English.
	const languages = [kept("bulkhead.locale") ?? "", ...navigator.languages];
	const language = languages.map((each) => each.slice(0, 2)).find((each) => /^(en|de)$/.test(each));
	root.lang = language ?? "en";
	root.toggleAttribute("data-one", new URLSearchParams(location.search).has("id"));
})();

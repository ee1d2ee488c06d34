// SPDX-License-Identifier: Apache-2.0
// start.js: fetches and runs a page's scripts after its first paint: before it, they would take the line and the processor
// from it. export.mjs puts this into each page in their place, and names them in its tag.
(() => {
	/** When nothing is painted for another reason. */
	const LATEST_MS = 1000;
	const waiting = document.currentScript.dataset.scripts.split(" ");
	function begin() {
		for (const address of waiting.splice(0)) {
			const script = document.createElement("script");
			script.src = address;
			script.async = true;
			document.head.append(script);
		}
	}
	// Who opens a page in the background finds it ready.
	if (document.visibilityState === "hidden") begin();
	// What is asked for while a frame is made comes after it.
	requestAnimationFrame(() => setTimeout(begin));
	setTimeout(begin, LATEST_MS);
})();

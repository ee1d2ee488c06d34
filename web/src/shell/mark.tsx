// SPDX-License-Identifier: Apache-2.0
// The product's mark: a wall of compartments.
import styles from "./shell.module.css";

export function Mark({ large }: { large?: boolean }) {
	return (
		<span className={large ? `${styles.mark} ${styles.markLarge}` : styles.mark}>
			<svg viewBox="0 0 32 32" width={large ? 28 : 22} height={large ? 28 : 22} aria-hidden>
				<rect width="32" height="32" rx="7" className={styles.markBox} />
				<path d="M8 8h16v16H8zM16 8v16M8 16h8" className={styles.markLines} />
			</svg>
			Bulkhead
		</span>
	);
}

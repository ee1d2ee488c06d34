// SPDX-License-Identifier: Apache-2.0
// A picture that the platform keeps. Not Next's: nobody makes other sizes of it, and it may be drawn from the page's memory.
import type { ImgHTMLAttributes } from "react";

export function Image({ alt, ...rest }: ImgHTMLAttributes<HTMLImageElement> & { alt: string }) {
	// biome-ignore lint/performance/noImgElement: see above
	return <img {...rest} alt={alt} />;
}

// SPDX-License-Identifier: Apache-2.0
// How a block's marks are shown: the answer around it gives each its button.
import { createContext, type ReactNode } from "react";

export const CitationContext = createContext<(at: number) => ReactNode>(() => null);

// SPDX-License-Identifier: Apache-2.0
// Documents: all stores, one of them, or one of its files, by what the address names.
"use client";
import dynamic from "next/dynamic";
import { useQueryState } from "@/api/url-state";
import { StoresPage } from "./stores-page";

const storePage = () => import("./store-page").then((module) => module.StorePage);
const StorePage = dynamic(storePage, { ssr: false });
const FilePage = dynamic(() => import("./file-page").then((module) => module.FilePage), {
	ssr: false,
});

/** Where the address names a store, its page comes while it is asked who is here. What fails is told when it is shown. */
if (typeof window !== "undefined" && new URLSearchParams(window.location.search).has("id"))
	storePage().catch(() => undefined);

export function DocumentsPage() {
	const [id] = useQueryState("id");
	const [file] = useQueryState("file");
	if (id === "") return <StoresPage />;
	if (file === "") return <StorePage key={id} id={id} />;
	return <FilePage key={`${id} ${file}`} storeId={id} fileId={file} />;
}

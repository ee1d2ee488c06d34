// SPDX-License-Identifier: Apache-2.0
// Documents: all stores, one of them, or one of its files, by what the address names.
"use client";
import dynamic from "next/dynamic";
import { useQueryState } from "@/api/url-state";
import { StorePage } from "./store-page";
import { StoresPage } from "./stores-page";

const FilePage = dynamic(() => import("./file-page").then((module) => module.FilePage), {
	ssr: false,
});

export function DocumentsPage() {
	const [id] = useQueryState("id");
	const [file] = useQueryState("file");
	if (id === "") return <StoresPage />;
	if (file === "") return <StorePage key={id} id={id} />;
	return <FilePage key={`${id} ${file}`} storeId={id} fileId={file} />;
}

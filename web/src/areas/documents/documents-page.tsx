// Documents: all stores, one of them, or one of its files, by what the address names.
"use client";
import { useQueryState } from "@/api/url-state";
import { FilePage } from "./file-page";
import { StorePage } from "./store-page";
import { StoresPage } from "./stores-page";

export function DocumentsPage() {
	const [id] = useQueryState("id");
	const [file] = useQueryState("file");
	if (id === "") return <StoresPage />;
	if (file === "") return <StorePage key={id} id={id} />;
	return <FilePage key={`${id} ${file}`} storeId={id} fileId={file} />;
}

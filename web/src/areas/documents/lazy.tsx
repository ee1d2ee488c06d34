// SPDX-License-Identifier: Apache-2.0
// Dialogs with forms, which cost as much as the page: fetched after it.
"use client";
import dynamic from "next/dynamic";

export const StoreDialog = dynamic(
	() => import("./store-dialogs").then((module) => module.StoreDialog),
	{ ssr: false },
);

export const DeleteStoreDialog = dynamic(
	() => import("./store-dialogs").then((module) => module.DeleteStoreDialog),
	{ ssr: false },
);

export const ImportDialog = dynamic(
	() => import("./import-dialog").then((module) => module.ImportDialog),
	{ ssr: false },
);

// SPDX-License-Identifier: Apache-2.0
// Dialogs, which together cost as much as the page: fetched when they first open.
"use client";
import { lazyDialog } from "@/ui/lazy-dialog";

export const StoreDialog = lazyDialog(
	() => import("./store-dialogs").then((module) => module.StoreDialog),
	(props) => props.open,
);

export const DeleteStoreDialog = lazyDialog(
	() => import("./store-dialogs").then((module) => module.DeleteStoreDialog),
	(props) => props.store !== null,
);

export const ImportDialog = lazyDialog(
	() => import("./import-dialog").then((module) => module.ImportDialog),
	(props) => props.open,
);

export const RemoveFileDialog = lazyDialog(
	() => import("./remove-file-dialog").then((module) => module.RemoveFileDialog),
	(props) => props.file !== null,
);

export const ReceiptDialog = lazyDialog(
	() => import("./receipt").then((module) => module.ReceiptDialog),
	(props) => props.receipt !== null,
);

export const ReceiptsDialog = lazyDialog(
	() => import("./receipt").then((module) => module.ReceiptsDialog),
	(props) => props.open,
);

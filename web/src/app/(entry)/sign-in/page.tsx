// SPDX-License-Identifier: Apache-2.0
import type { Metadata } from "next";
import { SignIn } from "@/areas/entry/sign-in";

export const metadata: Metadata = { title: "Sign in" };

export default function Page() {
	return <SignIn />;
}

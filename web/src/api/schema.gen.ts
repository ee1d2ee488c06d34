// SPDX-License-Identifier: Apache-2.0
// schema.gen.ts: the API's types. Made from api/openapi.yaml by `npm run types`; do not edit.

export interface paths {
    "/.well-known/audit-keys.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve every public key that ever signed checkpoints of audit chains. */
        get: operations["audit_keys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve the public keys that verify access tokens. */
        get: operations["jwks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/openid-configuration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve the issuer and the location of its keys. */
        get: operations["discovery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Find a person on the whole platform by email address. */
        get: operations["account_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/accounts/{id}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Disable a person in all tenants; takes effect everywhere within a second. */
        post: operations["account_disable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/accounts/{id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Enable a disabled person; ended sessions are not restored. */
        post: operations["account_enable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/accounts/{id}/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove the authenticator app of a user who has lost it; needs elevation. */
        delete: operations["account_totp_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Audit events of the tenant, newest first. */
        get: operations["audit_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit/chain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where the tenant's chain of audit events stands, with its newest checkpoint. */
        get: operations["audit_chain"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Compare a stretch of the tenant's audit events with their hashes and checkpoints. */
        get: operations["audit_check"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All audit events of the tenant that match, as NDJSON or CSV.
         * @description NDJSON begins with a line `audit_proof` and ends with one `audit_proof_end`; `bulkhead audit verify --export` proves the events by them. Without a filter they come in the order of their positions, else the newest first, each with its `proof`.
         */
        get: operations["audit_export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where the tenant's audit events are sent, and how far. */
        get: operations["audit_stream_get"];
        /** Send the tenant's audit events to a webhook, as they are indexed. */
        put: operations["audit_stream_set"];
        post?: never;
        /** Stop sending the tenant's audit events. */
        delete: operations["audit_stream_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit/stream/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replace the secret that signs the webhook; for a day both sign. */
        post: operations["audit_stream_rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** See what an invitation is for, by the token of its link. */
        post: operations["invitation_view"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/invitation/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Accept an invitation and sign in. A user who has an account proves its password; for others it is set. */
        post: operations["invitation_accept"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set a password with the token of a one-time link. */
        post: operations["link_redeem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve the caller's identity. */
        get: operations["me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change the password; every session of the user ends. */
        post: operations["password_change"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask for a link to set a new password; says the same whether anybody has the address. */
        post: operations["password_reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve the user's own settings. */
        get: operations["profile_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change the user's own settings; what is not named stays. */
        patch: operations["profile_change"];
        trace?: never;
    };
    "/api/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchange a refresh token for new tokens; a refresh token can be used only once. */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve the console session of the cookie. */
        get: operations["console_get"];
        put?: never;
        /** Sign a browser in; sets the cookie of the console. */
        post: operations["console_begin"];
        /** Sign the browser out; of an impersonation, return to the own session. */
        delete: operations["console_end"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/session/elevate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Prove once more who asks, for operations that need it; sets a new cookie. */
        post: operations["console_elevate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/session/switch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Switch to another tenant of the user; sets a new cookie. */
        post: operations["console_switch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in with a password. */
        post: operations["sign_in"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the session of a refresh token. */
        post: operations["sign_out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin to set up an authenticator app; needs a recent sign-in or elevation. */
        post: operations["totp_begin"];
        /** Remove the authenticator app; needs elevation. */
        delete: operations["totp_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Confirm the authenticator app with a code; the recovery codes are shown this once. */
        post: operations["totp_confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/totp/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replace all recovery codes; needs elevation. */
        post: operations["totp_codes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List your saved views: filters of pages of the console, kept under a name. */
        get: operations["view_list"];
        put?: never;
        /** Save a view; at most 50 of a user in a tenant. */
        post: operations["view_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/views/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a saved view. */
        delete: operations["view_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tenant's account. */
        get: operations["billing_account_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing/checkout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Open a page at Stripe on which the tenant's owner subscribes to a plan. When it is completed, the subscription begins or changes to this plan, and each invoice is charged there. */
        post: operations["billing_checkout_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing/credits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the tenant's credits. */
        get: operations["billing_credit_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the tenant's invoices and credit notes. */
        get: operations["billing_invoice_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing/invoices/{invoice}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve an invoice or credit note with its lines. */
        get: operations["billing_invoice_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing/invoices/{invoice}/pdf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve an invoice or credit note as PDF/A-1b. */
        get: operations["billing_invoice_pdf"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the plans that the caller's tenant may choose itself. */
        get: operations["plan_offered"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing/portal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Open a page at Stripe on which the tenant's owner sees payments and changes the way to pay. */
        post: operations["billing_portal_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the prices in force, of the tenant's own models and of the platform's. */
        get: operations["price_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing/profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve who is billed. */
        get: operations["billing_profile_get"];
        /** Set who is billed; absent fields are unchanged. */
        put: operations["billing_profile_set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing/subscription": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve the subscription of the caller's tenant. */
        get: operations["subscription_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing/subscription/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel the subscription of the caller's tenant at the period's end.
         * @description Refused for a plan that was agreed with the operator.
         */
        post: operations["billing_subscription_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing/subscription/change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change the plan of the caller's tenant.
         * @description To another public plan, at the period's end; now only for one that costs more, with the same interval and way of billing. The plan that the tenant has takes back a change that was to come. Refused for a plan that was agreed with the operator.
         */
        post: operations["billing_subscription_change"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing/subscription/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take back a cancellation that is to come.
         * @description Refused for a plan that was agreed with the operator.
         */
        post: operations["billing_subscription_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing/top-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve what is bought when the balance is low. */
        get: operations["billing_top_up_get"];
        /** Set what is bought when the balance is low. */
        put: operations["billing_top_up_set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/budgets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Budgets of the tenant, its teams, users and API keys, with what was spent. */
        get: operations["budget_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/budgets/{kind}/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One budget. */
        get: operations["budget_get"];
        /** Set the budget of a team, user or API key. The tenant's own is the operator's. */
        put: operations["budget_set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the caller's chats, the most recently used first. */
        get: operations["chat_list"];
        put?: never;
        /** Create a chat; the first question gives it a title. */
        post: operations["chat_create_kept"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chats/{chat}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a chat. */
        get: operations["chat_get"];
        put?: never;
        /** Change a chat's title or settings. */
        post: operations["chat_change"];
        /** Delete a chat with its Responses; what still runs of them ends. */
        delete: operations["chat_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chats/{chat}/turns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the turns of a chat, the newest first unless `order` is asc.
         * @description Which turn follows which is told by the Responses' `previous_response_id`.
         */
        get: operations["chat_turns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/cors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve the origins whose browser pages may use the caller's tenant's credentials. */
        get: operations["cors_get"];
        /** Set all of these origins; takes effect at once. */
        put: operations["cors_set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List invitations, newest first. */
        get: operations["invitation_list"];
        put?: never;
        /** Invite a person by mail to join the tenant. */
        post: operations["invitation_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invitations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an invitation. */
        delete: operations["invitation_revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invitations/{id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send an invitation again with a new link; the old one stops working. */
        post: operations["invitation_resend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List API keys. */
        get: operations["key_list"];
        put?: never;
        /** Create an API key. */
        post: operations["key_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change the limits, name or expiry of an API key; takes effect everywhere within a second. */
        post: operations["key_change"];
        /** Revoke an API key; takes effect everywhere within a second. */
        delete: operations["key_revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve the request limits of the caller's tenant. */
        get: operations["limit_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notice-endpoint": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where notices are sent. */
        get: operations["notice_endpoint_get"];
        /** Set the webhook and the mail addresses to which notices are sent. The answer that creates the webhook contains its secret. */
        put: operations["notice_endpoint_set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notice-endpoint/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create another secret for the webhook. Both are used for a day. */
        post: operations["notice_endpoint_rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Crossed thresholds of budgets and what became of the notices; newest first. */
        get: operations["notice_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List plans. */
        get: operations["plan_list"];
        put?: never;
        /** Create a plan. */
        post: operations["plan_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plans/{plan}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a plan. */
        get: operations["plan_get"];
        put?: never;
        post?: never;
        /** Archive a plan, so that it cannot be started any more. */
        delete: operations["plan_archive"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plans/{plan}/revise": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a new version of a plan; subscriptions keep theirs. */
        post: operations["plan_revise"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/platform/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Audit events of all tenants. */
        get: operations["audit_list_across"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/platform/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export the audit events of all tenants that match; the filter is that of the list. */
        get: operations["audit_export_across"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/platform/engines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the engines of the platform's models: their state, slots, queues, speed and last error. */
        get: operations["platform_engine_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/platform/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Processes, queues, database, disk and traffic of the platform. */
        get: operations["platform_health_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/platform/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the invoices of all tenants that are in a state, newest first. */
        get: operations["platform_invoice_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/platform/outbox": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List mail of all tenants: what waits, what failed and why. What it says is not part of it. */
        get: operations["platform_mail_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/platform/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Settings of all processes, as they were when the platform was started; secrets redacted. */
        get: operations["platform_setting_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/platform/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List all tenants with their members, what they spent this month and their metered requests of today (UTC). */
        get: operations["platform_tenant_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/receipts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the deletions of tenants with their receipts. */
        get: operations["tenant_deletion_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/receipts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve the deletion of a tenant with its receipt. */
        get: operations["tenant_deletion_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the caller's active sessions. */
        get: operations["session_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one of the caller's sessions. */
        delete: operations["session_revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/settlement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve how many calls are on their way to the books. */
        get: operations["settlement_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/stripe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve which Stripe account is connected, the mock included. */
        get: operations["stripe_get"];
        /** Connect a Stripe account; its keys are sealed and never shown. */
        put: operations["stripe_connect"];
        post?: never;
        /** Disconnect the Stripe account; the mock answers from then on. */
        delete: operations["stripe_disconnect"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the tenant's teams. */
        get: operations["team_list"];
        put?: never;
        /** Create a team. */
        post: operations["team_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/teams/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One team. */
        get: operations["team_get"];
        put?: never;
        /** Rename a team. */
        post: operations["team_rename"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/teams/{id}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Archive a team. Its API keys keep working; no new ones can be created for it. */
        post: operations["team_archive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/teams/{id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List who belongs to a team. */
        get: operations["team_member_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/teams/{id}/members/{account}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Add a user of the tenant to a team. */
        put: operations["team_member_add"];
        post?: never;
        /** Remove a user from a team. */
        delete: operations["team_member_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenant": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve the tenant's name and its sign-in settings. */
        get: operations["setting_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change the tenant's name or its sign-in settings; what is not named stays. */
        patch: operations["setting_change"];
        trace?: never;
    };
    "/api/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List tenants. */
        get: operations["tenant_list"];
        put?: never;
        /** Create a tenant. */
        post: operations["tenant_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a tenant. */
        get: operations["tenant_get"];
        put?: never;
        post?: never;
        /**
         * Delete a tenant with everything that it has.
         * @description Its credentials are unknown from the response on, its work is ended, and all services remove its data. The name is free
         *     when all is gone. Repeated requests are one deletion; its receipt says what was removed.
         */
        delete: operations["tenant_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Audit events of a tenant. */
        get: operations["audit_list_of_tenant"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/audit/chain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where a tenant's chain of audit events stands. */
        get: operations["audit_chain_of_tenant"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/audit/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Compare a stretch of a tenant's audit events with their hashes and checkpoints. */
        get: operations["audit_check_of_tenant"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All audit events of a tenant that match.
         * @description NDJSON begins with a line `audit_proof` and ends with one `audit_proof_end`; `bulkhead audit verify --export` proves the events by them. Without a filter they come in the order of their positions, else the newest first, each with its `proof`.
         */
        get: operations["audit_export_of_tenant"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/billing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a tenant's account: balance, what is not billed yet, plan and limits. */
        get: operations["tenant_billing_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/billing-profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve who is billed for a tenant. */
        get: operations["tenant_profile_get"];
        /** Set who is billed for a tenant; absent fields are unchanged. */
        put: operations["tenant_profile_set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/billing-profile/confirm-vat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Note that the VAT identification number was confirmed, and by whom. */
        post: operations["tenant_profile_confirm_vat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/billing/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Check that the tenant's books add up. */
        post: operations["tenant_billing_check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/budget": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a tenant's limits of money and tokens, and what was used. */
        get: operations["tenant_money_get"];
        /** Set a tenant's limits of money and tokens. */
        put: operations["tenant_money_set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/budgets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a tenant's budgets. */
        get: operations["tenant_budget_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/budgets/{kind}/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a budget of a tenant's. */
        get: operations["tenant_owner_budget_get"];
        /** Set a budget of a tenant's. */
        put: operations["tenant_owner_budget_set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/cors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve the origins whose browser pages may use a tenant's credentials. */
        get: operations["cors_get_of_tenant"];
        /** Set all of these origins; takes effect at once. */
        put: operations["cors_set_of_tenant"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/costs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a tenant's costs by day. */
        get: operations["tenant_costs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/credits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a tenant's credits. */
        get: operations["tenant_credit_list"];
        put?: never;
        /** Grant a credit. */
        post: operations["tenant_credit_grant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/credits/{credit}/void": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Void what is left of a credit. */
        post: operations["tenant_credit_void"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/default-model": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set what "default" means; on the platform's tenant, for all. */
        put: operations["tenant_model_default"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/fine_tuning_jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the fine-tuning jobs of a tenant. */
        get: operations["tenant_fine_tuning_job_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/fine_tuning_jobs/{fine_tuning_job}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a fine-tuning job of a tenant. */
        get: operations["tenant_fine_tuning_job_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/fine_tuning_jobs/{fine_tuning_job}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a fine-tuning job of a tenant. */
        post: operations["tenant_fine_tuning_job_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/impersonate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Act as the owner or another member of a tenant for a time; sets a new cookie. Needs elevation. */
        post: operations["impersonate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List invitations, newest first. */
        get: operations["invitation_list_of_tenant"];
        put?: never;
        /** Invite a person by mail to join the tenant. */
        post: operations["invitation_create_of_tenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/invitations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an invitation. */
        delete: operations["invitation_revoke_of_tenant"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/invitations/{id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send an invitation again with a new link; the old one stops working. */
        post: operations["invitation_resend_of_tenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a tenant's invoices and credit notes. */
        get: operations["tenant_invoice_list"];
        put?: never;
        /** Make an invoice of what is not billed yet, or of lines that are given. */
        post: operations["tenant_invoice_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/invoices/{invoice}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve an invoice or credit note of a tenant's with its lines. */
        get: operations["tenant_invoice_get"];
        put?: never;
        post?: never;
        /** Remove a draft. */
        delete: operations["tenant_invoice_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/invoices/{invoice}/credit-note": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a credit note for an invoice, whole or in part. */
        post: operations["tenant_invoice_credit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/invoices/{invoice}/finalize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Finalize a draft; it gets its number. */
        post: operations["tenant_invoice_finalize"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/invoices/{invoice}/pay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Note that an invoice was paid by another way than Stripe. */
        post: operations["tenant_invoice_pay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/invoices/{invoice}/pdf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve an invoice of a tenant's as PDF/A. */
        get: operations["tenant_invoice_pdf"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/invoices/{invoice}/void": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Void an open invoice; what it billed will be billed again. */
        post: operations["tenant_invoice_void"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/invoices/{invoice}/write-off": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Write an open invoice off. */
        post: operations["tenant_invoice_write_off"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List API keys. */
        get: operations["key_list_of_tenant"];
        put?: never;
        /** Create an API key. */
        post: operations["key_create_of_tenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change the limits, name or expiry of an API key; takes effect everywhere within a second. */
        post: operations["key_change_of_tenant"];
        /** Revoke an API key; takes effect everywhere within a second. */
        delete: operations["key_revoke_of_tenant"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve the request limits of a tenant. */
        get: operations["limit_get_of_tenant"];
        /** Set the request limits of a tenant; absent fields are unchanged. */
        put: operations["limit_set_of_tenant"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the tenant's own models and the public ones. */
        get: operations["tenant_model_list"];
        put?: never;
        /** Add a model of an upstream, which is probed first. */
        post: operations["tenant_model_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/models/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a model. */
        delete: operations["tenant_model_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/notices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a tenant's notices. */
        get: operations["tenant_notice_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List prices in force or to come. */
        get: operations["price_list_of_tenant"];
        /** Set a price from a date on, as a new version. */
        put: operations["price_set_of_tenant"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/prices/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Import prices from a file in the format of LiteLLM. */
        post: operations["price_import_of_tenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/receipts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a tenant's deletion receipts. */
        get: operations["receipt_list_of_tenant"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/responses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve what a tenant's Responses take, and its default of grounding. */
        get: operations["tenant_responses_get"];
        /** Set a tenant's default of grounding; null takes it away. */
        put: operations["tenant_responses_set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resume a suspended tenant. */
        post: operations["tenant_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/storage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve what a tenant stores and its limits, where 0 sets none. */
        get: operations["tenant_storage_get"];
        /** Set a tenant's limits of storage; what is not named stays. */
        put: operations["tenant_storage_set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/stripe/outbox": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what Stripe still has to be told of a tenant. */
        get: operations["tenant_stripe_outbox"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/stripe/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send again what Stripe refused. */
        post: operations["tenant_stripe_retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/subscription": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a tenant's current subscription. */
        get: operations["subscription_get_of_tenant"];
        put?: never;
        /** Start a subscription. */
        post: operations["subscription_start_of_tenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/subscription/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel a subscription, now or at the period's end. */
        post: operations["subscription_cancel_of_tenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/subscription/change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change the plan, now with proration or at the period's end. */
        post: operations["subscription_change_of_tenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/subscription/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause a subscription. */
        post: operations["subscription_pause_of_tenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/subscription/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resume a paused subscription, or take back a cancellation. */
        post: operations["subscription_resume_of_tenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a tenant's subscriptions. */
        get: operations["subscription_list_of_tenant"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Suspend a tenant; all of its credentials are refused. */
        post: operations["tenant_suspend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/tax-rates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List tax rates by country. */
        get: operations["tenant_tax_list"];
        /** Set the tax rate of a country. */
        put: operations["tenant_tax_set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a tenant's teams. */
        get: operations["tenant_team_list"];
        put?: never;
        /** Create a team. */
        post: operations["tenant_team_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/teams/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a team of a tenant's. */
        get: operations["tenant_team_get"];
        put?: never;
        /** Rename a team of a tenant's. */
        post: operations["tenant_team_rename"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/teams/{id}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Archive a team of a tenant's. */
        post: operations["tenant_team_archive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/teams/{id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a team's members. */
        get: operations["tenant_team_member_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/teams/{id}/members/{account}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Add a member to a team of a tenant's. */
        put: operations["tenant_team_member_add"];
        post?: never;
        /** Remove a member from a team of a tenant's. */
        delete: operations["tenant_team_member_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/top-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a tenant's automatic top-up. */
        get: operations["tenant_top_up_get"];
        /** Set a tenant's automatic top-up. */
        put: operations["tenant_top_up_set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/top-up/collect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Note that a waiting top-up was paid; answers with its credit. */
        post: operations["tenant_top_up_collect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a tenant's latest model calls. */
        get: operations["tenant_usage_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/usage-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a tenant's usage events. */
        get: operations["tenant_usage_event_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/usage-events/{id}/correct": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Correct a usage event by a further entry. */
        post: operations["tenant_usage_correct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/usage/quarantine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List usage events that the database refused. */
        get: operations["tenant_usage_quarantine"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List users. */
        get: operations["user_list_of_tenant"];
        put?: never;
        /** Add a user to the tenant. */
        post: operations["user_create_of_tenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/users/{id}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Disable a user; takes effect everywhere within a second. */
        post: operations["user_disable_of_tenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/users/{id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Enable a disabled user. */
        post: operations["user_enable_of_tenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/users/{id}/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create a one-time link to set a password. */
        post: operations["user_link_of_tenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/users/{id}/role": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change a user's role. */
        post: operations["user_role_of_tenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/vector_stores": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a tenant's vector stores. */
        get: operations["vector_store_list_of_tenant"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tenants/{tenant}/vector_stores/{store}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change a tenant's vector store. */
        post: operations["vector_store_update_of_tenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Usage events, one for each billable act. As CSV with Accept text/csv or format=csv, then all that match. */
        get: operations["usage_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage/own": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Usage events of the caller, one for each billable act. As CSV with Accept text/csv or format=csv, then all that match. */
        get: operations["usage_own_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage/own/sums": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sums of the acts of the caller and of what they cost; other users are ignored. */
        get: operations["usage_own_sums"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage/sums": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sums of all acts and of what they cost, by bucket and group. */
        get: operations["usage_sums"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List users. */
        get: operations["user_list"];
        put?: never;
        /**
         * Add a person to the tenant, by an invitation. The same as `POST /api/invitations`.
         * @description The answer does not depend on whether the address has an account. Nothing of an account is shown before the invitation is accepted.
         */
        post: operations["user_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{id}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Disable a user; takes effect everywhere within a second. */
        post: operations["user_disable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Enable a disabled user. */
        post: operations["user_enable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{id}/role": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change a user's role. */
        post: operations["user_role"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve the gateway's metrics in the Prometheus text format. */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics/{service}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve the metrics of one service in the Prometheus text format. */
        get: operations["metrics_of_service"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mock-stripe/checkout/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The checkout page of the mock of Stripe, for tests; no money moves. */
        get: operations["stripe_mock_checkout"];
        put?: never;
        /** Submit the form of that page. */
        post: operations["stripe_mock_checkout_act"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mock-stripe/portal/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The billing portal page of the mock of Stripe, for tests; no money moves. */
        get: operations["stripe_mock_portal"];
        put?: never;
        /** Submit the form of that page. */
        post: operations["stripe_mock_portal_act"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The page that a one-time link opens. */
        get: operations["setup_page"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audio/speech": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Speak a text.
         * @description One channel at 24 kHz, sent as it is spoken.
         */
        post: operations["speech_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audio/transcriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Write down what is said in a recording.
         * @description WAV, FLAC, MP3, Ogg Vorbis and Ogg Opus are read, whatever their name. The recording is decoded in a sandbox, and only samples, or a FLAC file of them, reach the model. `speech.md` says what the installation's own model can do.
         */
        post: operations["transcription_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audio/translations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Write down in English what is said in a recording. */
        post: operations["translation_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/chat/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create a chat completion. */
        post: operations["chat_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create embeddings. */
        post: operations["embedding_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List files. */
        get: operations["file_list"];
        put?: never;
        /**
         * Upload a file.
         * @description If the file would exceed the tenant's quota, the request is refused with 403 `storage_quota_exceeded` before the body is read. Any file can be uploaded. These can be searched, recognized by their content: PDF, Word (docx), Excel (xlsx), PowerPoint (pptx), OpenDocument (odt, ods, odp), EPUB, HTML, Markdown, plain text, Rich Text (rtf), CSV, TSV, JSON, JSON Lines, mail (eml) with attachments in these formats, and source code. Others fail with `unsupported_file` when attached to a vector store.
         */
        post: operations["file_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/files/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a file. */
        get: operations["file_get"];
        put?: never;
        post?: never;
        /** Delete a file, also from all vector stores. */
        delete: operations["file_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/files/{file}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download the content of a file, or one range of it. */
        get: operations["file_content"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/checkpoints/{checkpoint}/permissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List with whom a checkpoint is shared. */
        get: operations["fine_tuning_permission_list"];
        put?: never;
        /**
         * Share a checkpoint.
         * @description Only within the tenant: the `organization_id` of its jobs is the one project that there is.
         */
        post: operations["fine_tuning_permission_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/checkpoints/{checkpoint}/permissions/{permission}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Share a checkpoint no longer. */
        delete: operations["fine_tuning_permission_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the fine-tuning jobs. */
        get: operations["fine_tuning_job_list"];
        put?: never;
        /**
         * Train an adapter on a file.
         * @description As OpenAI's. The file is validated first; all findings are events, with line and field. What the job may cost is reserved at once, from an estimate that it also tells.
         */
        post: operations["fine_tuning_job_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{fine_tuning_job}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a fine-tuning job. */
        get: operations["fine_tuning_job_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{fine_tuning_job}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a fine-tuning job: its trainer stops within two seconds. */
        post: operations["fine_tuning_job_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{fine_tuning_job}/checkpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the checkpoints of a fine-tuning job. */
        get: operations["fine_tuning_checkpoint_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{fine_tuning_job}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what happened to a fine-tuning job, or follow it. */
        get: operations["fine_tuning_event_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{fine_tuning_job}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause a fine-tuning job: its status stays, and its trainer stops within two seconds. */
        post: operations["fine_tuning_job_pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{fine_tuning_job}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resume a paused fine-tuning job. */
        post: operations["fine_tuning_job_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the images that are kept, the newest first.
         * @description Images that were made, and those that were analysed with `store`. An image is a file of the tenant, and is gone with it.
         */
        get: operations["image_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/{image}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve what is known of an image that is kept.
         * @description The image itself is the content of the file `file_id`.
         */
        get: operations["image_get"];
        put?: never;
        /** Say what an image shows. */
        post: operations["image_update"];
        /**
         * Remove an image.
         * @description Its file is deleted with it, unless that was the tenant's before, sent to an analysis by its id.
         */
        delete: operations["image_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/analyses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say what can be said of an image without a model.
         * @description An extension. The image is part of a form, or named in JSON by the `file_id` of a file (which requires the scope `files:read`), a data URL or a URL. It is read in a sandbox. `include` names what to look for; without it everything but the place. What was not looked for is missing from the answer, and what nothing here can look for is named in `bulkhead.absent`.
         */
        post: operations["image_analysis_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/edits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make images from images.
         * @description As OpenAI's: a form with up to 16 images of at most 50 MB each, or JSON with `file_id`s and data URLs. Every image is first re-encoded without its metadata.
         */
        post: operations["image_edit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/generations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make images from words.
         * @description As OpenAI's. Without an image model (`bulkhead model add NAME --kind image`) the test backend answers, which is marked in `bulkhead.test_backend` and in the image. With `bulkhead.detached` the answer is the job, which continues without the client.
         */
        post: operations["image_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the requests for images. */
        get: operations["image_job_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/jobs/{job}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a request for images, with what has been made. */
        get: operations["image_job_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/jobs/{job}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a request for images, within two seconds; what has been made stays. */
        post: operations["image_job_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/jobs/{job}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow a request for images, to its end. */
        get: operations["image_job_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/links/{link}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve an image by a link of an answer with `response_format` `url`.
         * @description The link expires after `multimodal.link_s` seconds. Anyone who has it can read the image.
         */
        get: operations["image_link_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Find images that are kept, by words or by an image.
         * @description An extension. `query` finds words of the prompt, the alt text and the text in the image; the `score` is the share of the query's words that was found. With `file_id` or `image_url`, images that are nearly the same are found; `distance` is how many bits of their hashes differ, at most 12.
         */
        post: operations["image_search"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/variations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Not offered: always 404.
         * @description No model of today makes variations; `/v1/images/edits` takes an image and a prompt.
         */
        post: operations["image_variation_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the available models. */
        get: operations["model_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve a model.
         * @description The price of an image model is that of images of the named size and quality.
         */
        get: operations["model_get"];
        put?: never;
        post?: never;
        /**
         * Delete a fine-tuned model.
         * @description Deletes the adapter and its file. A name of another tenant is answered like one that does not exist; other models than fine-tuned ones are refused with 403.
         */
        delete: operations["model_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/moderations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say whether text or images are harmful.
         * @description As OpenAI's. Without a moderation model (`bulkhead model add NAME --kind moderation`) the built-in rules answer, which are a short list of phrases in English and German and take no images.
         */
        post: operations["moderation_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organization/costs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Costs by day (UTC), in the installation's currency. */
        get: operations["usage_costs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organization/usage/audio_speeches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Usage of speech. */
        get: operations["usage_audio_speeches"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organization/usage/audio_transcriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Usage of transcriptions. */
        get: operations["usage_audio_transcriptions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organization/usage/code_interpreter_sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Usage of code interpreter sessions; none are metered, so that buckets are empty. */
        get: operations["usage_code_interpreter_sessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organization/usage/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Usage of chat completions. */
        get: operations["usage_completions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organization/usage/embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Usage of embeddings. */
        get: operations["usage_embeddings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organization/usage/file_search_calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Usage of searches in vector stores. */
        get: operations["usage_file_search_calls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organization/usage/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Usage of images. */
        get: operations["usage_images"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organization/usage/moderations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Usage of moderations; none are metered, so that buckets are empty. */
        get: operations["usage_moderations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organization/usage/vector_stores": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Usage of vector stores: bytes times days, settled in the bucket. */
        get: operations["usage_vector_stores"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/receipts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the receipts of deletions. */
        get: operations["receipt_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/receipts/{receipt}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve the receipt of a deletion. */
        get: operations["receipt_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rerank": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rank documents by their relevance to a query.
         * @description In the form of Cohere's and Jina's APIs. There is no rerank model by default: the operator adds one (`bulkhead model add NAME --kind rerank`).
         */
        post: operations["rerank_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a Response.
         * @description A run that fails before the first word of its answer is answered with the status and error that a chat completion
         *     has, unless `background` is true; streams too, if nothing was sent yet. Otherwise the Response ends as `failed`.
         */
        post: operations["response_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{response}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a Response, or replay its stream from any event on. */
        get: operations["response_get"];
        put?: never;
        post?: never;
        /** Delete a Response with its items and events. */
        delete: operations["response_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{response}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel a background Response. */
        post: operations["response_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{response}/input_items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the input items of a Response. */
        get: operations["response_input_items"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create an upload in parts.
         * @description For files of up to 8 GB. The upload expires after an hour. Parts can be sent in any order, concurrently and again.
         */
        post: operations["upload_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{upload}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve an upload. */
        get: operations["upload_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{upload}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel an upload and remove its parts. */
        post: operations["upload_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{upload}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a file of the parts, in the order given.
         * @description The parts must have exactly as many bytes as the upload was created with. An upload that is completed already is returned unchanged.
         */
        post: operations["upload_complete"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{upload}/parts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the parts of an upload that is not completed, to continue it. */
        get: operations["upload_part_list"];
        put?: never;
        /** Add a part of at most 64 MB to an upload. */
        post: operations["upload_part_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vector_stores": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List vector stores. */
        get: operations["vector_store_list"];
        put?: never;
        /** Create a vector store. */
        post: operations["vector_store_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vector_stores/{store}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a vector store. */
        get: operations["vector_store_get"];
        put?: never;
        /** Update the name, expiry or metadata of a vector store. */
        post: operations["vector_store_update"];
        /** Delete a vector store; its files are kept. */
        delete: operations["vector_store_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vector_stores/{store}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download a vector store with its files, chunks and vectors as a tar archive; also requires files:read. */
        get: operations["vector_store_export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vector_stores/{store}/file_batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add several files to a vector store. */
        post: operations["batch_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vector_stores/{store}/file_batches/{batch}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a file batch. */
        get: operations["batch_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vector_stores/{store}/file_batches/{batch}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel the remaining work of a file batch.
         * @description Only work that the batch itself started is cancelled, not the ingestion of a file that was attached earlier or has been attached again since. If there is nothing to cancel, the batch is returned unchanged.
         */
        post: operations["batch_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vector_stores/{store}/file_batches/{batch}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the files of a file batch. */
        get: operations["batch_files"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vector_stores/{store}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the files of a vector store. */
        get: operations["store_file_list"];
        put?: never;
        /** Add a file to a vector store and start its ingestion. */
        post: operations["store_file_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vector_stores/{store}/files/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve a file of a vector store; the header `openai-poll-after-ms` suggests when to poll again. */
        get: operations["store_file_get"];
        put?: never;
        /** Replace the attributes of a file. */
        post: operations["store_file_update"];
        /** Remove a file from a vector store; the file itself is kept. */
        delete: operations["store_file_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vector_stores/{store}/files/{file}/chunks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the chunks of a file in the order of its text. */
        get: operations["store_file_chunks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vector_stores/{store}/files/{file}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retrieve the extracted text of a file. */
        get: operations["store_file_content"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vector_stores/{store}/files/{file}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the ingestion of a file, up to its final state.
         * @description Each event contains the whole state of the file. Only the newest state is sent, unless it is the one named by `starting_after`.
         */
        get: operations["store_file_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vector_stores/{store}/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Search a vector store by vectors and by words. */
        post: operations["vector_store_search"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/rerank": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The same as `/v1/rerank`, for clients of Cohere's second API.
         * @description Pages of other origins cannot call it.
         */
        post: operations["rerank_create_v2"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/stripe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take an event of Stripe. The signature over the bytes of the body, in Stripe-Signature, is the credential. */
        post: operations["stripe_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Account: {
            email: string;
            has_password: boolean;
            /** Format: uuid */
            id: string;
            name: string;
            /** @constant */
            object: "account";
            /** @enum {string} */
            state: "active" | "disabled";
            /** @description Tenants of which the person is a member; at most 100 are returned. */
            tenants: {
                /** Format: uuid */
                id: string;
                name: string;
            }[];
        };
        AccountList: {
            data: components["schemas"]["Account"][];
            has_more: boolean;
            /** @constant */
            object?: "list";
        };
        /** @description A passage retrieved by this Response that supports the sentence. */
        Annotation: {
            bulkhead: components["schemas"]["Place"];
            file_id: string;
            filename: string;
            /** @description Position in the message's text, in code points, to which the citation belongs. */
            index: number;
            /** @constant */
            type: "file_citation";
        };
        AuditChain: {
            checkpoint: string | null;
            /** @constant */
            object: "audit_chain";
            /** @description How many of them the newest checkpoint covers. */
            sealed: number;
            sealed_at: string | null;
            /** @description How many events have a position. */
            size: number;
        };
        AuditCheck: {
            /** @description Checkpoints that were compared. */
            checkpoints: number;
            /** @description Events that were compared. */
            events: number;
            /** @description At most 100 of a stretch. */
            findings: {
                position: number;
                /** @description `changed`, `missing`, `added`, `tree` or `checkpoint`. */
                what: string;
            }[];
            /** @description The first position that was looked at. */
            from: number;
            /** @description Events that retention has removed. */
            gone: number;
            has_more: boolean;
            /** @constant */
            object: "audit_check";
            /** @description How many of them the newest checkpoint covers. */
            sealed: number;
            sealed_at: string | null;
            /** @description How many events have a position. */
            size: number;
            /** @description The one behind the last. */
            to: number;
        };
        /** @description A line of the audit log. The files in which the services write them are the record; this is their index. */
        AuditEvent: {
            /** @description What was done: `key.create`, `user.role`, … */
            action: string;
            actor: string | null;
            /** @description The line. */
            details: {
                [key: string]: unknown;
            };
            /** Format: uuid */
            id: string;
            /** @constant */
            object: "audit_event";
            /** @description Its place in the tenant's chain, from 0. Absent of what was indexed before there was one, and in lists of all tenants. */
            position?: number;
            request_id: string | null;
            /** @description The service that wrote the line, or `gateway` for requests that no service answered. */
            source: string;
            /** @description The platform's staff did it to the tenant. */
            staff: boolean;
            /** @description The HTTP status of the answer; 0 for what a service did of its own accord. */
            status: number;
            target: string | null;
            /** Format: uuid */
            tenant_id: string;
            /** Format: date-time */
            time: string;
        };
        AuditEventPage: {
            data: components["schemas"]["AuditEvent"][];
            /** @description There may be more. A page can be short, or empty, and have more behind it: the search is answered in pieces of bounded work. */
            has_more: boolean;
            next: string | null;
            /** @constant */
            object: "list";
        };
        AuditStream: {
            /** @description How often in a row it was not taken. */
            attempts: number;
            delivered_at: number | null;
            error: string | null;
            next_attempt_at: number | null;
            /** @constant */
            object: "audit_stream";
            /** @description The next to be sent: the receiver has taken all before it. */
            position: number;
            previous_secret_until: number | null;
            /** @description What signs, as in Standard Webhooks; only in the answer that made it. */
            secret?: string;
            /** @description How many events have a position. */
            size: number;
            url: string | null;
        };
        AuditStreamUpdate: {
            /** @description Where to begin. Without it, a new webhook begins with the events that are indexed after it was set, and an existing one continues. */
            position?: number;
            /** @description An https address. */
            url: string;
        };
        Batch: {
            /** @description Unix time in seconds. */
            created_at: number;
            file_counts: components["schemas"]["FileCounts"];
            id: string;
            /** @constant */
            object: "vector_store.files_batch";
            /** @enum {string} */
            status: "in_progress" | "completed" | "cancelled" | "failed";
            vector_store_id: string;
        };
        /** @description Exactly one of `file_ids` and `files` is required. */
        BatchCreate: {
            /** @description For `file_ids`. If absent, a file that is already in the store keeps its attributes; null or {} clears them. */
            attributes?: {
                [key: string]: string | number | boolean;
            } | null;
            chunking_strategy?: components["schemas"]["ChunkingStrategy"] | null;
            file_ids?: string[] | null;
            files?: components["schemas"]["StoreFileCreate"][] | null;
        };
        BillingAccount: {
            /** @description What credits hold, less what is owed; may be negative. */
            balance: string;
            /** @description ISO 4217. */
            currency: string;
            /** @description What of the credits is set aside for acts in flight. */
            held: string;
            /** @constant */
            object: "billing_account";
            /** @description What acts cost beyond the credits. */
            owed: string;
            /** @description Whether acts that cost money are admitted only if credits cover them. */
            prepaid: boolean;
        };
        BillingCheck: {
            balance: string;
            currency: string;
            mismatches: {
                check: string;
                expected: number;
                found: number;
                subject: string;
            }[];
            /** @constant */
            object: "billing_check";
            ok: boolean;
            open_invoices: string;
            /** Format: uuid */
            tenant_id: string;
            unbilled: string;
        };
        BillingCheckoutCreate: {
            cancel_url: string;
            plan: string;
            success_url: string;
        };
        BillingCredit: {
            /** @description Decimal amount. */
            amount: string;
            /** @enum {string} */
            category: "paid" | "promotional" | "refund" | "plan";
            currency: string;
            /** @description What was posted as drawn. */
            drawn: string;
            ended_at: number | null;
            expires_at: number | null;
            /** @description Unix time in seconds. */
            given_at: number;
            /** Format: uuid */
            id: string;
            /** @description Kinds of acts that may draw it; empty means all. */
            kinds: string[];
            note: string;
            /** @constant */
            object: "credit";
            /** @description Lower ones are drawn first. */
            priority: number;
            /** @description Decimal amount. */
            remaining: string;
            /** @enum {string} */
            status: "active" | "used" | "expired" | "void";
        };
        BillingCreditGrant: {
            amount: string;
            /** @enum {string} */
            category?: "paid" | "promotional" | "refund";
            currency?: string | null;
            expires_at?: number | null;
            /** Format: uuid */
            id?: string;
            kinds?: string | null;
            note?: string;
            priority?: number;
        };
        BillingCreditList: {
            data: components["schemas"]["BillingCredit"][];
            has_more: boolean;
            /** @constant */
            object: "list";
        };
        BillingInvoice: {
            /** @description Decimal amount. */
            amount_credited: string;
            /** @description In whole minor units of the currency. */
            amount_due: string;
            /** @description Decimal amount. */
            amount_paid: string;
            /** @description What Stripe paid back, of what was paid or was paid too much. */
            amount_refunded: string;
            /** @description Decimal amount. */
            amount_remaining: string;
            /** @description What earlier invoices left below the minor unit of the currency. */
            carried_in: string;
            /** @description What this one leaves to the next. */
            carried_out: string;
            corrects: string | null;
            /** @description Unix time in seconds. */
            created_at: number;
            currency: string;
            due_at: number | null;
            ended_at: number | null;
            ends_on: string | null;
            finalized_at: number | null;
            /** Format: uuid */
            id: string;
            note: string;
            number: string | null;
            /** @enum {string} */
            object: "invoice" | "credit_note";
            past_due: boolean;
            /** @description Whether the buyer owes the tax. */
            reverse_charge: boolean;
            starts_on: string | null;
            /** @enum {string} */
            status: "draft" | "open" | "paid" | "void" | "uncollectible";
            /** @description The sum of its lines. */
            subtotal: string;
            /** @description Decimal amount. */
            tax: string;
            /** @description Whether the subtotal contains the tax. */
            tax_inclusive: boolean;
            tax_name: string;
            /** @description Why tax is charged though the buyer has a VAT identification number; else empty. */
            tax_note: string;
            /** @description Percent. */
            tax_rate: string;
            /** @description Decimal amount. */
            total: string;
        };
        BillingInvoiceCreate: {
            amount?: string | null;
            description?: string;
            ends_on?: string | null;
            minimum?: string;
            note?: string;
            usage?: boolean;
        };
        BillingInvoiceCredit: {
            amount?: string;
            /** Format: uuid */
            id?: string;
            reason: string;
        };
        BillingInvoiceDetail: {
            /** @description Decimal amount. */
            amount_credited: string;
            /** @description In whole minor units of the currency. */
            amount_due: string;
            /** @description Decimal amount. */
            amount_paid: string;
            /** @description What Stripe paid back, of what was paid or was paid too much. */
            amount_refunded: string;
            /** @description Decimal amount. */
            amount_remaining: string;
            buyer: components["schemas"]["BillingParty"];
            /** @description What earlier invoices left below the minor unit of the currency. */
            carried_in: string;
            /** @description What this one leaves to the next. */
            carried_out: string;
            corrects: string | null;
            /** @description Unix time in seconds. */
            created_at: number;
            currency: string;
            due_at: number | null;
            ended_at: number | null;
            ends_on: string | null;
            finalized_at: number | null;
            /** Format: uuid */
            id: string;
            lines: components["schemas"]["BillingInvoiceLine"][];
            note: string;
            number: string | null;
            /** @enum {string} */
            object: "invoice" | "credit_note";
            past_due: boolean;
            /** @description Whether the buyer owes the tax. */
            reverse_charge: boolean;
            seller: components["schemas"]["BillingParty"];
            starts_on: string | null;
            /** @enum {string} */
            status: "draft" | "open" | "paid" | "void" | "uncollectible";
            /** @description The sum of its lines. */
            subtotal: string;
            /** @description Decimal amount. */
            tax: string;
            /** @description Whether the subtotal contains the tax. */
            tax_inclusive: boolean;
            tax_name: string;
            /** @description Why tax is charged though the buyer has a VAT identification number; else empty. */
            tax_note: string;
            /** @description Percent. */
            tax_rate: string;
            /** @description Decimal amount. */
            total: string;
        };
        BillingInvoiceLine: {
            act: string;
            /** @description Decimal amount. */
            amount: string;
            batch: boolean;
            calls: number;
            description: string;
            ends_at: number | null;
            /** @enum {string} */
            kind: "base" | "proration" | "manual" | "usage" | "credits" | "adjustment" | "minimum" | "credit_note";
            model: string;
            price_version: number;
            quantities: components["schemas"]["BillingQuantity"][];
            rate_version: number;
            starts_at: number | null;
        };
        BillingInvoiceList: {
            data: components["schemas"]["BillingInvoice"][];
            has_more: boolean;
            /** @constant */
            object: "list";
        };
        BillingInvoicePay: {
            amount?: string;
            reference: string;
        };
        BillingPage: {
            /** @description Whether money moves there; false for the mock and for test keys. */
            livemode: boolean;
            /** @constant */
            object: "billing_page";
            url: string;
        };
        /** @description As it was when the invoice was finalized; empty in a draft that was not computed. */
        BillingParty: {
            address?: string;
            country?: string;
            email?: string;
            name?: string;
            vat_id?: string;
        };
        BillingPortalCreate: {
            return_url: string;
        };
        BillingProfile: {
            /** @description Lines of the address. */
            address?: string;
            /** @description ISO 3166-1 alpha-2; empty means the country of the seller. */
            country?: string;
            email?: string;
            name?: string;
            readonly vat_confirmed_at?: number | null;
            readonly vat_confirmed_by?: string | null;
            /** @description With its country first; numbers of the European Union must have the right form and check digits. Another one, or another country, has to be confirmed again. */
            vat_id?: string;
        };
        BillingQuantity: {
            /** @description What of it was included in the plan. */
            included: number;
            meter: string;
            quantity: number;
            unit_price: string | null;
        };
        BillingTaxRate: {
            country: string;
            effective_on?: string | null;
            inclusive?: boolean;
            name?: string;
            rate: string;
        };
        BillingTaxRateList: {
            data: components["schemas"]["BillingTaxRate"][];
            /** @constant */
            object: "list";
        };
        BillingTopUp: {
            /** @description How much is bought. */
            amount: string;
            /** @description The balance below which credits are bought. */
            below: string;
            enabled: boolean;
            month_max: string | null;
            /** @constant */
            object: "credit_top_up";
            /** @description What waits for a payment method. */
            pending_amount: string;
            pending_id: string | null;
            pending_since: number | null;
            /** @description on, off, or what it waits for. */
            status: string;
        };
        BillingTopUpSet: {
            /** @description Decimal amount. */
            amount: string;
            /** @description Decimal amount. */
            below: string;
            enabled?: boolean;
            month_max?: string | null;
        };
        BillingVatConfirm: {
            confirmed_by: string;
            vat_id: string;
        };
        /** @description Amounts are decimal numbers in the currency. A limit of 0 stops everything that costs money. */
        Budget: {
            currency: string;
            day: string | null;
            /** @description Unix time in seconds at which the day ends. */
            day_ends_at: number;
            /** @description A decimal number. */
            day_spent: string;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "tenant" | "team" | "user" | "key";
            month: string | null;
            /** @description Unix time in seconds at which the month ends. */
            month_ends_at: number;
            /** @description A decimal number. */
            month_spent: string;
            name: string | null;
            /** @constant */
            object: "budget";
            /** @description For calls in flight. */
            reserved: string;
            /** @description Percentages of each limit whose crossing is told. */
            thresholds: number[];
            total: string | null;
            /** @description A decimal number. */
            total_spent: string;
        };
        /** @description Absent limits are unchanged. */
        BudgetChange: {
            day?: string | null;
            month?: string | null;
            thresholds?: number[];
            total?: string | null;
        };
        BudgetPage: {
            data: components["schemas"]["Budget"][];
            has_more: boolean;
            /** @constant */
            object?: "list";
        };
        Chat: {
            created_at: number;
            id: string;
            latest_response_id: string | null;
            /** @constant */
            object: "chat";
            /** @description What the client keeps with it. */
            settings: Record<string, never>;
            /** @description Empty until the first question. */
            title: string;
            turns: number;
            /** @description When it was last asked something. */
            updated_at: number;
        };
        ChatAnswer: {
            annotations: unknown[];
            content: string | null;
            refusal: string | null;
            /** @constant */
            role: "assistant";
            tool_calls?: components["schemas"]["ChatAnswerCall"][];
        };
        ChatAnswerCall: {
            function: {
                /** @description JSON; {} without arguments. */
                arguments: string;
                name: string;
            };
            id: string;
            /** @constant */
            type: "function";
        };
        ChatChange: {
            settings?: Record<string, never> | null;
            title?: string | null;
        };
        /** @description One event of a stream; the stream ends with `data: [DONE]`. */
        ChatChunk: {
            bulkhead?: components["schemas"]["ChatImages"];
            choices: Record<string, never>[];
            /** @description Unix time in seconds. */
            created: number;
            id: string;
            model: string;
            /** @constant */
            object: "chat.completion.chunk";
            /** @description In the last chunk with include_usage, in all chunks with continuous_usage_stats. */
            usage?: components["schemas"]["ChatUsage"] | null;
        };
        ChatCompletion: {
            bulkhead?: components["schemas"]["ChatImages"];
            choices: {
                /** @description stop, length, tool_calls or content_filter. */
                finish_reason: string;
                index: number;
                logprobs: {
                    content: components["schemas"]["ChatLogprob"][];
                    refusal?: null;
                } | null;
                message: components["schemas"]["ChatAnswer"];
            }[];
            /** @description Unix time in seconds. */
            created: number;
            id: string;
            model: string;
            /** @constant */
            object: "chat.completion";
            usage: components["schemas"]["ChatUsage"];
        };
        /** @description OpenAI's fields for caching, service tiers and labels are accepted without effect; every other unknown field is refused. */
        ChatCreate: {
            frequency_penalty?: number | null;
            logit_bias?: Record<string, never> | null;
            logprobs?: boolean | null;
            max_completion_tokens?: number | null;
            max_tokens?: number | null;
            messages: components["schemas"]["ChatMessage"][];
            modalities?: "text"[] | null;
            /** @description A name from the list of models; `default` is the tenant's default model. */
            model: string;
            n?: number | null;
            parallel_tool_calls?: boolean | null;
            presence_penalty?: number | null;
            response_format?: {
                json_schema?: {
                    description?: string;
                    name: string;
                    schema: Record<string, never>;
                    strict?: boolean | null;
                };
                /** @enum {string} */
                type: "text" | "json_object" | "json_schema";
            } | null;
            seed?: number | null;
            stop?: string | string[] | null;
            stream?: boolean | null;
            stream_options?: {
                /** @description With include_usage, each chunk has the usage so far if the upstream tells it (the embedded engine, vLLM and others). A call whose client leaves is then recorded with the last usage, not an estimate. */
                continuous_usage_stats?: boolean;
                include_usage?: boolean;
            } | null;
            temperature?: number | null;
            tool_choice?: unknown;
            tools?: components["schemas"]["ChatTool"][] | null;
            top_logprobs?: number | null;
            top_p?: number | null;
        };
        /** @description Only if the model takes no images. It was told in words what programs found in them. */
        ChatImages: {
            /** @constant */
            images: "described";
        };
        ChatLogprob: {
            bytes: number[] | null;
            logprob: number;
            token: string;
            top_logprobs: {
                bytes: number[] | null;
                logprob: number;
                token: string;
            }[];
        };
        ChatMessage: {
            /** @description A string, or an array of parts of type text or, in a message of role user, image_url. The `url` of an image is a data URL, the id of a file or an address that begins with https://; `detail` is auto, low or high. */
            content?: string | Record<string, never>[] | null;
            name?: string;
            refusal?: string;
            /** @enum {string} */
            role: "system" | "developer" | "user" | "assistant" | "tool";
            tool_call_id?: string;
            tool_calls?: components["schemas"]["ChatToolCall"][];
        };
        ChatPage: {
            data: components["schemas"]["Chat"][];
            first_id: string;
            has_more: boolean;
            last_id: string;
            /** @constant */
            object: "list";
        };
        ChatTool: {
            function: {
                description?: string;
                name: string;
                parameters?: Record<string, never>;
                strict?: boolean | null;
            };
            /** @constant */
            type: "function";
        };
        ChatToolCall: {
            function: {
                arguments: string;
                name: string;
            };
            id: string;
            /** @constant */
            type: "function";
        };
        ChatTurn: {
            /** @description As in the list of a Response's input items. */
            input: Record<string, never>[];
            /** @constant */
            object: "chat.turn";
            /** @description Of the request that asked, as in usage events. */
            request_id: string;
            response: components["schemas"]["Response"];
        };
        ChatTurnPage: {
            data: components["schemas"]["ChatTurn"][];
            first_id: string;
            has_more: boolean;
            last_id: string;
            /** @constant */
            object: "list";
        };
        ChatUsage: {
            completion_tokens: number;
            completion_tokens_details: {
                reasoning_tokens: number;
            };
            prompt_tokens: number;
            prompt_tokens_details: {
                cached_tokens: number;
            };
            total_tokens: number;
        };
        /** @description `auto` splits by document structure and is returned as `static` with the values used. */
        ChunkingStrategy: {
            /** @constant */
            type: "auto";
        } | {
            static: {
                chunk_overlap_tokens: number;
                max_chunk_size_tokens: number;
            };
            /** @constant */
            type: "static";
        };
        ConsoleSession: {
            account: {
                email: string;
                /** Format: uuid */
                id: string;
                locale: string;
                name: string;
                shortcuts: boolean;
                theme: string;
                time_zone: string;
            };
            /** @description Unix time in seconds. */
            created_at: number;
            elevated_until: number | null;
            entitlements: string[];
            /** @description Unix time in seconds. */
            expires_at: number;
            /** Format: uuid */
            id: string;
            /** @description Unix time in seconds; later with each use. */
            idle_expires_at: number;
            impersonation: {
                by: string;
                reason: string;
                /** @description Unix time in seconds. */
                until: number;
            } | null;
            mfa: {
                /** @description The user has an authenticator app. */
                enabled: boolean;
                /** @description The tenant requires one; without it a session can do nothing but set one up. */
                required: boolean;
                /** @description A code was shown in this session. */
                verified: boolean;
            };
            /** @constant */
            object: "console_session";
            plan: string;
            role: string;
            scopes: string[];
            tenant: {
                /** Format: uuid */
                id: string;
                is_platform: boolean;
                name: string;
            };
            /** @description Where the user can go. */
            tenants: {
                /** Format: uuid */
                id: string;
                name: string;
                role: string;
            }[];
        };
        /** @description Effective where the operator's setting gateway.cors lets tenants have origins of their own. */
        Cors: {
            /** @constant */
            object: "cors";
            origins: string[];
        };
        CorsUpdate: {
            /** @description Exactly as browsers send them, such as https://app.example; at most 2,048 characters in total. */
            origins: string[];
        };
        Deleted: {
            /** @constant */
            deleted: true;
            id: string;
            object: string;
        };
        DeletedWithReceipt: {
            bulkhead: {
                receipt: components["schemas"]["DeletionReceipt"];
            };
            /** @constant */
            deleted: true;
            id: string;
            object: string;
        };
        /** @description What a deletion removed. A store is gone at once, and a job removes its index; `in_progress` until nothing is left. */
        DeletionReceipt: {
            completed_at: number | null;
            /** @description Unix time in seconds. */
            created_at: number;
            id: string;
            /** @enum {string} */
            kind: "file" | "vector_store" | "vector_store.file";
            /** @constant */
            object: "deletion_receipt";
            /** @description Rows by table and partition, `posting.rewritten` (blocks of postings that lost some), `object` and `object.bytes`. Contents of files are not kept in any cache. */
            removed: {
                [key: string]: number;
            };
            /** @enum {string} */
            status: "in_progress" | "completed";
            /** @description The id of the file or vector store. */
            subject: string;
        };
        DeletionReceiptList: {
            data: components["schemas"]["DeletionReceipt"][];
            first_id: string;
            has_more: boolean;
            last_id: string;
            /** @constant */
            object: "list";
        };
        Discovery: {
            access_token_signing_alg_values_supported: string[];
            grant_types_supported: string[];
            id_token_signing_alg_values_supported: string[];
            issuer: string;
            jwks_uri: string;
            response_types_supported: string[];
            subject_types_supported: string[];
        };
        Email: {
            email: string;
        };
        EmbeddingCreate: {
            dimensions?: number | null;
            encoding_format?: ("float" | "base64") | null;
            /** @description Text; token ids are not supported. */
            input: string | string[];
            model: string;
            user?: string;
        };
        EmbeddingList: {
            data: {
                /** @description An array of numbers, or little-endian 32-bit floats in base64. */
                embedding: number[] | string;
                index: number;
                /** @constant */
                object: "embedding";
            }[];
            model: string;
            /** @constant */
            object: "list";
            usage: {
                prompt_tokens: number;
                total_tokens: number;
            };
        };
        /** @description The body of every error response. */
        Error: {
            /** @description The reason as text; the class of the error; the parameter at fault; a stable code for programs. */
            error: {
                code: string | null;
                message: string;
                param: string | null;
                /** @example invalid_request_error */
                type: string;
            };
        };
        ExpiresAfter: {
            /** @constant */
            anchor: "last_active_at";
            days: number;
        };
        File: {
            bytes: number;
            /** @description Unix time in seconds. */
            created_at: number;
            /** @description Unix time in seconds. */
            expires_at?: number;
            filename: string;
            id: string;
            /** @constant */
            object: "file";
            /** @enum {string} */
            purpose: "assistants" | "batch" | "fine-tune" | "vision" | "user_data";
            /** @enum {string} */
            status: "uploaded" | "processed" | "error";
        };
        FileCounts: {
            cancelled: number;
            completed: number;
            failed: number;
            in_progress: number;
            total: number;
        };
        FileList: {
            data: components["schemas"]["File"][];
            first_id: string;
            has_more: boolean;
            last_id: string;
            /** @constant */
            object: "list";
        };
        /** @description Nested at most 8 deep, with at most 100 comparisons and compounds, and at most 1,000 elements in all lists in total. */
        Filter: {
            key: string;
            /** @enum {string} */
            type: "eq" | "ne" | "gt" | "gte" | "lt" | "lte" | "in" | "nin";
            value: string | number | boolean | (string | number)[];
        } | {
            filters: components["schemas"]["Filter"][];
            /** @enum {string} */
            type: "and" | "or";
        };
        FineTuningCheckpoint: {
            bulkhead: {
                bytes: number;
                /** @description Of the adapter. */
                sha256: string;
            };
            created_at: number;
            fine_tuned_model_checkpoint: string;
            fine_tuning_job_id: string;
            id: string;
            /** @description step, train_loss, train_mean_token_accuracy, valid_loss, valid_mean_token_accuracy, full_valid_loss, full_valid_mean_token_accuracy. */
            metrics: unknown;
            /** @constant */
            object: "fine_tuning.job.checkpoint";
            step_number: number;
        };
        FineTuningCheckpointList: {
            data: components["schemas"]["FineTuningCheckpoint"][];
            first_id: string;
            has_more: boolean;
            last_id: string;
            /** @constant */
            object: "list";
        };
        FineTuningCheckpointPermission: {
            created_at: number;
            id: string;
            /** @constant */
            object: "checkpoint.permission";
            project_id: string;
        };
        FineTuningCheckpointPermissionCreate: {
            project_ids: string[];
        };
        FineTuningCheckpointPermissionDeleted: {
            /** @constant */
            deleted: true;
            id: string;
            /** @constant */
            object: "checkpoint.permission";
        };
        FineTuningCheckpointPermissionList: {
            data: components["schemas"]["FineTuningCheckpointPermission"][];
            first_id: string;
            has_more: boolean;
            last_id: string;
            /** @constant */
            object: "list";
        };
        FineTuningCheckpointPermissionsCreated: {
            data: components["schemas"]["FineTuningCheckpointPermission"][];
            /** @constant */
            object: "list";
        };
        FineTuningJob: {
            bulkhead: {
                cost: string;
                cost_at_most: string;
                /** @description What was counted in the files, with estimates of tokens, seconds and cost; null before validation. */
                data: unknown;
                engine: string | null;
                /** @description The base model and the result on the part held out, and answers of both; null before. */
                evaluation: unknown;
                paused: boolean;
                published: boolean;
                /** @description Among the tenant's that wait, from 1; 0: it does not wait. */
                queue_position: number;
                /** @description The estimate; no more are billed. */
                reserved_tokens: number;
                /** @description validate, train or publish. */
                stage: string;
                /** @description 0: unknown until training begins. */
                steps: number;
                steps_done: number;
                trained_tokens: number;
            };
            created_at: number;
            error: {
                code: string;
                message: string;
                param: string | null;
            } | null;
            estimated_finish: number | null;
            fine_tuned_model: string | null;
            finished_at: number | null;
            /** @description As asked for, of supervised jobs; `{}` of others. */
            hyperparameters: unknown;
            id: string;
            metadata: {
                [key: string]: string;
            };
            /** @description As asked for. */
            method: unknown;
            model: string;
            /** @constant */
            object: "fine_tuning.job";
            organization_id: string;
            /** @description The adapter, once there is one: an array of the ids of files. */
            result_files: unknown;
            seed: number;
            /** @description validating_files, queued, running, succeeded, failed or cancelled; a paused job keeps its own. */
            status: string;
            /** @description Tokens that went through its steps; null before its end. */
            trained_tokens: number | null;
            training_file: string;
            validation_file: string | null;
        };
        FineTuningJobCreate: {
            bulkhead?: {
                /** @description Of the training data, where there is no validation file; 10 by default. */
                held_out_percent?: number;
                /** @description Held-out examples may also be in the training data. */
                leaks_allowed?: boolean;
                /** @description Serve the result also if it is worse than the base model on the part held out. */
                publish_worse?: boolean;
                /** @description Answers to held-out examples, by the base model and the result; 3 by default. */
                samples?: number;
            };
            hyperparameters?: Record<string, never> | null;
            /** @description None are supported. */
            integrations?: unknown[] | null;
            metadata?: {
                [key: string]: string;
            } | null;
            method?: Record<string, never> | null;
            model: string;
            seed?: number | null;
            suffix?: string | null;
            training_file: string;
            /** @description Without it, a part of the training data is held out. */
            validation_file?: string | null;
        };
        FineTuningJobEvent: {
            created_at: number;
            /** @description An object: of metrics the figures, of a finding its file, line and field. */
            data: unknown;
            id: string;
            level: string;
            message: string;
            /** @constant */
            object: "fine_tuning.job.event";
            /** @description From 0 in steps of 1. */
            sequence_number: number;
            /** @description message, or metrics. */
            type: string;
        };
        FineTuningJobEventList: {
            data: components["schemas"]["FineTuningJobEvent"][];
            first_id: string;
            has_more: boolean;
            last_id: string;
            /** @constant */
            object: "list";
        };
        FineTuningJobList: {
            data: components["schemas"]["FineTuningJob"][];
            first_id: string;
            has_more: boolean;
            last_id: string;
            /** @constant */
            object: "list";
        };
        ImageAnalysis: {
            alt: string | null;
            bulkhead: {
                /** @description What nothing here can look for, in the words of `include`. */
                absent: string[];
                stored: boolean;
            };
            bytes: number;
            /** @description QR codes and bar codes. */
            codes?: {
                box: components["schemas"]["ImageBox"];
                kind: string;
                text: string;
            }[];
            colours?: {
                rgb: string;
                share: number;
            }[];
            exif?: {
                aperture: number | null;
                camera: string | null;
                /** @description Seconds, as 1/250. */
                exposure: string | null;
                focal_length: number | null;
                iso: number | null;
                lens: string | null;
                /** @description A local time, as 2026-05-01T12:30:00. */
                taken: string | null;
            };
            file_id: string | null;
            format: string;
            /** @description Seven of 64 bits; none if there is too little in the image. */
            hashes?: string[];
            header: {
                alpha: boolean;
                bits: number;
                /** @description grey, rgb, palette, yuv, cmyk or ycck. */
                colour: string;
                frames: number;
                media_type: string;
                /** @description As EXIF counts, from 1 to 8. */
                orientation: number;
                profile: boolean;
            };
            height: number;
            /** @description Of the image, if it is kept. */
            id: string | null;
            /** @description Blocks of text, and their lines. */
            layout?: {
                box: components["schemas"]["ImageBox"];
                /** @description Percent. */
                confidence: number;
                lines: {
                    box: components["schemas"]["ImageBox"];
                    text: string;
                }[];
                words: number;
            }[];
            /** @description Images of the tenant that are nearly the same, the nearest first. */
            near?: {
                distance: number;
                file_id: string;
                id: string;
            }[];
            /** @constant */
            object: "image.analysis";
            /** @description Only if `include` names it and the image has one. */
            place?: {
                altitude: number | null;
                latitude: number;
                longitude: number;
            };
            /** @description Of the bytes as they were sent. */
            sha256: string;
            /** @description From 0 to 1; below 0.5 most people call it blurred. */
            sharpness?: number;
            /** @description What is written in it, lines as they stand. */
            text?: string;
            /** @description false: its time was over. */
            text_complete?: boolean;
            /** @description Percent. */
            text_confidence?: number;
            /** @description Degrees, clockwise. */
            text_turned?: number;
            /** @description As it is seen, its orientation applied. */
            width: number;
            words?: {
                block: number;
                box: components["schemas"]["ImageBox"];
                /** @description Percent. */
                confidence: number;
                line: number;
                text: string;
            }[];
        };
        ImageAnalysisCreate: {
            /** @description With `store`: what it shows. */
            alt?: string | null;
            /** @description One of both. */
            image: {
                file_id?: string | null;
                /** @description A data URL or a URL. */
                image_url?: string | null;
            };
            include?: ("exif" | "place" | "colours" | "hashes" | "near" | "blur" | "codes" | "words" | "layout" | "labels" | "faces" | "safety")[] | null;
            /** @description Whether the image is kept, re-encoded, to be listed and found. */
            store?: boolean | null;
        };
        /** @description In pixels of the image as it is seen. */
        ImageBox: {
            height: number;
            width: number;
            x: number;
            y: number;
        };
        ImageEditCreate: {
            background?: ("auto" | "transparent" | "opaque") | null;
            bulkhead?: {
                /** @description The response is the job */
                detached?: boolean;
                seed?: number;
            } | null;
            images: components["schemas"]["ImageReference"][];
            input_fidelity?: ("high" | "low") | null;
            mask?: components["schemas"]["ImageReference"] | null;
            model?: string | null;
            moderation?: ("auto" | "low") | null;
            n?: number | null;
            output_compression?: number | null;
            output_format?: ("png" | "jpeg" | "webp") | null;
            partial_images?: number | null;
            prompt: string;
            quality?: ("auto" | "low" | "medium" | "high" | "standard" | "hd") | null;
            response_format?: ("b64_json" | "url") | null;
            size?: string | null;
            stream?: boolean | null;
            user?: string;
        };
        ImageEvent: {
            b64_json: string;
            background?: string;
            bulkhead: {
                file_id: string;
                index: number;
                job: string;
                test_backend: boolean;
            };
            created_at: number;
            output_format?: string;
            partial_image_index?: number;
            quality?: string;
            sequence_number: number;
            size?: string;
            /** @enum {string} */
            type: "image_generation.partial_image" | "image_generation.completed" | "image_edit.partial_image" | "image_edit.completed";
            usage?: components["schemas"]["ImageUsage"];
        };
        ImageFile: {
            bytes: number;
            file_id: string;
            /** @enum {string} */
            format: "png" | "jpeg" | "webp";
            height: number;
            width: number;
        };
        ImageGenerationCreate: {
            background?: ("auto" | "transparent" | "opaque") | null;
            bulkhead?: {
                /** @description The response is the job */
                detached?: boolean;
                seed?: number;
            } | null;
            model?: string | null;
            moderation?: ("auto" | "low") | null;
            n?: number | null;
            output_compression?: number | null;
            output_format?: ("png" | "jpeg" | "webp") | null;
            partial_images?: number | null;
            prompt: string;
            quality?: ("auto" | "low" | "medium" | "high" | "standard" | "hd") | null;
            response_format?: ("b64_json" | "url") | null;
            size?: string | null;
            stream?: boolean | null;
            user?: string;
        };
        ImageJob: {
            background: string;
            completed_at: number | null;
            created_at: number;
            done: number;
            error: {
                code: string;
                message: string;
                param: string | null;
            } | null;
            id: string;
            images: {
                bytes: number;
                file_id: string;
                format: string;
                height: number;
                revised_prompt: string | null;
                width: number;
            }[];
            kind: string;
            model: string | null;
            n: number;
            /** @constant */
            object: "image.job";
            output_format: string;
            prompt: string;
            quality: string;
            /** @description Among the tenant's that wait, from 1; 0: it does not wait. */
            queue_position: number;
            removed: string[];
            seed: number;
            size: string;
            status: string;
            test_backend: boolean;
        };
        ImageJobList: {
            data: components["schemas"]["ImageJob"][];
            first_id: string;
            has_more: boolean;
            last_id: string;
            /** @constant */
            object: "list";
        };
        /** @description One of both. */
        ImageReference: {
            file_id?: string | null;
            image_url?: string | null;
        };
        Images: {
            /** @enum {string} */
            background: "transparent" | "opaque";
            bulkhead: {
                images: components["schemas"]["ImageFile"][];
                job: string;
                model: string;
                /** @description What was taken out of the prompt: `sd_cpp_extra_args`. */
                removed: string[];
                /** @description The images come from the test backend, not from a model. */
                test_backend: boolean;
            };
            created: number;
            data: {
                b64_json?: string;
                revised_prompt?: string;
                url?: string;
            }[];
            /** @enum {string} */
            output_format: "png" | "jpeg" | "webp";
            /** @description Where OpenAI's description knows it. */
            quality?: string;
            /** @description Where OpenAI's description knows it. */
            size?: string;
            usage: components["schemas"]["ImageUsage"];
        };
        /** @description No tokens are counted; what is billed is images. */
        ImageUsage: {
            input_tokens: number;
            input_tokens_details: {
                image_tokens: number;
                text_tokens: number;
            };
            output_tokens: number;
            total_tokens: number;
        };
        Impersonate: {
            account_id?: string | null;
            minutes: number;
            reason: string;
        };
        InputItemList: {
            data: Record<string, never>[];
            first_id: string;
            has_more: boolean;
            last_id: string;
            /** @constant */
            object: "list";
        };
        Invitation: {
            accepted_at: number | null;
            /** @description Unix time in seconds. */
            created_at: number;
            created_by: string;
            email: string;
            /** @description Unix time in seconds. */
            expires_at: number;
            /** Format: uuid */
            id: string;
            /** @constant */
            object: "invitation";
            revoked_at: number | null;
            role: string;
            /** @description Unix time in seconds. */
            sent_at: number;
            /** @description `pending`, `accepted`, `revoked` or `expired`. */
            state: string;
            user_id: string | null;
        };
        InvitationAccept: {
            /** @description The second factor of an account that has one. */
            code?: string | null;
            name?: string | null;
            password: string;
            token: string;
        };
        InvitationCreate: {
            email: string;
            /** @enum {string} */
            role: "viewer" | "member" | "admin" | "owner" | "superuser";
        };
        InvitationPage: {
            data: components["schemas"]["Invitation"][];
            has_more: boolean;
            /** @constant */
            object?: "list";
        };
        InvitationToken: {
            /** @description The secret from the fragment of an invitation's link. */
            token: string;
        };
        InvitationView: {
            email: string;
            /** @description Unix time in seconds. */
            expires_at: number;
            /** @description Whether there is an account with a password for this address, which has to be proved. */
            has_account: boolean;
            role: string;
            tenant_name: string;
        };
        Jwks: {
            keys: {
                alg?: string;
                crv?: string;
                kid: string;
                kty: string;
                use?: string;
                x?: string;
                y?: string;
            }[];
        };
        KeptImage: {
            /** @description What it shows, as a person has described it. */
            alt: string | null;
            bytes: number;
            created_at: number;
            /** @description Of a search by an image: how many bits of the hashes differ. */
            distance?: number;
            /** @description When its file expires. */
            expires_at: number | null;
            file_id: string;
            /** @description png, jpeg, webp or gif. */
            format: string;
            /** @description Pixels. */
            height: number;
            id: string;
            model: string | null;
            /** @constant */
            object: "image";
            prompt: string | null;
            quality: string | null;
            /** @description Of a search by words: the share of them that was found. */
            score?: number;
            seed: number | null;
            /** @enum {string} */
            source: "generated" | "analysed";
            /** @description The text in it, where it was recognized; only where one image is retrieved. */
            text?: string;
            /** @description Pixels. */
            width: number;
        };
        KeptImageDeleted: {
            deleted: boolean;
            id: string;
            /** @constant */
            object: "image";
        };
        KeptImageList: {
            data: components["schemas"]["KeptImage"][];
            first_id: string;
            has_more: boolean;
            last_id: string;
            /** @constant */
            object: "list";
        };
        /** @description One of `query`, `file_id` and `image_url`. */
        KeptImageSearch: {
            file_id?: string | null;
            /** @description A data URL or a URL. */
            image_url?: string | null;
            /** @default 10 */
            limit?: number;
            query?: string | null;
        };
        KeptImageUpdate: {
            /** @description null: none any more. */
            alt: string | null;
        };
        Key: {
            concurrency: number;
            /** @description Unix time in seconds. */
            created_at: number;
            created_by: string;
            expires_at: number | null;
            /** Format: uuid */
            id: string;
            /** @description The secret; only in the response that created the key. */
            key?: string;
            last_used_at: number | null;
            name: string;
            /** @constant */
            object: "api_key";
            owner_id: string | null;
            /** @description The key that created this one. Requests also count against its limits; this key expires no later and is revoked with it. */
            parent_id: string | null;
            prefix: string;
            requests_per_minute: number;
            revoked_at: number | null;
            scopes: string[];
            team_id: string | null;
            /** Format: uuid */
            tenant_id: string;
        };
        /** @description Absent fields are unchanged. */
        KeyChange: {
            /** @description 0 means no limit. */
            concurrency?: number;
            expires_at?: number | null;
            name?: string;
            /** @description 0 means no limit. */
            requests_per_minute?: number;
        };
        /** @description Without `scopes`, the key can use models, files, vector stores and responses, but not manage keys or users. A key never gets more scopes than its creator has. */
        KeyCreate: {
            concurrency?: number | null;
            expires_at?: number | null;
            name?: string | null;
            requests_per_minute?: number | null;
            scopes?: string[] | null;
            /** @description The team for which its usage is counted. */
            team_id?: string | null;
        };
        KeyPage: {
            data: components["schemas"]["Key"][];
            has_more: boolean;
            /** @constant */
            object?: "list";
        };
        /** @description Those that the operator set, or else those of the tenant's plan. 0 means no limit; where the operator sets it, what the plan says. */
        Limits: {
            concurrency?: number;
            requests_per_minute?: number;
        };
        Link: {
            /** @description Unix time in seconds. */
            expires_at: number;
            link_token: string;
            url_path: string;
        };
        LinkRedeem: {
            password: string;
            /** @description The secret from the fragment of a one-time link. */
            token: string;
        };
        Me: {
            client: string;
            credential_id: string | null;
            email: string | null;
            /** @description Unix time in seconds. */
            expires_at: number;
            id: string;
            name: string | null;
            plan: string;
            role: string;
            scopes: string[];
            /** Format: uuid */
            tenant_id: string;
            tenant_name: string;
        };
        Model: {
            bulkhead: {
                adapter: ("loading" | "ready" | "failed") | null;
                alias_of: string | null;
                base: string | null;
                /** @description Tokens; 0 means unknown. */
                context: number;
                /** @description The one of its kind that is used where none is named. */
                default: boolean;
                /** @description Of an embedding model's vectors; 0 means unknown. */
                dimensions: number;
                /** @enum {string} */
                kind: "chat" | "embedding" | "rerank" | "image" | "transcription" | "speech" | "moderation";
                /** @description Run by this installation; otherwise by the upstream that it was added with. */
                managed: boolean;
                /** @description Tokens; 0 for what the context leaves. */
                max_output: number;
                /** @description Of a million of each, with the plan's rates, as a decimal number in the installation's currency. Null if it has none. */
                price: {
                    /** @description Input tokens that were cached. */
                    cached_input: string;
                    /** @description Tokens. */
                    input: string;
                    /** @description Tokens. */
                    output: string;
                    /** @description Search units of a rerank model, seconds of a transcription model, characters of a speech model, inputs of a moderation model. */
                    units: string;
                } | null;
                /** @description Takes images; others are told in words what is in them. */
                vision: boolean;
            };
            /** @description Unix time in seconds. */
            created: number;
            id: string;
            /** @constant */
            object: "model";
            owned_by: string;
        };
        ModelDeleted: {
            bulkhead: {
                /** @description Of its file; null if the file had been deleted before. */
                receipt: components["schemas"]["DeletionReceipt"] | null;
            };
            deleted: boolean;
            id: string;
            /** @constant */
            object: "model";
        };
        ModelList: {
            data: components["schemas"]["Model"][];
            /** @constant */
            object: "list";
        };
        Moderation: {
            id: string;
            model: string;
            results: {
                categories: {
                    harassment: boolean;
                    "harassment/threatening": boolean;
                    hate: boolean;
                    "hate/threatening": boolean;
                    illicit: boolean;
                    "illicit/violent": boolean;
                    "self-harm": boolean;
                    "self-harm/instructions": boolean;
                    "self-harm/intent": boolean;
                    sexual: boolean;
                    "sexual/minors": boolean;
                    violence: boolean;
                    "violence/graphic": boolean;
                };
                category_applied_input_types: {
                    harassment: "text"[];
                    "harassment/threatening": "text"[];
                    hate: "text"[];
                    "hate/threatening": "text"[];
                    illicit: "text"[];
                    "illicit/violent": "text"[];
                    "self-harm": ("text" | "image")[];
                    "self-harm/instructions": ("text" | "image")[];
                    "self-harm/intent": ("text" | "image")[];
                    sexual: ("text" | "image")[];
                    "sexual/minors": "text"[];
                    violence: ("text" | "image")[];
                    "violence/graphic": ("text" | "image")[];
                };
                category_scores: {
                    harassment: number;
                    "harassment/threatening": number;
                    hate: number;
                    "hate/threatening": number;
                    illicit: number;
                    "illicit/violent": number;
                    "self-harm": number;
                    "self-harm/instructions": number;
                    "self-harm/intent": number;
                    sexual: number;
                    "sexual/minors": number;
                    violence: number;
                    "violence/graphic": number;
                };
                flagged: boolean;
            }[];
        };
        ModerationCreate: {
            /** @description A text, several (each judged for itself), or parts of one input. */
            input: string | string[] | ({
                text: string;
                /** @constant */
                type: "text";
            } | {
                image_url: {
                    /** @description A data URL, the id of a file, or a URL. */
                    url: string;
                };
                /** @constant */
                type: "image_url";
            })[];
            /** @description The default moderation model where it is absent; `bulkhead-rules`: the built-in rules alone. */
            model?: string;
        };
        Notice: {
            attempts: number;
            /** @description Unix time in seconds. */
            crossed_at: number;
            /**
             * Format: uuid
             * @description webhook-id of the webhook.
             */
            id: string;
            /** @description A decimal number. */
            limit: string;
            /** @enum {string} */
            mail: "pending" | "sent" | "dead" | "off";
            mail_error: string | null;
            mail_sent_at: number | null;
            /** @constant */
            object: "notice";
            /** Format: uuid */
            owner_id: string;
            owner_kind: string;
            percent: number;
            /** @enum {string} */
            span: "day" | "month" | "total" | "balance";
            /** @description A decimal number; what is left if span is balance. */
            spent: string;
            /** @enum {string} */
            webhook: "pending" | "sent" | "dead" | "off";
            webhook_error: string | null;
            webhook_sent_at: number | null;
        };
        NoticeEndpoint: {
            emails: string[];
            /** @constant */
            object: "notice_endpoint";
            previous_secret_until: number | null;
            /** @description Signs webhooks (Standard Webhooks); only in the response that created it. */
            secret?: string;
            url: string | null;
        };
        NoticeEndpointUpdate: {
            emails?: string[];
            url?: string | null;
        };
        NoticePage: {
            data: components["schemas"]["Notice"][];
            has_more: boolean;
            /** @constant */
            object?: "list";
        };
        OutputItem: {
            arguments?: string;
            call_id?: string;
            content?: {
                annotations: components["schemas"]["Annotation"][];
                logprobs: unknown[];
                text: string;
                /** @constant */
                type: "output_text";
            }[];
            id: string;
            name?: string;
            queries?: string[];
            results?: unknown[] | null;
            /** @constant */
            role?: "assistant";
            status?: string;
            /** @enum {string} */
            type: "message" | "file_search_call" | "function_call";
        };
        PasswordChange: {
            current: string;
            /** @description Between 10 and 1024 bytes. */
            new: string;
        };
        PasswordReset: {
            email: string;
        };
        /** @description The location of a passage: its chunk, its pages, and its range in the extracted text in Unicode code points. */
        Place: {
            chunk_id?: string;
            end: number;
            page_end?: number | null;
            page_start?: number | null;
            start: number;
        };
        /** @description A version of a plan. Amounts are decimal strings; 0 of a limit means no limit. */
        Plan: {
            archived_at: number | null;
            /** @description `arrears`: charged at the end of a period; `prepaid`: at its beginning. */
            billing: string;
            concurrency: number;
            created_at: number;
            /** @description Credit that each period begins with. */
            credit: string;
            currency: string;
            /** @description Services, `*` for all of them; `model:NAME` where only some models are included. */
            entitlements: string[];
            /** Format: uuid */
            id: string;
            /** @description Units included in a period by meter. */
            included: unknown;
            /** @description month or year. */
            interval: string;
            name: string;
            /** @constant */
            object: "plan";
            /** @description Prices beyond those by meter, such as "0.6/million". */
            overage: unknown;
            /** @description The price of a period. */
            price: string;
            /** @description Tenants may choose it themselves. */
            public: boolean;
            requests_per_minute: number;
            seats: number;
            tokens_per_minute: number;
            trial_days: number;
            version: number;
        };
        PlanCreate: {
            /** @enum {string} */
            billing?: "arrears" | "prepaid";
            concurrency?: number;
            credit?: string;
            currency?: string;
            entitlements?: unknown[];
            included?: Record<string, never>;
            /** @enum {string} */
            interval?: "month" | "year";
            name?: string;
            overage?: Record<string, never>;
            price?: string;
            public?: boolean;
            requests_per_minute?: number;
            seats?: number;
            tokens_per_minute?: number;
            trial_days?: number;
        };
        PlanList: {
            data: components["schemas"]["Plan"][];
            has_more?: boolean;
            /** @constant */
            object: "list";
        };
        PlatformEngine: {
            answered_at: number | null;
            error: string | null;
            /** @description When a call failed last; null once the engine was not called for some minutes. */
            failed_at: number | null;
            /** Format: uuid */
            id: string;
            kind: string;
            managed: boolean;
            model: string;
            /** @constant */
            object: "platform.engine";
            /** @description Tokens of a prompt that the engine reads in a second; 0 where it does not tell. */
            read_per_s: number;
            running: number;
            /** @description Calls at once; 0 without a bound. */
            slots: number;
            /**
             * @description Engines of our own are asked; of others the last call tells, and unknown says that there was none lately.
             * @enum {string}
             */
            state: "ready" | "failed" | "unknown";
            waiting: number;
            /** @description Tokens that it writes for one call in a second; 0 where it does not tell. */
            written_per_s: number;
        };
        PlatformEngineList: {
            data: components["schemas"]["PlatformEngine"][];
            /** @constant */
            object: "list";
        };
        /** @description What cannot be told now is null. */
        PlatformHealth: {
            /** @description How far the audit files were read into the index. */
            audit: {
                behind_bytes: number;
                bytes: number;
                indexed_at: number;
                source: string;
            }[];
            /** @description How far audit events were sent to the syslog that auth.syslog names; null without one. */
            audit_syslog?: {
                /** @description Events that the receiver has not read. */
                behind_events: number;
                /** @description When the receiver had last read all that was sent. */
                delivered_at: number | null;
                error: string | null;
                /** @description How often in a row they could not be sent. */
                failures: number;
            } | null;
            database: {
                bytes: number;
                connections: number;
                connections_max: number;
                oldest_transaction_s: number | null;
                version: string;
            };
            disk: {
                bytes: number;
                free_bytes: number;
            } | null;
            external_database: boolean | null;
            /** @constant */
            object: "platform_health";
            processes: {
                kind: string;
                name: string;
                pid: number | null;
                ready_since: number | null;
                restarts: number;
                /** @enum {string} */
                state: "waiting" | "starting" | "ready" | "restarting" | "stopping" | "stopped" | "failed";
            }[] | null;
            queues: {
                /** @description How long the oldest job that is ready has waited, in seconds. */
                oldest_s: number;
                queue: string;
                ready: number;
                running: number;
                scheduled: number;
            }[];
            ready: boolean | null;
            started_at: number | null;
            /** @description Unix time in seconds. */
            time: number;
            traffic: {
                classes: {
                    class: string;
                    /** @description Answered with 5xx. */
                    failed: number;
                    p50_ms: number | null;
                    p95_ms: number | null;
                    /** @description Answered with 4xx. */
                    refused: number;
                    requests: number;
                }[];
                since: number | null;
            } | null;
            url: string | null;
            version: string | null;
        };
        PlatformInvoice: {
            amount_due: string;
            amount_remaining: string;
            created_at: number;
            currency: string;
            due_at: number | null;
            finalized_at: number | null;
            /** Format: uuid */
            id: string;
            number: string | null;
            /** @constant */
            object: "platform.invoice";
            past_due: boolean;
            /** @enum {string} */
            state: "draft" | "open" | "paid" | "void" | "uncollectible";
            /** Format: uuid */
            tenant_id: string;
            /** @description Null when the tenant is gone. */
            tenant_name: string | null;
            total: string;
        };
        PlatformInvoicePage: {
            data: components["schemas"]["PlatformInvoice"][];
            has_more: boolean;
            /** @constant */
            object: "list";
        };
        PlatformMail: {
            attempts: number;
            created_at: number;
            error: string | null;
            expires_at: number;
            /** Format: uuid */
            id: string;
            kind: string;
            /** @constant */
            object: "platform.mail";
            recipient: string;
            /**
             * @description pending: it waits, after a failure too; sent: the mail server took it; dead: its link does not work any more; local: no mail server was set.
             * @enum {string}
             */
            state: "pending" | "sent" | "dead" | "local";
            /** Format: uuid */
            tenant_id: string;
            /** @description Null when the tenant is gone. */
            tenant_name: string | null;
        };
        PlatformMailPage: {
            data: components["schemas"]["PlatformMail"][];
            has_more: boolean;
            /** @constant */
            object: "list";
        };
        PlatformSettingList: {
            data: {
                default: string;
                /** @description default, a line of the file, or a variable. */
                from: string;
                help: string;
                name: string;
                /** @enum {string} */
                type: "integer" | "boolean" | "text" | "secret";
                value: string;
            }[];
            /** @constant */
            object: "list";
        };
        PlatformTenant: {
            /** @description Unix time in seconds. */
            created_at: number;
            /** Format: uuid */
            id: string;
            /** @description Active ones. */
            members: number;
            /** @description A decimal in the currency of the platform, since the first of the month (UTC). */
            month_spent: string;
            name: string;
            /** @constant */
            object: "platform.tenant";
            /** @description Null without a subscription. */
            plan: string | null;
            /** @description Metered requests since midnight (UTC): calls of models, searches, ingestion. */
            requests_today: number;
            /** @enum {string} */
            state: "active" | "suspended" | "deleting";
        };
        PlatformTenantPage: {
            data: components["schemas"]["PlatformTenant"][];
            has_more: boolean;
            /** @constant */
            object: "list";
        };
        /** @description A version of an item's prices. Amounts are decimal strings in the currency of the installation. */
        Price: {
            /** @description Unix time in seconds. */
            effective_at: number;
            /** @description The name of a model, its own or the one that its provider knows it by. */
            item: string;
            /** @constant */
            object: "price";
            /**
             * @description By a million: `input`, `cached`, `cache_write`, `output`, `units`; with `_above_200k` for prompts of more than
             *     200,000 tokens, with `_batch` for batches.
             */
            prices: {
                [key: string]: string;
            };
            /** @description Who set it: `set`, `model add`, or the name of an imported file. */
            source: string;
            /**
             * Format: uuid
             * @description The owner of the item.
             */
            tenant_id: string;
            version: number;
        };
        PriceImport: {
            dry_run?: boolean;
            effective_at?: number;
            items: {
                item: string;
                prices: Record<string, never>;
            }[];
            source: string;
        };
        PriceImported: {
            changed: number;
            dry_run: boolean;
            items: {
                item: string;
                version: number;
            }[];
            /** @constant */
            object: "price_import";
            unchanged: number;
        };
        PriceList: {
            data: components["schemas"]["Price"][];
            /** @constant */
            object: "list";
        };
        PricePage: {
            data: components["schemas"]["Price"][];
            has_more: boolean;
            /** @constant */
            object: "list";
        };
        PriceSet: {
            effective_at?: number;
            item: string;
            prices: Record<string, never>;
            source?: string;
        };
        Profile: {
            email: string;
            /** Format: uuid */
            id: string;
            /** @description Language of mails and of the console: `en` or `de`. */
            locale: string;
            name: string;
            /** @constant */
            object: "profile";
            /** @description Whether single keys are shortcuts in the console. */
            shortcuts: boolean;
            /** @description `system`, `light` or `dark`. */
            theme: string;
            /** @description A name of the IANA database. */
            time_zone: string;
        };
        ProfileChange: {
            /** @enum {string} */
            locale?: "en" | "de";
            name?: string;
            shortcuts?: boolean;
            /** @enum {string} */
            theme?: "system" | "light" | "dark";
            time_zone?: string;
        };
        RankingOptions: {
            hybrid_search?: {
                embedding_weight: number;
                text_weight: number;
            } | null;
            /** @description `none`: hits are ordered by the fused score of words and vectors. `auto` (the default), `default-2024-11-15` and `default_2024_08_21`: by the default rerank model, if there is one and the operator has turned it on (`rag.rerank_auto`); else as `none`. Any other value is the name of a rerank model; 404 if it does not exist. */
            ranker?: string | null;
            /** @description The least `score` of a result, from a rerank model too. */
            score_threshold?: number | null;
        };
        RecoveryCodes: {
            /** @description Each stands for a code of the app once. */
            recovery_codes: string[];
        };
        RefreshToken: {
            refresh_token: string;
        };
        RerankCreate: {
            /** @description Strings, or objects of which the `text` counts. */
            documents: (string | {
                text: string;
            })[];
            /** @description Ignored. */
            max_chunks_per_doc?: unknown;
            /** @description Longer documents are cut before they are sent, at about three bytes a token. They are always cut to what the model reads together with the query, where that is known. */
            max_tokens_per_doc?: number | null;
            model: string;
            /** @description Ignored. */
            priority?: unknown;
            query: string;
            rank_fields?: "text"[] | null;
            /** @description Whether results contain their documents. */
            return_documents?: boolean | null;
            /** @description The number of results; all documents if absent. */
            top_n?: number | null;
            /** @description Ignored. */
            truncation?: unknown;
            /** @description Ignored. */
            user?: unknown;
        };
        Reranking: {
            id: string;
            meta: {
                api_version: {
                    /** @constant */
                    version: "1";
                };
                billed_units: {
                    /** @description One for each 100 documents, of which each counts once for each 500 tokens of its text and the query together; or as the upstream says. */
                    search_units: number;
                };
                tokens: {
                    input_tokens: number;
                };
            };
            model: string;
            /** @constant */
            object: "list";
            /** @description The best first; equal ones in the order of the request. */
            results: {
                document?: {
                    text: string;
                };
                /** @description The document's place in the request. */
                index: number;
                /** @description Depends on the query and the document alone. Where a model's own scores are logits, the logistic function of them. */
                relevance_score: number;
            }[];
            usage: {
                prompt_tokens: number;
                total_tokens: number;
            };
        };
        Response: {
            background: boolean;
            bulkhead?: components["schemas"]["ResponseDecided"];
            completed_at: number | null;
            /** @description Unix time in seconds. */
            created_at: number;
            error: {
                /** @enum {string} */
                code: "server_error" | "rate_limit_exceeded" | "insufficient_quota" | "invalid_prompt";
                message: string;
            } | null;
            id: string;
            incomplete_details: {
                /** @enum {string} */
                reason: "max_output_tokens" | "content_filter";
            } | null;
            instructions: string | null;
            /** @description As requested; null if it was not, and then only the embedded engine has a limit of its own. */
            max_output_tokens: number | null;
            max_tool_calls: number | null;
            /** @description At most 16 pairs. */
            metadata: {
                [key: string]: string;
            };
            model: string;
            /** @constant */
            object: "response";
            output: components["schemas"]["OutputItem"][];
            parallel_tool_calls: boolean;
            previous_response_id: string | null;
            reasoning: {
                effort: ("none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max") | null;
                summary: ("auto" | "concise" | "detailed") | null;
            };
            /** @constant */
            service_tier: "default";
            /** @enum {string} */
            status: "queued" | "in_progress" | "completed" | "failed" | "cancelled" | "incomplete";
            temperature: number | null;
            text: {
                /** @description text, json_object, or json_schema with its name and schema. */
                format: unknown;
                verbosity?: ("low" | "medium" | "high") | null;
            };
            tool_choice: unknown;
            tools: Record<string, never>[];
            top_logprobs: number;
            top_p: number | null;
            /** @enum {string} */
            truncation: "auto" | "disabled";
            usage?: components["schemas"]["ResponseUsage"];
        };
        ResponseCreate: {
            background?: boolean | null;
            bulkhead?: components["schemas"]["ResponseExtension"] | null;
            include?: string[] | null;
            /** @description A string, or an array of items, which may include output of earlier Responses. */
            input: string | Record<string, never>[];
            instructions?: string | null;
            max_output_tokens?: number | null;
            max_tool_calls?: number | null;
            metadata?: {
                [key: string]: string;
            } | null;
            model: string;
            parallel_tool_calls?: boolean | null;
            previous_response_id?: string | null;
            prompt_cache_key?: string | null;
            reasoning?: components["schemas"]["ResponseReasoning"] | null;
            safety_identifier?: string | null;
            store?: boolean | null;
            stream?: boolean | null;
            stream_options?: Record<string, never> | null;
            temperature?: number | null;
            text?: components["schemas"]["ResponseText"] | null;
            tool_choice?: unknown;
            tools?: components["schemas"]["ResponseTool"][] | null;
            top_p?: number | null;
            truncation?: ("auto" | "disabled") | null;
            user?: string | null;
        };
        /** @description What holds for a request with a file_search, or with images for a model that takes none. */
        ResponseDecided: {
            grounding: ("strict" | "mark" | "off") | null;
            /** @description The model was told in words what programs found in the images. */
            images?: "described" | null;
            queries: number | null;
        };
        /** @description One event of a stream. Sequence numbers start at 0 and increase by 1; a client that reconnects continues with `starting_after`. */
        ResponseEvent: {
            sequence_number: number;
            /** @example response.output_text.delta */
            type: string;
        };
        /** @description Bulkhead's own; grounding and queries are for requests with a file_search. */
        ResponseExtension: {
            /** @description The caller's chat of which it becomes a turn; requires `store`. Not repeated in the answer. */
            chat?: string | null;
            /** @description strict: only sentences that a passage states are sent, and where there is none the nearest passage is quoted; mark: sentences that a passage states are cited; off: neither. Without it the tenant's default holds, which is strict for the embedded engine and mark for other models. */
            grounding?: ("strict" | "mark" | "off") | null;
            /** @description With how many queries to search at most; 1 by default. */
            queries?: number | null;
        };
        /** @description Repeated in the answer and without effect. */
        ResponseReasoning: {
            effort?: ("none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max") | null;
            summary?: ("auto" | "concise" | "detailed") | null;
        };
        ResponseText: {
            /** @description text, json_object, or json_schema with its name and schema. */
            format?: unknown;
            verbosity?: ("low" | "medium" | "high") | null;
        };
        ResponseTool: {
            filters?: components["schemas"]["Filter"] | null;
            max_num_results?: number | null;
            ranking_options?: components["schemas"]["RankingOptions"] | null;
            /** @constant */
            type: "file_search";
            vector_store_ids: string[];
        } | {
            description?: string | null;
            name: string;
            parameters?: Record<string, never> | null;
            strict?: boolean | null;
            /** @constant */
            type: "function";
        };
        ResponseUsage: {
            input_tokens: number;
            input_tokens_details: {
                cache_write_tokens: number;
                cached_tokens: number;
            };
            output_tokens: number;
            output_tokens_details: {
                reasoning_tokens: number;
            };
            total_tokens: number;
        };
        RoleChange: {
            /** @enum {string} */
            role: "viewer" | "member" | "admin" | "owner" | "superuser";
        };
        SavedView: {
            created_at: number;
            /** Format: uuid */
            id: string;
            name: string;
            /** @constant */
            object: "saved_view";
            page: string;
            query: string;
        };
        SavedViewCreate: {
            name: string;
            /** @description The path of a page of the console. */
            page: string;
            /** @description The query of the URL without the question mark; at most 2,048 bytes together with the page. */
            query: string;
        };
        SavedViewList: {
            data: components["schemas"]["SavedView"][];
            /** @constant */
            object: "list";
        };
        Search: {
            bulkhead?: {
                /** @description Above 0, the best hits have a `context`: the passage with its neighbours in the same section, of at most this many tokens (estimated). */
                expand_tokens?: number;
            } | null;
            filters?: components["schemas"]["Filter"] | null;
            max_num_results?: number | null;
            /** @description Of several queries, a passage counts for the one that it answers best. Each in turn adds its next passage to the results, as long as that scores at least 0.5; the best of the others fill them. Results are ordered by score. */
            query: string | string[];
            ranking_options?: components["schemas"]["RankingOptions"] | null;
            /** @description Each query is replaced by its questions: several are searched for one by one, without the words that only ask for an answer ("Please tell me …") and without other sentences; a question that is not understood alone gets the words of the sentence before it. A query that asks nothing, or has more questions than there may be queries (16), stays as it is. `search_query` shows what was searched for. */
            rewrite_query?: boolean | null;
        };
        SearchHit: {
            attributes: {
                [key: string]: string | number | boolean;
            } | null;
            /** @description Where the passage lies, as in Place (a page is 0 where the format has none), under which heading, and how it was found by either leg. */
            bulkhead: {
                chunk_id: string;
                /** @description With `expand_tokens`, for the first eight hits that are not part of the context of a better one: the passage with its neighbours, and its range in the extracted text. In the text, each of the chunks begins where the one before ends; chunks that do not meet are separated by an empty line. */
                context?: {
                    chunks: {
                        chunk_id: string;
                        end: number;
                        page_end: number;
                        page_start: number;
                        start: number;
                    }[];
                    end: number;
                    start: number;
                    text: string;
                };
                end: number;
                fused: number;
                heading: string;
                page_end: number;
                page_start: number;
                start: number;
                text: {
                    rank: number;
                    score: number;
                    share: number;
                };
                vector: {
                    rank: number;
                    score: number;
                };
            };
            content: {
                text: string;
                /** @constant */
                type: "text";
            }[];
            file_id: string;
            filename: string;
            /** @description Calibrated, so that unrelated passages score low; or the rerank model's relevance score, where `reranker.applied` of the page is true. */
            score: number;
        };
        SearchPage: {
            /** @description Only if a rerank model was to order the results. */
            bulkhead?: {
                reranker: {
                    /** @description If false, the results are those of the fused score, and so are their scores. */
                    applied: boolean;
                    model: string;
                    /** @description The number of passages that were sent to it. */
                    passages: number;
                    /** @description Why it was not applied: the code of an error, such as `upstream_timeout`, `insufficient_quota` or `upstream_error`. Null also if there was no passage to read. */
                    reason: string | null;
                };
            };
            data: components["schemas"]["SearchHit"][];
            has_more: boolean;
            next_page: string | null;
            /** @constant */
            object: "vector_store.search_results.page";
            search_query: string[];
        };
        Session: {
            client: string;
            /** @description Unix time in seconds. */
            created_at: number;
            current: boolean;
            /** @description Unix time in seconds. */
            expires_at: number;
            /** Format: uuid */
            id: string;
            /** @description Unix time in seconds. */
            last_used_at: number;
            method: string;
            /** @constant */
            object: "session";
        };
        SessionPage: {
            data: components["schemas"]["Session"][];
            has_more: boolean;
            /** @constant */
            object?: "list";
        };
        /** @description With an authenticator app, its code; without one, the password. */
        SessionProof: {
            code?: string | null;
            password?: string | null;
        };
        SessionSwitch: {
            /** @description Id or name of the tenant. */
            tenant: string;
        };
        Settlement: {
            quarantined: number;
            slots: number;
            slots_used: number;
        };
        SignIn: {
            code?: string | null;
            email: string;
            password: string;
            tenant?: string | null;
        };
        SpeechCreate: {
            input: string;
            instructions?: string | null;
            model: string;
            /**
             * @default mp3
             * @enum {string}
             */
            response_format?: "mp3" | "opus" | "flac" | "wav" | "pcm";
            /** @default 1 */
            speed?: number;
            /**
             * @default audio
             * @enum {string}
             */
            stream_format?: "audio" | "sse";
            /** @description The name of a voice, or an object with its `id`. The installation's own model speaks with its one voice whatever the name, but for `espeak-LANGUAGE`. */
            voice: unknown;
        };
        StoreFile: {
            attributes: {
                [key: string]: string | number | boolean;
            } | null;
            /** @description Progress of the ingestion, the file's own name and size, and what was recognized in images. */
            bulkhead: {
                bytes: number;
                /** @description Unix time in seconds. */
                changed_at: number;
                chunks: number;
                done: number;
                filename: string;
                ocr: {
                    /** @description Mean confidence of their characters, in percent. */
                    confidence: number;
                    /** @description Some of these pages have a confidence below 75. */
                    low_confidence: boolean;
                    /** @description Which ones, as in "3, 7-9". */
                    low_confidence_pages: string;
                    /** @description Pages whose text was recognized. */
                    pages: number;
                    /** @description Pages whose text could not be recognized in the time allowed. */
                    unread_pages: string;
                } | null;
                stage: string;
                total: number;
            };
            chunking_strategy: components["schemas"]["ChunkingStrategy"];
            /** @description Unix time in seconds. */
            created_at: number;
            id: string;
            last_error: {
                /** @enum {string} */
                code: "server_error" | "unsupported_file" | "invalid_file";
                message: string;
            } | null;
            /** @constant */
            object: "vector_store.file";
            /** @enum {string} */
            status: "in_progress" | "completed" | "cancelled" | "failed";
            usage_bytes: number;
            vector_store_id: string;
        };
        StoreFileChunk: {
            /** @description One past the last character. */
            end: number;
            /** @description Path of the headings above it, embedded and indexed with the text. */
            heading: string;
            /** @description As `chunk_id` in search results. */
            id: string;
            /** @description Position in the file */
            index: number;
            /** @constant */
            object: "vector_store.file.chunk";
            page_end: number;
            /** @description First page; 0 for formats without pages. */
            page_start: number;
            /** @description First character in the text of the file */
            start: number;
            text: string;
            /** @description Length of the text in tokens of the embedding model. */
            tokens: number;
        };
        StoreFileChunkList: {
            data: components["schemas"]["StoreFileChunk"][];
            first_id: string;
            has_more: boolean;
            last_id: string;
            /** @constant */
            object: "list";
        };
        StoreFileContent: {
            /** @description One item: the whole extracted text. All offsets into it count Unicode code points. */
            data: {
                text: string;
                /** @constant */
                type: "text";
            }[];
            has_more: boolean;
            next_page: string | null;
            /** @constant */
            object: "vector_store.file_content.page";
        };
        StoreFileCreate: {
            /** @description If absent, a file that is already in the store keeps its attributes; null or {} clears them. */
            attributes?: {
                [key: string]: string | number | boolean;
            } | null;
            chunking_strategy?: components["schemas"]["ChunkingStrategy"] | null;
            file_id: string;
        };
        /** @description The data of an event. The id of the event is its `sequence_number`. */
        StoreFileEvent: {
            chunks?: {
                embedded: number;
                total: number;
            } | null;
            /** @description In an `error` event. */
            code?: string;
            file_id?: string;
            last_error?: {
                code: string;
                message: string;
            } | null;
            /** @description In an `error` event. */
            message?: string;
            pages?: {
                done: number;
                total: number;
            } | null;
            remaining_s?: number | null;
            /** @description Increases with each change of the state. */
            sequence_number: number;
            /** @enum {string} */
            stage?: "queued" | "extracting" | "chunking" | "embedding" | "indexing" | "done";
            /** @enum {string} */
            status?: "in_progress" | "completed" | "failed" | "cancelled";
            /** @enum {string} */
            type: "vector_store.file.in_progress" | "vector_store.file.completed" | "vector_store.file.failed" | "vector_store.file.cancelled" | "error";
            vector_store_id?: string;
        };
        StoreFileList: {
            data: components["schemas"]["StoreFile"][];
            first_id: string;
            has_more: boolean;
            last_id: string;
            /** @constant */
            object: "list";
        };
        StoreFileUpdate: {
            attributes: {
                [key: string]: string | number | boolean;
            } | null;
        };
        StripeAccount: {
            account: string | null;
            connected_at: string | null;
            mode: string;
            /** @constant */
            object: "stripe";
            webhook_path: string;
        };
        StripeConnect: {
            key: string;
            webhook_secret: string;
        };
        StripeOutboxRow: {
            attempts: number;
            created_at: string;
            error: string | null;
            /** Format: uuid */
            id: string;
            kind: string;
            reference: string;
            state: string;
        };
        StripeOutboxRowList: {
            data: components["schemas"]["StripeOutboxRow"][];
            /** @constant */
            object: "list";
        };
        StripeRetried: {
            /** @constant */
            object: "stripe_retry";
            rows: number;
        };
        Subscription: {
            cancel_at_period_end: boolean;
            canceled_at: number | null;
            id: string;
            /** @description The plan from the next period on. */
            next_plan: string | null;
            next_plan_version: number;
            /** @constant */
            object: "subscription";
            /** @description The current period, counted from 0. */
            period: number;
            period_from: number;
            /** @description What the period is charged so far for plans; usage comes beside it. */
            period_lines: {
                amount: string;
                from: number;
                /** @enum {string} */
                kind: "base" | "credit";
                plan: string;
                plan_version: number;
                until: number;
            }[];
            period_until: number;
            plan: components["schemas"]["Plan"];
            started_at: number;
            /** @description trialing, active, paused, past_due, suspended or canceled. */
            state: string;
            trial_until: number | null;
        };
        SubscriptionCancel: {
            /** @enum {string} */
            when?: "now" | "period_end";
        };
        SubscriptionChange: {
            plan: string;
            version?: number;
            /** @enum {string} */
            when?: "now" | "period_end";
        };
        SubscriptionList: {
            data: components["schemas"]["Subscription"][];
            /** @constant */
            object: "list";
        };
        SubscriptionOwnChange: {
            /** @description The name of a public plan. */
            plan: string;
            /**
             * @default period_end
             * @enum {string}
             */
            when?: "now" | "period_end";
        };
        SubscriptionStart: {
            plan: string;
            trial?: boolean;
            version?: number;
        };
        Team: {
            archived_at: number | null;
            /** @description Unix time in seconds. */
            created_at: number;
            /**
             * Format: uuid
             * @description project_id in usage and costs.
             */
            id: string;
            members: number;
            name: string;
            /** @constant */
            object: "team";
        };
        TeamMember: {
            /** Format: uuid */
            account_id: string;
            /** @description Unix time in seconds. */
            added_at: number;
            /** @constant */
            object: "team_member";
        };
        TeamMemberPage: {
            data: components["schemas"]["TeamMember"][];
            has_more: boolean;
            /** @constant */
            object?: "list";
        };
        TeamName: {
            name: string;
        };
        TeamPage: {
            data: components["schemas"]["Team"][];
            has_more: boolean;
            /** @constant */
            object?: "list";
        };
        Tenant: {
            /** @description Unix time in seconds. */
            created_at: number;
            /** Format: uuid */
            id: string;
            name: string;
            /** @constant */
            object: "tenant";
            /** @enum {string} */
            state: "active" | "suspended" | "deleting";
        };
        TenantBudget: {
            budget_month: string;
            reserved: string;
            spent: string;
            tokens_per_minute: number;
        };
        TenantBudgetChange: {
            budget_month?: string | null;
            tokens_per_minute?: number;
        };
        TenantCreate: {
            name: string;
        };
        TenantDeletion: {
            completed_at: number | null;
            /** @description Unix time in seconds. */
            created_at: number;
            /** Format: uuid */
            id: string;
            /** @description When the last key of the tenant's files was destroyed; null if there was none. */
            key_destroyed_at: number | null;
            /** @description Its name. */
            name: string;
            /** @constant */
            object: "tenant_deletion";
            /** @description What was removed and what was kept, when nothing else is left: canonical JSON (RFC 8785) with `id`, `tenant`, `name`, `requested_by`, `created_at`, `completed_at`, `removed` (`service`, `part`, `n`, `first_at`, `last_at`; a part is a table, or `object`, `object.bytes`, `object.key`, `object.unnamed`, `cache.readers`, `cache.vectors`), `kept` (`service`, `part`, `rows`, `reason`) and, if there was a key, `key_destroyed_at`. */
            receipt: Record<string, never> | null;
            /** @description The SHA-256 of the receipt's bytes, in hexadecimal. */
            receipt_sha256: string | null;
            /** @description A JWS over `completed_at`, `id`, `receipt_sha256` and `tenant`, by a key of `/.well-known/audit-keys.json`; null of receipts from before there was one. */
            receipt_signature: string | null;
            /** @description The subject of the token of the first request. */
            requested_by: string;
            /** @enum {string} */
            status: "in_progress" | "completed";
            /**
             * Format: uuid
             * @description The id of the tenant that is or was deleted.
             */
            tenant: string;
        };
        TenantDeletionPage: {
            data: components["schemas"]["TenantDeletion"][];
            has_more: boolean;
            /** @constant */
            object?: "list";
        };
        TenantModel: {
            concurrency: number;
            context: number;
            dimensions: number;
            excerpts: string;
            has_api_key: boolean;
            is_default: boolean;
            kind: string;
            managed: boolean;
            name: string;
            price_in: string;
            price_out: string;
            running: number;
            score_form: string | null;
            /** Format: uuid */
            tenant_id: string;
            upstream_model: string;
            url: string;
            vision: boolean;
            waiting: number;
        };
        TenantModelAdd: {
            api_key?: string | null;
            concurrency?: number;
            context?: number;
            dimensions?: number;
            /** @enum {string} */
            excerpts?: "passages" | "sentences";
            /** @enum {string} */
            kind?: "chat" | "embedding" | "rerank" | "image" | "transcription" | "speech" | "moderation";
            managed?: boolean;
            max_output?: number;
            name: string;
            price_in?: string | null;
            price_out?: string | null;
            probe?: boolean;
            /** @enum {string} */
            score_form?: "unit" | "logit";
            /** @enum {string} */
            text_form?: "plain" | "uncased";
            upstream_model?: string | null;
            url: string;
            /** @description Takes images; only a chat model does. */
            vision?: boolean;
        };
        TenantModelDefault: {
            kind?: string;
            model: string;
        };
        TenantModelList: {
            data: components["schemas"]["TenantModel"][];
            /** @constant */
            object: "list";
        };
        TenantPage: {
            data: components["schemas"]["Tenant"][];
            has_more: boolean;
            /** @constant */
            object?: "list";
        };
        TenantQuarantineRow: {
            cost: string;
            /** Format: uuid */
            id: string;
            reason: string;
            record: unknown;
            time: string;
        };
        TenantQuarantineRowList: {
            data: components["schemas"]["TenantQuarantineRow"][];
            /** @constant */
            object: "list";
        };
        TenantResponses: {
            grounding: string | null;
            responses_bytes: number;
            responses_unfinished: number;
            responses_unfinished_max: number;
            responses_used_bytes: number;
        };
        TenantResponsesChange: {
            grounding?: ("strict" | "mark" | "off") | null;
        };
        TenantSettings: {
            /** Format: uuid */
            id: string;
            /** @description Whether console sessions require a second factor. */
            mfa_required: boolean;
            /** @description What is done about harmful messages to chat models: off, flag or refuse. */
            moderation_input: string;
            /** @description The same about their answers. */
            moderation_output: string;
            name: string;
            /** @constant */
            object: "tenant_settings";
            /** @description Seconds without a request after which a console session ends; 0: the installation's. */
            session_idle_s: number;
            /** @description Seconds after which a console session ends; 0: the installation's. */
            session_max_s: number;
        };
        TenantSettingsChange: {
            mfa_required?: boolean;
            /** @enum {string} */
            moderation_input?: "off" | "flag" | "refuse";
            /** @enum {string} */
            moderation_output?: "off" | "flag" | "refuse";
            name?: string;
            /** @description 0 or at least 300. */
            session_idle_s?: number;
            /** @description 0 or at least 300. */
            session_max_s?: number;
        };
        TenantStorage: {
            storage_bytes: number;
            storage_files: number;
            storage_used_bytes: number;
            storage_used_files: number;
            vector_stores: number;
        };
        TenantStorageChange: {
            storage_bytes?: number;
            storage_files?: number;
        };
        TenantUsageRow: {
            actor: string;
            cached_tokens: number;
            completion_tokens: number;
            cost: string;
            cost_nanos: number;
            duration_ms: number;
            /** Format: uuid */
            id: string;
            kind: string;
            model: string;
            price_known: boolean;
            prompt_tokens: number;
            request_id: string;
            source: string;
            status: string;
            streamed: boolean;
            subject: string;
            time: string;
        };
        TenantUsageRowList: {
            data: components["schemas"]["TenantUsageRow"][];
            /** @constant */
            object: "list";
        };
        Tokens: {
            access_token: string;
            expires_in: number;
            refresh_token: string;
            role: string;
            scope: string;
            /** Format: uuid */
            session_id: string;
            /** Format: uuid */
            tenant_id: string;
            tenant_name: string;
            /** @constant */
            token_type: "Bearer";
            /** Format: uuid */
            user_id: string;
        };
        Totp: {
            /** @description Base32. */
            secret: string;
            /** @description An otpauth URI, for a QR code. */
            uri: string;
        };
        TotpConfirm: {
            code: string;
        };
        Transcription: {
            /** @description With `bulkhead[vector_store_id]`. Of a stream, the event transcript.text.done has it. */
            bulkhead?: {
                /** @description Why the transcript could not be kept. */
                error?: Record<string, never>;
                /** @description None where nothing was said, or with `error`. */
                file_id: string | null;
                vector_store_id: string;
            };
            /** @description Seconds. */
            duration?: number;
            /** @description With verbose_json only, as is all below but `usage`. */
            language?: string;
            segments?: Record<string, never>[];
            text: string;
            usage: {
                seconds: number;
                /** @constant */
                type: "duration";
            };
            words?: {
                end: number;
                start: number;
                word: string;
            }[];
        };
        TranscriptionCreate: {
            /** @description A vector store of the tenant, into which the transcript goes as a text file. With json and verbose_json only; needs the scopes files:write and vector_stores:write. */
            "bulkhead[vector_store_id]"?: string;
            /** @description Ignored. */
            chunking_strategy?: unknown;
            /**
             * Format: binary
             * @description At most `multimodal.audio_bytes_max` bytes and `multimodal.audio_seconds_max` seconds.
             */
            file: string;
            /** @description A code of ISO 639; detected if absent. */
            language?: string;
            model: string;
            /** @description Words that are likely to occur. */
            prompt?: string;
            /**
             * @default json
             * @enum {string}
             */
            response_format?: "json" | "text" | "srt" | "verbose_json" | "vtt";
            /**
             * @description With json and text only.
             * @default false
             */
            stream?: boolean;
            /** @default 0 */
            temperature?: number;
            /** @description With verbose_json only. */
            "timestamp_granularities[]"?: ("word" | "segment")[];
        };
        TranslationCreate: {
            /** Format: binary */
            file: string;
            model: string;
            prompt?: string;
            /**
             * @default json
             * @enum {string}
             */
            response_format?: "json" | "text" | "srt" | "verbose_json" | "vtt";
            /** @default 0 */
            temperature?: number;
        };
        /** @description The parts can be in any order. A file must have at most 512 MB. */
        Upload: {
            /** @constant */
            "expires_after[anchor]"?: "created_at";
            "expires_after[seconds]"?: number;
            /** Format: binary */
            file: string;
            /** @enum {string} */
            purpose: "assistants" | "batch" | "fine-tune" | "vision" | "user_data";
        };
        UploadComplete: {
            md5?: string | null;
            part_ids: string[];
        };
        UploadCreate: {
            /** @description Size of the file. */
            bytes: number;
            expires_after?: {
                /** @enum {string} */
                anchor: "created_at";
                seconds: number;
            } | null;
            filename: string;
            mime_type: string;
            /** @enum {string} */
            purpose: "assistants" | "batch" | "fine-tune" | "vision" | "user_data";
        };
        UploadInParts: {
            bytes: number;
            /** @description Unix time in seconds. */
            created_at: number;
            /** @description Unix time in seconds; afterwards the upload can no longer be completed. */
            expires_at: number;
            file: components["schemas"]["File"] | null;
            filename: string;
            id: string;
            /** @constant */
            object: "upload";
            /** @enum {string} */
            purpose: "assistants" | "batch" | "fine-tune" | "vision" | "user_data";
            /** @enum {string} */
            status: "pending" | "completed" | "cancelled" | "expired";
        };
        UploadPart: {
            /** @description What was received. */
            bulkhead: {
                bytes: number;
                /** @description Hexadecimal. */
                sha256: string;
            };
            /** @description Unix time in seconds. */
            created_at: number;
            id: string;
            /** @constant */
            object: "upload.part";
            upload_id: string;
        };
        UploadPartCreate: {
            /** Format: binary */
            data: string;
        };
        UploadPartList: {
            data: components["schemas"]["UploadPart"][];
            first_id: string;
            has_more: boolean;
            last_id: string;
            /** @constant */
            object: "list";
        };
        UsageBuckets: {
            /** @description All buckets, also those in which nothing was used. */
            data: {
                end_time: number;
                /** @constant */
                object: "bucket";
                /** @description One for each group, in OpenAI's shapes; project_id is the team. Amounts are exact to 10⁻⁹ of the currency. */
                results: Record<string, never>[];
                start_time: number;
            }[];
            has_more: boolean;
            next_page: string | null;
            /** @constant */
            object: "page";
        };
        UsageCorrection: {
            cache_write_tokens?: number;
            cached_tokens?: number;
            completion_tokens?: number;
            cost?: string;
            /** Format: uuid */
            id: string;
            prompt_tokens?: number;
            reason: string;
            units?: number;
        };
        UsageEvent: {
            actor: string;
            api_key_id: string | null;
            batch: boolean;
            cache_write_tokens: number;
            cached_tokens: number;
            completion_tokens: number;
            /** @description The event to whose figures these are added. */
            corrects: string | null;
            /** @description A decimal number. */
            cost: string;
            cost_nanos: number;
            /** @description What of the cost credits paid. */
            covered: string;
            duration_ms: number;
            /** Format: uuid */
            id: string;
            kind: string;
            model: string;
            price_known: boolean;
            project_id: string | null;
            prompt_tokens: number;
            request_id: string;
            /** Format: date-time */
            settled_at: string;
            source: string;
            status: string;
            streamed: boolean;
            subject: string;
            /** Format: date-time */
            time: string;
            units: number;
            user_id: string | null;
        };
        UsageEventPage: {
            data: components["schemas"]["UsageEvent"][];
            has_more: boolean;
            /** @constant */
            object?: "list";
        };
        /** @description One group of a bucket. What is not grouped by is null. */
        UsageSum: {
            amount: {
                currency: string;
                /** @description Exact to 10⁻⁹ of the currency. */
                value: number;
            };
            api_key_id: string | null;
            calls: number;
            input_cached_tokens: number;
            input_tokens: number;
            kind: string | null;
            model: string | null;
            /** @constant */
            object: "usage.sum";
            output_tokens: number;
            project_id: string | null;
            units: number;
            user_id: string | null;
        };
        UsageSums: {
            /** @description All buckets, also those in which nothing was used. */
            data: {
                end_time: number;
                /** @constant */
                object: "bucket";
                results: components["schemas"]["UsageSum"][];
                start_time: number;
            }[];
            has_more: boolean;
            next_page: string | null;
            /** @constant */
            object: "page";
        };
        User: {
            account_state: ("active" | "disabled") | null;
            /** @description Unix time in seconds. */
            created_at: number;
            email: string | null;
            has_password: boolean;
            /** @description Whether an authenticator app is set up. */
            has_second_factor: boolean;
            /** Format: uuid */
            id: string;
            name: string | null;
            /** @constant */
            object: "user";
            /** @enum {string} */
            role: "viewer" | "member" | "admin" | "owner" | "superuser";
            /** @description State of the membership. */
            state: string;
            /** Format: uuid */
            tenant_id: string;
        };
        UserCreate: {
            email: string;
            name?: string | null;
            password?: string | null;
            /** @enum {string} */
            role: "viewer" | "member" | "admin" | "owner" | "superuser";
        };
        UserPage: {
            data: components["schemas"]["User"][];
            has_more: boolean;
            /** @constant */
            object?: "list";
        };
        VectorStore: {
            bulkhead: {
                /** @description Of the embedding model; null when there is none. */
                change: {
                    dimensions: number;
                    /** @description Chunks that have their new vectors. */
                    done: number;
                    embedding_model: string;
                    error: string | null;
                    /** @enum {string} */
                    status: "in_progress" | "failed";
                    total: number;
                } | null;
                chunks: number;
                /** @description Of its vectors; 0 until the model could be asked. */
                dimensions: number;
                /** @description The model that the store is searched by. */
                embedding_model: string;
                /** @description Of the archive that the store was created from; null when there is none. */
                import: {
                    /** @description Files. */
                    done: number;
                    error: string | null;
                    /** @enum {string} */
                    status: "in_progress" | "completed" | "failed";
                    /** @description 0 while the archive is being checked. */
                    total: number;
                } | null;
            };
            /** @description Unix time in seconds. */
            created_at: number;
            description?: string;
            expires_after?: components["schemas"]["ExpiresAfter"];
            expires_at: number | null;
            file_counts: components["schemas"]["FileCounts"];
            id: string;
            last_active_at: number | null;
            metadata: {
                [key: string]: string;
            } | null;
            name: string;
            /** @constant */
            object: "vector_store";
            /** @enum {string} */
            status: "in_progress" | "completed" | "expired";
            usage_bytes: number;
        };
        VectorStoreCreate: {
            bulkhead?: {
                /** @description Of its vectors; by default that of the archive, or the setting `rag.embedding_model`. */
                embedding_model?: string | null;
                /** @description An exported vector store that was uploaded as a file. A job creates the files, chunks and vectors; also requires files:write. */
                import_file_id?: string | null;
            } | null;
            chunking_strategy?: components["schemas"]["ChunkingStrategy"] | null;
            description?: string | null;
            expires_after?: components["schemas"]["ExpiresAfter"] | null;
            file_ids?: string[] | null;
            metadata?: {
                [key: string]: string;
            } | null;
            name?: string | null;
        };
        VectorStoreList: {
            data: components["schemas"]["VectorStore"][];
            first_id: string;
            has_more: boolean;
            last_id: string;
            /** @constant */
            object: "list";
        };
        VectorStoreUpdate: {
            bulkhead?: {
                /** @description The model that the store should have. A job computes all vectors with it; until the last one exists, the store is searched with its old model. The store's own model cancels a change. */
                embedding_model?: string | null;
            } | null;
            expires_after?: components["schemas"]["ExpiresAfter"] | null;
            metadata?: {
                [key: string]: string;
            } | null;
            name?: string | null;
        };
    };
    responses: {
        /** @description Error. With 429 and 503, the header `retry-after` says when to try again; `x-should-retry: false` means that a retry is pointless. */
        Error: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
    };
    parameters: {
        /** @description The id of the object after which the page starts. */
        after: string;
        /** @description An action, or the beginning of some: `key.`. */
        audit_action: string;
        /** @description Who did it. */
        audit_actor: string;
        /** @description At or after it; Unix time in seconds. */
        audit_from: number;
        /** @description What it was done to. */
        audit_object: string;
        audit_request: string;
        /** @description A text that occurs in the line, without regard to the case of ASCII letters. */
        audit_text: string;
        /** @description Before it; Unix time in seconds. */
        audit_to: number;
        /** @description The id of the object before which the page ends. */
        before: string;
        /** @description Days a page. */
        costs_limit: number;
        /**
         * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
         *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
         *     While the first request is still running, the repeated one waits for it. A different request with the same key
         *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
         *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
         *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
         */
        idempotency_key: string;
        limit: number;
        order: "asc" | "desc";
        path_account: string;
        /** @description The id of a file batch, `vsfb_…`. */
        path_batch: string;
        path_chat: string;
        path_credit: string;
        /** @description The id of a file, `file-…`. */
        path_file: string;
        path_fine_tuning_job: string;
        /** @description The id of the object. */
        path_id: string;
        path_image: string;
        path_image_job: string;
        /** @description The id of an invoice or credit note. */
        path_invoice: string;
        path_kind: "tenant" | "team" | "user" | "key";
        /** @description The name of a model; a slash must be sent as %2F. */
        path_model: string;
        path_plan: string;
        /** @description The id of a receipt, `rcpt_…`. */
        path_receipt: string;
        /** @description The id of a Response, `resp_…`. */
        path_response: string;
        /** @description The id of a vector store, `vs_…`. */
        path_store: string;
        /** @description The id of a tenant. */
        path_tenant: string;
        /** @description The id of an upload, `upload_…`. */
        path_upload: string;
        /** @description Unix time in seconds, exclusive; now by default. No bucket lies in the future. */
        usage_end: number;
        usage_keys: string[];
        /** @description Buckets a page: of days 7 and at most 31, of hours 24 and 168, of minutes 60 and 1440. */
        usage_limit: number;
        /** @description next_page of the page before. */
        usage_page: string;
        /** @description Ids of teams. */
        usage_projects: string[];
        /** @description Unix time in seconds. The first bucket is the one that holds it. */
        usage_start: number;
        /** @description Ids of accounts. */
        usage_users: string[];
        usage_width: "1m" | "1h" | "1d";
    };
    requestBodies: never;
    headers: {
        /** @description 32 hex digits, which the audit log, the usage rows and the logs contain. */
        RequestId: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    audit_keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Jwks"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    jwks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Jwks"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    discovery: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Discovery"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    account_list: {
        parameters: {
            query: {
                email: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. The list contains at most one person. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    account_disable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    account_enable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    account_totp_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    audit_list: {
        parameters: {
            query?: {
                /** @description An action, or the beginning of some: `key.`. */
                action?: components["parameters"]["audit_action"];
                /** @description Who did it. */
                actor?: components["parameters"]["audit_actor"];
                /** @description `next` of the previous page. */
                after?: string;
                /** @description At or after it; Unix time in seconds. */
                from?: components["parameters"]["audit_from"];
                limit?: number;
                /** @description What it was done to. */
                object?: components["parameters"]["audit_object"];
                request_id?: components["parameters"]["audit_request"];
                /** @description A text that occurs in the line, without regard to the case of ASCII letters. */
                text?: components["parameters"]["audit_text"];
                /** @description Before it; Unix time in seconds. */
                to?: components["parameters"]["audit_to"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEventPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    audit_chain: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditChain"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    audit_check: {
        parameters: {
            query?: {
                /** @description The position to begin with; `to` of the previous answer. */
                from?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditCheck"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    audit_export: {
        parameters: {
            query?: {
                /** @description An action, or the beginning of some: `key.`. */
                action?: components["parameters"]["audit_action"];
                /** @description Who did it. */
                actor?: components["parameters"]["audit_actor"];
                /** @description Only what is older than this event. */
                after?: string;
                format?: "ndjson" | "csv";
                /** @description At or after it; Unix time in seconds. */
                from?: components["parameters"]["audit_from"];
                /** @description What it was done to. */
                object?: components["parameters"]["audit_object"];
                request_id?: components["parameters"]["audit_request"];
                /** @description A text that occurs in the line, without regard to the case of ASCII letters. */
                text?: components["parameters"]["audit_text"];
                /** @description Before it; Unix time in seconds. */
                to?: components["parameters"]["audit_to"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    audit_stream_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditStream"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    audit_stream_set: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AuditStreamUpdate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditStream"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    audit_stream_remove: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    audit_stream_rotate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditStream"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    invitation_view: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationToken"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationView"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    invitation_accept: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationAccept"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsoleSession"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    link_redeem: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkRedeem"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Email"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    password_change: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    password_reset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordReset"];
            };
        };
        responses: {
            /** @description The request was noted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    profile_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Profile"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    profile_change: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProfileChange"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Profile"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshToken"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    console_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsoleSession"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    console_begin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsoleSession"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    console_end: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    console_elevate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SessionProof"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsoleSession"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    console_switch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SessionSwitch"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsoleSession"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshToken"];
            };
        };
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    totp_begin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Totp"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    totp_remove: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    totp_confirm: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TotpConfirm"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    totp_codes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    view_list: {
        parameters: {
            query?: {
                /** @description Return only views of this page. */
                page?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedViewList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    view_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SavedViewCreate"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedView"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    view_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    billing_account_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingAccount"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    billing_checkout_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BillingCheckoutCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    billing_credit_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingCreditList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    billing_invoice_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
                status?: "draft" | "open" | "paid" | "void" | "uncollectible";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingInvoiceList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    billing_invoice_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of an invoice or credit note. */
                invoice: components["parameters"]["path_invoice"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingInvoiceDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    billing_invoice_pdf: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of an invoice or credit note. */
                invoice: components["parameters"]["path_invoice"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file; the same each time. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/pdf": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    plan_offered: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    billing_portal_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BillingPortalCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    price_list: {
        parameters: {
            query?: {
                /** @description The item after which the page starts. */
                after?: string;
                /** @description A time, in seconds since 1970; now by default. */
                at?: number;
                /** @description Only this item. */
                item?: string;
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PricePage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    billing_profile_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingProfile"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    billing_profile_set: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BillingProfile"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingProfile"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    subscription_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    billing_subscription_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    billing_subscription_change: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubscriptionOwnChange"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    billing_subscription_resume: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    billing_top_up_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingTopUp"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    billing_top_up_set: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BillingTopUpSet"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingTopUp"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    budget_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description Also those that have no limit but have spent something. */
                all?: boolean;
                kind?: "tenant" | "team" | "user" | "key";
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    budget_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                kind: components["parameters"]["path_kind"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budget"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    budget_set: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                kind: components["parameters"]["path_kind"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BudgetChange"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budget"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    chat_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
                /** @description Only chats with this text in their title or in a question. */
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    chat_create_kept: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChatChange"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Chat"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    chat_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                chat: components["parameters"]["path_chat"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Chat"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    chat_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                chat: components["parameters"]["path_chat"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChatChange"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Chat"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    chat_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                chat: components["parameters"]["path_chat"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    chat_turns: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                before?: string;
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
            };
            header?: never;
            path: {
                chat: components["parameters"]["path_chat"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatTurnPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    cors_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cors"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    cors_set: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CorsUpdate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cors"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    invitation_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    invitation_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationCreate"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    invitation_revoke: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    invitation_resend: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    key_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    key_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyCreate"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    key_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyChange"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    key_revoke: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    limit_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Limits"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    notice_endpoint_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoticeEndpoint"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    notice_endpoint_set: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoticeEndpointUpdate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoticeEndpoint"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    notice_endpoint_rotate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoticeEndpoint"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    notice_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoticePage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    plan_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    plan_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlanCreate"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    plan_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                plan: components["parameters"]["path_plan"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    plan_archive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                plan: components["parameters"]["path_plan"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    plan_revise: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                plan: components["parameters"]["path_plan"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlanCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    audit_list_across: {
        parameters: {
            query?: {
                /** @description An action, or the beginning of some: `key.`. */
                action?: components["parameters"]["audit_action"];
                /** @description Who did it. */
                actor?: components["parameters"]["audit_actor"];
                /** @description `next` of the previous page. */
                after?: string;
                /** @description At or after it; Unix time in seconds. */
                from?: components["parameters"]["audit_from"];
                limit?: number;
                /** @description What it was done to. */
                object?: components["parameters"]["audit_object"];
                request_id?: components["parameters"]["audit_request"];
                /** @description A text that occurs in the line, without regard to the case of ASCII letters. */
                text?: components["parameters"]["audit_text"];
                /** @description Before it; Unix time in seconds. */
                to?: components["parameters"]["audit_to"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEventPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    audit_export_across: {
        parameters: {
            query?: {
                /** @description An action, or the beginning of some: `key.`. */
                action?: components["parameters"]["audit_action"];
                /** @description Who did it. */
                actor?: components["parameters"]["audit_actor"];
                /** @description Only what is older than this event. */
                after?: string;
                format?: "ndjson" | "csv";
                /** @description At or after it; Unix time in seconds. */
                from?: components["parameters"]["audit_from"];
                /** @description What it was done to. */
                object?: components["parameters"]["audit_object"];
                request_id?: components["parameters"]["audit_request"];
                /** @description A text that occurs in the line, without regard to the case of ASCII letters. */
                text?: components["parameters"]["audit_text"];
                /** @description Before it; Unix time in seconds. */
                to?: components["parameters"]["audit_to"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    platform_engine_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlatformEngineList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    platform_health_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlatformHealth"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    platform_invoice_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: number;
                state?: "draft" | "open" | "paid" | "void" | "uncollectible";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlatformInvoicePage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    platform_mail_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: number;
                state?: "pending" | "sent" | "dead" | "local";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlatformMailPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    platform_setting_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlatformSettingList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    platform_tenant_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: number;
                order?: "asc" | "desc";
                sort?: "name" | "created_at" | "members" | "month_spent" | "requests_today";
                /** @description Return only tenants whose name contains this text. */
                text?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlatformTenantPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_deletion_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantDeletionPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_deletion_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantDeletion"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    session_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    session_revoke: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    settlement_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settlement"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    stripe_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StripeAccount"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    stripe_connect: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StripeConnect"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StripeAccount"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    stripe_disconnect: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    team_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description Also archived ones. */
                archived?: boolean;
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    team_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TeamName"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    team_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    team_rename: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TeamName"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    team_archive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    team_member_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamMemberPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    team_member_add: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account: components["parameters"]["path_account"];
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    team_member_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account: components["parameters"]["path_account"];
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    setting_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantSettings"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    setting_change: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TenantSettingsChange"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantSettings"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
                /** @description Return only the tenant with this name. */
                name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TenantCreate"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_delete: {
        parameters: {
            query: {
                /** @description The name of the tenant. */
                confirm: string;
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tenant has been deleted before. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantDeletion"];
                };
            };
            /** @description The tenant is closed and is being removed. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantDeletion"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    audit_list_of_tenant: {
        parameters: {
            query?: {
                /** @description An action, or the beginning of some: `key.`. */
                action?: components["parameters"]["audit_action"];
                /** @description Who did it. */
                actor?: components["parameters"]["audit_actor"];
                /** @description `next` of the previous page. */
                after?: string;
                /** @description At or after it; Unix time in seconds. */
                from?: components["parameters"]["audit_from"];
                limit?: number;
                /** @description What it was done to. */
                object?: components["parameters"]["audit_object"];
                request_id?: components["parameters"]["audit_request"];
                /** @description A text that occurs in the line, without regard to the case of ASCII letters. */
                text?: components["parameters"]["audit_text"];
                /** @description Before it; Unix time in seconds. */
                to?: components["parameters"]["audit_to"];
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEventPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    audit_chain_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditChain"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    audit_check_of_tenant: {
        parameters: {
            query?: {
                /** @description The position to begin with; `to` of the previous answer. */
                from?: number;
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditCheck"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    audit_export_of_tenant: {
        parameters: {
            query?: {
                /** @description An action, or the beginning of some: `key.`. */
                action?: components["parameters"]["audit_action"];
                /** @description Who did it. */
                actor?: components["parameters"]["audit_actor"];
                /** @description Only what is older than this event. */
                after?: string;
                format?: "ndjson" | "csv";
                /** @description At or after it; Unix time in seconds. */
                from?: components["parameters"]["audit_from"];
                /** @description What it was done to. */
                object?: components["parameters"]["audit_object"];
                request_id?: components["parameters"]["audit_request"];
                /** @description A text that occurs in the line, without regard to the case of ASCII letters. */
                text?: components["parameters"]["audit_text"];
                /** @description Before it; Unix time in seconds. */
                to?: components["parameters"]["audit_to"];
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_billing_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingAccount"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_profile_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingProfile"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_profile_set: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BillingProfile"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingProfile"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_profile_confirm_vat: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BillingVatConfirm"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingProfile"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_billing_check: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingCheck"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_money_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantBudget"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_money_set: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TenantBudgetChange"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantBudget"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_budget_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_owner_budget_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                kind: components["parameters"]["path_kind"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budget"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_owner_budget_set: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                kind: components["parameters"]["path_kind"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BudgetChange"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budget"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    cors_get_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cors"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    cors_set_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CorsUpdate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cors"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_costs_get: {
        parameters: {
            query: {
                bucket_width?: components["parameters"]["usage_width"];
                /** @description Unix time in seconds, exclusive; now by default. No bucket lies in the future. */
                end_time?: components["parameters"]["usage_end"];
                /** @description Days a page. */
                limit?: components["parameters"]["costs_limit"];
                /** @description next_page of the page before. */
                page?: components["parameters"]["usage_page"];
                /** @description Unix time in seconds. The first bucket is the one that holds it. */
                start_time: components["parameters"]["usage_start"];
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageBuckets"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_credit_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingCreditList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_credit_grant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BillingCreditGrant"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingCredit"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_credit_void: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                credit: components["parameters"]["path_credit"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingCredit"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_model_default: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TenantModelDefault"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantModel"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_fine_tuning_job_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningJobList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_fine_tuning_job_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                fine_tuning_job: components["parameters"]["path_fine_tuning_job"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningJob"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_fine_tuning_job_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                fine_tuning_job: components["parameters"]["path_fine_tuning_job"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningJob"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    impersonate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Impersonate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsoleSession"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    invitation_list_of_tenant: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    invitation_create_of_tenant: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationCreate"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    invitation_revoke_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    invitation_resend_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_invoice_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingInvoiceList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_invoice_create: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BillingInvoiceCreate"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingInvoiceDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_invoice_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of an invoice or credit note. */
                invoice: components["parameters"]["path_invoice"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingInvoiceDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_invoice_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of an invoice or credit note. */
                invoice: components["parameters"]["path_invoice"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_invoice_credit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of an invoice or credit note. */
                invoice: components["parameters"]["path_invoice"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BillingInvoiceCredit"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingInvoiceDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_invoice_finalize: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of an invoice or credit note. */
                invoice: components["parameters"]["path_invoice"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingInvoiceDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_invoice_pay: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of an invoice or credit note. */
                invoice: components["parameters"]["path_invoice"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BillingInvoicePay"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingInvoiceDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_invoice_pdf: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of an invoice or credit note. */
                invoice: components["parameters"]["path_invoice"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/pdf": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_invoice_void: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of an invoice or credit note. */
                invoice: components["parameters"]["path_invoice"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingInvoiceDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_invoice_write_off: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of an invoice or credit note. */
                invoice: components["parameters"]["path_invoice"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingInvoiceDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    key_list_of_tenant: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    key_create_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyCreate"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    key_change_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyChange"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    key_revoke_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    limit_get_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Limits"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    limit_set_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Limits"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Limits"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_model_list: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantModelList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_model_add: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TenantModelAdd"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantModel"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_model_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of a model; a slash must be sent as %2F. */
                model: components["parameters"]["path_model"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_notice_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoticePage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    price_list_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PriceList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    price_set_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PriceSet"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Price"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    price_import_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PriceImport"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PriceImported"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    receipt_list_of_tenant: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletionReceiptList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_responses_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantResponses"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_responses_set: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TenantResponsesChange"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantResponses"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_resume: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_storage_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantStorage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_storage_set: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TenantStorageChange"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantStorage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_stripe_outbox: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StripeOutboxRowList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_stripe_retry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StripeRetried"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    subscription_get_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    subscription_start_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubscriptionStart"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    subscription_cancel_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubscriptionCancel"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    subscription_change_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubscriptionChange"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    subscription_pause_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    subscription_resume_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    subscription_list_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_suspend: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_tax_list: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingTaxRateList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_tax_set: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BillingTaxRate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingTaxRate"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_team_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_team_create: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TeamName"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_team_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_team_rename: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TeamName"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_team_archive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_team_member_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamMemberPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_team_member_add: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account: components["parameters"]["path_account"];
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_team_member_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account: components["parameters"]["path_account"];
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_top_up_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingTopUp"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_top_up_set: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BillingTopUpSet"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingTopUp"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_top_up_collect: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingTopUp"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_usage_list: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantUsageRowList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_usage_event_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageEventPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_usage_correct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UsageCorrection"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageEvent"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tenant_usage_quarantine: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantQuarantineRowList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    user_list_of_tenant: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    user_create_of_tenant: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserCreate"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    user_disable_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    user_enable_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    user_link_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Link"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    user_role_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoleChange"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    vector_store_list_of_tenant: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
            };
            header?: never;
            path: {
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VectorStoreList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    vector_store_update_of_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
                /** @description The id of a tenant. */
                tenant: components["parameters"]["path_tenant"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VectorStoreUpdate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VectorStore"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    usage_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                api_key_id?: string;
                before?: string;
                /** @description Settled before it; Unix time in seconds. */
                end_time?: number;
                format?: "json" | "csv";
                kind?: string;
                limit?: number;
                model?: string;
                order?: "asc" | "desc";
                /** @description A team. */
                project_id?: string;
                request_id?: string;
                /** @description Settled at or after it; Unix time in seconds. */
                start_time?: number;
                user_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageEventPage"];
                    "text/csv": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    usage_own_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                api_key_id?: string;
                before?: string;
                /** @description Settled before it; Unix time in seconds. */
                end_time?: number;
                format?: "json" | "csv";
                kind?: string;
                limit?: number;
                model?: string;
                order?: "asc" | "desc";
                /** @description A team. */
                project_id?: string;
                request_id?: string;
                /** @description Settled at or after it; Unix time in seconds. */
                start_time?: number;
                /** @description Ignored. */
                user_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageEventPage"];
                    "text/csv": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    usage_own_sums: {
        parameters: {
            query: {
                api_key_ids?: components["parameters"]["usage_keys"];
                bucket_width?: components["parameters"]["usage_width"];
                /** @description Unix time in seconds, exclusive; now by default. No bucket lies in the future. */
                end_time?: components["parameters"]["usage_end"];
                group_by?: ("project_id" | "user_id" | "api_key_id" | "model" | "line_item")[];
                /** @description Buckets a page: of days 7 and at most 31, of hours 24 and 168, of minutes 60 and 1440. */
                limit?: components["parameters"]["usage_limit"];
                models?: string[];
                /** @description next_page of the page before. */
                page?: components["parameters"]["usage_page"];
                /** @description Ids of teams. */
                project_ids?: components["parameters"]["usage_projects"];
                /** @description Unix time in seconds. The first bucket is the one that holds it. */
                start_time: components["parameters"]["usage_start"];
                /** @description Ids of accounts. */
                user_ids?: components["parameters"]["usage_users"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageSums"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    usage_sums: {
        parameters: {
            query: {
                api_key_ids?: components["parameters"]["usage_keys"];
                bucket_width?: components["parameters"]["usage_width"];
                /** @description Unix time in seconds, exclusive; now by default. No bucket lies in the future. */
                end_time?: components["parameters"]["usage_end"];
                group_by?: ("project_id" | "user_id" | "api_key_id" | "model" | "line_item")[];
                /** @description Buckets a page: of days 7 and at most 31, of hours 24 and 168, of minutes 60 and 1440. */
                limit?: components["parameters"]["usage_limit"];
                models?: string[];
                /** @description next_page of the page before. */
                page?: components["parameters"]["usage_page"];
                /** @description Ids of teams. */
                project_ids?: components["parameters"]["usage_projects"];
                /** @description Unix time in seconds. The first bucket is the one that holds it. */
                start_time: components["parameters"]["usage_start"];
                /** @description Ids of accounts. */
                user_ids?: components["parameters"]["usage_users"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageSums"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    user_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    user_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationCreate"];
            };
        };
        responses: {
            /** @description OK. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    user_disable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    user_enable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    user_role: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the object. */
                id: components["parameters"]["path_id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoleChange"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    metrics_of_service: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of a service. */
                service: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    stripe_mock_checkout: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description There is no such session. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    stripe_mock_checkout_act: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": {
                    action?: string;
                };
            };
        };
        responses: {
            /** @description The form was accepted; leads on. */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The card was declined. */
            402: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description The form came from another site. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description There is no such session. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    stripe_mock_portal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description There is no such session. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    stripe_mock_portal_act: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": {
                    action?: string;
                };
            };
        };
        responses: {
            /** @description The form was accepted; leads on. */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The card was declined. */
            402: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description The form came from another site. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description There is no such session. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    setup_page: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    speech_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SpeechCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/flac": string;
                    "audio/mpeg": string;
                    "audio/ogg": string;
                    "audio/pcm": string;
                    "audio/wav": string;
                    "text/event-stream": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    transcription_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["TranscriptionCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Transcription"];
                    "application/x-subrip": string;
                    "text/event-stream": string;
                    "text/plain": string;
                    "text/vtt": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    translation_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["TranslationCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Transcription"];
                    "application/x-subrip": string;
                    "text/plain": string;
                    "text/vtt": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    chat_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChatCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatCompletion"];
                    "text/event-stream": components["schemas"]["ChatChunk"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    embedding_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmbeddingCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmbeddingList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    file_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
                purpose?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FileList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    file_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["Upload"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["File"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    file_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a file, `file-…`. */
                file: components["parameters"]["path_file"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["File"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    file_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a file, `file-…`. */
                file: components["parameters"]["path_file"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedWithReceipt"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    file_content: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `etag` of an earlier response; if the content has another one, all of it is sent. */
                "if-range"?: string;
                /** @description One range of bytes, such as `bytes=0-1023`, `bytes=1024-` or `bytes=-1024` (RFC 9110). Other forms are ignored. */
                range?: string;
            };
            path: {
                /** @description The id of a file, `file-…`. */
                file: components["parameters"]["path_file"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description The range, which `content-range` names. */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description The content can be downloaded from the object store, under the URL in `location`, for a short time and without a credential. Only if the operator has switched this on. */
            307: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The range begins behind the end of the content; `content-range` has its length. */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    fine_tuning_permission_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
                project_id?: string;
            };
            header?: never;
            path: {
                /** @description The `fine_tuned_model_checkpoint` of a checkpoint. */
                checkpoint: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningCheckpointPermissionList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    fine_tuning_permission_create: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `fine_tuned_model_checkpoint` of a checkpoint. */
                checkpoint: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FineTuningCheckpointPermissionCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningCheckpointPermissionsCreated"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    fine_tuning_permission_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `fine_tuned_model_checkpoint` of a checkpoint. */
                checkpoint: string;
                permission: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningCheckpointPermissionDeleted"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    fine_tuning_job_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                limit?: components["parameters"]["limit"];
                /** @description Only jobs with all of these. */
                metadata?: {
                    [key: string]: string;
                };
                order?: components["parameters"]["order"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningJobList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    fine_tuning_job_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FineTuningJobCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningJob"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    fine_tuning_job_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                fine_tuning_job: components["parameters"]["path_fine_tuning_job"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningJob"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    fine_tuning_job_cancel: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path: {
                fine_tuning_job: components["parameters"]["path_fine_tuning_job"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningJob"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    fine_tuning_checkpoint_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
            };
            header?: never;
            path: {
                fine_tuning_job: components["parameters"]["path_fine_tuning_job"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningCheckpointList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    fine_tuning_event_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
                /** @description With `stream`: the `sequence_number` of the last event received. */
                starting_after?: number;
                /** @description Answer with an event stream, the first event first, that ends with the job. */
                stream?: boolean;
            };
            header?: never;
            path: {
                fine_tuning_job: components["parameters"]["path_fine_tuning_job"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningJobEventList"];
                    "text/event-stream": components["schemas"]["FineTuningJobEvent"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    fine_tuning_job_pause: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path: {
                fine_tuning_job: components["parameters"]["path_fine_tuning_job"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningJob"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    fine_tuning_job_resume: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path: {
                fine_tuning_job: components["parameters"]["path_fine_tuning_job"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningJob"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    image_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeptImageList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    image_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                image: components["parameters"]["path_image"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeptImage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    image_update: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path: {
                image: components["parameters"]["path_image"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeptImageUpdate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeptImage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    image_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                image: components["parameters"]["path_image"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeptImageDeleted"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    image_analysis_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImageAnalysisCreate"];
                "multipart/form-data": {
                    alt?: string;
                    /**
                     * Format: binary
                     * @description At most 50 MB.
                     */
                    image: string;
                    /** @description Once or several times, also as `include[]`. */
                    include?: unknown;
                    /** @enum {unknown} */
                    store?: "true" | "false";
                };
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageAnalysis"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    image_edit: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImageEditCreate"];
                "multipart/form-data": {
                    /** @description Once or several times, also as `image[]`. */
                    image: unknown;
                    /**
                     * Format: binary
                     * @description As large as the first image; what is transparent is edited.
                     */
                    mask?: string;
                    prompt: string;
                };
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Images"] | components["schemas"]["ImageJob"];
                    "text/event-stream": components["schemas"]["ImageEvent"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    image_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImageGenerationCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Images"] | components["schemas"]["ImageJob"];
                    "text/event-stream": components["schemas"]["ImageEvent"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    image_job_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageJobList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    image_job_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job: components["parameters"]["path_image_job"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageJob"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    image_job_cancel: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path: {
                job: components["parameters"]["path_image_job"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageJob"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    image_job_events: {
        parameters: {
            query?: {
                /** @description The `sequence_number` of the last event received. */
                starting_after?: number;
            };
            header?: never;
            path: {
                job: components["parameters"]["path_image_job"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["ImageEvent"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    image_link_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                link: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": unknown;
                    "image/png": unknown;
                    "image/webp": unknown;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    image_search: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeptImageSearch"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeptImageList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    image_variation_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": Record<string, never>;
            };
        };
        responses: {
            default: components["responses"]["Error"];
        };
    };
    model_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    model_get: {
        parameters: {
            query?: {
                /** @description As in a request for images, such as high. */
                quality?: string;
                /** @description As in a request for images, such as 1024x1536. */
                size?: string;
            };
            header?: never;
            path: {
                /** @description The name of a model; a slash must be sent as %2F. */
                model: components["parameters"]["path_model"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    model_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of a model; a slash must be sent as %2F. */
                model: components["parameters"]["path_model"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelDeleted"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    moderation_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ModerationCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Moderation"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    usage_costs: {
        parameters: {
            query: {
                api_key_ids?: components["parameters"]["usage_keys"];
                bucket_width?: "1d";
                /** @description Unix time in seconds, exclusive; now by default. No bucket lies in the future. */
                end_time?: components["parameters"]["usage_end"];
                group_by?: ("project_id" | "line_item" | "api_key_id")[];
                /** @description Days a page. */
                limit?: components["parameters"]["costs_limit"];
                /** @description next_page of the page before. */
                page?: components["parameters"]["usage_page"];
                /** @description Ids of teams. */
                project_ids?: components["parameters"]["usage_projects"];
                /** @description Unix time in seconds. The first bucket is the one that holds it. */
                start_time: components["parameters"]["usage_start"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageBuckets"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    usage_audio_speeches: {
        parameters: {
            query: {
                api_key_ids?: components["parameters"]["usage_keys"];
                bucket_width?: components["parameters"]["usage_width"];
                /** @description Unix time in seconds, exclusive; now by default. No bucket lies in the future. */
                end_time?: components["parameters"]["usage_end"];
                group_by?: ("project_id" | "user_id" | "api_key_id" | "model")[];
                /** @description Buckets a page: of days 7 and at most 31, of hours 24 and 168, of minutes 60 and 1440. */
                limit?: components["parameters"]["usage_limit"];
                models?: string[];
                /** @description next_page of the page before. */
                page?: components["parameters"]["usage_page"];
                /** @description Ids of teams. */
                project_ids?: components["parameters"]["usage_projects"];
                /** @description Unix time in seconds. The first bucket is the one that holds it. */
                start_time: components["parameters"]["usage_start"];
                /** @description Ids of accounts. */
                user_ids?: components["parameters"]["usage_users"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageBuckets"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    usage_audio_transcriptions: {
        parameters: {
            query: {
                api_key_ids?: components["parameters"]["usage_keys"];
                bucket_width?: components["parameters"]["usage_width"];
                /** @description Unix time in seconds, exclusive; now by default. No bucket lies in the future. */
                end_time?: components["parameters"]["usage_end"];
                group_by?: ("project_id" | "user_id" | "api_key_id" | "model")[];
                /** @description Buckets a page: of days 7 and at most 31, of hours 24 and 168, of minutes 60 and 1440. */
                limit?: components["parameters"]["usage_limit"];
                models?: string[];
                /** @description next_page of the page before. */
                page?: components["parameters"]["usage_page"];
                /** @description Ids of teams. */
                project_ids?: components["parameters"]["usage_projects"];
                /** @description Unix time in seconds. The first bucket is the one that holds it. */
                start_time: components["parameters"]["usage_start"];
                /** @description Ids of accounts. */
                user_ids?: components["parameters"]["usage_users"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageBuckets"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    usage_code_interpreter_sessions: {
        parameters: {
            query: {
                bucket_width?: components["parameters"]["usage_width"];
                /** @description Unix time in seconds, exclusive; now by default. No bucket lies in the future. */
                end_time?: components["parameters"]["usage_end"];
                group_by?: "project_id"[];
                /** @description Buckets a page: of days 7 and at most 31, of hours 24 and 168, of minutes 60 and 1440. */
                limit?: components["parameters"]["usage_limit"];
                /** @description next_page of the page before. */
                page?: components["parameters"]["usage_page"];
                /** @description Ids of teams. */
                project_ids?: components["parameters"]["usage_projects"];
                /** @description Unix time in seconds. The first bucket is the one that holds it. */
                start_time: components["parameters"]["usage_start"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageBuckets"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    usage_completions: {
        parameters: {
            query: {
                api_key_ids?: components["parameters"]["usage_keys"];
                batch?: boolean;
                bucket_width?: components["parameters"]["usage_width"];
                /** @description Unix time in seconds, exclusive; now by default. No bucket lies in the future. */
                end_time?: components["parameters"]["usage_end"];
                group_by?: ("project_id" | "user_id" | "api_key_id" | "model" | "batch")[];
                /** @description Buckets a page: of days 7 and at most 31, of hours 24 and 168, of minutes 60 and 1440. */
                limit?: components["parameters"]["usage_limit"];
                models?: string[];
                /** @description next_page of the page before. */
                page?: components["parameters"]["usage_page"];
                /** @description Ids of teams. */
                project_ids?: components["parameters"]["usage_projects"];
                /** @description Unix time in seconds. The first bucket is the one that holds it. */
                start_time: components["parameters"]["usage_start"];
                /** @description Ids of accounts. */
                user_ids?: components["parameters"]["usage_users"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageBuckets"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    usage_embeddings: {
        parameters: {
            query: {
                api_key_ids?: components["parameters"]["usage_keys"];
                bucket_width?: components["parameters"]["usage_width"];
                /** @description Unix time in seconds, exclusive; now by default. No bucket lies in the future. */
                end_time?: components["parameters"]["usage_end"];
                group_by?: ("project_id" | "user_id" | "api_key_id" | "model")[];
                /** @description Buckets a page: of days 7 and at most 31, of hours 24 and 168, of minutes 60 and 1440. */
                limit?: components["parameters"]["usage_limit"];
                models?: string[];
                /** @description next_page of the page before. */
                page?: components["parameters"]["usage_page"];
                /** @description Ids of teams. */
                project_ids?: components["parameters"]["usage_projects"];
                /** @description Unix time in seconds. The first bucket is the one that holds it. */
                start_time: components["parameters"]["usage_start"];
                /** @description Ids of accounts. */
                user_ids?: components["parameters"]["usage_users"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageBuckets"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    usage_file_search_calls: {
        parameters: {
            query: {
                api_key_ids?: components["parameters"]["usage_keys"];
                bucket_width?: components["parameters"]["usage_width"];
                /** @description Unix time in seconds, exclusive; now by default. No bucket lies in the future. */
                end_time?: components["parameters"]["usage_end"];
                group_by?: ("project_id" | "user_id" | "api_key_id")[];
                /** @description Buckets a page: of days 7 and at most 31, of hours 24 and 168, of minutes 60 and 1440. */
                limit?: components["parameters"]["usage_limit"];
                /** @description next_page of the page before. */
                page?: components["parameters"]["usage_page"];
                /** @description Ids of teams. */
                project_ids?: components["parameters"]["usage_projects"];
                /** @description Unix time in seconds. The first bucket is the one that holds it. */
                start_time: components["parameters"]["usage_start"];
                /** @description Ids of accounts. */
                user_ids?: components["parameters"]["usage_users"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageBuckets"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    usage_images: {
        parameters: {
            query: {
                api_key_ids?: components["parameters"]["usage_keys"];
                bucket_width?: components["parameters"]["usage_width"];
                /** @description Unix time in seconds, exclusive; now by default. No bucket lies in the future. */
                end_time?: components["parameters"]["usage_end"];
                group_by?: ("project_id" | "user_id" | "api_key_id" | "model")[];
                /** @description Buckets a page: of days 7 and at most 31, of hours 24 and 168, of minutes 60 and 1440. */
                limit?: components["parameters"]["usage_limit"];
                models?: string[];
                /** @description next_page of the page before. */
                page?: components["parameters"]["usage_page"];
                /** @description Ids of teams. */
                project_ids?: components["parameters"]["usage_projects"];
                /** @description Unix time in seconds. The first bucket is the one that holds it. */
                start_time: components["parameters"]["usage_start"];
                /** @description Ids of accounts. */
                user_ids?: components["parameters"]["usage_users"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageBuckets"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    usage_moderations: {
        parameters: {
            query: {
                api_key_ids?: components["parameters"]["usage_keys"];
                bucket_width?: components["parameters"]["usage_width"];
                /** @description Unix time in seconds, exclusive; now by default. No bucket lies in the future. */
                end_time?: components["parameters"]["usage_end"];
                group_by?: ("project_id" | "user_id" | "api_key_id" | "model")[];
                /** @description Buckets a page: of days 7 and at most 31, of hours 24 and 168, of minutes 60 and 1440. */
                limit?: components["parameters"]["usage_limit"];
                models?: string[];
                /** @description next_page of the page before. */
                page?: components["parameters"]["usage_page"];
                /** @description Ids of teams. */
                project_ids?: components["parameters"]["usage_projects"];
                /** @description Unix time in seconds. The first bucket is the one that holds it. */
                start_time: components["parameters"]["usage_start"];
                /** @description Ids of accounts. */
                user_ids?: components["parameters"]["usage_users"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageBuckets"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    usage_vector_stores: {
        parameters: {
            query: {
                bucket_width?: components["parameters"]["usage_width"];
                /** @description Unix time in seconds, exclusive; now by default. No bucket lies in the future. */
                end_time?: components["parameters"]["usage_end"];
                group_by?: "project_id"[];
                /** @description Buckets a page: of days 7 and at most 31, of hours 24 and 168, of minutes 60 and 1440. */
                limit?: components["parameters"]["usage_limit"];
                /** @description next_page of the page before. */
                page?: components["parameters"]["usage_page"];
                /** @description Ids of teams. */
                project_ids?: components["parameters"]["usage_projects"];
                /** @description Unix time in seconds. The first bucket is the one that holds it. */
                start_time: components["parameters"]["usage_start"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageBuckets"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    receipt_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletionReceiptList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    receipt_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a receipt, `rcpt_…`. */
                receipt: components["parameters"]["path_receipt"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletionReceipt"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    rerank_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RerankCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reranking"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    response_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResponseCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Response"];
                    "text/event-stream": components["schemas"]["ResponseEvent"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    response_get: {
        parameters: {
            query?: {
                include_obfuscation?: boolean;
                "include[]"?: string[];
                /** @description The `sequence_number` of the last event received. */
                starting_after?: number;
                stream?: boolean;
            };
            header?: never;
            path: {
                /** @description The id of a Response, `resp_…`. */
                response: components["parameters"]["path_response"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Response"];
                    "text/event-stream": components["schemas"]["ResponseEvent"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    response_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a Response, `resp_…`. */
                response: components["parameters"]["path_response"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    response_cancel: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path: {
                /** @description The id of a Response, `resp_…`. */
                response: components["parameters"]["path_response"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Response"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    response_input_items: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
            };
            header?: never;
            path: {
                /** @description The id of a Response, `resp_…`. */
                response: components["parameters"]["path_response"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InputItemList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    upload_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UploadCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadInParts"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    upload_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of an upload, `upload_…`. */
                upload: components["parameters"]["path_upload"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadInParts"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    upload_cancel: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path: {
                /** @description The id of an upload, `upload_…`. */
                upload: components["parameters"]["path_upload"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadInParts"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    upload_complete: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path: {
                /** @description The id of an upload, `upload_…`. */
                upload: components["parameters"]["path_upload"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UploadComplete"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadInParts"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    upload_part_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
            };
            header?: never;
            path: {
                /** @description The id of an upload, `upload_…`. */
                upload: components["parameters"]["path_upload"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadPartList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    upload_part_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path: {
                /** @description The id of an upload, `upload_…`. */
                upload: components["parameters"]["path_upload"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["UploadPartCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadPart"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    vector_store_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VectorStoreList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    vector_store_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VectorStoreCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VectorStore"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    vector_store_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VectorStore"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    vector_store_update: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path: {
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VectorStoreUpdate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VectorStore"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    vector_store_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedWithReceipt"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    vector_store_export: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The archive. A response that ends before the member `end.json` is incomplete. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-tar": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    batch_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path: {
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BatchCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    batch_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a file batch, `vsfb_…`. */
                batch: components["parameters"]["path_batch"];
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    batch_cancel: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path: {
                /** @description The id of a file batch, `vsfb_…`. */
                batch: components["parameters"]["path_batch"];
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    batch_files: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                filter?: "in_progress" | "completed" | "failed" | "cancelled";
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
            };
            header?: never;
            path: {
                /** @description The id of a file batch, `vsfb_…`. */
                batch: components["parameters"]["path_batch"];
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreFileList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    store_file_list: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                /** @description The id of the object before which the page ends. */
                before?: components["parameters"]["before"];
                /** @description A part of the name, whatever the case; at most 255 bytes. */
                filename?: string;
                filter?: "in_progress" | "completed" | "failed" | "cancelled";
                limit?: components["parameters"]["limit"];
                order?: components["parameters"]["order"];
            };
            header?: never;
            path: {
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreFileList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    store_file_create: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path: {
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StoreFileCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreFile"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    store_file_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a file, `file-…`. */
                file: components["parameters"]["path_file"];
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreFile"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    store_file_update: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path: {
                /** @description The id of a file, `file-…`. */
                file: components["parameters"]["path_file"];
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StoreFileUpdate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreFile"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    store_file_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a file, `file-…`. */
                file: components["parameters"]["path_file"];
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedWithReceipt"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    store_file_chunks: {
        parameters: {
            query?: {
                /** @description The id of the object after which the page starts. */
                after?: components["parameters"]["after"];
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path: {
                /** @description The id of a file, `file-…`. */
                file: components["parameters"]["path_file"];
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreFileChunkList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    store_file_content: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a file, `file-…`. */
                file: components["parameters"]["path_file"];
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreFileContent"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    store_file_events: {
        parameters: {
            query?: {
                /** @description The `sequence_number` of the last event received. The header `last-event-id` has the same effect. */
                starting_after?: number;
            };
            header?: never;
            path: {
                /** @description The id of a file, `file-…`. */
                file: components["parameters"]["path_file"];
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["StoreFileEvent"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    vector_store_search: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a vector store, `vs_…`. */
                store: components["parameters"]["path_store"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Search"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchPage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    rerank_create_v2: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, optionally in double quotes. For 24 hours, a repeated request with the same
                 *     key, caller, path and content gets the response of the first one, with the header `idempotent-replayed: true`.
                 *     While the first request is still running, the repeated one waits for it. A different request with the same key
                 *     is refused with 400 `idempotency_key_reused`. If the first request was interrupted and its outcome is unknown,
                 *     the response is 400 `idempotency_key_unknown`; if its response is too large to keep or its object was deleted,
                 *     400 `idempotency_reply_not_kept`. If the first request failed, the key can be used again.
                 */
                "Idempotency-Key"?: components["parameters"]["idempotency_key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RerankCreate"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reranking"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    stripe_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description It is kept. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            default: components["responses"]["Error"];
        };
    };
}

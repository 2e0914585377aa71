"""Who comes in at each address, and which page guards what each command does.

A row says for each of PEOPLE in their order: in, sent to sign-in, or the status of the refusal.
"""

from __future__ import annotations

PEOPLE = ("nobody", "stranger", "viewer", "supervisor", "administrator", "superuser")

# Whoever comes.
ANYBODY = ("in", "in", "in", "in", "in", "in")
# Whoever holds the secret in the address; and what is there only where the operator has said so.
NOBODY_WITHOUT_ITS_LINK = ("404", "404", "404", "404", "404", "404")
# Scripts with a token; a browser's session opens none of them.
TOKENS = ("401", "401", "401", "401", "401", "401")
# Leads to the sign-in page, whoever asks.
LEADS_OUT = ("sign-in", "sign-in", "sign-in", "sign-in", "sign-in", "sign-in")
# Whoever has signed in, about themselves alone.
SIGNED_IN = ("sign-in", "in", "in", "in", "in", "in")
# Whoever has signed in and has such a thing of their own.
OWN = ("sign-in", "404", "404", "404", "404", "404")
# Whoever runs the system.
OPERATOR = ("sign-in", "403", "403", "403", "403", "in")
# Each of the tenant's people.
VIEWER = ("sign-in", "404", "in", "in", "in", "in")
# Supervisors and administrators of the tenant.
SUPERVISOR = ("sign-in", "404", "403", "in", "in", "in")
# Administrators of the tenant.
ADMINISTRATOR = ("sign-in", "404", "403", "403", "in", "in")

# fmt: off
ROWS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((
        "account_login", "api:openapi", "lists:t/<slug:slug>/lists/new/fields/", "sign_in",
    ), ANYBODY),
    **dict.fromkeys((
        "invitation", "operations:security_text",
        "first_run", "hooks:receive",
        "first_run", "sso_begin", "sso_callback",
    ), NOBODY_WITHOUT_ITS_LINK),
    **dict.fromkeys((
        "api:act_undo", "api:dnc_act_undo",
        "api:campaign_start", "api:campaign_stop", "api:campaigns", "api:dnc_add", "api:dnc_lists", "api:dnc_remove",
        "api:dnc_why", "api:job", "api:job_cancel", "api:job_rejects", "api:job_send", "api:results",
        "api:results_beside", "api:results_figure", "api:upload", "api:uploads_reached",
        "api:list_campaigns_stop", "api:take_back", "api:take_back_go", "api:upload_take_back",
        "api:feed", "api:feed_file", "api:feed_file_refuse", "api:feed_file_release", "api:feed_hold",
        "api:feed_release", "api:feed_run", "api:feeds", "api:plan", "api:plan_hold", "api:plan_release",
        "api:plan_run", "api:plans", "api:report", "api:report_make", "api:reports",
    ), TOKENS),
    **dict.fromkeys((
        "sign_out",
    ), LEADS_OUT),
    **dict.fromkeys((
        "account_reauthenticate", "home", "mfa_activate_totp", "mfa_add_webauthn", "mfa_authenticate",
        "mfa_generate_recovery_codes", "mfa_index", "mfa_login_webauthn", "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn", "password", "session_end", "sessions_end", "tenants:index",
    ), SIGNED_IN),
    **dict.fromkeys((
        "mfa_deactivate_totp", "mfa_edit_webauthn", "mfa_remove_webauthn", "mfa_view_recovery_codes",
        "operations:design",
    ), OWN),
    **dict.fromkeys((
        "activity:export", "activity:index", "activity:verify", "operations:hold", "operations:index",
        "operations:release", "tenants:create",
    ), OPERATOR),
    **dict.fromkeys((
        "audit:index", "campaigns:detail", "campaigns:index", "dialler:open", "dnc:by_id", "dnc:coverage", "dnc:detail",
        "dnc:index", "dnc:refresh", "dnc:requests", "dnc:why", "jobs:detail", "jobs:index", "jobs:tray", "lists:browse",
        "lists:by_name", "lists:detail", "lists:index", "lists:lookup", "lists:read_again", "lists:recipe_export",
        "lists:reached", "lists:record", "lists:record_check", "records:browse", "records:columns", "records:index",
        "records:read_again", "records:record", "records:view_delete", "records:view_save", "records:view_share",
        "tenants:token_revoke", "tenants:tokens",
        "results:home", "results:figure", "results:whole", "results:campaign", "results:campaign_beside",
        "results:list", "results:list_beside", "results:dispositions",
        "results:reading", "results:dictionary", "notifications:inbox", "notifications:bell", "notifications:seen",
        "notifications:open", "notifications:rules", "notifications:delivery", "notifications:snooze",
        "notifications:channels", "notifications:test", "finding:find", "finding:uploads", "finding:ask",
        "finding:contacts",
        "campaigns:settings", "campaigns:dispositions", "campaigns:people", "campaigns:link_groups", "plans:index",
        "plans:month", "plans:holidays", "plans:detail", "reports:index", "reports:detail", "reports:destinations",
        "lists:recycle_rules",
        "feeds:index", "feeds:detail", "feeds:run",
        "campaigns:columns", "campaigns:view_save", "campaigns:view_delete",
    ), VIEWER),
    **dict.fromkeys((
        "audit:export", "audit:verify", "campaigns:bind", "campaigns:bulk", "campaigns:change", "campaigns:clone",
        "campaigns:delete", "campaigns:delete_by_name", "campaigns:export", "campaigns:export_several",
        "campaigns:reorder", "campaigns:start", "campaigns:stop", "campaigns:toggle", "campaigns:unbind",
        "dialler:read", "dialler:settle", "dialler:undo",
        "dnc:add", "dnc:bind", "dnc:bind_to", "dnc:carry_out", "dnc:clear",
        "dnc:create", "dnc:drop", "dnc:everywhere", "dnc:evidence", "dnc:evidence_check", "dnc:evidence_file",
        "dnc:go_on", "dnc:properties", "dnc:read_back", "dnc:remove", "dnc:settings", "dnc:type_in", "dnc:unbind",
        "dnc:undo", "dnc:upload", "dnc:upload_again", "dnc:upload_check", "dnc:upload_map", "dnc:upload_rows",
        "jobs:cancel", "jobs:decide", "jobs:decide_all", "jobs:pause", "jobs:put_first", "jobs:question",
        "jobs:read_back", "jobs:rejects", "jobs:resume", "jobs:retry", "lists:build", "lists:create", "lists:delete",
        "lists:delete_records", "lists:deletion", "lists:fix", "lists:fix_row", "lists:format", "lists:format_learn",
        "lists:old_values_file", "lists:old_values_put_back",
        "lists:kept_columns", "lists:recipe_delete", "lists:recipe_import", "lists:recipe_rename", "lists:record_add",
        "lists:record_change", "lists:record_erase", "lists:upload", "lists:upload_again", "lists:upload_blocked",
        "lists:upload_changes", "lists:upload_check", "lists:upload_map", "lists:upload_rows", "lists:upload_there",
        "lists:upload_update_there", "records:add", "records:contact_delete", "records:contacts_delete",
        "records:many_rows", "records:many_go",
        "records:export", "records:export_file", "records:export_summary", "records:remove", "records:rename",
        "records:request_add", "records:request_recall", "records:requests_recall",
        "results:recount", "campaigns:preset_forget", "campaigns:dispositions_file", "campaigns:disposition",
        "campaigns:link", "campaigns:link_group_delete", "lists:properties", "lists:upload_proof",
        "lists:upload_split", "lists:take_back", "lists:take_back_go", "lists:take_back_rows", "plans:new",
        "plans:seen", "plans:holidays_new", "plans:holidays_edit", "plans:holidays_remove", "plans:run", "plans:hold",
        "plans:release", "plans:remove", "approvals:index", "approvals:detail", "approvals:give", "approvals:refuse",
        "reports:new", "reports:edit", "reports:run", "reports:remove", "reports:file",
        "reports:manifest", "reports:send", "reports:destination_add", "reports:destination_remove", "lists:recycle",
        "lists:recycle_go", "lists:recycle_rule_remove", "plans:transfer",
        "feeds:ask", "feeds:hold", "feeds:release", "feeds:run_release",
        "feeds:run_refuse",
    ), SUPERVISOR),
    **dict.fromkeys((
        "privacy:export", "privacy:person", "privacy:remove", "tenants:invitation_withdraw", "tenants:people",
        "tenants:person_close", "tenants:person_create", "tenants:person_invite", "tenants:person_password",
        "tenants:person_limit", "tenants:person_remove", "tenants:person_role", "tenants:settings", "tenants:test",
        "notifications:team", "notifications:webhook_add", "notifications:webhook_test",
        "notifications:webhook_rotate", "notifications:webhook_remove", "notifications:replay",
        "results:hook",
        "feeds:new", "feeds:edit", "feeds:remove",
    ), ADMINISTRATOR),
}

# What a supervisor opens who is limited to one campaign and one list, where an address names these; a Do Not Call list
# or a job that an address names is not theirs, and neither is what is about the whole tenant (403).
LIMITED = frozenset(
    {
        "campaigns:change", "campaigns:detail", "campaigns:index", "campaigns:reorder", "campaigns:start",
        "campaigns:stop", "campaigns:toggle", "campaigns:unbind", "dnc:index", "jobs:index", "jobs:tray",
        "lists:delete", "lists:reached",
        "lists:delete_records", "lists:deletion", "lists:detail", "lists:format", "lists:format_learn", "lists:index",
        "lists:lookup", "lists:record", "lists:record_add", "lists:record_change", "lists:record_check",
        "lists:record_erase", "lists:upload", "notifications:bell", "notifications:delivery", "notifications:inbox",
        "notifications:open", "notifications:rules", "notifications:seen", "notifications:snooze", "results:campaign",
        "results:home", "finding:find", "audit:index", "plans:index", "plans:month", "plans:detail", "plans:hold",
        "plans:release", "plans:run", "plans:remove", "campaigns:export", "results:campaign_beside", "results:figure",
        "results:list", "results:list_beside", "results:whole", "results:dictionary", "tenants:token_revoke",
        "tenants:tokens",
    }
)
# fmt: on

# The address of the same act; "" for what only who has the machine can do.
COMMANDS = {
    "act_settle": "dialler:settle",
    "act_undo": "dialler:undo",
    "acts_open": "dialler:open",
    "approval_give": "approvals:give",
    "approval_list": "approvals:index",
    "audit_export": "audit:export",
    "audit_verify": "audit:verify",
    "automation_export": "plans:transfer",
    "automation_import": "plans:transfer",
    "backup": "",
    "campaign_clone": "campaigns:clone",
    "campaign_delete": "campaigns:delete",
    "campaign_dispositions": "campaigns:dispositions",
    "campaign_list": "campaigns:index",
    "campaign_people": "campaigns:people",
    "campaign_settings": "campaigns:settings",
    "campaign_show": "campaigns:detail",
    "campaign_start": "campaigns:start",
    "campaign_stop": "campaigns:stop",
    "contact_delete": "records:contact_delete",
    "contacts_delete": "records:contacts_delete",
    "dnc_add": "dnc:add",
    "dnc_bind": "dnc:bind",
    "dnc_change": "dnc:properties",
    "dnc_clear": "dnc:clear",
    "dnc_create": "dnc:create",
    "dnc_delete": "dnc:remove",
    "dnc_drop": "dnc:drop",
    "dnc_list": "dnc:index",
    "dnc_replace": "dnc:upload",
    "dnc_settings": "dnc:settings",
    "dnc_unbind": "dnc:unbind",
    "dnc_undo": "dnc:undo",
    "dnc_verify": "dnc:evidence_check",
    "dnc_why": "dnc:why",
    "feed_add": "feeds:new",
    "feed_change": "feeds:edit",
    "feed_hold": "feeds:hold",
    "feed_list": "feeds:index",
    "feed_release": "feeds:release",
    "feed_remove": "feeds:remove",
    "feed_run": "feeds:ask",
    "feed_show": "feeds:detail",
    "find": "finding:find",
    "hold": "operations:hold",
    "job_decide": "jobs:decide_all",
    "job_first": "jobs:put_first",
    "job_prove": "lists:upload_proof",
    "job_reconcile": "jobs:read_back",
    "link_groups": "campaigns:link_groups",
    "list_bind": "campaigns:bind",
    "list_change": "lists:properties",
    "list_create": "lists:create",
    "list_delete": "lists:delete",
    "list_list": "lists:index",
    "list_rebind": "campaigns:change",
    "list_unbind": "campaigns:unbind",
    "list_upload": "lists:upload",
    "method_table": "",
    "migrate": "",
    "notification_list": "notifications:inbox",
    "notification_rules": "notifications:rules",
    "notification_test": "notifications:test",
    "person_add": "tenants:person_create",
    "person_break_glass": "",
    "person_close": "tenants:person_close",
    "person_erase": "privacy:person",
    "person_factors_remove": "tenants:person_password",
    "person_find": "privacy:person",
    "person_invite": "tenants:person_invite",
    "person_limit": "tenants:person_limit",
    "plan_add": "plans:new",
    "plan_calendar": "plans:month",
    "plan_hold": "plans:hold",
    "plan_list": "plans:index",
    "plan_release": "plans:release",
    "plan_remove": "plans:remove",
    "plan_run": "plans:run",
    "plan_show": "plans:detail",
    "recipe_delete": "lists:recipe_delete",
    "recipe_export": "lists:recipe_export",
    "recipe_import": "lists:recipe_import",
    "recipe_list": "lists:upload",
    "recipe_rename": "lists:recipe_rename",
    "record_add": "lists:record_add",
    "record_erase": "lists:record_erase",
    "record_get": "lists:record",
    "record_update": "lists:record_change",
    "records_delete": "lists:delete_records",
    "records_export": "records:export",
    "recycle": "lists:recycle",
    "report_add": "reports:new",
    "report_destination": "reports:destination_add",
    "report_list": "reports:index",
    "report_remove": "reports:remove",
    "report_run": "reports:run",
    "report_send": "reports:send",
    "report_show": "reports:detail",
    "request_add": "records:request_add",
    "request_recall": "records:request_recall",
    "requests_recall": "records:requests_recall",
    "restore": "",
    "results_export": "campaigns:export",
    "results_group": "results:dispositions",
    "results_hook": "results:hook",
    "uploads_reached": "lists:reached",
    "results_beside": "results:campaign_beside",
    "results_figure": "results:figure",
    "results_read": "results:recount",
    "results_show": "results:whole",
    "sandbox": "",
    "status": "operations:index",
    "tenant_add": "tenants:create",
    "tenant_change": "tenants:settings",
    "tenant_export": "privacy:export",
    "tenant_reencrypt": "",
    "tenant_remove": "privacy:remove",
    "token_make": "tenants:tokens",
    "token_revoke": "tenants:token_revoke",
    "upload_take_back": "lists:take_back",
    "webhook_add": "notifications:webhook_add",
    "webhook_list": "notifications:channels",
    "webhook_remove": "notifications:webhook_remove",
    "webhook_replay": "notifications:replay",
    "webhook_rotate": "notifications:webhook_rotate",
    "worker_health": "",
}

# Where somebody who came in a while ago is asked who they are: settings, people, what opens doors, what deletes and
# empties. A file that takes the place of records is asked about where it is confirmed, which has a test of its own.
# fmt: off
ASKED_AGAIN = frozenset((
    "approvals:give", "campaigns:delete", "campaigns:delete_by_name", "dnc:clear", "dnc:drop", "lists:delete",
    "lists:deletion", "notifications:webhook_add", "notifications:webhook_remove", "notifications:webhook_rotate",
    "privacy:export", "privacy:person", "privacy:remove", "records:contact_delete", "records:contacts_delete",
    "results:hook", "tenants:invitation_withdraw", "tenants:people", "tenants:person_close",
    "tenants:person_create", "tenants:person_invite", "tenants:person_limit", "tenants:person_password",
    "tenants:person_remove", "tenants:person_role", "tenants:settings", "tenants:tokens",
))
# fmt: on

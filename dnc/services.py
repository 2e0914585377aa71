"""What pages and commands may do with Do Not Call lists, in one place."""

from bpadmin.jobs.services import job_confirm
from dnc.acting import ListOutcome, RefusedKey, dnc_add, dnc_delete
from dnc.chain import chain_faults, change_record
from dnc.clearing import clear_warning, dnc_clear
from dnc.dropping import dnc_drop, drop_warning
from dnc.effects import dnc_list_now
from dnc.evidence import Evidence, Proof, chain_prove, evidence_export, evidence_verify, log_prove
from dnc.expiring import Expiring, dnc_expire_due, dnc_expiring
from dnc.file_options import Way
from dnc.guarding import (
    Guard,
    can_guard,
    dispositions_known,
    dnc_bind,
    dnc_bind_several,
    dnc_unbind,
    guarding_check,
    unbind_warning,
)
from dnc.knowing import Match, Why, dnc_why
from dnc.ledger import Dates, ledger_counts
from dnc.managing import can_manage, dnc_create, dnc_properties_change, managing_check
from dnc.properties import Properties, properties_of
from dnc.read_back import ReadBack, can_read_back, dnc_read_back, ledger_read_back, read_back_ring
from dnc.reading import (
    DncRefused,
    FoundList,
    dnc_list_change,
    dnc_list_find,
    dnc_list_type_in,
    dnc_lists_read,
    dnc_lists_refresh,
    lists_store,
)
from dnc.replacing import EMPTYING_RISK, Difference, difference_of, dnc_replace_confirm, dnc_replace_go_on
from dnc.requests import request_carry_out, request_take, requests_open
from dnc.uploads import (
    dnc_mapping_suggest,
    dnc_upload_again,
    dnc_upload_configure,
    dnc_upload_create,
    dnc_upload_inspect,
)

__all__ = [
    "EMPTYING_RISK",
    "Dates",
    "Difference",
    "DncRefused",
    "Evidence",
    "Expiring",
    "FoundList",
    "Guard",
    "ListOutcome",
    "Match",
    "Proof",
    "Properties",
    "ReadBack",
    "RefusedKey",
    "Way",
    "Why",
    "can_guard",
    "can_manage",
    "can_read_back",
    "chain_faults",
    "chain_prove",
    "change_record",
    "clear_warning",
    "difference_of",
    "dispositions_known",
    "dnc_add",
    "dnc_bind",
    "dnc_bind_several",
    "dnc_clear",
    "dnc_create",
    "dnc_delete",
    "dnc_drop",
    "dnc_expire_due",
    "dnc_expiring",
    "dnc_list_change",
    "dnc_list_find",
    "dnc_list_now",
    "dnc_list_type_in",
    "dnc_lists_read",
    "dnc_lists_refresh",
    "dnc_mapping_suggest",
    "dnc_properties_change",
    "dnc_read_back",
    "dnc_replace_confirm",
    "dnc_replace_go_on",
    "dnc_unbind",
    "dnc_upload_again",
    "dnc_upload_configure",
    "dnc_upload_create",
    "dnc_upload_inspect",
    "dnc_why",
    "drop_warning",
    "evidence_export",
    "evidence_verify",
    "guarding_check",
    "job_confirm",
    "ledger_counts",
    "ledger_read_back",
    "lists_store",
    "log_prove",
    "managing_check",
    "properties_of",
    "read_back_ring",
    "request_carry_out",
    "request_take",
    "requests_open",
    "unbind_warning",
]

"""What a job keeps as JSON: read as the commits before wrote it, written so that nothing is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bpadmin.jobs.handlers import JobRefused, job_options, job_remote, job_report
from bpadmin.jobs.models import Job
from bpadmin.jobs.options import FileOptions, NotUnderstood
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.records.exports.options import ExportOptions, ExportRemote
from bpadmin.records.kinds import RESULTS_EXPORT
from bpadmin.uploads.checking.report import CheckReport
from dnc.files.options import KeysOptions, KeysRemote, Way
from dnc.files.replace import KeysReport
from dnc.kinds import DNC_REPLACE
from lists.deletions.options import NOT_TOLD, DeletionOptions, DeletionRemote
from lists.kinds import LIST_DELETE, LIST_UPLOAD
from lists.uploads.options import UploadOptions, UploadRemote

FINDING = {
    "code": "bad", "label": "Bad", "count": 2, "column": "A", "field": "a", "fix": "Mend it",
    "samples": [{"row": 2, "value": "x", "detail": ""}],
}  # fmt: skip
# As the commit before typed options wrote them.
UPLOAD = {
    "chunk_size": 500, "lanes": 4, "dialect": {"kind": "csv", "delimiter": ";"}, "header": ["id", "phone"],
    "encoding_proof": {"member": "", "guess": None}, "mode": "upsert", "mapping": {"0": "id", "1": "phone"},
    "fields": [FieldSpec("id", key=True).as_json(), FieldSpec("phone", FieldType.PHONE).as_json()],
    "leave_out_blocked": True,
}  # fmt: skip
REPORT = {
    "problems": [FINDING], "warnings": [], "phones_changed": {"count": 1, "samples": [{"row": 2}]}, "blank_rows": 3,
    "rows_before_header": 1, "rows_by_outcome": {"ready": 5, "rejected": 2}, "seconds": 0.5, "rows_per_second": 10,
    "scrub": {"found": 2, "left_out": 1},
}  # fmt: skip
DIFFERENCE = {
    "known": 10, "new": 2, "gone": 3, "kept": 7, "refused": 0, "new_samples": ["1"], "gone_samples": ["2"],
    "is_complete": True, "read_at": "", "max_shrink": 10, "at": "2026-11-01T10:00:00+00:00",
}  # fmt: skip
FILTER = {
    "is_all": False, "fields": [["id", ["1", "2"]]], "campaign_id": "", "campaign_name": "", "policy": "ALL",
    "created_from": "", "created_to": "",
}  # fmt: skip
EXPORT = {
    "campaigns": [["C", "Spring"]], "instances": [], "list_name": "", "attempts": False, "per_attempt": False,
    "columns": [], "format": "csv", "kind": "completed", "start": "", "end": "",
}  # fmt: skip
PLACE = {
    "campaign_id": "C", "campaign": "Spring", "list": "L", "instance": "I", "instance_id": "I", "total": 5, "read": 2,
    "is_complete": False, "problem": "",
}  # fmt: skip


def same_but_for_additions(structure: Any, data: dict[str, Any]) -> None:
    """What is read and written again holds everything that was there, member by member."""
    written = structure.from_json(data).as_json()
    assert {name: written.get(name) for name in data} == data
    assert structure.from_json(written) == structure.from_json(data)


@pytest.mark.parametrize(
    ("structure", "data"),
    [
        (UploadOptions, UPLOAD),
        (UploadOptions, {"chunk_size": 500, "lanes": 4}),
        (UploadRemote, {"emptied": True, "deleted": 7, "delete_job": "J", "baseline": 3, "asked": {"2": 1}}),
        (CheckReport, REPORT),
        (KeysOptions, {**UPLOAD, "dnc_list": 3, "comment": "c", "way": "emptying", "dates": {"due_on": "2026-01-02"}}),
        (KeysOptions, {"dnc_list": 3, "source": "expiry", "on": "2026-01-02", "mode": "add", "comment": ""}),
        (KeysRemote, {"source": 4, "emptied": True, "deleted": 2}),
        (KeysReport, {**REPORT, "difference": DIFFERENCE, "delete_from": 4}),
        (DeletionOptions, {"filter": FILTER, "sentence": "some", "facts": [["Records", "some"]]}),
        (DeletionRemote, {"asked": True, "asking": 1, "calls_done": 1, "deleted": 4, "total_before": None}),
        (ExportRemote, {"cursor": "c", "parts": ["p"], "gathered": {"records": 2}, "began": "2026-01-01T00:00:00"}),
    ],
)
def test_what_the_commits_before_wrote_is_read_and_nothing_of_it_lost(structure: Any, data: dict[str, Any]) -> None:
    same_but_for_additions(structure, data)
    same_but_for_additions(structure, {**data, "of_another_part": {"a": [1]}})


def test_the_values_are_typed() -> None:
    upload = UploadOptions.from_json(UPLOAD)
    assert (upload.table.delimiter, upload.header, upload.leave_out_blocked) == (";", ("id", "phone"), True)
    assert [spec.key for spec in upload.fields] == [True, False]
    keys = KeysOptions.from_json({"way": "emptying", "dates": {"expires_on": "2026-05-01"}})
    assert (keys.way, keys.dates.expires_on) == (Way.EMPTYING, date(2026, 5, 1))
    difference = KeysReport.from_json({"difference": DIFFERENCE}).difference
    assert difference is not None
    assert (difference.gone, difference.at) == (3, datetime(2026, 11, 1, 10, tzinfo=UTC))
    deletion = DeletionRemote.from_json({"total_before": None})
    assert (deletion.total_before, deletion.total_after) == (NOT_TOLD, None)
    export = ExportOptions.from_json(
        {"export": EXPORT, "counts_rows": True, "facts": [["Rows", "all"]], "is_long": True}
    )
    assert (export.export.kind, export.counts_rows, export.is_long) == ("completed", True, True)
    place = (ExportRemote.from_json({"places": [PLACE]}).places or ())[0]
    assert (place.source_id != "", place.read, place.is_whole, place.is_done) == (True, 2, False, False)


def test_each_kind_of_job_has_its_classes() -> None:
    kinds = {
        LIST_UPLOAD: (UploadOptions, UploadRemote, CheckReport),
        LIST_DELETE: (DeletionOptions, DeletionRemote),
        RESULTS_EXPORT: (ExportOptions, ExportRemote),
        DNC_REPLACE: (KeysOptions, KeysRemote, KeysReport),
    }
    for kind, (options, remote, *report) in kinds.items():
        job = Job(kind=kind)
        assert type(job_options(job)) is options
        assert type(job_remote(job)) is remote
        assert not report or type(job_report(job)) is report[0]


def test_what_cannot_be_understood_is_refused_in_words() -> None:
    with pytest.raises(NotUnderstood, match="fields"):
        FileOptions.from_json({"fields": [17]})
    with pytest.raises(JobRefused, match="cannot be read"):
        job_options(Job(pk=4, kind=LIST_UPLOAD, options={"fields": [17]}))

"""Uploads: a file arrives, is looked at, and is mapped."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from django.core.files.storage import default_storage

from bpadmin.jobs.models import Job, JobState
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tabular.encoding import guess as encodings
from bpadmin.uploads.files import UploadRefused, reading_keep, upload_create, upload_inspect
from lists.formats.services import format_get, format_remember
from lists.kinds import LIST_UPLOAD
from lists.models import ListFormat
from lists.uploads.services import upload_configure
from tests.lists.filing import FIELDS, arrived, some_tenant

pytestmark = pytest.mark.django_db
GOOD = b"id,phone,due,age,name\nK1,6505550100,2025-01-31,42,Ann\n"
MAPPING = {"0": "id", "1": "phone", "4": "name"}


class Dribble(io.RawIOBase):
    """A stream that can only be read, once, a little at a time."""

    def __init__(self, data: bytes) -> None:
        self.inner = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self.inner.read(min(size, 1000) if size > 0 else 1000)


def test_an_arriving_file_becomes_a_draft_with_its_size_and_hash() -> None:
    data = GOOD * 5000
    job = upload_create(
        kind=LIST_UPLOAD,
        tenant=some_tenant(),
        list_id="L1",
        list_name="List 1",
        file_name="a.csv",
        stream=Dribble(data),  # type: ignore[arg-type]
    )
    assert job.state == JobState.DRAFT
    assert (job.file_size, job.file_sha256) == (len(data), hashlib.sha256(data).hexdigest())
    with default_storage.open(job.upload_path, "rb") as file:
        assert file.read() == data


def test_a_file_that_is_too_large_leaves_nothing_behind(settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 2 * 1024 * 1024
    with pytest.raises(UploadRefused, match="larger than 2 MB"):
        arrived(b"x" * (3 * 1024 * 1024))
    assert not Job.objects.exists()
    assert default_storage.listdir(f"uploads/{some_tenant().pk}")[1] == []


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(UploadRefused, match="empty"):
        arrived(b"")
    assert not Job.objects.exists()


def test_the_first_look_stores_how_the_file_reads() -> None:
    job = arrived(GOOD)
    job.refresh_from_db()
    assert job.options["header"] == ["id", "phone", "due", "age", "name"]
    assert job.options["dialect"]["delimiter"] == ","


def test_the_first_look_keeps_what_others_keep_in_the_options() -> None:
    job = arrived(GOOD)
    job.options["theirs"] = {"a": 1}
    job.save()
    for delimiter in (";", ","):
        reading_keep(job=job, inspection=upload_inspect(job=job, choices={"delimiter": delimiter}))
    upload_configure(job=job, dialect={}, mapping=MAPPING, fields=FIELDS, mode="add")
    job.refresh_from_db()
    assert job.options["theirs"] == {"a": 1}


def test_the_look_offers_other_encodings_with_the_cells_in_doubt() -> None:
    job = arrived("id,phone,name\n1,650,Chloé Dupré\n2,651,Zoë\n".encode("cp1252"))
    look = upload_inspect(job=job)
    chosen = next(choice for choice in look.encodings if choice.is_chosen)
    assert chosen.value == "cp1252"
    assert chosen.samples == ("Chloé Dupré", "Zoë")
    cyrillic = next(choice for choice in look.encodings if choice.value == "cp1251")
    assert cyrillic.samples[1] == "Zoл"
    assert upload_inspect(job=job, choices={"encoding": "cp1251"}).rows[1][2] == "Zoл"


def test_a_person_may_correct_the_delimiter() -> None:
    job = arrived(b"a;b,c;d\n1;2,3;4\n")
    for delimiter in (";", ","):
        look = upload_inspect(job=job, choices={"delimiter": delimiter})
        assert look.header == tuple("a;b,c;d".split(delimiter))
        assert next(choice.value for choice in look.delimiters if choice.is_chosen) == delimiter
    other = upload_inspect(job=job, choices={"delimiter": "b"})
    assert other.delimiters[0].is_chosen
    assert other.header == ("a;", ",c;d")


@pytest.mark.parametrize(
    "choices", [{"encoding": "klingon"}, {"delimiter": "ab"}, {"delimiter": '"'}, {"quote": "xx"}, {"header_row": 9999}]
)
def test_nonsense_is_refused_in_words(choices: dict[str, Any]) -> None:
    job = arrived(GOOD)
    with pytest.raises(UploadRefused):
        upload_inspect(job=job, choices=choices)


def test_a_later_look_does_not_read_the_whole_file_again(monkeypatch: pytest.MonkeyPatch) -> None:
    job = arrived(GOOD)
    monkeypatch.setattr("bpadmin.tabular.tables.detect_encoding", lambda stream: pytest.fail("read again"))
    assert upload_inspect(job=job, choices={"delimiter": ","}).header[0] == "id"
    assert encodings.detect_encoding(io.BytesIO(GOOD)).encoding == "utf-8"


def test_a_changed_reading_finds_the_header_anew() -> None:
    job = arrived(b"Report,,\n,,\nid,phone,name\n1,650,Ann\n")
    look = upload_inspect(job=job)
    assert look.dialect["header_row"] == 3
    kept = {**look.dialect, "delimiter": ";"}
    assert upload_inspect(job=job, choices=kept).dialect["header_row"] == 1
    assert upload_inspect(job=job, choices={**look.dialect, "has_header": False}).dialect["header_row"] == 3


def test_warnings_tell_of_a_missing_header_and_of_one_used_as_data() -> None:
    job = arrived(b"K1,6505550100,Ann\nK2,6505550101,Bo\n")
    assert [notice.code for notice in upload_inspect(job=job).warnings] == ["header_missing"]
    job = arrived(GOOD)
    assert [notice.code for notice in upload_inspect(job=job, choices={"has_header": False}).warnings] == [
        "header_used_as_data"
    ]


def test_two_columns_of_one_name_are_pointed_out() -> None:
    codes = [notice.code for notice in upload_inspect(job=arrived(b"id,phone,Phone\n1,650,651\n")).warnings]
    assert codes == ["duplicate_columns"]


def refused(mode: str = "add", mapping: dict[str, str] | None = None, fields: Any = FIELDS) -> str:
    job = arrived(GOOD)
    with pytest.raises(UploadRefused) as error:
        upload_configure(job=job, dialect={}, mapping=mapping or MAPPING, fields=fields, mode=mode)
    return str(error.value)


def test_adding_needs_a_phone_the_keys_and_the_required_fields() -> None:
    assert "at least one telephone number" in refused(mapping={"0": "id", "4": "name"})
    assert "key field “id”" in refused(mapping={"1": "phone"})
    must = (*FIELDS, FieldSpec("city", required=True))
    assert "required field “city”" in refused(fields=must)
    assert "at least one telephone number" in refused("replace", {"0": "id"})
    assert "at least one telephone number" in refused("upsert", {"0": "id"})


def test_updating_needs_a_key_and_something_to_change() -> None:
    keyless = [FieldSpec("phone", FieldType.PHONE), FieldSpec("name")]
    assert "only by a key" in refused("update", {"1": "phone"}, keyless)
    assert "only by a key" in refused("upsert", {"1": "phone"}, keyless)
    assert "at least one field that is to be changed" in refused("update", {"0": "id"})
    upload_configure(job=arrived(GOOD), dialect={}, mapping={"0": "id", "4": "name"}, fields=FIELDS, mode="update")


def test_impossible_mappings_are_refused() -> None:
    assert "no column number 9" in refused(mapping={**MAPPING, "9": "age"})
    assert "no field “shoe”" in refused(mapping={**MAPPING, "3": "shoe"})
    assert "Two columns" in refused(mapping={**MAPPING, "3": "name"})
    assert "at least one column" in refused(mapping={"0": ""})
    assert "what to do" in refused(mode="destroy")


def test_a_skipped_field_needs_nothing_and_counts_for_nothing() -> None:
    fields = [FieldSpec("phone", FieldType.PHONE, skip=True), FieldSpec("id"), FieldSpec("name")]
    assert "at least one telephone number" in refused(mapping={"0": "id", "1": "phone"}, fields=fields)


def test_the_mapping_and_the_fields_said_are_kept_for_the_list() -> None:
    job = arrived(GOOD)
    upload_configure(job=job, dialect={}, mapping=MAPPING, fields=FIELDS, mode="add")
    known = format_get(tenant=job.tenant, list_id="L1")
    assert known is not None
    assert known.source == ListFormat.Source.SAID
    assert [item["name"] for item in known.fields] == [spec.name for spec in FIELDS]


def test_the_format_of_a_list_created_here_is_not_changed_by_an_upload() -> None:
    job = arrived(GOOD)
    format_remember(tenant=job.tenant, list_id="L1", list_name="List 1", format_id="F", format_name="f", fields=FIELDS)
    upload_configure(job=job, dialect={}, mapping={"0": "id", "1": "phone"}, fields=FIELDS[:2], mode="add")
    known = format_get(tenant=job.tenant, list_id="L1")
    assert known is not None
    assert len(known.fields) == len(FIELDS)

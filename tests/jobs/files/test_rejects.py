"""A rejects file says the same whether cells were kept, rows are found by the index, or the whole file is read."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.storage import default_storage

from bpadmin.jobs.files import rejects
from bpadmin.jobs.files.rejects import refused_lines, rejects_lines
from bpadmin.jobs.files.spool import CELLS, INDEX, spool_cells, spool_places, spool_refusals
from bpadmin.jobs.models import Chunk, ChunkState, Job
from bpadmin.tabular import tables
from bpadmin.uploads.checking.preparation import upload_prepare
from bpadmin.uploads.files import reading_keep, upload_again, upload_inspect
from lists.uploads.services import upload_configure
from tests.lists.filing import FIELDS, checked, configured

pytestmark = pytest.mark.django_db

HEAD = "id,phone,due,age,name"
ROWS = 4_000


def text(row: Callable[[int], str], rows: int = ROWS) -> str:
    return "\r\n".join([HEAD, *map(row, range(rows)), ""])


def usual(number: int) -> str:
    phone = "555-0100" if number % 1_000 == 700 else f"650555{number % 10_000:04}"
    return f"K{number},{phone},2025-01-31,{number % 90},Name of number {number}"


def hostile(number: int) -> str:
    """Return a row: padded ones, texts over lines, quotes never closed, too few cells, special letters, doubles."""
    odd = number % 1_009
    if odd == 5:
        return f'K{number},650555{number % 10_000:04},2025-01-31,7,"two\r\nlines, ""quoted"" of {number}"'
    if odd == 6:
        return f'  K{number} , 555-0100 ,2025-01-31,7,  "Émile {number}  '
    if odd == 7:
        return f'K{number},"never closed,2025-01-31,7,Zoë'
    if odd == 8:
        return f"K{number},650"
    if odd == 9:
        return f"K{number - 4},6505550100,not a date,7,of a key that was there"
    if odd == 10:
        return ""
    return usual(number)


def zipped(data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rows.csv", data)
    return packed.getvalue()


FILES: dict[str, Callable[[], bytes]] = {
    "usual": lambda: text(usual).encode(),
    "hostile": lambda: text(hostile).encode(),
    "hostile in Windows-1252": lambda: text(hostile).encode("cp1252"),
    "hostile in UTF-16": lambda: text(hostile).encode("utf-16"),
    "hostile, gzipped": lambda: gzip.compress(text(hostile).encode()),
    "hostile, zipped": lambda: zipped(text(hostile).encode()),
    "padded throughout": lambda: text(lambda n: hostile(n).replace(",", "  ,  ")).encode(),
    "every row bad": lambda: text(lambda n: usual(n).replace("2025", "soon")).encode(),
    "with bytes that no text has": lambda: text(hostile).encode().replace(b"Name of number 7", b"Na\xffme"),
}


def refuse_in_sending(job: Job) -> int:
    """Have the dialler refuse the last row of a chunk in the middle, as far as is known here."""
    chunk = job.chunks.exclude(state=ChunkState.HELD)[job.chunks.exclude(state=ChunkState.HELD).count() // 2]
    row = chunk.last_row
    Chunk.objects.filter(pk=chunk.pk).update(
        state=ChunkState.DONE, n_added=chunk.count - 1, n_rejected=1, outcome={"limitExceeded": [row]}
    )
    return row


def said(job: Job) -> bytes:
    return b"".join(rejects_lines(job))


def without(job: Job, *suffixes: str) -> bytes:
    for suffix in suffixes:
        default_storage.delete(job.spool_path + suffix)
    return said(job)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_kept_cells_an_index_and_the_whole_file_say_the_same(name: str) -> None:
    how = {"encoding": "utf-8"} if "bytes" in name else {}
    job = checked(FILES[name](), chunk_size=500, **how)
    if job.chunks.exists():
        refuse_in_sending(job)
    by_cells = said(job)
    assert by_cells.count(b"\r\n") > (10 if "hostile" in name else 4)
    if name != "padded throughout":
        assert len(list(spool_cells(job))) == len(list(spool_refusals(job)))
    by_index = without(job, CELLS)
    # In that file an open quote is carried over every end of a block, which is no place to start at.
    assert list(spool_places(job)) or "UTF-16" in name
    assert by_cells == by_index == without(job, INDEX)


def test_rows_that_a_rule_takes_out_and_short_ones_that_are_filled_do_not_move_the_cells() -> None:
    job = configured(text(lambda n: f"K{n},650" if n % 500 == 3 else usual(n)).encode(), chunk_size=500)
    job.options |= {"short_rows": "blank"}
    job.save()
    upload_prepare(job=job)
    job.refresh_from_db()
    assert job.n_rejected >= 4
    assert said(job) == without(job, CELLS) == without(job, INDEX)


@pytest.fixture
def blocks_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of blocks that were parsed, counted anew from here on."""
    count = [0]

    def counted(*args: Any, **more: Any) -> Iterator[Any]:
        for part in read(*args, **more):
            count[0] += 1
            yield part

    read = tables.read_records
    monkeypatch.setattr(tables, "read_records", counted)
    return count


def test_what_the_check_refused_is_shown_without_reading_the_file(blocks_read: list[int]) -> None:
    job = checked(text(usual).encode())
    blocks_read[0] = 0
    assert said(job).count(b"phone_invalid") == 4
    assert blocks_read[0] == 0


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_row_that_the_dialler_refused_is_found_in_its_block(
    blocks_read: list[int], pack: Callable[[bytes], bytes]
) -> None:
    job = checked(pack(text(usual, 20_000).encode()), chunk_size=500)
    row = refuse_in_sending(job)
    assert len(list(spool_places(job))) > 10
    blocks_read[0] = 0
    assert f"K{row - 2},".encode() in said(job)
    assert blocks_read[0] == 1


def test_corrections_of_corrections_keep_the_number_of_the_first_file() -> None:
    job = checked(text(hostile).encode(), chunk_size=500)
    first = {line.split(b",")[-4] for line in said(job).split(b"\r\n")[1:-1] if b"phone_invalid" in line}
    assert first
    for _ in range(2):
        again = upload_again(job=job)
        reading_keep(job=again, inspection=upload_inspect(job=again))
        names = {spec.name for spec in FIELDS}
        mapping = {str(at): name for at, name in enumerate(again.options["header"]) if name in names}
        upload_configure(job=again, dialect={}, mapping=mapping, fields=FIELDS, mode="add")
        upload_prepare(job=again)
        again.refresh_from_db()
        job = again
    by_cells = said(job)
    assert {line.split(b",")[-4] for line in by_cells.split(b"\r\n")[1:-1] if b"phone_invalid" in line} >= first
    assert by_cells == b"".join(refused_lines(job)) == without(job, CELLS) == without(job, INDEX)


def test_a_file_that_is_shorter_now_is_no_download_even_where_the_cells_were_kept() -> None:
    job = checked(text(usual).encode())
    with default_storage.open(job.upload_path, "rb") as file:
        begun = file.read(1_000)
    default_storage.delete(job.upload_path)
    default_storage.save(job.upload_path, io.BytesIO(begun))  # type: ignore[arg-type]
    with pytest.raises(rejects.FileGone, match="shorter here"):
        said(job)

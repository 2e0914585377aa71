"""What takes entries out of a list, in whatever way: never laxer than one by one, and told by what it is."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from bpadmin.audit.models import AuditEntry
from bpadmin.jobs.models import JobState
from dnc.files.confirm import dnc_file_confirm
from dnc.files.options import Way
from dnc.kinds import DNC_ADD, DNC_DELETE, DNC_REPLACE
from dnc.lists.sync import DncRefused
from dnc.models import DncChange
from tests.dnc.files.filing import TESTER, checked_file, finished, held, known_list, numbers, sent_file
from tests.dnc.files.test_pages_upload import confirmed, to_check, to_map
from tests.dnc.files.test_registry_files import told

pytestmark = pytest.mark.django_db(transaction=True)


def shell(*arguments: str) -> tuple[int, str]:
    """Run a command; returns its exit code and all that it said."""
    out, code = io.StringIO(), 0
    try:
        call_command(*arguments, stdout=out, stderr=out)
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, out.getvalue()


def written(path: Path, *lines: str) -> Path:
    """Write a file of lines."""
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_shell_takes_no_block_out_without_reason_and_yes_and_prints_what_yes_answers(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, numbers(3))
    block = ("dnc_delete", tenant.slug, dnc_list.name, *numbers(2))
    question = "2 entries are taken out of “Company DNC”"
    for flags, words in (((), "Give the reason"), (("--yes",), "Give the reason"), (("--reason", "asked"), question)):
        code, said = shell(*block, *flags)
        assert (code, held(sandbox, dnc_list)) == (1, set(numbers(3))), said
        assert words in said
    code, said = shell(*block, "--reason", "asked", "--yes")
    assert (code, held(sandbox, dnc_list)) == (0, {numbers(3)[2]})
    assert question in said


@pytest.mark.parametrize(
    ("command", "lines", "question"),
    [
        ("dnc_delete", ("number", *numbers(2)), "2 entries are taken out of “Company DNC”"),
        ("dnc_add", ("number,action", f"{numbers(1)[0]},D", "6505550999,A"), "1 entry is taken out of “Company DNC”"),
    ],
)
def test_a_file_that_takes_out_asks_for_both_in_the_shell(
    tenant: Any, sandbox: Any, tmp_path: Path, command: str, lines: tuple[str, ...], question: str
) -> None:
    dnc_list, path = known_list(tenant, sandbox, numbers(3)), written(tmp_path / "out.csv", *lines)
    for flags, words in (((), "--reason"), (("--yes",), "--reason"), (("--reason", "asked"), "Give --yes")):
        code, said, _ = told(command, dnc_list, path, *flags)
        assert (code, held(sandbox, dnc_list)) == (1, set(numbers(3))), said
        assert words in said
        assert question in said
    code, said, _ = told(command, dnc_list, path, "--reason", "asked", "--yes")
    assert (code, question in said) == (0, True), said
    assert held(sandbox, dnc_list) != set(numbers(3))


def test_clearing_and_undoing_print_what_yes_answers(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox)
    shell("dnc_add", tenant.slug, dnc_list.name, *numbers(3))
    act = str(DncChange.objects.filter(kind="add").latest("number").number)
    code, said = shell("dnc_undo", tenant.slug, act, "--reason", "typed wrongly", "--yes")
    assert (code, "3 of what act" in said, held(sandbox, dnc_list)) == (0, True, set()), said
    shell("dnc_add", tenant.slug, dnc_list.name, *numbers(3))
    code, said = shell("dnc_clear", tenant.slug, dnc_list.name, "--reason", "moved", "--yes")
    assert (code, "All entries of “Company DNC”" in said, held(sandbox, dnc_list)) == (0, True, set()), said


def test_a_replacement_that_takes_out_needs_the_reason_by_page_and_by_shell(
    tenant: Any, sandbox: Any, supervisor_client: Client, tmp_path: Path
) -> None:
    keys = numbers(40)
    dnc_list = known_list(tenant, sandbox)
    sent_file(dnc_list, DNC_ADD, keys, size=40)
    # Two of forty: fewer than may go without the list's name.
    job = to_map(supervisor_client, dnc_list, keys[2:], what="replace")
    page = to_check(supervisor_client, job, "key", what="replace")
    assert "Type the name of the list" not in page
    assert "Give the reason why numbers are taken out" in page
    assert "Give the reason why numbers are taken out" in confirmed(supervisor_client, job)
    assert (job.state, held(sandbox, dnc_list)) == (JobState.READY, set(keys))
    path = written(tmp_path / "fewer.csv", "number", *keys[2:])
    code, said, _ = told("dnc_replace", dnc_list, path, "--yes")
    assert (code, "Say it with --reason." in said, held(sandbox, dnc_list)) == (1, True, set(keys)), said
    code, said, _ = told("dnc_replace", dnc_list, path, "--reason", "the registry of November", "--again")
    assert (code, held(sandbox, dnc_list)) == (0, set(keys[2:])), said
    to_check(supervisor_client, job, "key", what="replace", again="1", **{"send-comment": "once more"})
    confirmed(supervisor_client, job)
    assert held(sandbox, dnc_list) == set(keys[2:])


def test_nobody_empties_a_list_by_a_file_without_the_reason(tenant, sandbox, supervisor_client, tmp_path):
    dnc_list = known_list(tenant, sandbox, numbers(3))
    job = checked_file(dnc_list, DNC_REPLACE, numbers(2, 20), way=Way.EMPTYING)
    with pytest.raises(DncRefused, match="Give the reason"):
        dnc_file_confirm(job=job, actor=TESTER, typed_name=dnc_list.name, ring=False)
    path = written(tmp_path / "new.csv", "number", *numbers(2, 20))
    code, said, _ = told("dnc_replace", dnc_list, path, "--empty-first", "--yes", "--again")
    assert (code, "Say it with --reason." in said, held(sandbox, dnc_list)) == (1, True, set(numbers(3))), said


def test_log_and_evidence_hold_reason_hash_and_mapping_of_each_kind_of_file(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, max_shrink=100)
    kinds = [
        (DNC_ADD, numbers(4), "dnc.file.confirm", ["add"]),
        (DNC_DELETE, numbers(1), "dnc.file.remove", ["delete"]),
        (DNC_REPLACE, numbers(2, 2), "dnc.file.replace", ["delete", "replace"]),
    ]
    for kind, lines, verb, changes in kinds:
        job = sent_file(dnc_list, kind, lines, header="Phone", comment=f"because of {verb}")
        logged = AuditEntry.objects.get(verb=verb).details
        assert (logged["reason"], logged["sha256"]) == (f"because of {verb}", job.file_sha256)
        assert logged["columns"] == [["Phone", "key"]]
        kept = DncChange.objects.filter(job_number=job.pk)
        assert sorted(each.kind for each in kept) == changes
        for each in kept:
            assert (each.comment, each.file_sha256) == (f"because of {verb}", job.file_sha256)
            assert each.details["columns"] == [["Phone", "key"]]


def test_a_replacement_counts_rows_of_the_file_and_entries_taken_out_apart(
    tenant: Any, sandbox: Any, supervisor_client: Client, tmp_path: Path
) -> None:
    dnc_list = known_list(tenant, sandbox, max_shrink=100)
    sent_file(dnc_list, DNC_ADD, numbers(10), size=10)
    job = checked_file(dnc_list, DNC_REPLACE, [*numbers(8, 4), "6505550004"], comment="monthly")
    table = supervisor_client.get(f"/t/{tenant.slug}/jobs/").content.decode()
    assert "8 of 9 rows to send, 4 entries to take out" in table
    dnc_file_confirm(job=job, actor=TESTER, ring=False)
    job = finished(job)
    page = " ".join(supervisor_client.get(f"/t/{tenant.slug}/jobs/{job.pk}/").content.decode().split())
    assert "<strong>9 rows of the file</strong> =" in page
    assert "<strong>4 entries</strong> =" in page
    assert "<strong>13 rows" not in page
    assert "8 of 9 rows of the file in the list, 4 of 4 entries taken out" in page
    table = supervisor_client.get(f"/t/{tenant.slug}/jobs/").content.decode()
    assert "8 of 9 rows of the file in the list, 4 of 4 entries taken out" in table
    kept = {each.kind: (each.n_asked, each.n_done, each.n_already, each.n_refused) for each in
            DncChange.objects.filter(job_number=job.pk)}  # fmt: skip
    assert kept == {"replace": (9, 2, 6, 1), "delete": (4, 4, 0, 0)}
    path = written(tmp_path / "again.csv", "number", *numbers(11, 3))
    code, said, data = told("dnc_replace", dnc_list, path, "--reason", "monthly")
    assert (code, data["rows"], data["added"], data["already"], data["removed"]) == (0, 11, 3, 8, 0), said
    path = written(tmp_path / "less.csv", "number", *numbers(5, 9))
    code, said, data = told("dnc_replace", dnc_list, path, "--reason", "monthly")
    assert (code, data["rows"], data["already"], data["removed"]) == (0, 5, 5, 6), said
    assert (data["entries"]["total"], data["entries"]["removed"], data["entries"]["not_sent"]) == (6, 6, 0)

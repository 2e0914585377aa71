"""An installation recognises its own database and its own files."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from bpadmin.installation import files, identity
from bpadmin.installation.files import files_problem
from bpadmin.installation.hold import BY_SETTING, Held, hold_begin, hold_check, hold_end, hold_reason
from bpadmin.installation.identity import identity_check
from bpadmin.installation.models import Installation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_data(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def test_a_database_that_goes_on_is_not_held() -> None:
    assert [identity_check() for _ in range(3)] == ["", "", ""]
    assert hold_reason() == ""


def test_a_database_from_before_the_last_start_is_held() -> None:
    identity_check()
    saved = Installation.objects.get()
    identity_check()
    saved.save()  # as a copy that was restored
    assert "older" in identity_check()
    assert "restored" in hold_reason()


def test_another_server_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "database_identity", lambda: "7001/1")
    identity_check()
    monkeypatch.setattr(identity, "database_identity", lambda: "7001/2")
    assert "7001/1 then, 7001/2 now" in identity_check()
    assert hold_end()
    assert identity_check() == ""


def test_a_new_database_beside_old_data_is_not_held() -> None:
    identity_check()
    identity_check()
    Installation.objects.all().delete()
    assert identity_check() == ""


def test_a_hold_by_setting_ends_with_the_setting_only(settings: Any) -> None:
    settings.HOLD = True
    hold_end()
    with pytest.raises(Held, match="BPADMIN_HOLD"):
        hold_check()
    assert hold_reason() == BY_SETTING


def test_the_first_reason_of_a_hold_stays() -> None:
    hold_begin(reason="first")
    hold_begin(reason="second")
    assert hold_reason() == "first"


def test_files_that_can_be_written_are_well_and_leave_only_the_mark() -> None:
    assert files_problem() == ""
    assert files_problem() == ""
    assert default_storage.listdir("")[1] == [files.MARK]


def test_another_folder_is_told(settings: Any, tmp_path: Path) -> None:
    files_problem()
    settings.MEDIA_ROOT = tmp_path / "another"
    assert "mark is missing" in files_problem()
    default_storage.save(files.MARK, ContentFile(b"of another installation"))
    assert "mark is another" in files_problem()


def test_a_folder_of_another_user_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(files, "_write_and_remove", refuse)
    assert f"chown -R {os.getuid()}" in files_problem()


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "_write_and_remove", refuse)
    assert "The disk of bpadmin is full" in files_problem()

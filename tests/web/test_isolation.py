"""What every test may rely on."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


@pytest.mark.parametrize("turn", [1, 2])
def test_a_cache_is_empty_at_the_start_of_each_test(turn: int) -> None:
    assert cache.get("leftover") is None
    cache.set("leftover", turn)
    assert cache.get("leftover") == turn


@pytest.mark.parametrize("turn", [1, 2])
def test_files_go_to_a_folder_of_the_test_itself(turn: int, suite_settings: Path) -> None:
    assert suite_settings in Path(settings.MEDIA_ROOT).parents
    assert not default_storage.exists("leftover.csv")
    default_storage.save("leftover.csv", ContentFile(b"1"))
    assert (Path(settings.MEDIA_ROOT) / "leftover.csv").read_bytes() == b"1"


def test_a_stranger_can_sign_in(stranger_client) -> None:
    assert stranger_client.session["_auth_user_id"]

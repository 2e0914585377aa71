"""What every test may rely on."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.cache import cache


@pytest.mark.parametrize("turn", [1, 2])
def test_a_cache_is_empty_at_the_start_of_each_test(turn: int) -> None:
    assert cache.get("leftover") is None
    cache.set("leftover", turn)
    assert cache.get("leftover") == turn


def test_files_go_to_the_tests_own_folder(tmp_path) -> None:
    assert str(settings.MEDIA_ROOT) == str(tmp_path / "files")


def test_a_stranger_can_sign_in(stranger_client) -> None:
    assert stranger_client.session["_auth_user_id"]

"""Environment variables: read, or refused with the variable's name and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpadmin import env
from bpadmin.env import SettingRefused


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.setenv("SAMPLE_FILE", str(tmp_path / "secret"))
    assert env.text("SAMPLE") == "from a file"


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SAMPLE_FILE", str(tmp_path / "nothing"))
    with pytest.raises(SettingRefused, match="SAMPLE_FILE"):
        env.text("SAMPLE")


@pytest.mark.parametrize(
    ("url", "password", "expected"),
    [
        ("redis://bpadmin@redis:6379/0", "p/w@x", "redis://bpadmin:p%2Fw%40x@redis:6379/0"),
        ("redis://redis:6379/0", "p", "redis://:p@redis:6379/0"),
        ("postgres://a:own@b/c", "other", "postgres://a:own@b/c"),
        ("postgres://a@b/c", "", "postgres://a@b/c"),
        ("", "p", ""),
    ],
)
def test_an_address_takes_a_secret_of_any_signs(
    url: str, password: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMPLE", url)
    monkeypatch.setenv("SAMPLE_PASSWORD", password)
    assert env.address("SAMPLE", "SAMPLE_PASSWORD") == expected


@pytest.mark.parametrize("value, meant", [("1", True), ("Yes", True), ("off", False), ("", False)])
def test_a_switch_is_on_or_off(value: str, meant: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE", value)
    assert env.flag("SAMPLE") is meant


def test_a_switch_that_is_neither_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE", "perhaps")
    with pytest.raises(SettingRefused, match="SAMPLE='perhaps'"):
        env.flag("SAMPLE")


@pytest.mark.parametrize("value", ["many", "0", "70000"])
def test_a_number_out_of_bounds_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE", value)
    with pytest.raises(SettingRefused, match="SAMPLE"):
        env.number("SAMPLE", 8000, low=1, high=65535)


def test_a_deployment_without_its_key_is_refused_even_where_a_key_lies_about(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SAMPLE_KEY", raising=False)
    kept = tmp_path / "kept.key"
    kept.write_text("k" * 64)
    with pytest.raises(SettingRefused, match="SAMPLE_KEY is not set"):
        env.kept_secret("SAMPLE_KEY", kept, may_make=False)


def test_a_key_that_can_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SAMPLE_KEY", "secret")
    with pytest.raises(SettingRefused, match="at least 32"):
        env.kept_secret("SAMPLE_KEY", tmp_path / "kept.key", may_make=False)


def test_the_embedded_default_makes_its_key_once_and_for_its_owner_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SAMPLE_KEY", raising=False)
    kept = tmp_path / "secrets" / "kept.key"
    first = env.kept_secret("SAMPLE_KEY", kept, may_make=True)
    assert len(first) >= 32
    assert env.kept_secret("SAMPLE_KEY", kept, may_make=True) == first
    assert kept.stat().st_mode & 0o777 == 0o600

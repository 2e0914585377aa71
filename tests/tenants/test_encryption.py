"""Secrets at rest."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.installation.encryption import SecretUnreadable, decrypt, encrypt, reencrypt


def test_what_was_encrypted_comes_back(settings: Any) -> None:
    settings.ENCRYPTION_KEY = "one-long-random-text"
    assert decrypt(encrypt("sésame ✓")) == "sésame ✓"


def test_the_stored_text_does_not_show_the_secret(settings: Any) -> None:
    settings.ENCRYPTION_KEY = "one-long-random-text"
    assert "sesame" not in encrypt("sesame")
    assert encrypt("sesame") != encrypt("sesame")


def test_an_old_key_behind_the_new_one_still_reads(settings: Any) -> None:
    settings.ENCRYPTION_KEY = "old-key"
    stored = encrypt("sesame")
    settings.ENCRYPTION_KEY = "new-key, old-key"
    assert decrypt(stored) == "sesame"


def test_after_reencryption_the_old_key_may_go(settings: Any) -> None:
    settings.ENCRYPTION_KEY = "old-key"
    stored = encrypt("sesame")
    settings.ENCRYPTION_KEY = "new-key,old-key"
    renewed = reencrypt(stored)
    settings.ENCRYPTION_KEY = "new-key"
    assert decrypt(renewed) == "sesame"
    with pytest.raises(SecretUnreadable):
        decrypt(stored)


def test_a_lost_key_is_told_in_words(settings: Any) -> None:
    settings.ENCRYPTION_KEY = "old-key"
    stored = encrypt("sesame")
    settings.ENCRYPTION_KEY = "another-key"
    with pytest.raises(SecretUnreadable, match="BPADMIN_ENCRYPTION_KEY"):
        decrypt(stored)

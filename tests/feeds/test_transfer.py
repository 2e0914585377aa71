"""Feeds in the tenant's automation file: taken out without secrets, in held, and asking for those."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bpadmin.feeds.models import Feed
from bpadmin.feeds.services import FeedRefused, feed_release
from tests.feeds.feeding import fed
from tests.fixtures_tenants import connect
from tests.plans.planning import SHELL
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

MAIL = {"host": "127.0.0.1", "user": "leads@example.com", "sender": "exports@crm.example.com"}


@pytest.fixture
def other(tenant: Any, sandbox: Any, folder: Path, spring: str, settings: Any) -> Any:
    """Another tenant of the same dialler, with a folder of its own."""
    settings.ALLOW_PRIVATE_TENANTS = True
    made = connect(sandbox, "brightpattern", slug="other")
    (folder.parent / "other").mkdir()
    fed(tenant, name="Folder", limits={"shrink": 20}, then_kind="list.enable", then_campaign="Renewals")
    fed(tenant, name="Mail", source="imap", address=MAIL, secrets={"password": "sesame-in-the-file"})
    return made


def test_they_come_in_held_and_ask_for_their_secrets(tenant: Any, other: Any, tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    assert run("automation_export", tenant.slug, str(path))[0] == 0
    assert "sesame" not in path.read_text()
    code, told = run("automation_import", other.slug, str(path))
    assert code == 0, told
    folder, mail = Feed.objects.filter(tenant=other).order_by("name")
    assert (folder.is_on, mail.is_on) == (False, False)
    assert (folder.limits["shrink"], folder.then["kind"], folder.target_name) == (20, "list.enable", "Spring")
    assert "Secrets" not in folder.held_reason
    assert "give Password first" in mail.held_reason
    with pytest.raises(FeedRefused, match="give Password first"):
        feed_release(feed=mail, actor=SHELL)
    (tmp_path / "password").write_text("sesame")
    assert run("feed_change", other.slug, "Mail", "--secret-file", f"password={tmp_path / 'password'}")[0] == 0
    mail.refresh_from_db()
    assert feed_release(feed=mail, actor=SHELL).is_on
    assert feed_release(feed=folder, actor=SHELL).is_on


def test_one_of_the_same_name_stays_unless_it_is_to_be_replaced(tenant: Any, other: Any, tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    assert run("automation_export", tenant.slug, str(path))[0] == 0
    code, told = run("automation_import", tenant.slug, str(path))
    assert code == 3
    feeds = [each for each in told["items"] if each["part"] == "feeds"]
    assert ["already" in each["refused"] for each in feeds] == [True, True]
    assert run("automation_import", tenant.slug, str(path), "--replace")[0] == 0
    mail = Feed.objects.get(tenant=tenant, name="Mail")
    # Its own secrets stay, since the server is the same.
    assert not mail.is_on
    assert feed_release(feed=mail, actor=SHELL).is_on

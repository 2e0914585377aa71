"""Canaille, a real OpenID Connect server, serving some people: run by its own Python, which has nothing of ours.

    python identity_server.py PORT CALLBACK

Each line of standard input is JSON such as {"user": "nora", "groups": ["dial"]} and puts somebody into groups.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from typing import Any

import canaille
from canaille.app import models
from canaille.backends import Backend
from canaille.backends.memory.backend import MemoryBackend
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

PEOPLE = {"nora": ["dial"], "otto": [], "sam": ["dial"]}
GROUPS = ("dial", "chiefs")


def query_all(asked: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """Let several conditions of a query of Canaille's store in memory hold together.

    It (0.3.6) gives what answers to any one of them, in the order of a set: the code of a sign-in, which is asked for
    by code and client, then is one of all open codes of that client, and the verifier of the right one is refused.
    """

    def query(self: MemoryBackend, model: Any, *args: Any, **kwargs: Any) -> list[Any]:
        found = asked(self, model, *args, **kwargs)
        for name, value in kwargs.items():
            ids = {each.id for each in asked(self, model, **{name: value})}
            found = [each for each in found if each.id in ids]
        return found

    return query


def main() -> None:
    port, callback = int(sys.argv[1]), sys.argv[2]
    config = {
        "SECRET_KEY": "of a test",
        "SERVER_NAME": f"127.0.0.1:{port}",
        "PREFERRED_URL_SCHEME": "http",
        "CANAILLE": {"LOGGING": None, "DATABASE": "memory"},
        "CANAILLE_OIDC": {
            "ACTIVE_JWKS": [RSAKey.generate_key(2048, auto_kid=True).as_dict(private=True)],
            "USERINFO_MAPPING": {"PREFERRED_USERNAME": "{{ user.user_name }}"},
        },
    }
    MemoryBackend.do_query = query_all(MemoryBackend.do_query)
    app = canaille.create_app(config, backend=MemoryBackend(config))
    users, groups = {}, {}
    with app.app_context():
        keep = Backend.instance.save
        for name in PEOPLE:
            users[name] = models.User(
                user_name=name,
                emails=[f"{name}@example.com"],
                given_name=name.title(),
                family_name="Example",
                formatted_name=f"{name.title()} Example",
                password=f"the-password-of-{name}",
            )
            keep(users[name])
        keep(users.setdefault("boss", models.User(user_name="boss", family_name="Boss", emails=["boss@example.com"])))
        for name in GROUPS:
            members = [users[who] for who, theirs in PEOPLE.items() if name in theirs]
            groups[name] = models.Group(display_name=name, members=members or [users["boss"]])
            keep(groups[name])
        client = models.Client(
            client_id="bpadmin",
            client_secret="a-secret-of-the-test",
            client_name="bpadmin",
            client_uri=callback,
            redirect_uris=[callback],
            grant_types=["authorization_code"],
            response_types=["code"],
            scope=["openid", "profile", "email", "groups"],
            token_endpoint_auth_method="client_secret_basic",
        )
        keep(client)
        client.audience = [client]
        keep(client)

    def listen() -> None:
        for line in sys.stdin:
            said = json.loads(line)
            with app.app_context():
                for name, group in groups.items():
                    others = [each for each in group.members if each.user_name != said["user"]]
                    group.members = others + ([users[said["user"]]] if name in said["groups"] else [])
                    Backend.instance.save(group)
            sys.stdout.write("done\n")
            sys.stdout.flush()

    threading.Thread(target=listen, daemon=True).start()
    make_server("127.0.0.1", port, app, threaded=True).serve_forever()


main()

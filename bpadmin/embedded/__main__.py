"""`python -m bpadmin.embedded`: run everything, print the address, stop on Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import time
from types import FrameType

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpadmin.settings")

from bpadmin.embedded.broker import BrokerRefused
from bpadmin.embedded.plan import Plan, plan_make
from bpadmin.embedded.ports import PortRefused
from bpadmin.embedded.supervisor import DataLock, StartRefused, Supervisor, refuse, say
from bpadmin.installation.disk import disk_full_words, is_disk_full


def prepare(plan: Plan) -> None:
    """Bring database, static files and demo data up to date."""
    import django
    from django.conf import settings

    if plan.is_demo:
        settings.ALLOW_PRIVATE_TENANTS = True
    django.setup()

    from django.core.management import call_command
    from django.db import connections

    from bpadmin.embedded.assets import assets_collect

    call_command("migrate", interactive=False, verbosity=0)
    assets_collect()
    if plan.is_demo:
        from bpadmin.embedded.demo import demo_ensure

        demo_ensure(sandbox_url=plan.sandbox_url)
    connections.close_all()


def greet(plan: Plan, seconds: float) -> None:
    """Say where it is and how to sign in."""
    say(f"\nbpadmin runs at {plan.address}  (started in {seconds:.1f} s)\n")
    if plan.is_demo:
        from bpadmin.embedded.demo import demo_known_keep, demo_sign_ins

        demo_known_keep(sandbox_url=plan.sandbox_url)

        say(f"  {'sign in as':<15}{'password':<28}and you may")
        for person in demo_sign_ins():
            say(f"  {person.username:<15}{person.password:<28}{person.may}")
        say("")
    else:
        for line in first_run_lines(plan):
            say(line)
    say(f"Data and logs are kept in {plan.data}. Ctrl-C stops everything.")


def first_run_lines(plan: Plan) -> list[str]:
    """Return where the first person is made, while nobody can sign in."""
    from django.contrib.auth.models import User
    from django.db import connections

    from bpadmin.tenants.accounts.first_run import first_run_code

    is_first = not User.objects.exists()
    connections.close_all()
    address = f"{plan.address.rstrip('/')}/first-run/{first_run_code()}/"
    told = ["  Nobody can sign in yet. Make the first sign-in, then connect a tenant:", f"  {address}", ""]
    return told if is_first else []


class Signals:
    """Turns every polite way of ending a program into one KeyboardInterrupt; a further one means hurry."""

    def __init__(self) -> None:
        self.is_stopping = False
        self.is_hurried = False
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._receive)

    def _receive(self, _signum: int, _frame: FrameType | None) -> None:
        if self.is_stopping:
            self.is_hurried = True
            return
        self.is_stopping = True
        raise KeyboardInterrupt


def main() -> int:
    """Run until a signal; exit code 0 after a clean stop, 1 when it could not start."""
    started = time.monotonic()
    signals = Signals()
    from django.conf import settings

    supervisor: Supervisor | None = None
    try:
        with DataLock(settings.DATA_DIR):
            try:
                plan = plan_make()
                say("Starting bpadmin …")
                supervisor = Supervisor(plan, prepare)
                supervisor.start()
                greet(plan, time.monotonic() - started)
                supervisor.keep_running()
            except KeyboardInterrupt:
                say("\nStopping …")
            finally:
                signals.is_stopping = True
                if supervisor is not None:
                    supervisor.stop(lambda: signals.is_hurried)
    except (StartRefused, PortRefused, BrokerRefused) as exc:
        return refuse(str(exc))
    except Exception as exc:
        if not is_disk_full(exc):
            raise
        return refuse(f"{disk_full_words(settings.DATA_DIR)} Make room on the disk of {settings.DATA_DIR} to start.")
    say("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

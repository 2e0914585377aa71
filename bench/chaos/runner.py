"""Playing scenes: one stack of each kind, each with a thread of its own, used again as long as that is safe."""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.chaos.judge import Verdict
from bench.chaos.operator_stack import OperatorStack
from bench.chaos.report import Report
from bench.chaos.scene import Scene, Stage
from bench.chaos.stacks import EmbeddedStack, Skipped, Stack
from bench.chaos.waiting import Halted
from bench.chaos.watch import Watch

STACKS: dict[str, type[Stack]] = {"embedded": EmbeddedStack, "operator": OperatorStack}


@dataclass
class Runner:
    """Plays scenes on stacks and fills a report; `seed` decides everything that is random."""

    report: Report
    scale: float
    rows: int
    seed: int
    runs: int = 1
    is_loud: bool = True
    _print: threading.Lock = field(default_factory=threading.Lock)

    def play(self, scenes: Sequence[Scene], stacks: Sequence[str]) -> None:
        """Play all scenes on each kind of stack, the kinds side by side."""
        threads = [threading.Thread(target=self._on, args=(scenes, name), name=name) for name in stacks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def say(self, line: str) -> None:
        """Print a line."""
        if self.is_loud:
            with self._print:
                print(line, flush=True)

    def _on(self, scenes: Sequence[Scene], name: str) -> None:
        stack: Stack | None = None
        try:
            for scene in [scene for scene in scenes if name in scene.stacks for _ in range(self.runs)]:
                for may_stand in (True, False):
                    if scene.is_own and stack is not None:
                        stack.close()
                        stack = None
                    if stack is None:
                        stack = self._opened(name)
                    is_clean, is_again = self._scene(scene, stack, may_stand=may_stand)
                    if not is_clean or scene.is_own:
                        stack.close()
                        stack = None
                    if not is_again:
                        break
        except Skipped as skipped:
            self.report.skipped.append(f"{name}: {skipped}")
            self.say(f"{name}: skipped: {skipped}")
        except Halted:
            pass
        finally:
            if stack is not None:
                stack.close()

    def _opened(self, name: str) -> Stack:
        stack = STACKS[name](scale=self.scale)
        try:
            stack.open()
        except BaseException:
            stack.close()
            raise
        return stack

    def _scene(self, scene: Scene, stack: Stack, *, may_stand: bool) -> tuple[bool, bool]:
        """Play one scene; return whether the stack may be used again, and whether the scene is to be played again.

        With `may_stand` it is when something stood still and no row was wrong: on a busy machine that may be the
        machine. It is named in the report all the same, and counts if it happens again.
        """
        began = time.monotonic()
        dice = random.Random(f"{self.seed} {scene.name} {stack.name}")  # noqa: S311
        with Watch(stack.store) as watch:
            stage = Stage(stack, self.rows, dice, watch)
            try:
                scene.play(stage)
            except Skipped as skipped:
                self.report.skipped.append(f"{scene.name}, {stack.name}: {skipped}")
            except Exception as exc:  # noqa: BLE001 - a scene that cannot be played to its end has shown a fault
                told = f"{type(exc).__name__}: {exc}"[:1500]
                stage.say("both", Verdict(stuck=1, notes=[f"the scene broke off: {told}"]))
                self.say(traceback.format_exc(limit=-4, chain=False) + stack.log_tails())
        # Rows that are wrong are so in the lists of this scene; a job that stands would be in the way of the next one.
        is_clean = not any(verdict.stuck for _, verdict in stage.verdicts)
        try:
            stack.tenant.heal()
        except Exception:  # noqa: BLE001 - then it gets a fresh stack
            is_clean = False
        is_wrong = any(verdict.lost or verdict.twice or verdict.miscounted for _, verdict in stage.verdicts)
        is_again = may_stand and not is_wrong and any(verdict.stuck for _, verdict in stage.verdicts)
        for kind, verdict in stage.verdicts:
            self.say(_line(scene.name, stack.name, kind, verdict, time.monotonic() - began))
            if is_again and verdict.stuck:
                told = "; ".join(verdict.notes)
                self.report.skipped.append(f"{scene.name}, {stack.name}: stood still once, played again: {told}")
            elif not is_again:
                self.report.add(scene.name, stack.name, kind, verdict)
        return is_clean, is_again


def _line(fault: str, stack: str, kind: str, verdict: Verdict, seconds: float) -> str:
    numbers = {"lost": verdict.lost, "twice": verdict.twice, "miscounted": verdict.miscounted, "stuck": verdict.stuck}
    wrong = ", ".join(f"{count:,} {name}" for name, count in numbers.items() if count) or "clean"
    person = " · needs a person" if verdict.person else ""
    notes = "".join(f"\n      {note}" for note in verdict.notes)
    return f"{fault:38} {stack:9} {kind:6} {wrong}{person} · stall {verdict.stall:.1f} s · {seconds:.0f} s{notes}"

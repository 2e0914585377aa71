"""Drawing mutants: one for each of some places, chosen by a seed over all places that an operator can change."""

from __future__ import annotations

import ast
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# What changes nothing: members of an enumeration and None are equal only to themselves.
LEFT_OUT = {"NoOp", "ReplaceComparisonOperator_Is_Eq", "ReplaceComparisonOperator_IsNot_NotEq"}
Position = tuple[int, int]
"""A line, from 1, and a column, from 0."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: the `occurrence`-th place in a module that an operator of cosmic-ray can change.

    `lines` are those of the statement that it stands in.
    """

    path: str
    operator: str
    occurrence: int
    start: Position
    lines: range

    @property
    def name(self) -> str:
        """Return where and what it is, in a line."""
        return f"{self.path}:{self.start[0]}:{self.start[1]} {self.operator.removeprefix('core/')}"

    def code(self, source: str) -> str | None:
        """Return the module with the change made; None where the operator cannot make it there."""
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.plugins import get_operator

        try:
            changed = mutate_code(source, get_operator(self.operator)(), self.occurrence)
        except AttributeError:  # the operator on exceptions meets one that is named by its module
            return None
        return None if changed is None else str(changed)


def mutants_draw(root: Path, paths: Sequence[Path], *, count: int, seed: int) -> list[Mutant]:
    """Draw mutants; the same seed and code give the same ones."""
    chance = random.Random(seed)  # noqa: S311
    places: dict[tuple[str, Position, Position], list[Mutant]] = defaultdict(list)
    for path in paths:
        for end, mutant in _mutants(root, path):
            places[mutant.path, mutant.start, end].append(mutant)
    drawn = chance.sample(sorted(places), min(count, len(places)))
    return [chance.choice(places[place]) for place in sorted(drawn)]


def _mutants(root: Path, path: Path) -> Iterator[tuple[Position, Mutant]]:
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    source = (root / path).read_text(encoding="utf-8")
    nodes = list(ast_nodes(get_ast(source)))
    tree = ast.parse(source)
    silent, statements = _silent_and_statements(tree)
    operators = _between_operands(tree)
    for name in operator_names():
        operator_class = get_operator(name)
        if operator_class.arguments() or name.rpartition("/")[2] in LEFT_OUT:
            continue
        operator = operator_class()
        positions = (place for node in nodes for place in operator.mutation_positions(node))
        for occurrence, (start, end) in enumerate(positions):
            if "BinaryOperator" in name and not _is_in(operators, start):
                continue
            if not _is_in(silent, start):
                yield end, Mutant(str(path), name, occurrence, start, _lines_around(statements, start))


def _silent_and_statements(tree: ast.Module) -> tuple[list[tuple[Position, Position]], list[range]]:
    """Find what no run can tell apart (annotations, imports for types only), and the lines of all statements."""
    silent: list[ast.AST] = []
    statements = []
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            silent.append(node)
        silent += [part for part in (getattr(node, "annotation", None), getattr(node, "returns", None)) if part]
        if isinstance(node, ast.stmt) and not isinstance(node, ast.ClassDef):
            # A compound statement reaches to its body only.
            body = getattr(node, "body", None)
            last = body[0].lineno - 1 if body else node.end_lineno or node.lineno
            statements.append(range(node.lineno, max(last, node.lineno) + 1))
    places = [((n.lineno, n.col_offset), (n.end_lineno, n.end_col_offset)) for n in silent]  # type: ignore[attr-defined]
    return places, statements


def _between_operands(tree: ast.Module) -> list[tuple[Position, Position]]:
    """Find the places of operators that can be replaced: no stars of calls, and no sums of texts, which only fail."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and not any(_is_text(side) for side in (node.left, node.right)):
            left, right = node.left, node.right
            found.append(((left.end_lineno or 0, left.end_col_offset or 0), (right.lineno, right.col_offset)))
    return found


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_in(places: Sequence[tuple[Position, Position]], start: Position) -> bool:
    return any(first <= start <= last for first, last in places)


def _lines_around(statements: Sequence[range], start: Position) -> range:
    around = [lines for lines in statements if start[0] in lines]
    return min(around, key=len, default=range(start[0], start[0] + 1))

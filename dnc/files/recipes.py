"""Recipes of Do Not Call files: which column holds what, which rows are taken, and of which country numbers are.

They have the form of those of calling lists: the values by which rows are taken are a rule for rows, and the country is
the country code of the column with the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bpadmin.uploads.conversion.recipe_store import recipe_keep
from bpadmin.uploads.conversion.recipes import recipe_apply
from bpadmin.uploads.conversion.rules import ColumnRule, Conversion, RowRule, RuleRefused
from bpadmin.uploads.models import Recipe
from dnc.files.columns import LABELS, PICK
from dnc.files.options import KeysOptions, keys_options
from dnc.keys.countries import COUNTRIES, country_of
from dnc.keys.normalisation import KEY

if TYPE_CHECKING:
    from bpadmin.jobs.models import Job

ONLY = (
    "A recipe of a Do Not Call file says which column holds what, by which values of one column rows are taken, and "
    "of which country numbers are. This one does more with the cells"
)


@dataclass(frozen=True, slots=True)
class KeyChoices:
    """What a recipe says of a file: {column index as text: one of LABELS}, the values of rows to take, the country."""

    mapping: Mapping[str, str]
    take: tuple[str, ...] = ()
    home: str = ""


def recipe_place(job: Job) -> str:
    """Return under what a list's recipes and mappings are kept: a calling list may have the same id."""
    return f"dnc:{job.target_id}"[:400]


def dnc_recipe_keep(*, job: Job, name: str, actor_name: str = "") -> Recipe:
    """Keep what was said of a job's file under a name, for files with the same columns. Raises RecipeRefused."""
    options = keys_options(job)
    return recipe_keep(
        tenant=job.tenant,
        list_id=recipe_place(job),
        name=name,
        header=options.header,
        mapping={index: field for index, field in options.mapping.items() if field != PICK},
        conversion=_conversion(options),
        list_name=job.target_name,
        actor_name=actor_name,
    )


def dnc_recipe_apply(content: Mapping[str, Any], header: Sequence[str]) -> KeyChoices:
    """Take a recipe to a file with this header. Raises RuleRefused where it lacks a column, or the recipe does more."""
    found = recipe_apply(content, header)
    if strange := [name for name in found.mapping.values() if name not in LABELS]:
        raise RuleRefused(f"The recipe speaks of “{strange[0]}”; a column here holds one of {', '.join(LABELS)}.")
    columns, rows = found.conversion.columns, found.conversion.rows
    keys = [int(index) for index, name in found.mapping.items() if name == KEY]
    codes = {at: rule.country for at, rule in columns.items()}
    more = [at for at, rule in columns.items() if rule != ColumnRule(country=rule.country) or at not in keys]
    if found.conversion.made or more or len(rows) > 1 or any(rule.leaves_out for rule in rows):
        raise RuleRefused(f"{ONLY}.")
    home = ""
    if code := codes.get(keys[0], "") if keys else "":
        home = next((name for name, country in COUNTRIES.items() if country.code == code), "")
        if not home:
            raise RuleRefused(f"No country with the code {code} is known here.")
    picks = {str(rule.column): PICK for rule in rows}
    return KeyChoices({**found.mapping, **picks}, tuple(rows[0].values) if rows else (), home)


def _conversion(options: KeysOptions) -> Conversion:
    at = {name: int(index) for index, name in options.mapping.items()}
    country = country_of(options.home) if options.home else None
    columns = {at[KEY]: ColumnRule(country=country.code)} if country and KEY in at else {}
    rows = (RowRule(column=at[PICK], values=tuple(options.take)),) if PICK in at and options.take else ()
    return Conversion(columns=columns, rows=rows)

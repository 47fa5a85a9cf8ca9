"""What a conversion assumed: decisions that nobody specified, made by the table itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..headers import describe_column

if TYPE_CHECKING:
    from ..plan import Plan


def list_assumptions(plan: Plan) -> list[str]:
    """Return the decisions on the columns of a plan, each in a few words."""
    assumed = []
    for rule in (one for column in plan.columns for one in column.all):
        if rule.why != "requested":
            assumed.append(f"{describe_column(rule.name)} ({rule.why})")
        if rule.species is not None and rule.species.species is not None:
            assumed.append(f"{rule.name} is {rule.species.species} ({rule.species.counts}; --species any keeps both)")
        elif rule.species is not None:
            assumed.append(f"{rule.name} is mixed ({rule.species.counts}), and both species are kept")
        if rule.numbers is not None:
            assumed.append(f"{rule.numbers.of} of {rule.name} are {rule.numbers.why}")
        if rule.days:
            assumed.append(f"numbers of {rule.name} are dates that a spreadsheet made of symbols")
        if rule.lists is not None:
            assumed.append(f"cells of {rule.name} with several identifiers are split")
    return assumed

"""What can be said before a campaign is started or stopped, from what the platform tells about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bpadmin.counts import counted, part_of
from bpadmin.dialler.extensions import DncNote
from bpadmin.jobs.kinds import Effect, kind_of
from bpadmin.jobs.models import Job, JobState
from bpadmin.platforms.types import Campaign, CampaignState, ListBinding


@dataclass(frozen=True, slots=True)
class Preflight:
    """A look at a campaign before the act; nothing here keeps anybody from it but what the platform would refuse."""

    campaign: Campaign
    wanted: CampaignState

    @property
    def is_pointless(self) -> bool:
        """Return whether the campaign is in the wanted state already."""
        return self.campaign.state == self.wanted

    @property
    def is_impossible(self) -> bool:
        """Return whether the platform would refuse: a disabled campaign can be neither started nor stopped."""
        return self.campaign.enabled is False

    @property
    def enabled_lists(self) -> tuple[ListBinding, ...]:
        """Return the lists that will be dialled, in the order in which the dialler takes them."""
        enabled = [binding for binding in self.campaign.lists or () if binding.enabled]
        return tuple(sorted(enabled, key=lambda binding: (binding.order, binding.list_name)))

    @property
    def records(self) -> int:
        """Count the records in the enabled lists."""
        return sum(binding.total_records or 0 for binding in self.enabled_lists)

    @property
    def has_no_dnc(self) -> bool:
        """Return whether it is known that no Do-Not-Call list protects this campaign."""
        return self.campaign.dnc_lists is not None and not self.campaign.dnc_lists


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the pre-flight: fine or not, and a sentence either way."""

    is_ok: bool
    text: str


RECOUNTED = "Its lists have changed from here since their records were counted; they are being counted again."


def preflight_checks(
    campaign: Campaign,
    *,
    left: Mapping[str, int] | None,
    jobs: Sequence[Job],
    is_counting: bool = False,
    left_told: int | None = None,
    notes: Mapping[str, DncNote] | None = None,
    is_counted: bool = True,
) -> list[Check]:
    """Say line by line whether a campaign is ready to start.

    `left` gives the records left by instance id, for the instances that were counted; `jobs` are the newest jobs on
    the campaign's lists, the newest first; `notes` tell of its Do Not Call lists by their ids. Where results tell how
    many are left in the enabled lists together, `left_told`, nothing has to be counted. `is_counted` False: the lists
    have changed from here since their records were counted.
    """
    checks = [_lists_check(campaign, left or {}, is_counting=is_counting, left_told=left_told)]
    if not is_counted and campaign.lists and any(each.enabled for each in campaign.lists):
        checks = [Check(True, RECOUNTED)]
    if campaign.enabled is False:
        checks.insert(0, Check(False, "The campaign is disabled: it cannot be started."))
    if campaign.dnc_lists is not None:
        names = ", ".join(each.name for each in campaign.dnc_lists)
        words = f"Do Not Call lists attached: {names}." if names else "No Do Not Call list is attached."
        checks.append(Check(bool(names), words))
        for each in campaign.dnc_lists:
            note = (notes or {}).get(each.id)
            if note and not note.is_ok:
                # Amber data may still be dialled with.
                checks.append(Check(note.tone != "bad", f"“{each.name}”: {note.words}."))
    checks.append(_upload_check(jobs))
    checks.append(_deletion_check(jobs))
    return checks


def _lists_check(campaign: Campaign, left: Mapping[str, int], *, is_counting: bool, left_told: int | None) -> Check:
    if campaign.lists is None:
        return Check(True, "The dialler does not tell which lists this campaign has.")
    enabled = [each for each in campaign.lists if each.enabled]
    if not enabled:
        return Check(False, f"None of its {len(campaign.lists)} lists is enabled: there is nothing to dial.")
    records = sum(each.total_records or 0 for each in enabled)
    words = f"{part_of(len(enabled), len(campaign.lists), 'list')} enabled, with {counted(records, 'record')}"
    if not records:
        return Check(False, f"{words}: there is nothing to dial.")
    if left_told is not None:
        told = min(left_told, records)
        return Check(told > 0, f"{words}, {told:,} of them not completed yet.")
    known = [each for each in enabled if each.instance_id in left or each.total_records == 0]
    remaining = sum(left.get(each.instance_id, 0) for each in known)
    if len(known) == len(enabled):
        return Check(remaining > 0, f"{words}, {remaining:,} of them not completed yet.")
    if is_counting:
        return Check(True, f"{words}. Those not completed yet are being counted.")
    return Check(True, f"{words}. Too many to count at every look: the results tell how many are left.")


def _upload_check(jobs: Sequence[Job]) -> Check:
    last = next((job for job in jobs if kind_of(job).effect is Effect.ADDS and job.started_at), None)
    if last is None:
        return Check(True, "Nothing has been uploaded into its lists from here yet.")
    words = f"Last upload, {last.file_name} into {last.target_name}"
    if last.is_active or last.state == JobState.PAUSED:
        return Check(False, f"{words}, is not finished: {counted(last.n_not_sent, 'row', 'is')} still to be sent.")
    if last.state == JobState.SUCCEEDED:
        return Check(
            True, f"{words}: {'all ' if last.rows_total > 1 else ''}{counted(last.rows_total, 'row', 'is')} in."
        )
    return Check(False, f"{words}: {part_of(last.n_in_list, last.rows_total, 'row', 'is')} in.")


def _deletion_check(jobs: Sequence[Job]) -> Check:
    running = [job for job in jobs if kind_of(job).effect is Effect.REMOVES and job.is_active]
    if running:
        names = ", ".join(dict.fromkeys(job.target_name for job in running))
        return Check(False, f"Records are being deleted from {names}.")
    return Check(True, "No deletion of records is running from here.")

"""Frames of several versions brought together, and deviations judged by the version in force.

Source: docs/amendments.md.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scheduler.binding.versions import in_force
from scheduler.days import day_of
from scheduler.tables.columns import category

if TYPE_CHECKING:
    from scheduler.planning.plans import Plan


def judged_deviations(plan: "Plan", own: pd.DataFrame) -> pd.DataFrame:
    """Deviations of one version's participants, each date judged by the version in force on it.

    A milestone or visit that the version in force does not know is judged by the participant's
    own version.
    """
    known = {judge.protocol.version: set(judge.protocol.index) for judge in plan.judges}
    sites = plan.study.sites or {}
    approvals = {code: sites.get(site) for code, (site, _) in plan.sites.items()}

    def judge(code: object, node: object, when: pd.Timestamp) -> str:
        site = approvals[str(code)]
        label = plan.protocol.version
        if site is not None:
            label = in_force(site, label, day_of(when.date()))
        return label if str(node) in known.get(label, ()) else plan.protocol.version

    frames = []
    for version, frame in [
        (plan.protocol.version, own),
        *((one.protocol.version, one.deviations) for one in plan.judges),
    ]:
        keys = zip(frame["participant"], frame["milestone"], frame["date"], strict=True)
        mine = np.array([judge(*key) == version for key in keys], bool)
        frames.append(frame[mine])
    joined = join_frames(frames, {"participant": [str(code) for code in plan.cohort.ids]})
    return joined.sort_values(["participant", "milestone"], kind="stable", ignore_index=True)


def join_frames(
    frames: Sequence[pd.DataFrame], orders: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Frames one after another; categories are brought together, in the order given or met."""
    columns = {}
    for name in frames[0].columns:
        parts = [frame[name] for frame in frames]
        if any(isinstance(part.dtype, pd.CategoricalDtype) for part in parts):
            met = dict.fromkeys(str(c) for part in parts for c in part.cat.categories)
            order = [*(n for n in orders.get(name, ()) if n in met or name == "participant")]
            order += [n for n in met if n not in set(order)]
            texts = [value for part in parts for value in part.astype(object).tolist()]
            columns[name] = pd.Series(category([_or_none(v) for v in texts], order))
        else:
            columns[name] = pd.concat(parts, ignore_index=True)
    return pd.DataFrame(columns)


def _or_none(value: Any) -> Any:
    return value if isinstance(value, str) else None

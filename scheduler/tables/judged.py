"""Deviations judged by the version in force on each date.

Source: docs/amendments.md.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from scheduler.binding.versions import in_force
from scheduler.days import day_of
from scheduler.tables.columns import join_frames
from scheduler.tables.solved import Solved


def judged_by_version(
    solved: Solved, own: pd.DataFrame, others: Sequence[tuple[str, pd.DataFrame]]
) -> pd.DataFrame:
    """Deviations of one version's participants, each date judged by the version in force on it.

    `own` are the deviations by their own version, `others` those by the versions that judge. A
    milestone or visit that the version in force does not know is judged by the own one.
    """
    known = {judge.protocol.version: set(judge.protocol.index) for judge in solved.judges}
    sites = solved.study.sites or {}
    approvals = {code: sites.get(site) for code, (site, _) in solved.sites.items()}

    def judge(code: object, node: object, when: pd.Timestamp) -> str:
        site = approvals[str(code)]
        label = solved.protocol.version
        if site is not None:
            label = in_force(site, label, day_of(when.date()))
        return label if str(node) in known.get(label, ()) else solved.protocol.version

    frames = []
    for version, frame in [(solved.protocol.version, own), *others]:
        keys = zip(frame["participant"], frame["milestone"], frame["date"], strict=True)
        mine = np.array([judge(*key) == version for key in keys], bool)
        frames.append(frame[mine])
    joined = join_frames(frames, {"participant": solved.participants})
    return joined.sort_values(["participant", "milestone"], kind="stable", ignore_index=True)

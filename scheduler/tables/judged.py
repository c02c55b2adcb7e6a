"""Deviations judged by the version in force on each date.

Source: docs/amendments.md.
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from scheduler.binding.versions import in_force
from scheduler.days import day_of
from scheduler.tables.columns import join_frames
from scheduler.tables.frames import Frame, frame_of
from scheduler.tables.solved import Solved


def judged_by_version(solved: Solved, own: Frame, others: Sequence[tuple[str, Frame]]) -> Frame:
    """Deviations of one version's participants, each date judged by the version in force on it.

    `own` are the deviations by their own version, `others` those by the versions that judge. A
    milestone or visit that the version in force does not know is judged by the own one.
    """
    known = {judge.protocol.version: set(judge.protocol.index) for judge in solved.judges}
    sites = solved.study.sites or {}
    approvals = {code: sites.get(site) for code, (site, _) in solved.sites.items()}

    def judge(code: object, node: object, when: datetime) -> str:
        site = approvals[str(code)]
        label = solved.protocol.version
        if site is not None:
            label = in_force(site, label, day_of(when.date()))
        return label if str(node) in known.get(label, ()) else solved.protocol.version

    frames = []
    for version, found in [(solved.protocol.version, own), *others]:
        frame = found.pandas()
        keys = zip(frame["participant"], frame["milestone"], frame["date"], strict=True)
        mine = np.array([judge(*key) == version for key in keys], bool)
        frames.append(frame[mine])
    joined = join_frames(frames, {"participant": solved.participants})
    by = ["participant", "milestone"]
    return frame_of(joined.sort_values(by, kind="stable", ignore_index=True))

"""Deviations judged by the version in force on each date.

Source: docs/amendments.md.
"""

from collections.abc import Sequence

import numpy as np

from scheduler.arrays import order
from scheduler.binding.versions import in_force
from scheduler.tables.columns import join_frames
from scheduler.tables.frames import Frame
from scheduler.tables.solved import Solved


def judged_by_version(solved: Solved, own: Frame, others: Sequence[tuple[str, Frame]]) -> Frame:
    """Deviations of one version's participants, each date judged by the version in force on it.

    `own` are the deviations by their own version, `others` those by the versions that judge. A
    milestone or visit that the version in force does not know is judged by the own one.
    """
    known = {judge.protocol.version: set(judge.protocol.index) for judge in solved.judges}
    sites = solved.study.sites or {}
    approvals = {code: sites.get(site) for code, (site, _) in solved.sites.items()}

    def judge(code: str, node: str, day: int) -> str:
        site = approvals[code]
        label = solved.protocol.version
        if site is not None:
            label = in_force(site, label, day)
        return label if node in known.get(label, ()) else solved.protocol.version

    frames = []
    for version, found in [(solved.protocol.version, own), *others]:
        keys = found.pairs("participant", "milestone", "date")
        mine = np.array([judge(*key) == version for key in keys], bool)
        frames.append(found.take(np.flatnonzero(mine)))
    joined = join_frames(frames, {"participant": solved.participants})
    return joined.take(order(joined.codes("participant"), joined.codes("milestone")))

"""The packages of the extra `cohort`: are they here?"""

from importlib.util import find_spec

from scheduler.errors import WashoutError


class CohortMissing(WashoutError):
    """A package of the extra `cohort` is not installed, so there are no partitions."""

    def __init__(self, package: str) -> None:
        self.package = package
        super().__init__(f'cohorts need {package}; install it with: pip install "washout[cohort]"')


def require(*packages: str) -> None:
    """Are these packages here?

    Raises: CohortMissing, with the command that installs them.
    """
    for package in packages:
        if find_spec(package) is None:  # looked for, not loaded: a run with nothing to do is quick
            raise CohortMissing(package)

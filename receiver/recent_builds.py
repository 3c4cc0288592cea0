"""The builds of the last few seconds' run list."""

from receiver.recent import Recent
from receiver.replies import Build


class RecentBuilds(Recent[Build]):
    """The newest builds."""

    def runs_of(self, build_id: str) -> list[Build]:
        """Return the runs of one build, newest first; none when it is unknown or has not started."""
        return [build for build in self.newest_first() if build.build_id == build_id]

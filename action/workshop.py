"""Opens the real doors of the generating phase: Gemini, guarded HTTP, and the public repositories on GitHub."""

from collections.abc import Mapping

from action.config import GenerateConfig
from action.console import Console
from action.current_files import PublicRepositories
from action.deadline import Deadline
from action.gates.guarded_http import GuardedHttp
from action.model.ladder import Ladder
from action.phases.generate import Workshop
from receiver.task import BuildRequest


def open_workshop(
    config: GenerateConfig, request: BuildRequest, console: Console, environ: Mapping[str, str]
) -> Workshop:
    """Return the doors for one build. `environ` is for git, which gets little of it."""
    from action.model.gemini import Gemini  # the SDK takes half a second to import, and only this phase has it

    owner = config.target_owner or config.runner.repository.split("/")[0]
    repositories = PublicRepositories(config.runner.server_url, owner, config.runner.temp / "current", environ)
    return Workshop(
        model=Ladder(Gemini(config.gemini_api_key), config.models, console),
        http=GuardedHttp(config.allowed_hosts),
        console=console,
        deadline=Deadline(request.received_at),
        holder=owner,
        current_files=repositories.current_files,
    )

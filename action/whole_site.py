"""All files as they would be committed: the model's, what code makes, LICENSE, a whole README, and attachments."""

from collections.abc import Mapping

from action.candidate_files import Draft, files_after
from action.material import Material
from action.site import complete_readme, license_text


def whole_site(material: Material, draft: Draft, made: Mapping[str, bytes], holder: str) -> dict[str, bytes]:
    """Return every file after this build. `made` are the files that code makes; fixed attachments win over all."""
    fixed = material.fixed
    everything = {**files_after({**material.current, **material.changing}, draft, fixed), **made, **fixed}
    readme = everything.get("README.md", b"").decode(errors="replace")
    paths = {path for path in everything if not path.startswith(".")} | {"README.md", "LICENSE"}
    whole = complete_readme(readme, material.request.task.brief, paths, fixed)
    ours = {"README.md": whole.encode(), "LICENSE": license_text(holder, material.request.received_at.year)}
    return {**everything, **ours, **fixed}

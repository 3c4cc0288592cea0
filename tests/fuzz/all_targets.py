"""Every target; a new file of targets is entered here."""

from tests.fuzz.running import Target
from tests.fuzz.targets import checks, documents, ledger, reply, request, tables, uploads

TARGETS: dict[str, Target] = {
    target.name: target
    for part in (request, checks, reply, tables, documents, ledger, uploads)
    for target in part.TARGETS
}

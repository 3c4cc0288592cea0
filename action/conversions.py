"""Conversions of attachments are done by code: a model would invent the cells that it cannot see."""

from collections.abc import Mapping

from action.contract.assertion import ConvertsAttachment
from action.contract.contract import Contract
from action.contract.tables import UnreadableTable, convert


def converted_files(contract: Contract, attached: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files that the contract wants as an attachment's table in another format."""
    files: dict[str, bytes] = {}
    for wish in contract.assertions:
        if not isinstance(wish, ConvertsAttachment) or wish.attachment not in attached or wish.file in attached:
            continue
        try:
            files[wish.file] = convert(wish.attachment, attached[wish.attachment], wish.file)
        except UnreadableTable:
            continue  # the model may know what to do with it; the contract says whether it did
    return files

"""Pages deployments, as actions/deploy-pages uses them."""

from flask import Blueprint, Response, jsonify

from embedded.github import deployments
from embedded.github.access import github, repository
from embedded.github.rest.body import json_body
from embedded.github.rest.pages import page_address
from embedded.github.shapes.repositories import api_address

blueprint = Blueprint("pages_deployments", __name__, url_prefix="/api/v3/repos/<owner>/<name>/pages/deployments")


@blueprint.post("")
def create_deployment(owner: str, name: str) -> Response:
    """repos/create-pages-deployment"""
    repo = repository(owner, name, "pages", "write")
    deployment = deployments.deploy(github(), repo, json_body())
    number = deployment["id"]
    status_url = f"{api_address(github(), repo)}/pages/deployments/{number}"
    return jsonify({"id": number, "status_url": status_url, "page_url": page_address(repo)})


@blueprint.get("/<wanted>")
def show_deployment(owner: str, name: str, wanted: str) -> Response:
    """repos/get-pages-deployment"""
    repo = repository(owner, name, "pages", "read")
    return jsonify({"status": deployments.find_deployment(github(), repo, wanted)["status"]})


@blueprint.post("/<wanted>/cancel")
def cancel_deployment(owner: str, name: str, wanted: str) -> tuple[str, int]:
    """repos/cancel-pages-deployment"""
    repo = repository(owner, name, "pages", "write")
    deployments.cancel(github(), deployments.find_deployment(github(), repo, wanted))
    return "", 204

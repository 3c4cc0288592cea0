"""Pages for people: repositories, files, commits, runs. No scripts; everything from outside is escaped."""

from flask import Blueprint

from embedded.github.web import code, runs
from embedded.github.web.parts import STYLE

blueprint = Blueprint("web", __name__, template_folder="../templates")
code.add_routes(blueprint)
runs.add_routes(blueprint)
blueprint.add_url_rule("/_web/style.css", "style", lambda: (STYLE.read_text(), {"Content-Type": "text/css"}))

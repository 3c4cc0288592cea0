"""Types of the fixtures."""

from collections.abc import Callable
from typing import Any

from dashboard.render import Rendered

Rendering = Callable[..., Rendered]
Read = Callable[[str], Any]

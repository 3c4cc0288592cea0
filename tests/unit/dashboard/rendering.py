"""Types of the fixtures."""

from collections.abc import Callable
from typing import Any

from dashboard.site import Rendered

Rendering = Callable[..., Rendered]
Read = Callable[[str], Any]

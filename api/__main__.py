"""python -m api: the door and everything else in one process, served as `python -m receiver` serves the door."""

import os

from receiver.__main__ import serve

if __name__ == "__main__":
    serve("api.wsgi:app", os.environ)

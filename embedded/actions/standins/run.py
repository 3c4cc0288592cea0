"""Starts the program of one stand-in; it uses the standard library only, so that it starts fast."""

import importlib
import sys

ROOT = __file__.rsplit("/", 4)[0]

if __name__ == "__main__":
    sys.path[0] = ROOT
    importlib.import_module(f"embedded.actions.standins.{sys.argv[1]}.program").main()

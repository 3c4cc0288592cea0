"""A port that cannot be had is an error for the caller, who knows what to say; werkzeug would end the program."""

import socket

import pytest
from flask import Flask

from evaluator.server import Server


def test_a_port_that_is_taken_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(OSError, match="in use"):
        Server(Flask("app"), other.getsockname()[1])


def test_a_port_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(OverflowError):
        Server(Flask("app"), 99999)

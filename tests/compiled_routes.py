"""Routes are compiled once for each process, and not again for each application that a test makes: 35 ms each."""

from collections.abc import Callable

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


def remember_compiled_routes() -> None:
    """Let rules that read the same share what builds their addresses; werkzeug makes a program for each."""
    compile_builder, known = Rule._compile_builder, dict[str, Builder]()

    def remembered(rule: Rule, append_unknown: bool = True) -> Builder:
        """Return the builder, which gets its rule as an argument."""
        key = repr((rule.rule, rule._trace, rule.defaults, append_unknown))
        return known.get(key) or known.setdefault(key, compile_builder(rule, append_unknown))

    Rule._compile_builder = remembered  # type: ignore[method-assign, assignment]

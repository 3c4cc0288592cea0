"""Knows whether a page will soon do something by itself: its timers are noted as it sets them."""

NAME = 'Symbol.for("timers that will run")'
SLACK_MS = 100  # a timer may be late, and a frame comes within this time

# Proxies, so that a page sees functions with the names, lengths and texts that it expects.
NOTE_TIMERS = f"""(() => {{
    const timers = new Map();
    let frame = -Infinity;
    const watch = (name, noted) => {{
        window[name] = new Proxy(window[name], {{apply(call, self, given) {{
            const id = Reflect.apply(call, self, given);
            noted(id, given);
            return id;
        }}}});
    }};
    const delay = given => Math.max(0, Number(given[1]) || 0);
    watch("setTimeout", (id, given) => timers.set(id, {{at: performance.now() + delay(given), every: 0}}));
    watch("setInterval", (id, given) => timers.set(id, {{at: Infinity, every: Math.max(1, delay(given))}}));
    watch("clearTimeout", (_, given) => timers.delete(given[0]));
    watch("clearInterval", (_, given) => timers.delete(given[0]));
    watch("requestAnimationFrame", () => {{ frame = performance.now() }});
    const willRun = within => {{
        const now = performance.now();
        for (const [id, timer] of timers) if (!timer.every && timer.at < now - {SLACK_MS}) timers.delete(id);
        const isSoon = timer => (timer.every || timer.at - now) < within;
        return frame > now - {SLACK_MS} || [...timers.values()].some(isSoon);
    }};
    Object.defineProperty(window, {NAME}, {{value: willRun}});
}})()"""


def will_run(within_seconds: float) -> str:
    """Return an expression: whether a timer of the page runs within these seconds."""
    return f"!!window[{NAME}]?.({within_seconds * 1000:.0f})"

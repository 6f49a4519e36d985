"""How numbers are written for a person."""


def format_score(score: float) -> str:
    """Return a score as short as it can be told from others of its kind."""
    return f"{score:.4f}" if score == 0 or 0.01 <= abs(score) < 1e5 else f"{score:.5g}"


def counted(number: float, noun: str) -> str:
    """Return a number of things: "1 row", "1,200 rows"."""
    digits = f"{number:,}" if isinstance(number, int) else f"{number:g}"
    return f"{digits} {noun}" if number == 1 else f"{digits} {noun}s"

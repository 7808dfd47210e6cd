"""Probability words: which word says a probability, and nothing about how well founded it is."""

ICD_203: tuple[tuple[float, str], ...] = (
    (0.05, "almost-no-chance"),
    (0.20, "very-unlikely"),
    (0.45, "unlikely"),
    (0.55, "roughly-even"),
    (0.80, "likely"),
    (0.95, "very-likely"),
    (1.0, "almost-certain"),
)
"""Upper ends of the bands of Intelligence Community Directive 203 (2015), D.6.e.2.a; a value on a border takes the band nearer to even."""


def word(probability: float) -> str:
    """The message key of a probability in [0, 1]: "probability.likely"."""
    found = (w for end, w in ICD_203[:-1] if probability < end or (probability == end and end >= 0.5))
    return f"probability.{next(found, ICD_203[-1][1])}"


def words(low: float, high: float) -> tuple[str, str]:
    """The keys for both ends of a range; equal where one word covers it."""
    return word(low), word(high)

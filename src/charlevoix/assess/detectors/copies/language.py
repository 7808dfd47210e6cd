"""A language guessed, where a table does not say it: what is usual is known for each language apart, and a translation is told from a rewording by it."""

from functools import cache
from typing import Any, Final

UNSURE: Final = "und"
"""ISO 639-2: undetermined."""

LANGUAGES: Final = (
    *("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"),  # that the encoder knows
    *("bg", "cs", "da", "el", "et", "fa", "fi", "he", "hi", "hr", "hu", "hy", "id", "ka", "lt", "lv", "no", "ro", "sk", "sl", "sr", "sv", "sw", "uk", "vi"),
)  # fmt: skip
"""Few, so that a short text is not taken for one of a small language that looks like a large one."""


def guess(text: str) -> str:
    """A code of ISO 639-1, or "und" where there are no letters. Looks at the first 1,000 characters."""
    some = text[:1_000]
    return str(_identifier().classify(some)[0]) if any(map(str.isalpha, some)) else UNSURE


@cache
def _identifier() -> Any:
    """Naive Bayes over runs of bytes (Lui and Baldwin 2012), as `py3langid` holds it."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(LANGUAGES))
    return identifier

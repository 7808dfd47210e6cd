"""A language guessed from script and small words, where a table does not say it: enough to tell a translation from a rewording."""

import re
from typing import Final

UNSURE: Final = "und"
"""ISO 639-2: undetermined."""

_SCRIPTS: Final = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
)
_CYRILLIC: Final = re.compile(r"[\u0400-\u04ff]")
_UKRAINIAN: Final = re.compile(r"[іїєґ]", re.IGNORECASE)

_SMALL: Final = {
    "en": ["the", "of", "and", "to", "in", "is", "that", "it", "for", "was", "on", "are", "as", "with", "his", "they", "be", "at", "this", "have", "from", "or", "by", "not", "but", "what", "all", "were", "we", "when", "your", "can", "there", "an", "which", "their", "if", "will"],
    "fr": ["le", "la", "les", "de", "des", "du", "et", "en", "un", "une", "est", "que", "qui", "dans", "pour", "pas", "sur", "au", "aux", "avec", "ce", "cette", "il", "elle", "nous", "vous", "je", "ne", "se", "par", "plus", "mais", "ou", "son", "sa", "ses", "sont", "été", "c", "l", "d", "qu", "n"],
    "de": ["der", "die", "das", "und", "in", "zu", "den", "von", "mit", "ist", "nicht", "ein", "eine", "im", "auf", "sich", "des", "dem", "als", "auch", "es", "an", "werden", "aus", "er", "hat", "dass", "sie", "nach", "wird", "bei", "noch", "wie", "einem", "über", "so", "zum", "war"],
    "es": ["el", "la", "los", "las", "de", "que", "y", "en", "un", "una", "es", "por", "con", "no", "para", "se", "del", "al", "lo", "como", "más", "su", "sus", "pero", "este", "esta", "le", "ha", "me", "si", "sin", "sobre", "ya", "muy", "cuando", "fue", "son"],
    "it": ["il", "lo", "la", "i", "gli", "le", "di", "che", "e", "in", "un", "una", "è", "per", "con", "non", "si", "del", "della", "dei", "da", "al", "alla", "come", "più", "ma", "sono", "nel", "anche", "questo", "questa", "ha", "su", "o", "mi", "ci", "delle"],
    "pt": ["o", "a", "os", "as", "de", "que", "e", "em", "um", "uma", "é", "por", "com", "não", "para", "se", "do", "da", "dos", "das", "no", "na", "ao", "mais", "como", "mas", "foi", "ele", "ela", "seu", "sua", "ou", "muito", "isso", "são", "eu", "você", "pela"],
    "nl": ["de", "het", "een", "en", "van", "in", "is", "dat", "op", "te", "zijn", "met", "voor", "niet", "aan", "er", "om", "ook", "als", "dan", "maar", "bij", "uit", "naar", "wordt", "door", "heeft", "hij", "ze", "we", "over", "worden", "omdat", "deze", "dit", "geen", "nog", "tot", "kan", "ik", "je", "hebben", "moet", "hun", "zich"],
    "pl": ["i", "w", "na", "z", "do", "nie", "się", "to", "jest", "że", "o", "jak", "po", "za", "co", "ale", "od", "tak", "dla", "przez", "był", "są", "czy", "tym", "tego", "jego", "już", "oraz"],
    "tr": ["ve", "bir", "bu", "da", "de", "için", "ile", "çok", "ne", "o", "gibi", "daha", "ama", "en", "kadar", "olan", "olarak", "mi", "değil", "var", "her", "sonra", "ben", "ki"],
}  # fmt: skip
_WORDS: Final = {word: {name for name, words in _SMALL.items() if word in words} for words in _SMALL.values() for word in words}


def guess(text: str) -> str:
    """A code of ISO 639-1, or "und". Looks at the first 1,000 characters."""
    some = text[:1_000]
    letters = sum(c.isalpha() for c in some)
    if not letters:
        return UNSURE
    for name, script in _SCRIPTS:
        if len(script.findall(some)) >= 0.2 * letters:
            return name
    if len(_CYRILLIC.findall(some)) >= 0.5 * letters:
        return "uk" if _UKRAINIAN.search(some) else "ru"
    votes = dict.fromkeys(_SMALL, 0.0)
    for word in re.findall(r"[^\W\d_]+", some.casefold()):
        for name in _WORDS.get(word, ()):
            votes[name] += 1 / len(_WORDS[word])
    best, second = sorted(votes, key=lambda name: (-votes[name], name))[:2]
    return best if votes[best] > votes[second] else UNSURE

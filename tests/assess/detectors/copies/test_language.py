"""Languages guessed."""

import time

import pytest

from charlevoix.assess.detectors.copies.language import UNSURE, guess

SAID = {
    "ar": "تبقى المكتبة مغلقة يوم الاثنين لأن الكتب تُعدّ.",
    "de": "Die Bücherei bleibt am Montag geschlossen, weil die Bücher gezählt werden.",
    "en": "The library stays closed on Monday because the books are being counted.",
    "es": "La biblioteca permanece cerrada el lunes porque se cuentan los libros.",
    "fr": "La bibliothèque reste fermée lundi parce que l'on compte les livres.",
    "it": "La biblioteca resta chiusa lunedì perché si contano i libri della città.",
    "ja": "蔵書の点検のため、図書館は月曜日に休みます。",
    "ko": "책을 세기 때문에 도서관은 월요일에 문을 닫습니다.",
    "nl": "De bibliotheek blijft maandag gesloten omdat de boeken worden geteld.",
    "pl": "Biblioteka jest zamknięta w poniedziałek, bo liczy się książki.",
    "pt": "A biblioteca fica fechada na segunda-feira porque os livros são contados.",
    "ru": "Библиотека закрыта в понедельник, потому что считают книги.",
    "th": "ห้องสมุดปิดวันจันทร์เพราะมีการนับหนังสือ",
    "tr": "Kitaplar sayıldığı için kütüphane pazartesi günü kapalı ve bu bir kez olacak.",
    "uk": "Бібліотека зачинена в понеділок, бо рахують книжки.",
    "zh": "因为清点图书，图书馆星期一关闭。",
    "el": "Η βιβλιοθήκη μένει κλειστή τη Δευτέρα.",
    "he": "הספרייה סגורה ביום שני כי סופרים את הספרים.",
}


@pytest.mark.parametrize("code", sorted(SAID))
def test_a_sentence_is_known(code: str) -> None:
    assert guess(SAID[code]) == code


@pytest.mark.parametrize("text", ["", "🚧🚧", "12345", "?!"])
def test_nothing_is_claimed_of_what_says_nothing(text: str) -> None:
    assert guess(text) == UNSURE


@pytest.mark.parametrize(
    "title", ["Library closed Monday", "Town council votes new school budget", "Bridge repairs cost residents millions"]
)
def test_a_title_without_small_words_is_known_too(title: str) -> None:
    assert guess(title) == "en"


def test_a_foreign_name_does_not_change_the_language() -> None:
    assert guess(SAID["en"] + " Библиотека") == "en"
    assert guess("「" + SAID["ja"] + "」 Library of Musterdorf") == "ja"


def test_only_the_start_of_a_megabyte_is_read() -> None:
    began = time.process_time()
    assert guess("the books are " * 70_000) == "en"
    assert time.process_time() - began < 2

"""Notices of a town that does not exist, in eight languages: three texts that are told again, and texts that have nothing to do with each other."""

LIBRARY = (
    ("library", "en", "The library of Musterdorf stays closed on Monday because the books are being counted. Borrowed books may be returned on Tuesday."),
    ("library", "en", "THE LIBRARY of Musterdorf stays closed on Monday, because the books are being counted! Borrowed books may be returned on Tuesday 📚"),
    ("library", "en", "The library of Musterdorf stays closed this Monday because the books are being counted. Borrowed books may be returned on Tuesday morning."),
    ("library", "en", "On Monday nobody can visit the library in Musterdorf, as its books are counted that day. Please bring back what you borrowed on Tuesday."),
    ("library", "fr", "La bibliothèque de Musterdorf reste fermée lundi parce que l'on compte les livres. Les livres empruntés peuvent être rendus mardi."),
    ("library", "de", "Die Bücherei von Musterdorf bleibt am Montag geschlossen, weil die Bücher gezählt werden. Geliehene Bücher können am Dienstag zurückgegeben werden."),
    ("library", "es", "La biblioteca de Musterdorf permanece cerrada el lunes porque se cuentan los libros. Los libros prestados se pueden devolver el martes."),
    ("library", "ja", "ムスタードルフの図書館は、蔵書の点検のため月曜日に休館します。借りた本は火曜日に返却できます。"),
    ("library", "zh", "由于清点图书，穆斯特多夫图书馆星期一闭馆。借出的图书可以在星期二归还。"),
    ("library", "ru", "Библиотека Мустердорфа закрыта в понедельник, потому что пересчитывают книги. Взятые книги можно вернуть во вторник."),
    ("library", "ar", "تبقى مكتبة موستردورف مغلقة يوم الاثنين بسبب جرد الكتب. يمكن إعادة الكتب المستعارة يوم الثلاثاء."),
)  # fmt: skip

WATER = (
    ("water", "en", "Water in the upper street of Musterdorf is turned off on Thursday from nine to eleven while a pipe is replaced."),
    ("water", "en", "Water in the upper street of Musterdorf is turned off on Thursday from nine to eleven while a pipe is replaced."),
    ("water", "en", "Water in the upper street of Musterdorf is turned off on Thursday, from nine to eleven, while a pipe is replaced: https://musterdorf.example/water"),
    ("water", "de", "Das Wasser in der Oberen Straße in Musterdorf wird am Donnerstag von neun bis elf Uhr abgestellt, weil eine Leitung ersetzt wird."),
    ("water", "fr", "L'eau de la rue haute de Musterdorf est coupée jeudi de neuf à onze heures pendant le remplacement d'une conduite."),
    ("water", "ru", "Воду на Верхней улице Мустердорфа отключат в четверг с девяти до одиннадцати, пока меняют трубу."),
)  # fmt: skip

LOOSE = (
    ("", "en", "The market moves to the school yard in June, since the square gets new paving stones."),
    ("", "en", "Whoever lost a blue umbrella at the station may fetch it at the town hall."),
    ("", "en", "Our oldest chestnut tree was struck by lightning last night; nobody was hurt."),
    ("", "fr", "La chorale cherche deux basses et un pianiste pour son concert d'automne."),
    ("", "fr", "Le conseil a voté le budget des écoles à l'unanimité."),
    ("", "de", "Der Wanderverein trifft sich am Samstag um acht Uhr an der alten Mühle."),
    ("", "de", "Für das Sommerfest werden noch Kuchen und helfende Hände gebraucht."),
    ("", "es", "El equipo de fútbol infantil ganó el torneo de la comarca por tres goles a uno."),
    ("", "es", "Se busca un gato gris que responde al nombre de Trueno."),
    ("", "ja", "町の歴史についての展覧会が十月から市役所で開かれます。"),
    ("", "ja", "台風に備えて、庭の植木鉢を家の中に入れてください。"),
    ("", "zh", "新的公共汽车时刻表从下个月开始实行，请乘客注意。"),
    ("", "zh", "面包店老板退休了，他的女儿将继续经营。"),
    ("", "ru", "На реке построили новую лодочную станцию, прокат стоит пять монет в час."),
    ("", "ru", "Врач принимает по средам в здании старой почты."),
    ("", "ar", "يبدأ تدريس السباحة للأطفال في المسبح البلدي في شهر تموز."),
    ("", "ar", "وُجد مفتاح سيارة أحمر قرب النافورة في الحديقة."),
)  # fmt: skip

NOTICES = LIBRARY + WATER + LOOSE
GROUPS = [group for group, _, _ in NOTICES]
LANGUAGES = [language for _, language, _ in NOTICES]
TEXTS = [text for _, _, text in NOTICES]

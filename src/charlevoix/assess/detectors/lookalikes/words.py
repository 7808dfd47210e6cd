"""Words that makers of imitations add to a name: of media, of the web, of offices and elections, articles; in the languages of the partners."""

from typing import Final

MEDIA: Final = frozenset(
    """
    news newspaper press media tv radio live daily today report reports journal magazine mag times post breaking headline headlines video
    nachrichten zeitung presse aktuell heute politik sport sports
    actu actus actualite actualites infos info journaux medias direct
    noticias diario prensa hoy ultima notizie giornale stampa oggi cronaca
    jornal noticia imprensa wiadomosci gazeta prasa dzis novosti vesti gazeta novyny zprava zpravy spravy nieuws krant nyheter nyheder uutiset ziniai zinas uudised
    haber haberler akhbar hadashot stiri vijesti novine
    """.split()
)

WEB: Final = frozenset(
    """
    online web site website net portal page home app apps mobile blog forum shop store official officiel offiziell oficial ufficiale login account
    secure support service services help mail email my mein mon world global international int europe eu uk us usa de fr it es pl ua ru il
    www web24 24 24h 365 7 plus pro now new neu nouveau digital archive click link go get free abo club team group hub center
    """.split()
)

OFFICE: Final = frozenset(
    """
    gov govt gouv government gouvernement regierung bund ministry ministere ministerium embassy ambassade botschaft vote voter voting election
    elections wahl wahlen elezioni elecciones wybory vybory party campaign president senat parliament parlement council police polizei
    """.split()
)

ARTICLES: Final = frozenset("the a le la les l un une der die das el los las il lo gli o os as de het en den det al".split())

KNOWN: Final = MEDIA | WEB | OFFICE | ARTICLES

BELOW: Final = frozenset("www www1 www2 web mail smtp m mobile static cdn api img images ns1 ns2 autodiscover cpanel webmail".split())
"""Labels below a registered name that say nothing."""

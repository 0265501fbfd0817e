"""Names of people and companies in the form they are compared in: titles, particles and legal forms off, folded."""

from __future__ import annotations

import re
from functools import lru_cache

from onebook.model.nicknames import ROOTS
from onebook.model.normal import fold
from onebook.model.sound import sound

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 200
"""Of a longer text, which is nobody's name, the beginning is compared: to compare all of it would take seconds."""
_INITIALS = re.compile(r"(?<=\b\w)\.(?=\w\b)")

TITLES = frozenset(
    "dr prof professor dipl diplom ing mag med rer nat phil jur pol oec habil hc mba msc bsc ma ba llm lic licda arq cp"
    " dra profa ra rain herr herrn frau fraulein hr fr sr sra srta don dona senor senora mr mrs ms eheleute familie fam"
    " familia familjen".split()
)
"""Words around a name that are none of it. `ma` is María where nothing but it is left."""

JUNIOR, SENIOR = "junior", "senior"
_GENERATIONS = dict.fromkeys("jun jr jnr junior hijo yngre".split(), JUNIOR)
_GENERATIONS |= dict.fromkeys("sen snr senior padre aldre".split(), SENIOR)
PARTICLES = frozenset("von vom zu zum zur van der den de del la las los y e af av den ter ten di da dos".split())
"""Small words of last names that are as often left out."""

ESTATES = frozenset(
    "erbengemeinschaft erben nachlass dodsbo dodsboet sucesion herencia estate verlassenschaft efter".split()
)
LEGAL_FORMS = frozenset(
    "gmbh mbh ag kg ohg ug haftungsbeschrankt gbr kgaa se ev ek e k eg stiftung co cie und mit"
    " ab hb kb publ aktiebolag handelsbolag kommanditbolag for ekonomisk forening"
    " sa s a de cv c v rl sapi sc srl ac ltd limited llc inc bv nv oy as aps".split()
)
"""What stands at the end of a company's name and is as often left out."""


def words(text: str | None) -> list[str]:
    """The folded words of `text`; `S.A.` and `e. K.` lose their dots and stay words."""
    return _WORD.findall(fold(_INITIALS.sub("", text[:_LONGEST]))) if text else []


@lru_cache(maxsize=65536)
def first_names(text: str | None) -> tuple[str, ...]:
    """The first names in `text`, in order, without titles and generations: `Dr. Hans-Peter jun.` → `hans`, `peter`."""
    found = [word for word in words(text) if word not in TITLES and word not in _GENERATIONS]
    return tuple(found or [word for word in words(text) if word == "ma"])


@lru_cache(maxsize=65536)
def last_names(text: str | None) -> tuple[str, ...]:
    """The last names in `text`, in order, without particles, titles and generations: `von der Heide` → `heide`."""
    found = [word for word in words(text) if word not in TITLES and word not in _GENERATIONS]
    return tuple(word for word in found if word not in PARTICLES and word not in ESTATES) or tuple(found)


def generation(*texts: str | None) -> str | None:
    """`junior` or `senior` where one of `texts` says so, as father and son of one name are told apart."""
    for text in texts:
        for word in words(text) if text and " " in text else ():
            if word in _GENERATIONS:
                return _GENERATIONS[word]
    return None


def name_forms(names: tuple[str, ...]) -> tuple[str, ...]:
    """Each of the first `names` of more than one letter, and what it may be short for; no form twice."""
    forms: dict[str, None] = {}
    for name in names:
        if len(name) > 1:
            forms[name] = None
            forms.update(dict.fromkeys(ROOTS.get(name, ())))
    return tuple(forms)


def root_name(name: str) -> str:
    """The full name that `name` is most likely short for, or itself."""
    return ROOTS[name][0] if name in ROOTS else name


@lru_cache(maxsize=65536)
def company_words(text: str | None) -> tuple[str, ...]:
    """The words of a company's name without the legal form behind it: `Müller & Söhne GmbH` → `muller`, `sohne`."""
    found = words(text)
    end = len(found)
    while end > 1 and found[end - 1] in LEGAL_FORMS:
        end -= 1
    return tuple(found[:end])


def name_sounds(first: str, last: str) -> str:
    """Both names' sounds as one text, the same when the two are swapped; empty where either has none."""
    sounds = sorted((sound(root_name(first)), sound(last)))
    return "|".join(sounds) if all(sounds) else ""

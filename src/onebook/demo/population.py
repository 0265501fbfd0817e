"""How often people are called what: the names of `demo/names.py` by rank, and many rarer ones beside them.

The shares are of our own making, shaped after what the three countries' statistics show: a few names that every
fortieth person has, and a long tail (Sweden: SCB; Mexico: INEGI; Germany: telephone books; all from memory).
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, product
from random import Random

from onebook.demo.names import GERMAN, MEXICAN, SWEDISH, Names
from onebook.demo.places import GERMANY, MEXICO, SWEDEN, Places


class Shares:
    """Names and the share of people who have each; the shares make one together."""

    def __init__(self, shares: Mapping[str, float]) -> None:
        """`shares` of any sum."""
        total = sum(shares.values())
        self.of = {name: share / total for name, share in shares.items()}
        self._names = list(self.of)
        self._sums = list(accumulate(self.of.values()))

    def draw(self, random: Random) -> str:
        """A name, as often as its share."""
        return self._names[min(bisect(self._sums, random.random()), len(self._names) - 1)]


@dataclass(frozen=True, slots=True)
class Population:
    """The people of one country, by what they are called; `names` and `places` are the demo book's."""

    names: Names
    places: Places
    language: str
    female: Shares
    male: Shares
    last: Shares
    second_first: float
    """The part of them with two first names."""
    providers: tuple[str, ...]


def _ranked(common: Sequence[str], rare: Sequence[str], head: float, offset: float) -> Shares:
    """The first of `common` is the commonest; all of them make up `head` of the people, those of `rare` the rest."""
    weights = [1 / (rank + offset) for rank in range(1, len(common) + 1)]
    shares = {name: head * weight / sum(weights) for name, weight in zip(common, weights, strict=True)}
    tail = [1 / (rank + 40) for rank in range(len(rare))]
    for name, weight in zip(rare, tail, strict=True):
        shares[name] = shares.get(name, 0.0) + (1 - head) * weight / sum(tail)
    return Shares(shares)


_GERMAN_FIRST = (
    "Gabriele Angelika Silke Anja Melanie Sandra Daniela Kerstin Tanja Nadine Yvonne Sonja Elke Doris Gisela Helga"
    " Erika"
    " Renata Christa Jutta Ute Ulrike Barbara Bettina Cornelia Dagmar Eva Gertrud Hildegard Irene Jasmin Kathrin Laura"
    " Lara Marlene Nele Nina Rosemarie Silvia Svenja Theresa Vanessa Verena Waltraud Antje Astrid Beate Carla Edith"
    " Elfriede Emilia Greta Henriette Ilse Isabell Lotte Luisa Margarete Mathilda Merle Pia Ronja Rosa Tina Ida"
).split()
_GERMAN_FIRST_MALE = (
    "Hans Heinz Jürgen Manfred Gerhard Werner Helmut Horst Rolf Karl Joachim Detlef Norbert Rainer Reinhard Siegfried"
    " Volker Walter Wilhelm Winfried Achim Armin Axel Benjamin Daniel David Dennis Dirk Elias Erik Ernst Fabian"
    " Friedrich"
    " Georg Gerd Gregor Harald Heinrich Henrik Hermann Jakob Jan Jens Johannes Julian Kai Kevin Konrad Lars Ludwig"
    " Marco"
    " Marcel Mario Moritz Niklas Nils Noah Olaf Otto Patrick Philipp Robert Roland Rudolf Sascha Simon Sven Theo"
    " Thorsten"
    " Till Timo Tom Udo Valentin Vincent Yannick"
).split()
_SWEDISH_FIRST = (
    "Margareta Elisabeth Birgit Inger Marianne Susanne Helena Monica Camilla Therese Josefin Matilda Julia Elsa Alva"
    " Wilma"
    " Saga Ellen Ellinor Felicia Gun Helen Ingela Irene Isabelle Jessica Katarina Lisa Lovisa Madeleine Mona Moa"
    " Nathalie"
    " Pernilla Pia Rebecka Rut Siv Sonja Stina Tilda Tove Viktoria Vera Yvonne Cecilia Charlotte Caroline Berit Barbro"
).split()
_SWEDISH_FIRST_MALE = (
    "Alexander Anton Arne Arvid Bengt Bertil Bo Carl Christer Claes Daniel David Elis Emanuel Evert Filip Folke Gunnar"
    " Göran Hampus Hans Harald Henry Isak Ivar Jakob Jesper Joakim Joel Jonathan Kent Kjell Kurt Leif Lennart Linus"
    " Liam"
    " Lucas Ludvig Marcus Martin Melvin Noah Niklas Olle Otto Patrik Pontus Rasmus Robert Robin Roger Rolf Rune Simon"
    " Sebastian Sixten Staffan Stig Sture Theodor Tobias Tomas Tommy Ulf Vilhelm William Yngve"
).split()
_MEXICAN_FIRST = (
    "Alicia Ana Andrea Angélica Aurora Berenice Blanca Brenda Catalina Cecilia Cristina Diana Dolores Dulce Elena Elisa"
    " Elvira Esmeralda Esperanza Esther Eva Fabiola Gloria Graciela Irma Isabel Jacqueline Jessica Josefina Karla"
    " Karina"
    " Liliana Lorena Lourdes Luz Magdalena Maribel Marisol Martha Mercedes Miriam Nancy Natalia Norma Olivia Paola"
    " Pilar"
    " Raquel Rebeca Rocío Rosario Sandra Silvia Susana Teresa Victoria Virginia Yesenia"
).split()
_MEXICAN_FIRST_MALE = (
    "Abel Abraham Adrián Alberto Alfonso Alfredo Armando Arturo Benjamín César Cristian Daniel David Eduardo Enrique"
    " Ernesto Esteban Fabián Felipe Félix Gabriel Gerardo Gilberto Gonzalo Guillermo Gustavo Hugo Ignacio Ismael Jaime"
    " Javier Joel Josué Julio Leonardo Lorenzo Marco Marcos Mario Mauricio Óscar Octavio Omar Pablo Rafael Ramón"
    " Rodolfo"
    " Rubén Salvador Samuel Saúl Sergio Tomás Uriel Vicente Víctor"
).split()
_MEXICAN_LAST = (
    "Acosta Aguirre Alarcón Alvarado Arellano Arias Ávalos Barrera Bautista Becerra Beltrán Benítez Bernal Bravo Bustos"
    " Cabrera Calderón Camacho Campos Cárdenas Carrillo Castañeda Cervantes Cisneros Corona Coronado Cortés Cortez"
    " Delgado"
    " Duarte Durán Enríquez Escobar Espinosa Espinoza Esquivel Estrada Figueroa Franco Fuentes Galindo Gallegos Galván"
    " Garza Guerra Guerrero Guevara Ibarra Lara Leal Ledesma Lozano Lugo Macías Maldonado Márquez Mejía Meza Miranda"
    " Molina Montes Montoya Mora Murillo Navarro Nava Ochoa Olvera Orozco Ortega Osorio Pacheco Padilla Palacios Parra"
    " Paz Pineda Ponce Quintero Rangel Robles Rocha Rosales Rosas Rubio Saldaña Salas Salinas Sandoval Santana Santos"
    " Serrano Sierra Silva Solano Solís Soto Suárez Tapia Téllez Terán Toledo Tovar Trejo Trujillo Valdez Valencia"
    " Valle"
    " Vega Velasco Vera Villa Villanueva Villarreal Villegas Yáñez Zamora Zapata Zavala Zepeda"
).split()
_GERMAN_PARTS = (
    "Alt Alten Berg Birken Blum Born Brand Breiten Brink Brück Buch Burg Busch Deich Dorn Eber Eichen Eis Erlen Fels"
    " Feld Fichten Finken Fried Gold Grün Hagen Hart Haus Heiden Hell Hirsch Hoch Hohen Holz Hopfen Kalten Kirch Klein"
    " Korn Kranz Lang Lauter Linden Löwen Mittel Moos Mühl Nacht Neu Nieder Ober Oster Pfeil Quell Rauh Reh Rosen Rot"
    " Sand Scharf Schön Schwarz See Sommer Stein Stern Tannen Tief Ulmen Unter Vogel Wald Wasser Weiden Wein Weiß"
    " Wetter"
    " Wiesen Wild Winter Wolf Ziegel",
    "acker au bach bacher berg berger bichler born brecht brink brunner burg dorf dorfer eck feld felder garten graf"
    " grund"
    " haber hagen hammer hardt haus hauser heim heimer hof hofer holt holz horn horst huber kamp kirchner lechner"
    " loh mann"
    " maier mayer meier meister meyer müller nagel reuter richter roth schmidt schneider stein steiner thal wald weber"
    " wieser wirth",
)
_SWEDISH_PARTS = (
    "Adel Alm Ander Ask Asp Back Berg Björk Blom Boman Brand Bro Brun Bäck Dahl Ed Ek Eke Elg Eng Fager Falk Flod Fors"
    " Friberg Frisk Fur Glad Gran Grön Gyllen Hag Hall Hassel Hav Hed Heden Hell Holm Hult Hägg Hög Is Jung Kall Kjell"
    " Kling Kron Källe Lager Lid Lilje Lind Ling Ljung Lund Löf Malm Mo Mör Nor Nord Ny Ok Palm Ram Ring Ros Rud Ryd"
    " Rönn"
    " Sahl Sand Selin Sjö Skog Skyt Solid Spång Sten Stjern Strand Ström Sund Söder Tall Tegn Torn Töre Vester Vik Vind"
    " Väster Wester Widell Wik Ymer Åker Ång Ås Älv Öster Öst",
    "bäck berg blad blom bom borg by dahl fors gren hage hagen holm hult kvist ling lund löf man mark qvist ros skog"
    " stam"
    " sten stedt strand ström tröm vall vik wall",
)


def _composed(parts: tuple[str, str]) -> list[str]:
    heads, tails = (text.split() for text in parts)
    return [head + tail for head, tail in product(heads, tails) if not head.lower().endswith(tail)]


def _shuffled(names: list[str]) -> list[str]:
    """Always the same disorder, so that rare names are not all of one beginning."""
    return [name for _, name in sorted((Random(name).random(), name) for name in names)]  # noqa: S311


@cache
def populations() -> tuple[Population, Population, Population]:
    """Germany, Sweden and Mexico."""
    return (
        Population(
            GERMAN,
            GERMANY,
            "de",
            _ranked(GERMAN.female, _GERMAN_FIRST, 0.55, 6),
            _ranked(GERMAN.male, _GERMAN_FIRST_MALE, 0.5, 6),
            _ranked(GERMAN.last, _shuffled(_composed(_GERMAN_PARTS)), 0.13, 2.8),
            0.12,
            (
                "gmx.de",
                "web.de",
                "t-online.de",
                "gmail.com",
                "googlemail.com",
                "outlook.com",
                "posteo.de",
                "freenet.de",
            ),
        ),
        Population(
            SWEDISH,
            SWEDEN,
            "sv",
            _ranked(SWEDISH.female, _SWEDISH_FIRST, 0.55, 6),
            _ranked(SWEDISH.male, _SWEDISH_FIRST_MALE, 0.5, 6),
            _ranked(SWEDISH.last, _shuffled(_composed(_SWEDISH_PARTS)), 0.3, 2.6),
            0.2,
            ("gmail.com", "hotmail.com", "telia.com", "outlook.com", "live.se", "icloud.com"),
        ),
        Population(
            MEXICAN,
            MEXICO,
            "es",
            _ranked(MEXICAN.female, _MEXICAN_FIRST, 0.55, 4),
            _ranked(MEXICAN.male, _MEXICAN_FIRST_MALE, 0.55, 4),
            _ranked(MEXICAN.last, _MEXICAN_LAST, 0.6, 3.4),
            0.45,
            ("gmail.com", "hotmail.com", "outlook.com", "yahoo.com.mx", "icloud.com"),
        ),
    )

"""Where people live and under which numbers they are called: towns with a postal code each, streets, phone ranges.

Phone numbers come from ranges that regulators keep free for films and books. In Germany these are the
Bundesnetzagentur's "Drama Numbers" (Mitteilung 148/2021: the five towns are certain, the mobile ranges are quoted from
memory), in Sweden those of PTS (quoted from memory). Mexico keeps none free; there the exchange 5550 stands in.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Town:
    """A town: one of its postal codes, its state or county, and roughly where it lies."""

    zip: str
    city: str
    state: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class PhoneRange:
    """Numbers written as `prefix` and then `digits` digits, from `first` on, `size` of them."""

    prefix: str
    digits: int
    first: int
    size: int

    def number(self, index: int) -> str:
        """The number at `index`, from the beginning again past the end."""
        return f"{self.prefix}{self.first + index % self.size:0{self.digits}d}"


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one country. In all three the house number follows the street."""

    country: str
    calling_code: str
    towns: tuple[Town, ...]
    streets: tuple[str, ...]
    mobiles: tuple[PhoneRange, ...]
    landlines: tuple[PhoneRange, ...]
    more_mobiles: PhoneRange
    """Plausible numbers for when there are more people than numbers kept free."""


GERMANY = Places(
    country="DE",
    calling_code="49",
    towns=(
        Town("10115", "Berlin", "Berlin", 52.532, 13.385),
        Town("12043", "Berlin", "Berlin", 52.481, 13.436),
        Town("20095", "Hamburg", "Hamburg", 53.551, 10.001),
        Town("80331", "München", "Bayern", 48.137, 11.573),
        Town("50667", "Köln", "Nordrhein-Westfalen", 50.938, 6.957),
        Town("60311", "Frankfurt am Main", "Hessen", 50.111, 8.683),
        Town("70173", "Stuttgart", "Baden-Württemberg", 48.778, 9.180),
        Town("40213", "Düsseldorf", "Nordrhein-Westfalen", 51.227, 6.774),
        Town("04109", "Leipzig", "Sachsen", 51.340, 12.375),
        Town("28195", "Bremen", "Bremen", 53.079, 8.807),
        Town("01067", "Dresden", "Sachsen", 51.051, 13.738),
        Town("90402", "Nürnberg", "Bayern", 49.452, 11.077),
        Town("48143", "Münster", "Nordrhein-Westfalen", 51.961, 7.627),
        Town("79098", "Freiburg im Breisgau", "Baden-Württemberg", 47.995, 7.850),
        Town("23552", "Lübeck", "Schleswig-Holstein", 53.866, 10.686),
        Town("99084", "Erfurt", "Thüringen", 50.978, 11.029),
        Town("14467", "Potsdam", "Brandenburg", 52.400, 13.060),
        Town("37073", "Göttingen", "Niedersachsen", 51.533, 9.935),
    ),
    streets=(
        "Hauptstraße",
        "Schulstraße",
        "Gartenstraße",
        "Bahnhofstraße",
        "Dorfstraße",
        "Bergstraße",
        "Lindenstraße",
        "Birkenweg",
        "Ringstraße",
        "Waldweg",
        "Goethestraße",
        "Schillerstr.",
        "Am Mühlbach",
        "Kirchplatz",
        "An der Alten Post",
        "Rosenweg",
        "Königsallee",
        "Straße des Friedens",
        "Beethovenstr.",
        "Zum Grünen Jäger",
    ),
    mobiles=(PhoneRange("0171 39200", 2, 0, 100), PhoneRange("0176 040690", 2, 0, 100)),
    landlines=(
        PhoneRange("030 23125", 3, 0, 1000),
        PhoneRange("069 90009", 3, 0, 1000),
        PhoneRange("040/66969-", 3, 0, 1000),
        PhoneRange("0221/4710 ", 3, 0, 1000),
        PhoneRange("089 99998", 3, 0, 1000),
    ),
    more_mobiles=PhoneRange("0157 ", 8, 10_000_000, 80_000_000),
)

SWEDEN = Places(
    country="SE",
    calling_code="46",
    towns=(
        Town("111 22", "Stockholm", "Stockholms län", 59.333, 18.056),
        Town("118 20", "Stockholm", "Stockholms län", 59.318, 18.062),
        Town("411 03", "Göteborg", "Västra Götalands län", 57.709, 11.975),
        Town("211 20", "Malmö", "Skåne län", 55.606, 13.001),
        Town("753 20", "Uppsala", "Uppsala län", 59.859, 17.639),
        Town("722 11", "Västerås", "Västmanlands län", 59.611, 16.546),
        Town("702 11", "Örebro", "Örebro län", 59.274, 15.207),
        Town("582 22", "Linköping", "Östergötlands län", 58.411, 15.622),
        Town("252 21", "Helsingborg", "Skåne län", 56.046, 12.694),
        Town("553 16", "Jönköping", "Jönköpings län", 57.783, 14.161),
        Town("222 22", "Lund", "Skåne län", 55.704, 13.193),
        Town("903 26", "Umeå", "Västerbottens län", 63.826, 20.263),
        Town("981 31", "Kiruna", "Norrbottens län", 67.856, 20.226),
    ),
    streets=(
        "Storgatan",
        "Kungsgatan",
        "Drottninggatan",
        "Skolgatan",
        "Järnvägsgatan",
        "Björkvägen",
        "Ringvägen",
        "Strandvägen",
        "Östra Ågatan",
        "Kyrkogatan",
        "Solgläntan",
        "Åsvägen",
        "Trädgårdsgatan",
        "Norra Långgatan",
        "Hamngatan",
        "Lingonstigen",
    ),
    mobiles=(PhoneRange("070-174 06 ", 2, 5, 95),),
    landlines=(
        PhoneRange("08-465 004 ", 2, 0, 100),
        PhoneRange("031-390 06 ", 2, 0, 100),
        PhoneRange("040-628 04 ", 2, 0, 100),
        PhoneRange("0980-319 2", 2, 0, 100),
    ),
    more_mobiles=PhoneRange("073-", 7, 1_000_000, 8_000_000),
)

MEXICO = Places(
    country="MX",
    calling_code="52",
    towns=(
        Town("06700", "Ciudad de México", "Ciudad de México", 19.419, -99.162),
        Town("03100", "Ciudad de México", "Ciudad de México", 19.379, -99.172),
        Town("44100", "Guadalajara", "Jalisco", 20.677, -103.347),
        Town("64000", "Monterrey", "Nuevo León", 25.669, -100.310),
        Town("72000", "Puebla", "Puebla", 19.043, -98.198),
        Town("76000", "Querétaro", "Querétaro", 20.589, -100.390),
        Town("97000", "Mérida", "Yucatán", 20.967, -89.624),
        Town("37000", "León", "Guanajuato", 21.122, -101.684),
        Town("22000", "Tijuana", "Baja California", 32.533, -117.019),
        Town("78000", "San Luis Potosí", "San Luis Potosí", 22.151, -100.977),
        Town("77500", "Cancún", "Quintana Roo", 21.162, -86.851),
        Town("68000", "Oaxaca de Juárez", "Oaxaca", 17.061, -96.725),
    ),
    streets=(
        "Av. Insurgentes Sur",
        "Calle Benito Juárez",
        "Av. Reforma",
        "Calle Morelos",
        "Calle 5 de Mayo",
        "Calle Miguel Hidalgo",
        "Blvd. Adolfo López Mateos",
        "Av. Universidad",
        "Calle Álvaro Obregón",
        "Privada de los Pinos",
        "Calle Niños Héroes",
        "Calz. de Tlalpan",
        "Cda. Jacarandas",
        "Calle Ángela Peralta",
    ),
    mobiles=(PhoneRange("55 5550 ", 4, 0, 10_000),),
    landlines=(
        PhoneRange("33 5550 ", 4, 0, 10_000),
        PhoneRange("81 5550 ", 4, 0, 10_000),
        PhoneRange("222 555 0", 3, 0, 1000),
        PhoneRange("998 555 0", 3, 0, 1000),
    ),
    more_mobiles=PhoneRange("55 ", 8, 10_000_000, 80_000_000),
)

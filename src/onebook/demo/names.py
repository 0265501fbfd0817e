"""What people and companies are called in Germany, Sweden and Mexico: a selection of our own of common names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one country; where custom has it (`second_last`), people carry two last names."""

    female: tuple[str, ...]
    male: tuple[str, ...]
    last: tuple[str, ...]
    titles: tuple[str, ...]
    trades: tuple[str, ...]
    """What a company does, as its name says it."""
    company_forms: tuple[str, ...]
    positions: tuple[str, ...]
    estate: str
    """How the estate of somebody who died is called; `{}` stands for the name."""
    remarks: tuple[str, ...]
    second_last: bool = False


def _words(text: str, *more: str) -> tuple[str, ...]:
    return (*text.split(), *more)


GERMAN = Names(
    female=_words(
        "Anna Maria Ursula Monika Petra Sabine Renate Karin Brigitte Susanne Claudia Andrea Julia Katharina Christine"
        " Stefanie Nicole Lena Lea Hannah Emma Mia Sophie Jana Käthe Bärbel Zoë Ayşe Elif Giulia Anne-Kathrin"
        " Heike Birgit Martina Ingrid Franziska Johanna Clara Paula Frieda"
    ),
    male=_words(
        "Peter Michael Thomas Andreas Wolfgang Klaus Jürgen Stefan Christian Markus Martin Frank Bernd Uwe Jörg"
        " Matthias Sebastian Florian Lukas Leon Finn Jonas Paul Felix Björn Götz Mehmet Emre Karl-Heinz Hans-Peter"
        " Günter Dieter Ralf Holger Tobias Alexander Maximilian Anton Emil Oskar"
    ),
    last=_words(
        "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein"
        " Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner Krause Lehmann Köhler"
        " Maier König Mayer Huber Kaiser Fuchs Lang Weiß Jung Möller Vogel Keller Günther Berger Winkler Roth Beck"
        " Lorenz Baumann Franke Albrecht Schuster Simon Böhm Winter Kraus Vogt Jäger Groß Sommer Haas Graf Yılmaz"
        " Kowalski Nguyen Öztürk Strauß Brandt Busch Kuhn Pfeiffer",
        "von Bergen",
        "zu Löwenstein",
        "Müller-Lüdenscheidt",
        "Schulze-Delitzsch",
    ),
    titles=("Dr.", "Prof. Dr.", "Dipl.-Ing."),
    trades=(
        "Bau",
        "Immobilien",
        "Hausverwaltung",
        "Architekten",
        "Elektrotechnik",
        "Gartenbau",
        "Logistik",
        "Bäckerei",
        "Software",
        "Consulting",
        "Druckerei",
        "Fahrzeugtechnik",
    ),
    company_forms=("GmbH", "GmbH & Co. KG", "AG", "OHG", "e. K.", "UG (haftungsbeschränkt)"),
    positions=("Geschäftsführer", "Prokuristin", "Einkauf", "Assistenz der Geschäftsleitung", "Hausmeister"),
    estate="Erbengemeinschaft {}",
    remarks=(
        "Sucht eine Wohnung mit Balkon, gern mit Blick ins Grüne.",
        "Möchte das Elternhaus verkaufen, hat es aber nicht eilig.",
        "Ruft lieber abends zurück.",
        "Kapitalanleger, kauft nur vermietet.",
        "Hat zwei Hunde und einen Flügel.",
        "Finanzierung steht, Bestätigung der Bank liegt vor.",
    ),
)

SWEDISH = Names(
    female=_words(
        "Anna Eva Maria Karin Sara Kristina Lena Emma Kerstin Ingrid Malin Linda Elin Marie Åsa Ulrika Annika Hanna"
        " Jenny Ida Maja Alice Ebba Märta Gunilla Birgitta Sofia Johanna Amanda Frida Astrid Linnéa Agnes Zahra"
        " Fatima Ylva"
    ),
    male=_words(
        "Lars Anders Mikael Johan Karl Erik Per Peter Jan Thomas Fredrik Magnus Björn Göran Åke Håkan Sven Nils Olof"
        " Gustav Oskar Elias Hugo Axel Viktor Emil Mattias Jonas Henrik Stefan Ahmed Mohammed Torbjörn Östen"
        " Ragnar Love"
    ),
    last=_words(
        "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Pettersson Jonsson"
        " Jansson Hansson Bengtsson Jönsson Lindberg Jakobsson Magnusson Lindström Olofsson Lindqvist Lindgren Berg"
        " Axelsson Bergström Lundberg Lind Lundgren Lundqvist Mattsson Berglund Fredriksson Sandberg Henriksson"
        " Forsberg Sjöberg Wallin Engström Eklund Danielsson Lundin Håkansson Björk Bergman Åberg Öberg Ström"
        " Åkesson Hedlund Nyström Ahmed Ali Hellström Löfgren"
    ),
    titles=("Dr.", "Prof."),
    trades=(
        "Bygg",
        "Fastigheter",
        "Arkitekter",
        "El",
        "Trädgård",
        "Transport",
        "Måleri",
        "Konsult",
        "Bageri",
        "Redovisning",
    ),
    company_forms=("AB", "AB", "HB", "KB", "ek. för."),
    positions=("Verkställande direktör", "Ekonomichef", "Inköpare", "Projektledare", "Kontorist"),
    estate="{} dödsbo",
    remarks=(
        "Vill gärna bo nära vattnet.",
        "Söker trea med hiss och balkong i söderläge.",
        "Lånelöfte finns.",
        "Ska sälja sommarstugan efter midsommar.",
        "Helst kontakt via e-post.",
    ),
)

MEXICAN = Names(
    female=_words(
        "María Guadalupe Juana Margarita Verónica Rosa Leticia Elizabeth Patricia Alejandra Gabriela Adriana Laura"
        " Claudia Sofía Ximena Valentina Regina Fernanda Lucía Renata Daniela Mónica Beatriz Carmen Itzel Citlali"
        " Yolanda Araceli Inés"
    ),
    male=_words(
        "José Juan Luis Carlos Francisco Jesús Miguel Jorge Antonio Alejandro Manuel Pedro Roberto Fernando Ricardo"
        " Raúl Héctor Óscar Andrés Santiago Mateo Sebastián Emiliano Diego Ángel Iván Martín Joaquín Cuauhtémoc"
        " Íñigo"
    ),
    last=_words(
        "Hernández García Martínez López González Pérez Rodríguez Sánchez Ramírez Cruz Flores Gómez Morales Vázquez"
        " Jiménez Reyes Díaz Torres Gutiérrez Ruiz Mendoza Aguilar Ortiz Moreno Castillo Romero Álvarez Méndez"
        " Chávez Rivera Juárez Ramos Domínguez Herrera Medina Castro Vargas Guzmán Velázquez Muñoz Rojas Contreras"
        " Salazar Luna Ávila Ibáñez Núñez Peña Zúñiga Ordóñez",
        "de la Cruz",
        "de León",
        "del Ángel",
    ),
    titles=("Lic.", "Ing.", "Arq.", "Dra.", "C.P."),
    trades=(
        "Inmobiliaria",
        "Constructora",
        "Desarrollos",
        "Arquitectos",
        "Muebles",
        "Transportes",
        "Abarrotes",
        "Consultores",
        "Ferretería",
        "Notaría",
    ),
    company_forms=("S.A. de C.V.", "S. de R.L. de C.V.", "S.C.", "S.A.P.I. de C.V."),
    positions=("Director General", "Gerente de Compras", "Contadora", "Asistente", "Encargado de obra"),
    estate="Sucesión de {}",
    remarks=(
        "Busca casa con jardín y dos cajones de estacionamiento.",
        "Quiere vender antes de fin de año.",
        "Prefiere mensajes por la mañana.",
        "Crédito aprobado.",
        "Interesado en preventa.",
    ),
    second_last=True,
)

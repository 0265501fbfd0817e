"""Short and homely forms of first names in Germany, Sweden and Mexico: a selection of our own."""

from __future__ import annotations

from onebook.model.normal import fold

_FORMS = """
johannes: hans johann hannes hansi jo
josef: sepp joseph beppo jupp
friedrich: fritz fred
heinrich: heinz heiner hinnerk
nikolaus: klaus claus niklas nils nik
ulrich: uli ulli
ulrike: uli ulla
wolfgang: wolf wolfi
michael: michi micha micki mikael mikal micke miguel mike michel
andreas: andi andy anders andres
thomas: tom tomas tommy
matthias: matze mathias mattias mats hias matti
sebastian: basti sebi wastl chano
alexander: alex sascha xander
alexandra: alex sandra ale
alejandro: alex ale jandro
alejandra: ale alex
maximilian: max maxi maximiliano
christian: chris krischan kristian
christina: tina christine kristina kicki kiki
christoph: chris stoffel christof kristoffer
stefan: stephan steffen steffe esteban
stefanie: steffi stephanie
katharina: kati kathi katja kata karin kathrin katrin catalina
elisabeth: lisa lisi elli sissi else betty elsa lisbeth isabel bettina elizabeth
margarete: grete gretel greta margit rita margareta maggan margarita mago
susanne: susi sanne susanna
barbara: babsi barbel
gabriele: gabi gaby
gabriela: gabi gaby
brigitte: gitte gitta birgitta
monika: moni monica
renate: reni nate
johanna: hanna hanni jo
helena: lena leni helene elena
magdalena: lena leni magda
franziska: franzi ziska
franz: franzl francisco
florian: flo flori
benjamin: ben beni
daniel: dani danny
daniela: dani danny
manfred: manni
gerhard: gerd gert
gunther: gunter
jurgen: jorg jorgen georg
joachim: achim jochen jochim joaquin
bernhard: bernd berni bernardo
reinhard: reiner rainer
eberhard: hardy ebi
wilhelm: willi willy wilhelmus helmut guillermo
ludwig: lutz luis
albrecht: albert
rudolf: rudi rolf ruben
siegfried: sigi
dietrich: dieter dirk
detlef: detlev
philipp: philip phil felipe
jonathan: jon jonas
karl: kalle calle carl carlos
lars: lasse lorenz
jan: janne
per: pelle peter petter
olof: olle olov ole
bo: bosse
gunnar: gurra
gustaf: gustav gurra
sven: svenne
fredrik: fredde fridrik
erik: eric jerka enrique
oskar: oscar ossi
magnus: mange
torbjorn: tobbe
tobias: tobbe tobi
anna: anne anni annika ana anita
sofia: sofie fia sophie chofi
charlotta: lotta lotte charlotte carlota
linnea: nea
birgitta: bibbi gittan brita
ingegerd: inga inger
jose: pepe chepe joseph
francisco: paco pancho fco kiko
guadalupe: lupe lupita
jesus: chuy chucho
ignacio: nacho
guillermo: memo
roberto: beto
alberto: beto
eduardo: lalo
antonio: tono toni
manuel: manolo manu
rafael: rafa
enrique: quique kike
fernando: fer nando
fernanda: fer
leticia: lety
patricia: paty pati
veronica: vero
maria: ma mari marie mia mariechen
rosario: charo chayo
concepcion: concha conchita
consuelo: chelo
dolores: lola
mercedes: meche
teresa: tere
ricardo: richi
santiago: chago santi
sergio: checo
vicente: chente
luis: lucho
adriana: adri
alejandrina: ale
elizabet: elisabeth
""".strip()


def _roots() -> dict[str, tuple[str, ...]]:
    roots: dict[str, dict[str, None]] = {}
    for line in _FORMS.splitlines():
        root, _, forms = line.partition(":")
        for form in (root, *forms.split()):
            roots.setdefault(fold(form), {})[fold(root)] = None
    return {form: tuple(found) for form, found in roots.items()}


ROOTS: dict[str, tuple[str, ...]] = _roots()
"""Each form, folded, and the names it may be short for, the likeliest first; a full name is one of its own."""

"""First names as one name in all its spellings, so that Stephan is Stefan, and Martin is not Martina."""

from __future__ import annotations

import re
from functools import lru_cache

from onebook.model.nicknames import ROOTS
from onebook.model.normal import fold

_MORE = """
aaron adele adolfo agathe agneta agustin agustina aida aina alba albert alberta albin albrecht alejandra alex
alexandra alexis alfhild alfons alfonsa alfreda alicia alina alma alois alonso alvaro amalia amelia amelie america
amparo ana anabel anahi anastasia andre andrea andrej anette angela angeles angelina anibal anita anke ann annabelle
annegret anneli annelie anneliese annemarie annette antonella antonia apollonia ariana ariane ariel armanda arne arno
arnold arnulfo artemio arthur artur arvid august augusta aurelia aurelio baltazar barbro bartolo bastian beatrice
beatriz belen belinda benedikt benita benito benjamina bernadette bernarda bernardo berndt bernhard bert bertha
berthold bianca birger birte bjarne boris braulio brayan brisa britt britta brunhilde bruno burkhard camila candelaria
carina carla carlo carlotta carolin carolina carsten catalina catarina catrin cecilie celeste celia celina celine
cesar chantal christel christiane christof christopher cindy claudio claus clemens clemente concepcion conny
constantin constanze consuelo corinna cosima cristobal cruz curt dag dagny dalia damaris damian dana daniel danilo
danna dario darja debora delfina delia denise desiree diana diego dietmar domingo dominic dominik dominika dominique
dora doreen dorothea eberhard eckhard edda edeltraud edgar edith edmund edna eduard edwin efrain egon eila einar eivor
ejnar elba eleonore elfi elia eliane elias elina elisabet elise eliseo eliza ella elli elna elof eloisa elsa else
emelie emely emiliana emilio emily emma emmanuel emmy enar enrico enrique erhard eric erich erick erland erna
ernestina ernestine erwin eskil estela estella ester eugen eugenia eugenie eugenio eulalia eva evaristo evelin evelina
evelyn ezequiel fabienne fabio fanny faustino federica federico feliciano felicitas felisa ferdinand fermin fidel
finja fiona flor flora florencia florencio francesca francesco francisca franz franziskus frauke fred freddy fredrika
frej frey friederike fritz gael genaro gerald geraldine gerarda gerda gerhard gerlinde german gero gerold gert gertrud
gesa giovanna giovanni gisela git gitta gregoria gregorio greta griselda gudrun guido gull gunborg gunda gundula
gunilla gunvor gustaf gustavo hanne hannelore hannes hans harry hartmut hedda hedvig hedwig heidi heidrun heiko heiner
heinke helene helge hellmut helmer hendrik henning henri henrika henrike herbert herman hernan hilario hilda hilde
hildegund hilding hillevi hilma hjalmar hjordis homero hortensia hubert humberto ilona imelda imke ina ines inez ing
inga inge ingeborg ingegard ingmar ingo ingvar inka ira irena irene irina iris irmgard isa isaac isabela isac isaias
isidro ismael isolde israel ivar ivette ivo ivonne jacinta jacinto jacob jacobo jacqueline jair jakoba janina janine
janis jannik jannike jannis jasmina jazmin jeanette jeannine jenifer jennifer jerker jeronimo jessica jessika jette
jill jim jimena joana joaquina joar joel joelle johann john jolanda jonathan jonna jonny joost jordi jorgen joris
josef josefa josefine josephine josy jovita juana judith jule julia juliana juliane julianne julie julieta juliette
julius justin justina justus kaj karen karina karl karla karlheinz karolin karolina karoline karsten kaspar katarzyna
kathi kathleen kerstin kevin kilian kim kirsten kjerstin klara klemens knut konstantin konstanze kristian kristin lage
laila larissa lasse laurenz lazaro leandra leandro leila leni lennard lennart leo leobardo leona leonard leonel
leonhard leonie leonor leonora leopold leopoldo levi levin lia liane lidia lilia lilian liliana lillemor lilli lilly
lina line linn lisbet lisbeth lizzie lola lore loreen lorenz loris lothar louis louisa louise lovis luca lucero lucia
luciana luciano lucie lucila luis luisa luise luka lukas luna lutz lydia maik maike maj maja majken malva manuel
manuela mara marcela marcelina marcelino marcelo marcia marcus marek margarito margit margot margret maria marian
mariana mariann marianne mariano maribel maricela marie marika marina marinus mario mariola marisa marit marita marius
marja marlies marlon martha martina marvin mascha mateja mathias matias mats matteo matti maura maurice mauro max maya
mayra mechthild meike melchor melina melissa meret micaela michael michaela michel michelle miguel mika mikael mikaela
mike milan milena milla milly milo mimmi mirco mireya mirja mirjam mirko modesto moises molly mona monserrat nadia
nadja nanna natalia natalie natascha nathalie nayeli nelida nellie nestor nicanor nicki nicklas niclas nico nicola
nicolas nicolaus nicoletta nicolo nidia niels nikita niklaus niko nikola nikolai nikolas nikolaus noe noel noelle
noemi nora norberta nuria oda ofelia ola ole olga oliver olivia oliviero olof olov orlando ortrud oscar oskar osvaldo
oswald otilia otmar ottilie otto ove ovidio owe pamela paola paolo par pascal pascale pascual patric patrice patrik
patrizia paulina pauline paulino paulo peder per perla petra petronella petter phil philip philippa pilar pina
porfirio primitivo priscila rafael rafaela raffael ragnhild ralf ralph ramiro ramona raphael raphaela raquel raymundo
rebecca rebekka refugio regine reiner reinhold remo rene renee reto reyna ria ricarda richard rickard rico rieke
rigoberto rikard rita robert roberta rocio rodrigo rogelio roine roman romana romina romy ronald ronny rosalba rosalia
rosalie rosalinda rosaura rosemary rosi rosina rosita roswitha rowena roxana rubi rudi ruediger rufino ruth ryan
sabina sabrina sally salome samanta samantha samira samuel samuela sander sandrine sandro sarah saskia saul sean
selene selina selma severin sibylle sigmund signe sigrid sigurd sigvard silas silvana silverio silvester silvestre
silvia silvio simon simona simone sina siri sivert sofia sofie soledad solveig solvig sonia sonja sophia stefania
stella stellan sten stenake stephanie stine sunja susana susann susanna susi sussi svante svea sybille sylvester
sylvia sylvio tadeo tamara tania tanja tatjana teo teodoro thea thekla theodor theodora therese thies thilo tiago
tiana tilman tilo tim timon timothy tina titus tomasa tomma toni tora torben tord tore torge torgny torsten tova
traute trinidad tristan tuva tyra ulises ulla ulli ulrich ulrik urban urs ursel urte valdemar valentino valeria
valerie valerio vanesa ventura vera victorina victorino vilgot vilma vinzenz viola violeta violetta viridiana vito
vittoria viveka vivian viviana viviane vladimir volkmar wanda wencke wendelin wendy wenzel werner wiebke wilfried
wilhelmina wilhelmine willi wilma wolf xaver xochitl yadira yahir yannik yara yasemin yasmin yazmin yolanda yvette
yvonne zaira zoe zoila
"""
_SPELT = (
    (re.compile("ph"), "f"),
    (re.compile("th|dt"), "t"),
    (re.compile("ck|q|c"), "k"),
    (re.compile("kh"), "k"),
    (re.compile("y|j"), "i"),
    (re.compile("w"), "v"),
    (re.compile("z"), "s"),
    (re.compile(r"\Bh(?![aeiou])"), ""),
    (re.compile(r"(?<=nn|tt)e$"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
)


@lru_cache(maxsize=65536)
def one_spelling(name: str) -> str:
    """The spelling that all of one folded first name have in common: `stephan` → `stefan`, `clara` → `klara`.

    Unlike its sound it keeps every vowel: they tell Martin from Martina, and Karl from Carla.
    """
    spelt = name
    for pattern, letters in _SPELT:
        spelt = pattern.sub(letters, spelt)
    return spelt or name


GIVEN: frozenset[str] = frozenset(one_spelling(name) for name in {fold(word) for word in _MORE.split()} | {*ROOTS})
"""Names that people have, in one spelling: whoever is called by one of them is not called by another by mistake.

A selection of our own, of the three countries; beside it stand those that `matching/frequencies.py` knows.
"""

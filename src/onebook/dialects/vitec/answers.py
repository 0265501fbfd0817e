"""The vendor's answers that are no contacts: lists of ids, matches, categories, relations. Their XML names are ours."""

from __future__ import annotations

from onebook.dialects.vitec.parts import CATEGORIES
from onebook.dialects.vitec.shapes import CATEGORY, Member, Shape

_ID = Member("Id", "string")
_CHANGED = Member("ChangedAt", "date")
_CUSTOMER = Member("CustomerId", "string")

REFERENCE = Shape("CrmContactReference", (_ID, _CHANGED, _CUSTOMER))
LIST = Shape(
    "CrmContactList",
    (
        Member("Persons", REFERENCE, many=True),
        Member("Companies", REFERENCE, many=True),
        Member("DeceasedEstates", REFERENCE, many=True),
    ),
)
MATCH = Shape("CrmContactMatch", (_ID, _CHANGED, _CUSTOMER, Member("Type", "ContactType"), Member("Score", "number")))
MATCHES = Shape("CrmContactSearchResult", (Member("Matches", MATCH, many=True),))
SOCIAL_MATCH = Shape(
    "CrmContactSocialNumberMatch",
    (_ID, _CHANGED, _CUSTOMER, Member("ContactClassTypes", "string", many=True)),
)
SOCIAL_MATCHES = Shape("CrmContactSocialNumberResult", (Member("Matches", SOCIAL_MATCH, many=True),))
WITH_PHONE = Shape("ContactsWithPhonenumber", (_CUSTOMER, Member("ContactIds", "string", many=True)))
SYNC_ITEM = Shape("ContactsSyncItem", (Member("ContactId", "string"), Member("DateChanged", "date")))
SYNC = Shape(
    "ContactsSync",
    (
        _CUSTOMER,
        Member("Persons", SYNC_ITEM, many=True),
        Member("Companies", SYNC_ITEM, many=True),
        Member("Estates", SYNC_ITEM, many=True),
    ),
)
CATEGORY_LIST = Shape(
    "CategoryList",
    (Member("CompanyCategories", CATEGORIES, many=True), Member("PersonCategories", CATEGORIES, many=True)),
    namespace=CATEGORY,
)
RELATION = Shape("CrmContactRelation", (Member("Relation", "string"), Member("ContactId", "string")))
RELATIONS = Shape(
    "CrmContactRelations",
    (Member("Relations", RELATION, many=True), Member("ReverseRelations", RELATION, many=True)),
)

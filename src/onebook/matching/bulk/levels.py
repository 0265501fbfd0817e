"""What is compared, level by level, in Splink's words: the untrained settings that `scripts/train_weights.py` fills.

Of each comparison the first level that holds counts. The columns are those of `matching/features.py`.
"""

from __future__ import annotations

from typing import Any

Level = tuple[str, str]
"""What the level is called, and its condition in SQL."""
MISSING, OTHERWISE = "missing", "different"
_NO_FIRST = "first_name_l IS NULL OR first_name_r IS NULL"
_SWAPPED = (
    "(first_sound_l = last_sound_r AND last_sound_l = first_sound_r)"
    " OR ((list_has_any(first_forms_l, last_parts_r) OR jaro_winkler_similarity(first_name_l, last_name_r) >= 0.9)"
    " AND (list_has_any(last_parts_l, first_forms_r) OR jaro_winkler_similarity(last_name_l, first_name_r) >= 0.9))"
)
_ONE_NAME = "(first_known_l IS NULL OR first_known_r IS NULL OR first_known_l = first_known_r)"
_NO_OTHER = (
    "(second_name_l IS NULL OR second_name_r IS NULL OR second_name_l = second_name_r"
    " OR damerau_levenshtein(second_name_l, second_name_r) <= 1)"
)
_ONE_OF_THEM = "(list_has_any(first_names_l, first_forms_r) OR list_has_any(first_forms_l, first_names_r))"
_INITIAL = "(first_alone_l = first_initial_r OR first_initial_l = first_alone_r)"
_FIRST_CLOSE = (
    "((jaro_winkler_similarity(first_name_l, first_name_r) >= 0.88"
    f" OR damerau_levenshtein(first_given_l, first_given_r) <= 1) AND {_ONE_NAME} AND {_NO_OTHER})"
)
_SAME_SOUND = f"(first_sound_l = first_sound_r AND {_ONE_NAME} AND {_NO_OTHER})"
_AGREE = (
    f"(first_name_l = first_name_r OR ({_ONE_OF_THEM} AND {_NO_OTHER}) OR {_INITIAL} OR {_FIRST_CLOSE}"
    f" OR {_SAME_SOUND} OR ({_SWAPPED}))"
)
_COMPANIES = "company_l IS NOT NULL AND company_r IS NOT NULL"
_STREET_CLOSE = "jaro_winkler_similarity(street_l, street_r) >= 0.9"
_AND_AGREE = "same, first names agree"
_AND_NO_FIRST = "same, a first name is missing"
_AND_DIFFER = "same, first names differ"


def _shared(condition: str) -> tuple[Level, ...]:
    """What families share says little of who somebody is: told apart by whether the first names agree."""
    return (
        ("same, of companies", f"{condition} AND {_COMPANIES}"),
        (_AND_AGREE, f"{condition} AND {_AGREE}"),
        (_AND_NO_FIRST, f"{condition} AND ({_NO_FIRST})"),
        (_AND_DIFFER, condition),
    )


COMPARISONS: dict[str, tuple[Level, ...]] = {
    "kind": (
        (MISSING, "kind_l IS NULL OR kind_r IS NULL"),
        ("same", "kind_l = kind_r"),
        (OTHERWISE, "ELSE"),
    ),
    "first_name": (
        (MISSING, _NO_FIRST),
        ("same", "first_name_l = first_name_r"),
        ("swapped", _SWAPPED),
        ("one of several, or its short form", f"{_ONE_OF_THEM} AND {_NO_OTHER}"),
        ("initial", _INITIAL),
        ("close", _FIRST_CLOSE),
        ("same sound", _SAME_SOUND),
        ("one the same, another not", _ONE_OF_THEM),
        ("short forms of one name", "list_has_any(first_forms_l, first_forms_r)"),
        (OTHERWISE, "ELSE"),
    ),
    "last_name": (
        (MISSING, "last_name_l IS NULL OR last_name_r IS NULL"),
        ("same", "last_name_l = last_name_r"),
        ("swapped", _SWAPPED),
        ("close", "jaro_winkler_similarity(last_name_l, last_name_r) >= 0.92"),
        ("one of several", "list_has_any(last_parts_l, last_parts_r)"),
        ("same sound", "last_sound_l = last_sound_r"),
        (OTHERWISE, "ELSE"),
    ),
    "generation": (
        (MISSING, "generation_l IS NULL AND generation_r IS NULL"),
        ("same", "generation_l = generation_r"),
        ("one only", "generation_l IS NULL OR generation_r IS NULL"),
        (OTHERWISE, "ELSE"),
    ),
    "salutation": (
        (MISSING, "salutation_l IS NULL OR salutation_r IS NULL"),
        ("same", "salutation_l = salutation_r"),
        (OTHERWISE, "ELSE"),
    ),
    "company": (
        (MISSING, "company_l IS NULL OR company_r IS NULL"),
        ("same", "company_l = company_r"),
        ("close", "jaro_winkler_similarity(company_l, company_r) >= 0.9"),
        ("a word in common", "list_has_any(company_parts_l, company_parts_r)"),
        (OTHERWISE, "ELSE"),
    ),
    "employer": (
        (MISSING, "employer_l IS NULL OR employer_r IS NULL"),
        ("same", "jaro_winkler_similarity(employer_l, employer_r) >= 0.9"),
        (OTHERWISE, "ELSE"),
    ),
    "birth_date": (
        (MISSING, "birth_date_l IS NULL OR birth_date_r IS NULL"),
        ("same", "birth_date_l = birth_date_r"),
        (
            "a figure off, or day and month swapped",
            "damerau_levenshtein(birth_date_l, birth_date_r) <= 1 OR birth_date_l = birth_swapped_r",
        ),
        (
            "day, month or year another",
            "birth_month_l = birth_month_r OR birth_day_l = birth_day_r OR birth_year_day_l = birth_year_day_r",
        ),
        (OTHERWISE, "ELSE"),
    ),
    "email": (
        (MISSING, "emails_l IS NULL OR emails_r IS NULL"),
        *_shared("list_has_any(emails_l, emails_r)"),
        ("a letter off", "damerau_levenshtein(email_l, email_r) <= 1"),
        ("same before the @", "list_has_any(locals_l, locals_r)"),
        (OTHERWISE, "ELSE"),
    ),
    "phone": (
        (MISSING, "phones_l IS NULL OR phones_r IS NULL"),
        ("same mobile, first names agree", f"list_has_any(mobiles_l, mobiles_r) AND {_AGREE}"),
        (
            "same, first names agree, other mobiles",
            "list_has_any(phones_l, phones_r) AND mobiles_l IS NOT NULL AND mobiles_r IS NOT NULL"
            f" AND company_l IS NULL AND company_r IS NULL AND {_AGREE}",
        ),
        *_shared("list_has_any(phones_l, phones_r)"),
        ("a figure off", "damerau_levenshtein(phone_l, phone_r) <= 1"),
        (
            "a mobile beside another number",
            "(mobiles_l IS NULL OR mobiles_r IS NULL) AND (landlines_l IS NULL OR landlines_r IS NULL)",
        ),
        (OTHERWISE, "ELSE"),
    ),
    "address": (
        (MISSING, "(homes_l IS NULL AND zips_l IS NULL) OR (homes_r IS NULL AND zips_r IS NULL)"),
        *_shared("list_has_any(homes_l, homes_r)"),
        ("close", f"house_l = house_r AND {_STREET_CLOSE} AND list_has_any(zips_l, zips_r)"),
        ("another postal code", f"house_l = house_r AND {_STREET_CLOSE}"),
        ("another house of the street", f"{_STREET_CLOSE} AND list_has_any(zips_l, zips_r)"),
        ("same postal code", "list_has_any(zips_l, zips_r)"),
        (OTHERWISE, "ELSE"),
    ),
    "identity_number": (
        (
            MISSING,
            "(social_number_l IS NULL OR social_number_r IS NULL)"
            " AND (company_number_l IS NULL OR company_number_r IS NULL)",
        ),
        ("same", "social_number_l = social_number_r OR company_number_l = company_number_r"),
        ("a figure off", "damerau_levenshtein(social_number_l, social_number_r) <= 1"),
        (OTHERWISE, "ELSE"),
    ),
}
"""The comparisons in the order in which they are told."""

TERM_FREQUENCIES = {("first_name", "same"): "first_name", ("last_name", "same"): "last_name"}
"""The levels that say less the commoner the name is, and the column it stands in."""


def untrained() -> dict[str, Any]:
    """Splink's settings with no weights in them yet."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "blocking_rules_to_generate_predictions": [{"blocking_rule": "l.keys = r.keys", "arrays_to_explode": ["keys"]}],
        "retain_intermediate_calculation_columns": True,
        "comparisons": [
            {"output_column_name": name, "comparison_levels": [_level(name, *level) for level in levels]}
            for name, levels in COMPARISONS.items()
        ],
    }


def _level(comparison: str, label: str, condition: str) -> dict[str, Any]:
    level: dict[str, Any] = {"sql_condition": condition, "label_for_charts": label}
    if label == MISSING:
        level["is_null_level"] = True
    column = TERM_FREQUENCIES.get((comparison, label))
    if column is not None:
        level["tf_adjustment_column"] = column
    return level

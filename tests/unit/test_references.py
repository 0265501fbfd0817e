"""The table of what points to what is complete: a field that holds ids and is not in it would never be checked."""

from __future__ import annotations

import pytest

from onebook.model.contact import Contact
from onebook.model.references import REFERENCES, STAGES
from onebook.store.resources import RESOURCES

NO_POINTERS: dict[type, set[str]] = {
    Contact: {"external_ids", "former_ids", "merged_ids", "creator_id", "updater_id"},
    **{resource.record: {"external_ids", "remote_id"} for resource in RESOURCES},
}
"""Fields that hold ids of something that is not in the book, or that the book writes itself."""


@pytest.mark.parametrize("record", NO_POINTERS, ids=lambda record: record.__name__)
def test_every_field_that_holds_ids_is_in_the_table(record: type) -> None:
    fields = {name for name in record.__struct_fields__ if name.endswith(("_id", "_ids"))}  # type: ignore[attr-defined]
    assert fields - NO_POINTERS[record] == {reference.field for reference in REFERENCES.get(record, ())}


def test_every_target_is_a_resource_and_every_record_is_found_by_its_contacts() -> None:
    names = {resource.name for resource in RESOURCES} | {"contacts", STAGES}
    for record, references in REFERENCES.items():
        for reference in references:
            assert reference.target in names
            assert record is Contact or reference.target != "contacts" or reference.key, (record, reference)

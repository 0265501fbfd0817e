"""What `onebook check` has found wrong, put right: derived anew from the document as it is now, in a transaction."""

from __future__ import annotations

from onebook.store import search_sqlite
from onebook.store.check_documents import CONTACTS, Document, columns_of, decode_document
from onebook.store.check_rows import Gap, Rows
from onebook.store.database import Transaction, Where
from onebook.store.keys import Words, contact_words
from onebook.store.resources import RESOURCES


async def mend_columns(tx: Transaction, resource: str, number: int, country: str) -> None:
    """The columns beside one document, as the document says."""
    for document in await _documents(tx, number):
        if document.resource == resource and document.record is not None:
            columns = columns_of(resource, document.record, tx.engine, country)
            where = Where(tx.account_id)
            settings = ", ".join(f"{name} = {where.put(value)}" for name, value in columns.items())
            table = "contacts" if resource == CONTACTS else "records"
            where.add(f"id = {where.put(number)}")
            if resource != CONTACTS:
                where.add(f"resource = {where.put(resource)}")
            await tx.run(f"UPDATE {table} SET {settings} WHERE account_id = $1 AND {where.sql}", *where.args)


async def mend_gap(tx: Transaction, rows: Rows, gap: Gap, country: str) -> None:
    """The rows of one owner; what has changed since it was found stays as it is."""
    wanted = {item for document in await _documents(tx, gap.owner) for item in rows.items(document, country)}
    for item in gap.surplus:
        if item not in wanted:
            await tx.run(rows.drop, tx.account_id, gap.owner, *item)
    for item in gap.missing:
        if item in wanted:
            await tx.run(rows.add, tx.account_id, gap.owner, *item)


async def mend_words(tx: Transaction, number: int, country: str) -> None:
    """What SQLite's search index knows of one contact; nothing of one that is not there."""
    words = Words(((), ()))
    for document in await _documents(tx, number):
        if document.resource == CONTACTS and document.record is not None:
            words = contact_words(document.record, country)  # type: ignore[arg-type]
    # The index takes any old words for a sign that there is something to remove.
    await search_sqlite.save_words(tx, number, Words((("",), ())), words)


async def _documents(tx: Transaction, number: int) -> list[Document]:
    """The contact with this id, and the records, as the transaction sees them."""
    found = await tx.rows("SELECT doc FROM contacts WHERE account_id = $1 AND id = $2", tx.account_id, number)
    documents = [Document(CONTACTS, number, decode_document(CONTACTS, number, row[0])) for row in found]
    where = Where(tx.account_id)
    where.add(f"id = {where.put(number)}")
    where.add(where.one_of("resource", [resource.name for resource in RESOURCES]))
    sql = f"SELECT resource, doc FROM records WHERE account_id = $1 AND {where.sql}"
    for resource, doc in await tx.rows(sql, *where.args):
        documents.append(Document(resource, number, decode_document(resource, number, doc)))
    return documents

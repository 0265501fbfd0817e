"""One room per vendor. Adding a dialect costs one folder and one line here."""

from __future__ import annotations

from onebook.http.route import DialectServer


def servers() -> tuple[DialectServer, ...]:
    """Every dialect's. They are imported here, since whoever needs one table of one dialect needs no other."""
    from onebook.dialects.easybroker.server import SERVER as EASYBROKER
    from onebook.dialects.native.server import SERVER as NATIVE
    from onebook.dialects.propstack.server import SERVER as PROPSTACK
    from onebook.dialects.quentn.server import SERVER as QUENTN
    from onebook.dialects.vitec.server import SERVER as VITEC

    return (NATIVE, PROPSTACK, VITEC, QUENTN, EASYBROKER)

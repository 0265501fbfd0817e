"""Which mailbox an e-mail address is of: some providers take one mailbox under many spellings."""

from __future__ import annotations

from onebook.model.normal import email_key

_ALIASES = {"googlemail.com": "gmail.com", "me.com": "icloud.com", "mac.com": "icloud.com", "pm.me": "proton.me"}
_NO_DOTS = frozenset({"gmail.com"})
_NO_TAGS = frozenset(
    {
        "gmail.com",
        "icloud.com",
        "proton.me",
        "protonmail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "fastmail.com",
    }
)
"""Providers whose help pages say so: what follows a plus sign is the owner's to choose. Quoted from memory."""
_PROVIDERS = _NO_TAGS | frozenset(_ALIASES)

OFFICES = frozenset(
    "info kontakt contact contacto office mail post hello hallo hola hej service support verwaltung buero buro"
    " sekretariat"
    " vertrieb sales ventas anfrage anfragen admin immobilien reception rezeption empfang recepcion kansli ekonomi"
    " bokning zentrale team familie familia familjen".split()
)
"""What stands before the @ of addresses that say nothing of who reads them."""


def mailbox_key(address: str) -> str:
    """`email_key`, and one spelling for each mailbox where the provider ignores dots or what follows a plus sign."""
    key = email_key(address)
    if not has_spellings(key):
        return key
    local, _, domain = key.rpartition("@")
    domain = _ALIASES.get(domain, domain)
    local = local.partition("+")[0] or local
    if domain in _NO_DOTS:
        local = local.replace(".", "")
    return f"{local}@{domain}"


def has_spellings(address: str) -> bool:
    """Whether the provider of `address` takes one mailbox under many spellings."""
    return address.rpartition("@")[2].strip().lower() in _PROVIDERS

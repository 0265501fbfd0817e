"""The OpenAPI document as a page that people read: plain HTML, no script, no asset from anywhere."""

from __future__ import annotations

import json
from html import escape
from typing import Any

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
code,pre{font:14px/1.4 ui-monospace,monospace;background:#f4f4f4;border-radius:4px}code{padding:1px 4px}
pre{padding:.75rem;overflow:auto}details{border:1px solid #ddd;border-radius:6px;margin:.5rem 0;padding:.5rem .75rem}
summary{cursor:pointer}.m{display:inline-block;min-width:4.5rem;font-weight:600}table{border-collapse:collapse}
td,th{text-align:left;padding:2px 12px 2px 0;vertical-align:top}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}code,pre{background:#262626}
details{border-color:#444}a{color:#8ab4ff}}
"""


def openapi_page(document: dict[str, Any], document_url: str) -> bytes:
    """The page, UTF-8; `document_url` is where the document itself is."""
    info = document["info"]
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(info['title'])}</title>",
        "<meta name=viewport content='width=device-width, initial-scale=1'>",
        f"<style>{_STYLE}</style><h1>{escape(info['title'])}</h1>",
        f"<p>{escape(info['description'])}</p>",
        f"<p>Base address: <code>{escape(document['servers'][0]['url'])}</code> · ",
        f"<a href='{escape(document_url)}'>OpenAPI {document['openapi']} document</a></p>",
        "<h2>Keys</h2><ul>",
        *(f"<li>{_scheme(scheme)}</li>" for scheme in document["components"]["securitySchemes"].values()),
        "</ul><h2>Calls</h2>",
    ]
    for path, operations in document["paths"].items():
        parts += [_operation(method, path, operation) for method, operation in operations.items()]
    parts.append("<h2>Shapes</h2>")
    for name, schema in document["components"]["schemas"].items():
        parts.append(
            f"<details id='{escape(name)}'><summary><code>{escape(name)}</code></summary>{_json(schema)}</details>"
        )
    return "".join(parts).encode()


def _scheme(scheme: dict[str, Any]) -> str:
    if scheme.get("type") == "http":
        return f"<code>Authorization: {escape(scheme['scheme'].title())} …</code>"
    return f"<code>{escape(scheme.get('name', ''))}</code> in the {escape(scheme.get('in', ''))}"


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(param['name'])}</code><td>{escape(param['in'])}"
        f"<td>{escape(str(param['schema'].get('type', '')))}<td>{escape(param.get('description', ''))}"
        for param in operation.get("parameters", ())
    )
    body = operation.get("requestBody")
    answers = "".join(
        f"<dt><b>{status}</b> {escape(answer['description'])}<dd>"
        + "".join(_json(media["schema"]) for media in answer.get("content", {}).values())
        for status, answer in operation["responses"].items()
    )
    return (
        f"<details><summary><span class=m>{method.upper()}</span><code>{escape(path)}</code> "
        f"{escape(operation.get('summary', ''))}</summary><p>{escape(operation.get('description', ''))}</p>"
        + (f"<table><tr><th>Parameter<th>In<th>Type<th>{rows}</table>" if rows else "")
        + (f"<h4>Body</h4>{''.join(_json(media['schema']) for media in body['content'].values())}" if body else "")
        + f"<h4>Answers</h4><dl>{answers}</dl></details>"
    )


def _json(value: object) -> str:
    return f"<pre>{escape(json.dumps(value, ensure_ascii=False, indent=2))}</pre>"

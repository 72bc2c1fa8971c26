"""The OpenAPI document of headquarters, made from its routes and the wire's types.

Bodies may be msgpack (what desks send) or JSON (for looking by hand); the document describes the JSON form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
from litestar import Litestar
from litestar.routes import HTTPRoute

from sync.protocol import (
    JSON_MEDIA_TYPE,
    MEDIA_TYPE,
    PROTOCOL,
    Batch,
    BlobState,
    BlobsWanted,
    CompareReply,
    CompareRequest,
    EnrolReply,
    EnrolRequest,
    Failure,
    SyncReply,
    SyncRequest,
    TokenOffer,
    TokenState,
)
from sync.snapshots import SnapshotReply

BINARY = "application/octet-stream"
_INTEGER = {"type": "integer", "format": "int64"}
_TEXT = {"type": "string"}


@dataclass(frozen=True)
class About:
    """What a route takes and gives: wire types, or a media type as text for bytes."""

    summary: str
    takes: type[msgspec.Struct] | str | None = None
    gives: type[msgspec.Struct] | str = JSON_MEDIA_TYPE
    query: dict[str, dict[str, str]] = field(default_factory=dict)
    needs_token: bool = True


ROUTES: dict[tuple[str, str], About] = {
    ("POST", "/v1/sync"): About("One round: changes up, changes down", SyncRequest, SyncReply),
    ("POST", "/v1/enrol"): About("A one-time code against a token", EnrolRequest, EnrolReply, {}, False),
    ("POST", "/v1/compare"): About("Sums of tables against rows that differ", CompareRequest, CompareReply),
    ("POST", "/v1/token"): About("A renewed token, by its hash", TokenOffer, TokenState),
    ("GET", "/v1/blobs/wanted"): About(
        "Contents that are missing", gives=BlobsWanted, query={"after": _TEXT}
    ),
    ("GET", "/v1/blobs/{name}/state"): About("How much of a content is here", gives=BlobState),
    ("POST", "/v1/blobs/{name}"): About("Announce a content", gives=BlobState, query={"size": _INTEGER}),
    ("PUT", "/v1/blobs/{name}"): About("A chunk of a content", BINARY, BlobState, {"offset": _INTEGER}),
    ("GET", "/v1/blobs/{name}"): About("A chunk of a content", gives=BINARY, query={"offset": _INTEGER}),
    ("GET", "/v1/snapshot"): About("The site's rows, ready to load", gives=SnapshotReply),
    ("GET", "/v1/snapshot/{snapshot_id}/{number}"): About(
        "A piece of a part of it", gives=BINARY, query={"offset": _INTEGER, "length": _INTEGER}
    ),
    ("GET", "/healthz"): About("Whether the database answers", needs_token=False),
    ("GET", "/metrics"): About("Figures for Prometheus", gives="text/plain", needs_token=False),
    ("GET", "/openapi.json"): About("This document", needs_token=False),
}
_OPTIONAL = frozenset({"after", "offset", "length"})


def document(app: Litestar) -> bytes:
    """The document of the routes that ``app`` has and `ROUTES` knows."""
    kinds = {
        kind for about in ROUTES.values() for kind in (about.takes, about.gives) if isinstance(kind, type)
    }
    _schemas, components = msgspec.json.schema_components(
        [*map(_described, sorted(kinds, key=lambda kind: kind.__name__)), Batch, Failure],
        ref_template="#/components/schemas/{name}",
    )
    paths: dict[str, dict[str, Any]] = {}
    for path, method in routes_of(app):
        about = ROUTES.get((method, path))
        if about is not None:
            paths.setdefault(path, {})[method.lower()] = _operation(path, method, about)
    found = {
        "openapi": "3.1.0",
        "info": {"title": "qiantai headquarters", "version": str(PROTOCOL)},
        "paths": paths,
        "components": {
            "schemas": _plain(components),
            "securitySchemes": {"desk": {"type": "http", "scheme": "bearer"}},
        },
    }
    return msgspec.json.encode(found)


def _plain(schema: Any) -> Any:
    """An array with fixed places as an array of any of their kinds: tools stumble over ``prefixItems``."""
    if isinstance(schema, (list, tuple)):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _plain(one) for name, one in schema.items()}
    places = found.pop("prefixItems", None)
    if places is not None:
        found["items"] = {"anyOf": [*places, found["items"]] if found.get("items") else places}
    return found


def _described(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The type itself; with a batch in the place of its bytes, which only msgpack has."""
    fields = msgspec.structs.fields(kind)
    if all(one.type is not msgspec.Raw for one in fields):
        return kind
    plain = [
        (one.name, Batch, Batch())
        if one.type is msgspec.Raw
        else (one.name, one.type)
        if one.required
        else (one.name, one.type, msgspec.field(default_factory=list))
        if one.default is msgspec.NODEFAULT
        else (one.name, one.type, one.default)
        for one in fields
    ]
    rename = {one.name: one.encode_name for one in fields}
    doc = {"__doc__": kind.__doc__}
    return msgspec.defstruct(kind.__name__, plain, rename=rename, namespace=doc)  # type: ignore[arg-type]


def routes_of(app: Litestar) -> list[tuple[str, str]]:
    """(path with its parameters' names, method) of every handler but the framework's own."""
    found = set()
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            found |= {(route.path_format, str(method)) for method in route.methods if method != "OPTIONS"}
    return sorted(found)


def _operation(path: str, method: str, about: About) -> dict[str, Any]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    parameters = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in names]
    parameters += [
        {
            "name": name,
            "in": "query",
            "required": name not in _OPTIONAL or method == "PUT",
            "schema": schema,
        }
        for name, schema in about.query.items()
    ]
    failure = {"schema": {"$ref": "#/components/schemas/Failure"}}
    operation: dict[str, Any] = {
        "summary": about.summary,
        "parameters": parameters,
        "responses": {
            "200": {"description": "Done", "content": _content(about.gives)},
            "default": {"description": "A code and its values", "content": {JSON_MEDIA_TYPE: failure}},
        },
        "security": [{"desk": []}] if about.needs_token else [],
    }
    if about.takes is not None:
        operation["requestBody"] = {"required": True, "content": _content(about.takes)}
    return operation


def _content(kind: type[msgspec.Struct] | str) -> dict[str, Any]:
    if isinstance(kind, str):
        if kind == JSON_MEDIA_TYPE:
            return {kind: {"schema": {"type": "object"}}}
        return {kind: {"schema": {"type": "string", "format": "binary"}}}
    schema = {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {JSON_MEDIA_TYPE: schema, MEDIA_TYPE: binary}

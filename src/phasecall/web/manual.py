"""The manual: the OpenAPI description as one page that loads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_ORDER = ("get", "post", "delete")


def render_manual(description: Mapping[str, Any]) -> str:
    """Return the page of an OpenAPI description.

    Parameters
    ----------
    description
        What `/api/v1/openapi.json` holds.

    Examples
    --------
    >>> page = render_manual({"info": {"title": "a & b", "version": "1", "description": ""}, "paths": {}})
    >>> "<h1>a &amp; b 1</h1>" in page
    True
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("phasecall", "web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page: str = environment.get_template("manual.html.jinja").render(
        info=description["info"], operations=list(_operations(description))
    )
    return page


def _operations(description: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what can be asked, in the order of the description."""
    for path, ways in description["paths"].items():
        for method in _ORDER:
            if method in ways:
                told = ways[method]
                yield {
                    "method": method.upper(),
                    "path": path,
                    "summary": told.get("summary", ""),
                    "text": told.get("description", "").replace("`", ""),
                    "fields": [*_parameters(told), *_fields(description, told)],
                    "answers": [(status, one["description"]) for status, one in told["responses"].items()],
                }


def _parameters(told: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for one in told.get("parameters", []):
        yield one["name"], one["in"], _kind_of(one["schema"]), one.get("description", "")


def _fields(description: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, place, values and meaning of the fields of a form."""
    for content in told.get("requestBody", {}).get("content", {}).values():
        name = content["schema"]["$ref"].rsplit("/", 1)[1]
        for field, schema in description["components"]["schemas"][name]["properties"].items():
            yield field, "form", _kind_of(schema), schema.get("description", "")


def _kind_of(schema: Mapping[str, Any]) -> str:
    """Return in words which values a field may have."""
    if "anyOf" in schema:
        return " or ".join(_kind_of(one) for one in schema["anyOf"] if one.get("type") != "null")
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if "items" in schema:
        return f"{_kind_of(schema['items'])}; may be repeated"
    if "contentMediaType" in schema:
        return "file"
    return str(schema.get("const") or schema.get("type", ""))

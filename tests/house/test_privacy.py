from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

PUBLIC = {"accounts:sign_in", "accounts:sign_out", "set_language", "admin:login"}
EXAMPLES = {
    "code": "410500000000",
    "period": "2026Q1",
    "pk": "1",
    "other": "1",
    "year": "2026",
    **dict.fromkeys(("place", "candidate", "mark"), "1"),
    "name": "entries",
    "uuid": "00000000-0000-0000-0000-000000000000",
}


def named_urls(
    patterns: list[URLPattern | URLResolver], namespace: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from named_urls(pattern.url_patterns, inner)
        elif pattern.name:
            yield f"{namespace}{pattern.name}", pattern


OURS = [
    (name, pattern)
    for name, pattern in named_urls(get_resolver().url_patterns)
    if not name.startswith("admin:")
]


def address(name: str, pattern: URLPattern) -> str:
    converters = pattern.pattern.converters
    kwargs = {
        key: EXAMPLES["uuid"] if type(converter).__name__ == "UUIDConverter" else EXAMPLES[key]
        for key, converter in converters.items()
    }
    return reverse(name, kwargs=kwargs)


@pytest.mark.parametrize(("name", "pattern"), OURS, ids=[name for name, _ in OURS])
def test_a_page_is_private_unless_listed_as_public(
    db: None, name: str, pattern: URLPattern
) -> None:
    client = Client()
    for response in (client.get(address(name, pattern)), client.post(address(name, pattern))):
        sent_away = response.status_code == 302 and "/accounts/sign-in/" in response["Location"]
        assert sent_away or name in PUBLIC, f"{name}: {response.status_code}"


def test_every_page_forbids_foreign_and_inline_code(db: None) -> None:
    response = Client().get(reverse("accounts:sign_in"))
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_a_page_is_kept_by_no_shared_cache(db: None) -> None:
    response = Client().get(reverse("accounts:sign_in"))
    assert "private" in response["Cache-Control"] or "no-store" in response["Cache-Control"]

from django.conf import settings
from django.test import Client


def test_a_body_beyond_any_upload_is_refused_by_its_header(db: None) -> None:
    most = settings.LARGEST_BODY
    for length, status in ((str(most + 1), 413), ("-1", 413), ("nonsense", 413)):
        answer = Client().post("/accounts/sign-in/", CONTENT_LENGTH=length)
        assert answer.status_code == status, length


def test_an_ordinary_body_passes(db: None) -> None:
    assert Client().post("/accounts/sign-in/", {"username": "x"}).status_code == 200

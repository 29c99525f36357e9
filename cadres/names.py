"""Names of persons as they are stored and compared."""


def plain_name(name: str) -> str:
    """Chinese ones without the spaces that forms pad them with; Latin ones with single spaces."""
    return " ".join(name.split()) if name.isascii() else "".join(name.split())

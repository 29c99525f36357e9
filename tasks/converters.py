"""How quarters and divisions are written in addresses: 2026Q1 and a 12-digit code."""


class PeriodConverter:
    regex = r"\d{4}Q[1-4]"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: object) -> str:
        return str(getattr(value, "code", value))


class DivisionConverter(PeriodConverter):
    regex = r"\d{12}"

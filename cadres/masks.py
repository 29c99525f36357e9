"""How telephones and identity numbers are shown: enough to tell them apart, and no more."""

STAR = "*"


def masked_phone(phone: str) -> str:
    """138****5678; of a shorter number the last three digits."""
    if len(phone) >= 11:
        return f"{phone[:3]}{STAR * (len(phone) - 7)}{phone[-4:]}"
    return STAR * max(len(phone) - 3, 0) + phone[-3:] if phone else ""


def masked_number(number: str) -> str:
    """410522********1234."""
    if len(number) < 15:
        return STAR * len(number)
    return f"{number[:6]}{STAR * (len(number) - 10)}{number[-4:]}"


def is_mask(text: str) -> bool:
    """Whether somebody sends back what was shown masked, which says nothing new."""
    return STAR in text.replace("＊", STAR)

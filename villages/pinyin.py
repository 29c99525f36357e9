"""Pinyin for search: `hjz` and `hejian` both find 合涧镇."""

from functools import lru_cache
from itertools import islice, product

from pypinyin import Style, pinyin

READINGS = 16
LONGEST = 2000
# Readings of local place names that pypinyin does not offer by itself.
LOCAL_READINGS = {"浚": "xun", "长": "zhang", "单": "shan", "六": "lu", "涧": "jian"}


def search_key(name: str) -> str:
    """Space-led initials and full spellings of every likely reading: ` hjz hejianzhen`.

    A character read in several ways yields several spellings, at most READINGS in all, and no
    more than LONGEST characters, which a column of keys holds: the likeliest come first.
    Text that is not Chinese stands for itself, in lower case.
    """
    syllables = []
    for char in "".join(name.split()).lower():
        syllables.append(_readings(char))
    spellings: dict[str, None] = {}
    for reading in islice(product(*syllables), READINGS):
        spellings["".join(syllable[0] for syllable in reading)] = None
        spellings["".join(reading)] = None
    key = ""
    for spelling in filter(None, spellings):
        if len(key) + len(spelling) < LONGEST:
            key += f" {spelling}"
    return key


@lru_cache(maxsize=8192)
def _readings(char: str) -> tuple[str, ...]:
    readings = pinyin(char, style=Style.NORMAL, heteronym=True)[0]
    return tuple(dict.fromkeys([*readings, LOCAL_READINGS.get(char, readings[0])]))

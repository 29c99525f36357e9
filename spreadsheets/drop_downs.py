"""Drop-downs for the columns whose words are known. They offer, and never refuse.

What else the column accepts (√ for 是) is checked where it can be told in words: at the import.
"""

from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from spreadsheets.fields import Column
from spreadsheets.office import BODY, Page, put

LISTS_SHEET = "_lists"
LONGEST_LIST = 250  # Excel refuses a workbook with more than 255 characters in a list


def add(book: Workbook, page: Page, columns: Sequence[Column], first: int, last: int) -> None:
    """Offer the words of each column from the first row to the last."""
    for index, column in enumerate(columns, 1):
        if column.options and not column.given:
            letter = get_column_letter(index)
            offered = DataValidation("list", formula1=_list(book, column), allow_blank=True)
            offered.showErrorMessage = False
            offered.add(f"{letter}{first}:{letter}{last}")
            page.add_data_validation(offered)


def _list(book: Workbook, column: Column) -> str:
    """The words themselves; the place of a long list on a hidden sheet."""
    joined = ",".join(column.options)
    # A comma in a word would make two of it, and a quotation mark ends the list.
    if len(joined) <= LONGEST_LIST and not any("," in w or '"' in w for w in column.options):
        return f'"{joined}"'
    if LISTS_SHEET not in book.sheetnames:
        book.create_sheet(LISTS_SHEET).sheet_state = "hidden"
    lists: Page = book[LISTS_SHEET]
    place = lists.max_column + 1 if lists["A1"].value else 1
    for row, word in enumerate(column.options, 1):
        put(lists, row, place, word, BODY)
    letter = get_column_letter(place)
    return f"'{LISTS_SHEET}'!${letter}$1:${letter}${len(column.options)}"

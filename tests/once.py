"""Modules about words, forms and files: tested where the default database is, and only there.

Every query of the application that they send, tests that run on both databases send too: this
was measured by recording the statements of each. Pages with filters, sums or orders of their
own have no place here; nor have forms, whose writing most often asks what nobody else asks.
"""

MODULES = frozenset(
    {
        "tests/accounts/test_password_page.py",
        "tests/dashboard/test_bulletin_template.py",
        "tests/dashboard/test_bulletin_words.py",
        "tests/dashboard/test_error_pages.py",
        "tests/dashboard/test_present_and_style_pages.py",
        "tests/tasks/test_ledger_page.py",
    }
)

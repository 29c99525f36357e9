"""The models of the ledger in the admin: read by the staff, kept by those whose they are."""

from tasks.admin import entries, ledgers, reporting

__all__ = ["entries", "ledgers", "reporting"]

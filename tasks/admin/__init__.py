"""The models of the ledger in the admin: read by the staff, kept by those whose they are."""

from tasks.admin import bulletins, entries, ledgers, reporting

__all__ = ["bulletins", "entries", "ledgers", "reporting"]

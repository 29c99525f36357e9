"""The registers in the administration."""

from cadres.admin import teams

__all__ = ["teams"]

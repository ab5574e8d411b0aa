"""The scalar engine under micrograd's name."""

from gradus._gradus import Value

__all__ = ["Value"]

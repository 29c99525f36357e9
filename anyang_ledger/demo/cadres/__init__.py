"""The registers of the demo city: organisations, persons and where they serve; all made up."""

"""Short dates that read one way only, whichever side of the Atlantic the reader is from."""

SHORT_DATE_FORMAT = "Y-m-d"
SHORT_DATETIME_FORMAT = "Y-m-d H:i"

"""Dates as offices write them: 10月5日, not 10月05日; and short ones that fit a table."""

MONTH_DAY_FORMAT = "n月j日"
SHORT_DATE_FORMAT = "Y.m.d"
SHORT_DATETIME_FORMAT = "Y.m.d H:i"

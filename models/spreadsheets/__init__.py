"""Excel in and out: real workbooks read, rehearsed, applied, taken back; lists written."""

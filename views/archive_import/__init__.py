"""Import of workbooks: file, meaning of columns, rehearsal, result, earlier imports."""

"""Reading sheets of XLSX, XLS, XLSB and ODS files."""

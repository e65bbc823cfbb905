"""Reports of what came and went: a PDF and an Excel file, made outside of the request, in Arabic or in English."""

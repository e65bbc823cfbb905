"""Programs to read and to run: `hello`, `abp_style`, `fastapi_app`, and `inventory`, the reference application."""

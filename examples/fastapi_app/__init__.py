"""A small FastAPI application whose jobs commit with its orders: `uvicorn examples.fastapi_app.main:api`."""

"""The inventory's web application: `uvicorn examples.inventory.web:api`."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.orm.exc import StaleDataError

from dawam.dashboard import Colour, Dashboard, DashboardOptions
from dawam.integrations.fastapi import Jobs, from_scope, lifespan
from examples.inventory.activity.routes import router as activity
from examples.inventory.app import app
from examples.inventory.health.routes import router as health
from examples.inventory.imports.routes import router as imports
from examples.inventory.inline import router as inline
from examples.inventory.mail.routes import router as mail
from examples.inventory.monitoring import JobMonitoringService
from examples.inventory.products.events import ProductStockChanged
from examples.inventory.products.jobs.low_stock_reminder import LowStockReminderArgs, LowStockReminderJob
from examples.inventory.products.recent_changes import RecentChanges
from examples.inventory.products.repository import Products, UnknownProductError
from examples.inventory.products.service import ProductService
from examples.inventory.reports.routes import router as reports
from examples.inventory.suppliers.routes import router as offers
from examples.inventory.views import JobHistory, JobView, NewStock, PendingJobs, ProductView

# jobs and workers run in this process, unless the settings say otherwise: where `dawam run` has a process of its own,
# BackgroundJobs.IsJobExecutionEnabled is false here, as in the guide's appsettings.Development.json
api = FastAPI(title="Inventory", lifespan=lifespan(app, run_host=True))
api.mount("/dawam", Dashboard(app, options=DashboardOptions(name="demo", colour=Colour.GREEN)))
for router in (inline, mail, imports, reports, activity, offers, health):
    api.include_router(router)

Service = Annotated[ProductService, Depends(from_scope(ProductService))]
Monitoring = Annotated[JobMonitoringService, Depends(from_scope(JobMonitoringService))]


class Reminder(BaseModel):
    """When to be reminded."""

    in_seconds: float = Field(default=0, ge=0, le=timedelta(days=30).total_seconds())


@api.put("/products/{product_id}/stock")
async def change_stock(product_id: UUID, body: NewStock, service: Service) -> ProductStockChanged:
    """Sets the stock. The alert, if one is due, is enqueued in the same transaction and sent later, elsewhere."""
    return await service.change_stock(product_id, body.stock)


@api.get("/products")
async def products(repository: Annotated[Products, Depends(from_scope(Products))]) -> list[ProductView]:
    """Every product."""
    return [ProductView.of(product) for product in await repository.all()]


@api.get("/products/changes")
async def changes(
    recent: Annotated[RecentChanges, Depends(from_scope(RecentChanges))],
) -> list[ProductStockChanged]:
    """What changed lately, as the event-based worker of this process heard it; newest first."""
    return recent.latest()


@api.post("/products/{product_id}/reminder", status_code=202)
async def remind(
    product_id: UUID,
    jobs: Jobs,
    repository: Annotated[Products, Depends(from_scope(Products))],
    body: Reminder | None = None,
) -> dict[str, str]:
    """Enqueues a mail about the stock as it is now, to be sent at once or after a while."""
    product = await repository.get(product_id)
    args = LowStockReminderArgs(product.id, product.name, product.stock, product.minimum_stock)
    delay = timedelta(seconds=body.in_seconds) if body else None
    return {"job": str(await jobs.enqueue(LowStockReminderJob, args, delay=delay))}


@api.get("/jobs/pending")
async def pending_jobs(monitoring: Monitoring) -> PendingJobs:
    """The jobs that wait, and how many jobs are in each state."""
    jobs = await monitoring.get_pending_jobs()
    return PendingJobs(counts=await monitoring.get_counts(), jobs=[JobView.of(job) for job in jobs])


@api.get("/jobs/{job_id}")
async def job_status(job_id: UUID, monitoring: Monitoring) -> JobHistory:
    """One job, with its failed attempts."""
    job = await monitoring.get_status(job_id)
    if job is None:
        raise HTTPException(404, f"there is no job {job_id}: never enqueued here, deleted, or pruned")
    return JobHistory.of(job, await monitoring.get_failures(job_id))


@api.exception_handler(UnknownProductError)
async def unknown_product(_: Request, error: Any) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status_code=404)


@api.exception_handler(StaleDataError)
async def changed_meanwhile(_: Request, __: Any) -> JSONResponse:
    return JSONResponse({"detail": "somebody else changed this product just now: try again"}, status_code=409)

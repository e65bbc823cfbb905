"""Dawam: background jobs and periodic workers that are never lost."""

__all__ = [
    # the application
    "App",
    "ApplicationContext",
    "BackgroundJobsModule",
    "BackgroundWorkersModule",
    "Module",
    "Services",
    "injected",
    # jobs
    "AsyncBackgroundJob",
    "BackgroundJob",
    "BackgroundJobManager",
    "BackgroundJobOptions",
    "Cancel",
    "CurrentContext",
    "DynamicBackgroundJobManager",
    "DynamicJobContext",
    "EnqueuedJob",
    "Fail",
    "HostOptions",
    "JobCall",
    "JobContext",
    "JobFunction",
    "Logger",
    "OnCrash",
    "Priority",
    "Retry",
    "Snooze",
    "SyncBackgroundJobManager",
    "carry",
    "job_args",
    "multi_tenant",
    # workers
    "AfterCrash",
    "AsyncPeriodicBackgroundWorker",
    "BackgroundWorker",
    "BackgroundWorkerOptions",
    "Dialect",
    "DynamicBackgroundWorkerManager",
    "PeriodicBackgroundWorker",
    "PeriodicWorkerContext",
    "RecurringJobManager",
    "RunsOn",
    # events and units of work
    "LocalEventBus",
    "LocalEventHandler",
    "UnitOfWork",
    # what people see and do
    "AttemptRecord",
    "JobControl",
    "JobCounts",
    "JobInfo",
    "JobInspector",
    "JobMeasures",
    "TickRecord",
    "WorkerControl",
    "WorkerInfo",
    # errors
    "ClaimLost",
    "DawamError",
    "EnqueueError",
    "SettingsError",
    # the version
    "__version__",
]

from logging import Logger

from dawam.app import App
from dawam.control import JobControl
from dawam.dynamic_jobs import DynamicBackgroundJobManager
from dawam.dynamic_workers import DynamicBackgroundWorkerManager
from dawam.errors import ClaimLost, DawamError, EnqueueError, SettingsError
from dawam.events.bus import LocalEventBus, LocalEventHandler
from dawam.host.options import HostOptions
from dawam.inspector import JobInspector
from dawam.job_measures import JobMeasures
from dawam.jobs.args import job_args
from dawam.jobs.context import JobContext
from dawam.jobs.current import CurrentContext, carry
from dawam.jobs.decisions import Cancel, Fail, Snooze
from dawam.jobs.enqueued import EnqueuedJob
from dawam.jobs.function import JobCall, JobFunction
from dawam.jobs.handlers import DynamicJobContext
from dawam.jobs.job import AsyncBackgroundJob, BackgroundJob
from dawam.jobs.options import BackgroundJobOptions, OnCrash
from dawam.jobs.priority import Priority
from dawam.jobs.record import AttemptRecord, JobCounts, JobInfo
from dawam.jobs.retry import Retry
from dawam.jobs.signature import injected
from dawam.jobs.tenancy import multi_tenant
from dawam.manager import BackgroundJobManager
from dawam.modules.module import ApplicationContext, BackgroundJobsModule, BackgroundWorkersModule, Module
from dawam.modules.services import Services
from dawam.recurring import RecurringJobManager
from dawam.sync import SyncBackgroundJobManager
from dawam.unit_of_work import UnitOfWork
from dawam.version import __version__
from dawam.worker_control import WorkerControl
from dawam.workers.options import BackgroundWorkerOptions
from dawam.workers.record import AfterCrash, TickRecord, WorkerInfo
from dawam.workers.schedules.schedule import Dialect
from dawam.workers.tick_options import RunsOn
from dawam.workers.worker import (
    AsyncPeriodicBackgroundWorker,
    BackgroundWorker,
    PeriodicBackgroundWorker,
    PeriodicWorkerContext,
)

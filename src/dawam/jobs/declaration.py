"""Reads what a job class declares, and refuses what is declared wrongly."""

import inspect
from typing import Any, get_args, get_origin

from dawam.errors import RegistrationError
from dawam.jobs.data_class import resolved_hints
from dawam.jobs.generics import bindings, is_open
from dawam.jobs.job import ArgsT, AsyncBackgroundJob, BackgroundJob
from dawam.jobs.options import JobOptions
from dawam.jobs.options_check import checked_options


def declared_args_type(job_class: Any) -> Any:
    """The `Args` of `class Job(AsyncBackgroundJob[Args])`, also where a generic parent stands between.

    Raises `RegistrationError` for what is no job class, names no args, or has an `execute` that does not fit.
    """
    base = _job_base(job_class)
    args_type = bindings(job_class)[base].get(ArgsT, ArgsT)
    name, short = job_class.__qualname__, job_class.__name__
    if args_type is ArgsT:
        raise RegistrationError(
            f"{name} does not say which args it takes: write class {short}({base.__name__}[{short}Args])"
        )
    if is_open(args_type):
        raise RegistrationError(
            f"{name} leaves the type variable {args_type} open: register a subclass that says what it is, "
            f"as in class Some{short}({short}[SomeArgs])"
        )
    _check_execute(job_class, base, args_type)
    return args_type


def declared_result_type(job_class: Any) -> Any:
    """What `execute` is annotated to return."""
    return resolved_hints(job_class.execute, f"{job_class.__qualname__}.execute").get("return", Any)


def declared_options(job_class: Any) -> JobOptions:
    """What a job class says of itself in its attributes: where, how urgently and how stubbornly it runs."""
    options = JobOptions(
        queue=job_class.queue,
        priority=job_class.priority,
        retry=job_class.retry,
        time_limit=job_class.time_limit,
        on_crash=job_class.on_crash,
        expected_run_time=job_class.expected_run_time,
        runs_in=job_class.runs_in,
        abandon_thread=job_class.abandon_thread,
    )
    return checked_options(options, job_class.__qualname__)


def _job_base(job_class: Any) -> type[Any]:
    if not isinstance(job_class, type) or not issubclass(job_class, AsyncBackgroundJob | BackgroundJob):
        raise RegistrationError(
            f"{job_class!r} is no job class: a subclass of AsyncBackgroundJob[Args] or BackgroundJob[Args] was expected"
        )
    both = issubclass(job_class, AsyncBackgroundJob) and issubclass(job_class, BackgroundJob)
    if both:
        raise RegistrationError(f"{job_class.__qualname__} is an AsyncBackgroundJob and a BackgroundJob: choose one")
    return AsyncBackgroundJob if issubclass(job_class, AsyncBackgroundJob) else BackgroundJob


def _check_execute(job_class: Any, base: type[Any], args_type: Any) -> None:
    name = job_class.__qualname__
    wanted = "async def" if base is AsyncBackgroundJob else "def"
    example = f"{wanted} execute(self, args: {_shown(args_type)})"
    if inspect.isabstract(job_class):
        missing = ", ".join(sorted(job_class.__abstractmethods__))
        raise RegistrationError(f"{name} has no {missing}: write {example}")
    if inspect.iscoroutinefunction(job_class.execute) != (base is AsyncBackgroundJob):
        other = "BackgroundJob" if base is AsyncBackgroundJob else "AsyncBackgroundJob"
        raise RegistrationError(
            f"{name}.execute does not fit {base.__name__}: write {example}, or derive the class from {other}"
        )
    parameters = list(inspect.signature(job_class.execute).parameters.values())[1:]
    if len(parameters) != 1 or parameters[0].kind not in (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    ):
        raise RegistrationError(
            f"{name}.execute takes {len(parameters)} values: the args alone were expected, {example}; dependencies "
            "belong into the constructor"
        )
    _check_annotation(job_class, parameters[0], args_type)


def _check_annotation(job_class: Any, parameter: inspect.Parameter, args_type: Any) -> None:
    """An inherited `execute` may be annotated with its own class's type variable, which is no contradiction."""
    hint = resolved_hints(job_class.execute, f"{job_class.__qualname__}.execute").get(parameter.name, Any)
    if hint in (Any, object, args_type) or is_open(hint):
        return
    raise RegistrationError(
        f"{job_class.__qualname__}.execute takes {_shown(hint)}, but the class declares [{_shown(args_type)}]: "
        "make them the same"
    )


def _shown(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is None:
        return str(getattr(annotation, "__qualname__", annotation))
    return f"{origin.__qualname__}[{', '.join(map(_shown, get_args(annotation)))}]"

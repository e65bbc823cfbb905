"""What the store holds, for Prometheus. Needs `dawam[prometheus]`."""

from starlette.responses import Response

from dawam.dashboard.visit import Visit
from dawam.job_search import LOOKED_AT
from dawam.monitoring.monitor import METRICS_MISSING, METRICS_OF_STORE
from dawam.opening import load


async def show(visit: Visit) -> Response:
    try:
        of_store = load(METRICS_OF_STORE)
    except ImportError:
        return Response(METRICS_MISSING, 501)
    inspector = visit.desk.inspector
    counts, queues, hosts = (
        await inspector.counts(LOOKED_AT),
        await inspector.queues(LOOKED_AT),
        await inspector.hosts(),
    )
    text, content_type = of_store(counts, queues, hosts)
    return Response(text, media_type=content_type)

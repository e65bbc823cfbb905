"""The module of reports."""

from dawam import Module, Services
from examples.inventory.database import DatabaseModule
from examples.inventory.mail.module import MailModule
from examples.inventory.reports.excel import ExcelReport
from examples.inventory.reports.movements import Movements
from examples.inventory.reports.options import ReportOptions
from examples.inventory.reports.pdf import PdfReport
from examples.inventory.reports.service import ReportService
from examples.inventory.reports.shelf import ReportShelf
from examples.inventory.reports.work import ReportWork


class ReportsModule(Module):
    """Offers a `ReportService`, and the job behind it."""

    depends_on = (DatabaseModule, MailModule)

    def configure_services(self, services: Services) -> None:
        services.discover("examples.inventory.reports.jobs")
        services.options(ReportOptions, section="Reports")
        services.add_singleton(ReportShelf)
        services.add_singleton(PdfReport)
        services.add_singleton(ExcelReport)
        services.add_scoped(Movements)
        services.add_scoped(ReportWork)
        services.add_scoped(ReportService)

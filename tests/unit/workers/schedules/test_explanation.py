"""Schedules in words, in English and in Arabic."""

from datetime import timedelta

import pytest

from dawam.errors import ScheduleError
from dawam.workers.schedules.schedule import Dialect, Every
from tests.unit.workers.schedules.clocks import cron

SAID = [
    ("0 3 * * *", "every day at 03:00", "كل يوم الساعة 03:00"),
    ("0 3,15 * * *", "every day at 03:00 and 15:00", "كل يوم الساعة 03:00 و15:00"),
    ("0 */6 * * *", "every day at 00:00, 06:00, 12:00 and 18:00", "كل يوم الساعة 00:00 و06:00 و12:00 و18:00"),
    ("15 30 4 * * *", "every day at 04:30:15", "كل يوم الساعة 04:30:15"),
    ("* * * * *", "every minute", "كل دقيقة"),
    ("*/2 * * * *", "every 2 minutes", "كل دقيقتين"),
    ("*/5 * * * *", "every 5 minutes", "كل 5 دقائق"),
    ("*/15 * * * *", "every 15 minutes", "كل 15 دقيقة"),
    ("7/15 * * * *", "every 15 minutes from minute 7", "كل 15 دقيقة ابتداءً من الدقيقة 7"),
    ("* * * * * *", "every second", "كل ثانية"),
    ("*/10 * * * * *", "every 10 seconds", "كل 10 ثوانٍ"),
    ("5,35 10 * * * *", "every 30 seconds from second 5, at minute 10 of every hour",
     "كل 30 ثانية ابتداءً من الثانية 5، عند الدقيقة 10 من كل ساعة"),
    ("@hourly", "every hour", "كل ساعة"),
    ("0 */2 * * *", "every 2 hours", "كل ساعتين"),
    ("5 * * * *", "at minute 5 of every hour", "عند الدقيقة 5 من كل ساعة"),
    ("5,7 * * * *", "at minutes 5 and 7 of every hour", "عند الدقيقتين 5 و7 من كل ساعة"),
    ("5-9 * * * *", "at minutes 5 to 9 of every hour", "عند الدقائق من 5 إلى 9 من كل ساعة"),
    ("0 9-17 * * *", "every hour, from 09:00 to 17:00", "كل ساعة، من 09:00 إلى 17:00"),
    ("*/10 22-2 * * *", "every 10 minutes, from 22:00 to 02:59", "كل 10 دقائق، من 22:00 إلى 02:59"),
    ("*/10 1,5,9 * * *", "every 10 minutes, in the hours 1, 5 and 9", "كل 10 دقائق، في الساعات 1 و5 و9"),
    ("*/15 9-17 * * MON-FRI", "every 15 minutes, from 09:00 to 17:59, from Monday to Friday",
     "كل 15 دقيقة، من 09:00 إلى 17:59، من الاثنين إلى الجمعة"),
    ("0 9 * * FRI-MON", "from Friday to Monday at 09:00", "من الجمعة إلى الاثنين الساعة 09:00"),
    ("0 9 * * FRI", "on Fridays at 09:00", "كل يوم جمعة الساعة 09:00"),
    ("0 9 * * 1,3,5", "on Mondays, Wednesdays and Fridays at 09:00", "أيام الاثنين والأربعاء والجمعة الساعة 09:00"),
    ("0 9 * * MON#2", "on the second Monday of the month at 09:00", "يوم الاثنين الثاني من الشهر الساعة 09:00"),
    ("0 9 * 6 5L", "on the last Friday of June at 09:00", "آخر يوم جمعة من يونيو الساعة 09:00"),
    ("0 9 * * 2,5L", "on Tuesdays and on the last Friday of the month at 09:00",
     "كل يوم ثلاثاء وآخر يوم جمعة من الشهر الساعة 09:00"),
    ("0 9 * 6-8 SUN", "on Sundays in the months June to August at 09:00",
     "كل يوم أحد في الأشهر من يونيو إلى أغسطس الساعة 09:00"),
    ("0 0 1 * *", "on the 1st of the month at 00:00", "يوم 1 من الشهر الساعة 00:00"),
    ("0 0 1,15 * *", "on the 1st and the 15th of the month at 00:00", "يومي 1 و15 من الشهر الساعة 00:00"),
    ("0 0 1-7,22 1,7 *", "on the 1st to the 7th and the 22nd of January and July at 00:00",
     "أيام من 1 إلى 7 و22 من يناير ويوليو الساعة 00:00"),
    ("0 0 */2 * *", "on every 2nd day from the 1st to the 31st of the month at 00:00",
     "كل يومين من يوم 1 إلى يوم 31 من الشهر الساعة 00:00"),
    ("0 0 L * *", "on the last day of the month at 00:00", "آخر يوم من الشهر الساعة 00:00"),
    ("0 0 L-3 * *", "on the day 3 days before the last day of the month at 00:00",
     "اليوم الذي يسبق اليوم الأخير بـ3 أيام من الشهر الساعة 00:00"),
    ("0 0 LW * *", "on the last working day (Monday to Friday) of the month at 00:00",
     "آخر يوم عمل (من الاثنين إلى الجمعة) من الشهر الساعة 00:00"),
    ("0 0 15W * *", "on the working day (Monday to Friday) nearest to the 15th of the month at 00:00",
     "يوم العمل (من الاثنين إلى الجمعة) الأقرب إلى يوم 15 من الشهر الساعة 00:00"),
    ("0 0 13 * FRI", "on the 13th of the month or on Fridays at 00:00", "يوم 13 من الشهر أو كل يوم جمعة الساعة 00:00"),
    ("0 0 */10 * MON", "on Mondays, but only on the 1st, the 11th, the 21st and the 31st of the month, at 00:00",
     "كل يوم اثنين، وفقط في أيام 1 و11 و21 و31 من الشهر، الساعة 00:00"),
    ("0 0 1-31 * MON", "every day at 00:00", "كل يوم الساعة 00:00"),
    ("0 0 * 2 *", "every day in February at 00:00", "كل يوم في فبراير الساعة 00:00"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "english", "arabic"), SAID)
def test_a_schedule_in_words(expression: str, english: str, arabic: str) -> None:
    schedule = cron(expression, "Asia/Riyadh")

    assert schedule.explain() == f"{english} (Asia/Riyadh)"
    assert schedule.explain("ar") == f"{arabic} (بتوقيت Asia/Riyadh)"


@pytest.mark.parametrize(
    ("years", "english", "arabic"),
    [
        ("*", "", ""),
        ("2027", ", in 2027", "، في عام 2027"),
        ("2027-2029", ", in 2027 to 2029", "، في الأعوام من 2027 إلى 2029"),
        ("2027,2030", ", in 2027 and 2030", "، في الأعوام 2027 و2030"),
    ],
)
def test_years_are_told(years: str, english: str, arabic: str) -> None:
    schedule = cron(f"0 0 12 1 1 ? {years}", dialect=Dialect.QUARTZ)

    assert schedule.explain() == f"on the 1st of January at 12:00{english} (UTC)"
    assert schedule.explain("ar") == f"يوم 1 من يناير الساعة 12:00{arabic} (بتوقيت UTC)"


@pytest.mark.parametrize(
    ("period", "english", "arabic"),
    [
        (timedelta(minutes=1), "every minute", "كل دقيقة"),
        (timedelta(minutes=5), "every 5 minutes", "كل 5 دقائق"),
        (timedelta(minutes=90), "every 1 hour and 30 minutes", "كل ساعة و30 دقيقة"),
        (timedelta(days=2), "every 2 days", "كل يومين"),
        (timedelta(days=30), "every 30 days", "كل 30 يومًا"),
        (timedelta(days=100), "every 100 days", "كل 100 يوم"),
        (timedelta(days=1003), "every 1,003 days", "كل 1,003 أيام"),
        (timedelta(seconds=0.5), "every 0.5 seconds", "كل 0.5 ثانية"),
    ],
)
def test_an_interval_in_words(period: timedelta, english: str, arabic: str) -> None:
    assert Every(period).explain() == f"{english}, counted from the end of each tick"
    assert Every(period).explain("ar") == f"{arabic}، محسوبة من نهاية كل تشغيل"
    assert Every(period, fixed_rate=True).explain() == f"{english}, at a fixed rate"
    assert Every(period, fixed_rate=True).explain("ar") == f"{arabic}، بإيقاع ثابت"


def test_a_language_that_nobody_speaks() -> None:
    for schedule in (cron("0 3 * * *"), Every(timedelta(1))):
        with pytest.raises(ScheduleError, match="cannot be told in 'tlh': 'en' or 'ar' were expected"):
            schedule.explain("tlh")  # type: ignore[arg-type]

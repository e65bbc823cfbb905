"""What may happen to a world: each of these is done to it, at random moments."""

from dawam.crash_points import CrashPoint
from tests.simulation.world import Acts, Member, World


def kill(world: World) -> None:
    member = world.some()
    if member is not None:
        world.kill(member)


def freeze(world: World) -> None:
    member = world.some()
    if member is None or member.process.is_frozen:
        return
    seconds = world.luck.choice([0.05, 0.5, 1.5, 2.5, 5.0])
    world.witness.note(f"{member.process} stands still for {seconds} s")
    world.loop.freeze(member.process)
    world.loop.call_later(seconds, thaw, world, member)


def thaw(world: World, member: Member) -> None:
    if member.process.is_frozen:
        world.witness.note(f"{member.process} goes on")
        world.loop.thaw(member.process)


def stop(world: World) -> None:
    member = world.some()
    if member is not None and not member.process.is_frozen:
        world.loop.create_task(world.stop(member))
        world.begin_host()


def cut_off(world: World) -> None:
    member = world.some()
    if member is None:
        return
    seconds = world.luck.choice([0.3, 1.0, 3.0])
    world.witness.note(f"{member.process} cannot reach the store for {seconds} s")
    member.process.is_cut_off = True
    world.loop.call_later(seconds, setattr, member.process, "is_cut_off", False)


def outage(world: World) -> None:
    seconds = world.luck.choice([0.2, 1.0, 4.0])
    world.witness.note(f"the store is away for {seconds} s")
    world.weather.is_away = True
    world.loop.call_later(seconds, setattr, world.weather, "is_away", False)


def wait(_: World) -> None:
    """Nothing happens."""


def change_weather(world: World) -> None:
    luck, weather = world.luck, world.weather
    weather.slowest = luck.choice([0.001, 0.01, 0.1])
    weather.lost_requests = luck.choice([0, 0, 0.05])
    weather.lost_answers = luck.choice([0, 0, 0.1])
    weather.lost_rings, weather.doubled_rings = luck.choice([0, 0.3, 1.0]), luck.choice([0, 0.3])
    world.witness.note(f"{weather}")


def doom(world: World) -> None:
    point = world.luck.choice(list(CrashPoint))
    world.doomed[point] = world.luck.randint(0, 3)


EVERYTHING: Acts = {kill: 3, freeze: 3, stop: 2, cut_off: 2, outage: 1, change_weather: 3, doom: 3}
OUTAGES: Acts = {outage: 1, wait: 1}

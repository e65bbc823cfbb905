"""Who gets what from whom, worked out and checked as a whole before anything is made."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, get_args, get_origin

from dawam.errors import DependencyError
from dawam.jobs.generics import bindings, is_open, origin_of, substituted
from dawam.modules.complaints import Step, cycle, missing, needs_loop, scoped_in_singleton
from dawam.modules.recipe import Need, Recipe, recipe_of, recipe_of_root
from dawam.modules.registration import AnyRegistration, Lifetime, Root


class Wiring:
    """The recipes of an application, and where each finds what it needs.

    `context_types` are the types of which each run is given its own value, such as `JobContext`.
    """

    def __init__(self, registrations: Iterable[AnyRegistration], context_types: Collection[Any]) -> None:
        self._recipes: dict[Any, Recipe] = {}
        self._generic: dict[Any, Recipe] = {}
        self.context_types = frozenset(context_types)
        for registration in registrations:
            recipe = recipe_of(registration)
            self._recipes[recipe.provides] = recipe
            if getattr(recipe.provides, "__parameters__", ()):
                self._generic[origin_of(recipe.provides)] = recipe
        self._checked: set[tuple[Any, bool, bool]] = set()

    def __iter__(self) -> Iterator[Recipe]:
        return iter(self._recipes.values())

    def find(self, wanted: Any) -> Recipe | None:
        """The recipe of a type; of `Repository[Product]` it may be the one of `Repository`."""
        return self._recipes.get(wanted) or self._generic.get(origin_of(wanted))

    def is_provided(self, wanted: Any) -> bool:
        return wanted in self.context_types or self.find(wanted) is not None

    def needs(self, recipe: Recipe, wanted: Any = None) -> list[Need]:
        """What has to be injected: every need, without the optional ones that nobody provides.

        `wanted` says what the type variables of a generic recipe stand for.
        """
        variables = bindings(wanted)[origin_of(wanted)] if get_args(wanted) else {}
        needs = (Need(each.parameter, substituted(each.wanted, variables), each.is_optional) for each in recipe.needs)
        return [each for each in needs if not each.is_optional or self.is_provided(each.wanted)]

    @property
    def provided_types(self) -> tuple[Any, ...]:
        """Every type that somebody may ask for."""
        return (*self._recipes, *self.context_types)

    def lives_in_run(self, recipe: Recipe) -> bool:
        """Whether it is made for one run, or needs, however indirectly, something that is."""
        return recipe.lifetime is Lifetime.SCOPED or (
            recipe.lifetime is Lifetime.TRANSIENT and self._reaches_run(recipe)
        )

    # -- checking; the first thing that is wrong is raised as a `DependencyError`

    def check_services(self) -> None:
        """Checks that every registered service can be made."""
        for recipe in self._recipes.values():
            self._check(
                recipe,
                recipe.provides,
                (Step(recipe.provides, recipe.lifetime),),
                (False, recipe.lifetime is Lifetime.SINGLETON),
            )

    def check_root(self, root: Root) -> Recipe:
        """Checks that Dawam can build (or call) this, and answers how."""
        recipe = self._recipes.get(root.target) or recipe_of_root(root)
        is_long_lived = recipe.lifetime is Lifetime.SINGLETON
        self._check(recipe, root.target, (Step(root.target, root.kind),), (root.is_blocking, is_long_lived))
        return recipe

    def _check(self, recipe: Recipe, wanted: Any, path: tuple[Step, ...], manner: tuple[bool, bool]) -> None:
        """`manner`: whether it is made in a thread, and whether a singleton will hold it."""
        if (wanted, *manner) in self._checked:
            return
        in_thread, in_singleton = manner
        if in_thread and recipe.kind.needs_loop:
            raise DependencyError(needs_loop(path, recipe))
        for need in self.needs(recipe, wanted):
            self._check_need(need, path, (in_thread, in_singleton))
        self._checked.add((wanted, *manner))

    def _check_need(self, need: Need, path: tuple[Step, ...], manner: tuple[bool, bool]) -> None:
        if is_open(need.wanted) or get_origin(need.wanted) is type:
            return  # what a type variable stands for is known where the generic class is asked for
        _, in_singleton = manner
        asked = (*path[:-1], path[-1].asking(need.parameter))
        found = self.find(need.wanted)
        step = Step(need.wanted, found.lifetime if found else "")
        if any(each.what == need.wanted for each in path):
            raise DependencyError(cycle((*asked, step)))
        ends_with_run = need.wanted in self.context_types or (found is not None and found.lifetime is Lifetime.SCOPED)
        if in_singleton and ends_with_run:
            raise DependencyError(scoped_in_singleton((*asked, step)))
        if need.wanted in self.context_types:
            return
        if found is None:
            raise DependencyError(missing((*asked, step), self._recipes, self.context_types))
        if found.lifetime is Lifetime.SINGLETON:
            manner = (False, True)  # it is made on the loop, before any thread asks for it
        self._check(found, need.wanted, (*asked, step), manner)

    def _reaches_run(self, recipe: Recipe) -> bool:
        return any(
            need.wanted in self.context_types
            or ((found := self.find(need.wanted)) is not None and self.lives_in_run(found))
            for need in self.needs(recipe)
        )

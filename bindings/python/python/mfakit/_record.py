"""Frozen records with slots: what a dataclass is, at a fiftieth of its price at import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: object) -> Any:
        return lambda it: it


class _RecordType(type):
    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _RecordType:
        # Strings, since every module of records postpones the evaluation of annotations.
        fields = tuple(namespace.get("__annotations__", ())) if bases else ()
        defaults = {it: namespace.pop(it) for it in fields if it in namespace}
        namespace["__slots__"] = fields
        # Where it is imported from, in a traceback and a pickle.
        namespace["__module__"] = "mfakit"
        namespace["__match_args__"] = fields
        cls = super().__new__(mcs, name, bases, namespace)
        cls.__defaults__ = defaults  # type: ignore[attr-defined]
        cls.__setters__ = tuple(cls.__dict__[it].__set__ for it in fields)  # type: ignore[attr-defined]
        return cls


@dataclass_transform(frozen_default=True, eq_default=True)
class Record(metaclass=_RecordType):
    """The base of results: frozen, compared and hashed by its fields, without a way to unpack it."""

    __match_args__: ClassVar[tuple[str, ...]]

    if not TYPE_CHECKING:

        def __init__(self, *values: object, **named: object) -> None:
            setters = self.__setters__
            if named or len(values) != len(setters):
                values = self._arrange(values, named)
            for setter, value in zip(setters, values):
                setter(self, value)

        @classmethod
        def _arrange(cls, values: tuple[object, ...], named: dict[str, object]) -> Iterator[object]:
            fields = cls.__match_args__
            if len(values) > len(fields):
                raise TypeError(f"{cls.__name__} takes {len(fields)} arguments, not {len(values)}")
            given = dict(zip(fields, values))
            for name, value in named.items():
                if name not in fields:
                    raise TypeError(f"{cls.__name__} takes no argument `{name[:64]}`")
                if name in given:
                    raise TypeError(f"{cls.__name__} takes `{name}` once")
                given[name] = value
            for name in fields:
                if name not in given:
                    if name not in cls.__defaults__:
                        raise TypeError(f"{cls.__name__} needs `{name}`")
                    given[name] = cls.__defaults__[name]
            return tuple(given[name] for name in fields)

        def __setattr__(self, name: str, value: object) -> NoReturn:
            raise AttributeError(f"{type(self).__name__} is frozen")

        def __delattr__(self, name: str) -> NoReturn:
            raise AttributeError(f"{type(self).__name__} is frozen")

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in type(self).__match_args__)

    def __repr__(self) -> str:
        fields = zip(type(self).__match_args__, self._values())
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in fields)})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), self._values())

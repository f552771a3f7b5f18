"""Parquet files put together by copying their row groups as they are: nothing is unpacked but what says where each column stands.

That is a Thrift structure in the compact protocol behind the rows. Its places are moved by as many bytes as the rows are; all else in it
is kept, so that the file is byte for byte the one that a single writer would have made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_MAGIC = b"PAR1"
_LENGTH, _PIECE = 4, 1 << 20
_BYTE, _DOUBLE, _TEXT, _LIST, _SET, _MAP, _STRUCT = 3, 7, 8, 9, 10, 11, 12  # kinds of a value; 1 and 2 are true and false
_ROWS, _GROUPS = 3, 4  # fields of a file
_COLUMNS, _START, _ORDINAL = 1, 5, 7  # of a row group
_CHUNK, _ABOUT, _INDEXES = 2, 3, (4, 6)  # of a column in it
_PAGES = (9, 10, 11, 14)  # of what is known about the column: first pages, a filter
Struct = dict[int, tuple[int, Any]]  # kind and value of each field by its number


def write(table: pa.Table, path: Path, *, group: int) -> None:
    """A table as a file whose row groups can be copied. Raises OSError."""
    pq.write_table(table, path, compression="zstd", row_group_size=group)


def append(paths: Sequence[Path], target: Path, *, group: int) -> None:
    """Several files of :func:`write` as one; columns that some lack are empty there. Raises OSError."""
    schema = pa.unify_schemas([pq.read_schema(path) for path in paths])
    whole: Struct = {}
    with target.open("wb") as stream:
        stream.write(_MAGIC)
        for path in paths:
            own = path if pq.read_schema(path).equals(schema, check_metadata=True) else _fitted(path, schema, group)
            about = _copied(own, stream)
            whole = whole or {**about, _ROWS: (about[_ROWS][0], 0), _GROUPS: (_LIST, (_STRUCT, []))}
            whole[_ROWS] = (whole[_ROWS][0], whole[_ROWS][1] + about[_ROWS][1])
            for one in about[_GROUPS][1][1]:
                groups = whole[_GROUPS][1][1]
                if _ORDINAL in one:
                    one[_ORDINAL] = (one[_ORDINAL][0], len(groups))
                groups.append(one)
        behind = Writer().struct(whole)
        stream.write(behind + len(behind).to_bytes(_LENGTH, "little") + _MAGIC)


def _fitted(path: Path, schema: pa.Schema, group: int) -> Path:
    """The file with all columns, beside it."""
    table = pq.read_table(path)
    for field in schema:
        if field.name not in table.column_names:
            table = table.append_column(field, pa.nulls(len(table), field.type))
    made = path.with_name(f"{path.name}.fitted")
    write(table.select(schema.names).cast(schema), made, group=group)
    return made


def _copied(path: Path, stream: Any) -> Struct:
    """Copy the rows of a file; what says where its columns stand, moved there."""
    with path.open("rb") as file:
        size = file.seek(-_LENGTH - len(_MAGIC), 2)
        length = int.from_bytes(file.read(_LENGTH), "little")
        file.seek(size - length)
        about = Reader(file.read(length)).struct()
        file.seek(len(_MAGIC))
        moved = stream.tell() - len(_MAGIC)
        left = size - length - len(_MAGIC)
        while left:
            piece = file.read(min(left, _PIECE))
            stream.write(piece)
            left -= len(piece)
    for group in about[_GROUPS][1][1]:
        _move(group, (_START,), moved)
        for column in group[_COLUMNS][1][1]:
            _move(column, (_CHUNK, *_INDEXES), moved)
            _move(column[_ABOUT][1], _PAGES, moved)
    return about


def _move(fields: Struct, numbers: Sequence[int], by: int) -> None:
    for number in numbers:
        if number in fields and fields[number][1]:
            kind, place = fields[number]
            fields[number] = (kind, place + by)


@dataclass(slots=True)
class Reader:
    """Values of the compact protocol, one after another."""

    content: bytes
    at: int = 0

    def struct(self) -> Struct:
        """A structure: its fields in their order."""
        fields: Struct = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            kind = head & 15
            fields[number] = (kind, kind == 1 if kind <= 2 else self._value(kind))
        return fields

    def _value(self, kind: int) -> Any:
        if kind == _STRUCT:
            return self.struct()
        if kind in (_LIST, _SET):
            head = self._byte()
            size = head >> 4 if head >> 4 < 15 else self._number()
            return head & 15, [self._value(head & 15) for _ in range(size)]
        if kind == _TEXT:
            return self._bytes(self._number())
        if kind == _DOUBLE:
            return self._bytes(8)
        if kind <= _BYTE:
            return self._byte()
        if kind == _MAP:
            raise ValueError(kind)
        return self._signed()

    def _byte(self) -> int:
        self.at += 1
        return self.content[self.at - 1]

    def _bytes(self, size: int) -> bytes:
        self.at += size
        return self.content[self.at - size : self.at]

    def _number(self) -> int:
        found = shift = 0
        while True:
            byte = self._byte()
            found |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return found

    def _signed(self) -> int:
        found = self._number()
        return (found >> 1) ^ -(found & 1)


class Writer:
    """The same values as bytes."""

    def __init__(self) -> None:
        self._made = bytearray()

    def struct(self, fields: Struct) -> bytes:
        """A structure and all in it."""
        self._struct(fields)
        return bytes(self._made)

    def _struct(self, fields: Struct) -> None:
        before = 0
        for number, (kind, value) in fields.items():
            said = (1 if value else 2) if kind <= 2 else kind
            if 0 < number - before <= 15:
                self._made.append((number - before) << 4 | said)
            else:
                self._made.append(said)
                self._signed(number)
            before = number
            if kind > 2:
                self._value(kind, value)
        self._made.append(0)

    def _value(self, kind: int, value: Any) -> None:
        if kind == _STRUCT:
            self._struct(value)
        elif kind in (_LIST, _SET):
            inner, values = value
            self._made.append(min(len(values), 15) << 4 | inner)
            if len(values) >= 15:
                self._number(len(values))
            for one in values:
                self._value(inner, one)
        elif kind == _TEXT:
            self._number(len(value))
            self._made += value
        elif kind == _DOUBLE:
            self._made += value
        elif kind <= _BYTE:
            self._made.append(value)
        else:
            self._signed(value)

    def _number(self, value: int) -> None:
        while value > 127:
            self._made.append(value & 127 | 128)
            value >>= 7
        self._made.append(value)

    def _signed(self, value: int) -> None:
        self._number(value << 1 if value >= 0 else (-value << 1) - 1)

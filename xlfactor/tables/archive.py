"""Labelled tables in one npz file, without pickle: numbers and dates to the last bit, text as unicode arrays."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from xlfactor.errors import FactorError
from xlfactor.tables.factors import FactorTable
from xlfactor.tables.frames import text_columns

FORMAT = 1
LARGEST = 4 * 2**30  # bytes unpacked: 4000 dates of loadings of 3000 assets on 40 factors

Arrays = dict[str, npt.NDArray[Any]]
Texts = Callable[[pd.Index], npt.NDArray[Any]]
Known = dict[int, tuple[object, npt.NDArray[np.uint8]]]  # bytes of labels, and the labels, which keep their id
Made = TypeVar("Made")


def fingerprint(arrays: Mapping[str, npt.NDArray[Any]], before: str = "") -> str:
    """blake2b of names, types, shapes and bytes, going on from the fingerprint `before`."""
    digest = hashlib.blake2b(before.encode(), digest_size=16)
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def input_hash(before: str, *tables: pd.DataFrame | None) -> str:
    """The fingerprint of labels and numbers of tables, one after the other, going on from `before`."""
    known: Known = {}  # tables that were read together share their labels
    for table in tables:
        before = fingerprint({} if table is None else _content(table, known), before)
    return before


def hash_of_day(
    before: str, date: pd.Timestamp, day: pd.DataFrame, loadings: pd.DataFrame | None, table: FactorTable,
    caps: pd.DataFrame | None, assets: pd.Index,
) -> str:  # fmt: skip
    """The fingerprint of one date's tables, going on from `before`, which knows `assets`: equal labels are left out.

    table : of the loadings, whose arrays are at hand.
    """

    def labels(names: pd.Index) -> npt.NDArray[np.uint8]:
        return _joined([] if names.equals(assets) else names.tolist())

    arrays: Arrays = {"date": np.array(date.value), "returns": day.to_numpy(), "assets": labels(day.columns)}
    if loadings is not None:
        arrays |= {"styles": table.B.S.T, "codes": table.B.codes, "loadings": labels(loadings.index)}
        arrays |= {"factors": _joined(table.names), "families": _joined(list(table.family.values()))}
    if caps is not None:
        arrays |= {"cap": caps.to_numpy(), "caps": labels(caps.index)}
    return fingerprint(arrays, before)


def _content(frame: pd.DataFrame, known: Known) -> Arrays:
    """A table as arrays for a fingerprint: as `pack`, but numbers as pandas holds them, labels as bytes and codes."""

    def joined(labels: pd.Index) -> npt.NDArray[np.uint8]:
        return _bytes(labels, known)

    arrays = _body(frame, joined)
    arrays["numbers"] = arrays["numbers"].T
    if not isinstance(frame.index, pd.MultiIndex):
        return arrays | {"index0": _labels_array(frame.index, joined)}
    for k, level in enumerate(frame.index.levels):
        codes, used = pd.factorize(frame.index.codes[k])  # in order of appearance
        arrays[f"codes_of_index{k}"] = codes.astype(np.int64)
        in_order = len(used) == len(level) and (used == np.arange(len(used))).all()
        arrays[f"index{k}"] = _labels_array(level if in_order else level.take(used), joined)
    return arrays


def _bytes(labels: pd.Index, known: Known) -> npt.NDArray[np.uint8]:
    """Labels as bytes, once for the tables that share them."""
    values = labels.array
    if id(values) not in known:
        known[id(values)] = values, _joined(labels.tolist())
    return known[id(values)][1]


def _joined(labels: list[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\0".join(labels).encode(), dtype=np.uint8)


def pack(frame: pd.DataFrame) -> Arrays:
    """A table as arrays: its labels, its numeric columns as one float array, each text column as codes and texts."""
    arrays = _body(frame, _unicode)
    for k in range(frame.index.nlevels):
        arrays[f"index{k}"] = _labels_array(frame.index.get_level_values(k), _unicode)
    return arrays


def _body(frame: pd.DataFrame, texts_as: Texts) -> Arrays:
    """All but the row labels."""
    text = text_columns(frame)
    arrays: Arrays = {
        "columns": texts_as(frame.columns),
        "names": _unicode([str(name or "") for name in frame.index.names]),
        "numbers": (frame.take(_others(text, frame.shape[1]), axis=1) if text else frame).to_numpy(dtype=float),
    }
    for j in text:
        codes, texts = pd.factorize(frame.iloc[:, j])
        arrays[f"codes{j}"], arrays[f"texts{j}"] = codes.astype(np.int64), texts_as(pd.Index(texts))
    return arrays


def unpack(arrays: Mapping[str, npt.NDArray[Any]]) -> pd.DataFrame:
    """The table of `pack`."""
    names = [str(name) or None for name in arrays["names"]]
    levels = [_labels(arrays[f"index{k}"]) for k in range(len(names))]
    index = pd.MultiIndex.from_arrays(levels, names=names) if len(levels) > 1 else pd.Index(levels[0], name=names[0])
    numbers, columns, k = arrays["numbers"], {}, 0
    for j, name in enumerate(arrays["columns"].tolist()):
        if f"codes{j}" in arrays:
            texts = np.array([*arrays[f"texts{j}"].tolist(), None], dtype=object)
            columns[name] = texts[arrays[f"codes{j}"]]
        else:
            columns[name], k = numbers[:, k], k + 1
    return pd.DataFrame(columns, index, columns=_labels(arrays["columns"]))


def write(path: str | os.PathLike[str], tables: Mapping[str, pd.DataFrame], facts: Mapping[str, Any]) -> None:
    """Tables by name and facts (what JSON can hold) in one file, whole or not at all.

    The same content gives the same bytes. Raises FOLDER_MISSING.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise FactorError("FOLDER_MISSING", "the folder does not exist", "make it first", where=str(target.parent))
    arrays = {f"{name}.{key}": array for name, table in tables.items() for key, array in pack(table).items()}
    arrays["facts"] = np.array(json.dumps(dict(facts)))
    arrays["digest"] = np.array(fingerprint(arrays))
    arrays["format"] = np.array(FORMAT)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            _write(file, arrays)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def _write(file: IO[bytes], arrays: Arrays) -> None:
    """As np.savez_compressed, which takes allow_pickle only in new versions, and without the time of day."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def read(path: str | os.PathLike[str], make: Callable[[dict[str, pd.DataFrame], dict[str, Any]], Made]) -> Made:
    """What `make` makes of the tables and facts of `write`. Raises FILE_NOT_FOUND, FILE_CORRUPT, MODEL_NEWER."""
    source = Path(path)
    try:
        return make(*_read(source))
    except FactorError as error:
        raise error.at(source.name) from None
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise FactorError(
            "FILE_NOT_FOUND", "the model file cannot be opened", "check its path", where=source.name
        ) from error
    except Exception as error:  # damaged bytes raise whatever the zip, npy and JSON readers happen to trip over
        raise FactorError(
            "FILE_CORRUPT", "this is no model file, or it is damaged", "estimate the model again, or take a backup",
            where=source.name,
        ) from error  # fmt: skip


def _read(source: Path) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    with zipfile.ZipFile(source) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
            raise ValueError("larger than any model")
    with np.load(source, allow_pickle=False) as stored:
        if int(stored["format"]) > FORMAT:
            raise FactorError("MODEL_NEWER", "a newer version of xlfactor wrote this model", "update xlfactor")
        arrays: Arrays = {name: stored[name] for name in stored.files if name != "format"}
    if str(arrays.pop("digest")) != fingerprint(arrays):
        raise ValueError("the content is not what was written")
    facts: dict[str, Any] = json.loads(str(arrays.pop("facts")))
    parts: dict[str, Arrays] = {}
    for name, array in arrays.items():
        table, _, key = name.partition(".")
        parts.setdefault(table, {})[key] = array
    return {name: unpack(part) for name, part in parts.items()}, facts


def _others(places: list[int], n: int) -> list[int]:
    return [j for j in range(n) if j not in places]


def _labels_array(labels: pd.Index, texts_as: Texts) -> npt.NDArray[Any]:
    return labels.to_numpy() if isinstance(labels, pd.DatetimeIndex) else texts_as(labels)


def _unicode(labels: pd.Index | list[str]) -> npt.NDArray[np.str_]:
    return np.array(labels.tolist() if isinstance(labels, pd.Index) else labels, dtype=np.str_)


def _labels(array: npt.NDArray[Any]) -> pd.Index:
    return pd.DatetimeIndex(array) if array.dtype.kind == "M" else pd.Index(array.tolist())

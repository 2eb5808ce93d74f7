"""A training run on disk: everything that a resumed run needs to go on as if it had never stopped."""

import json
import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save, save_file
from torch import Tensor
from torch.optim import Optimizer

_PARAMETER, _OPTIMIZER = "parameter/", "optimizer/"


def save_state(
    path: Path, parameters: Mapping[str, Tensor], optimizers: Sequence[Optimizer], facts: Mapping[str, Any]
) -> None:
    """Write parameters, the optimizers' averages and `facts` to one safetensors file, in one atomic move.

    Whoever reads the path sees the old file or the new one, whole, even if this is killed half-way. `facts` is whatever
    JSON can hold.
    """
    tensors = {_PARAMETER + name: values for name, values in parameters.items()}
    for name, values in parameters.items():
        for optimizer in optimizers:
            tensors |= {f"{_OPTIMIZER}{key}/{name}": kept for key, kept in optimizer.state.get(values, {}).items()}
    unfinished = path.with_suffix(".unfinished")
    save_file(
        {key: values.detach().cpu().contiguous() for key, values in tensors.items()},
        unfinished,
        metadata={"facts": json.dumps(dict(facts))},
    )
    os.replace(unfinished, path)


@torch.no_grad()
def load_state(path: Path, parameters: Mapping[str, Tensor], optimizers: Sequence[Optimizer]) -> dict[str, Any]:
    """Fill parameters and optimizers from the file and return its facts.

    Raises ValueError if the file is damaged or belongs to a network of another shape.
    """
    tensors, facts = _read(path)
    found = {key.removeprefix(_PARAMETER): tuple(v.shape) for key, v in tensors.items() if key.startswith(_PARAMETER)}
    if found != {name: tuple(values.shape) for name, values in parameters.items()}:
        raise ValueError(f"{path} belongs to a network of another shape. Give its sizes, or another --out.")

    owners = {id(p): optimizer for optimizer in optimizers for group in optimizer.param_groups for p in group["params"]}
    for name, values in parameters.items():
        values.copy_(tensors[_PARAMETER + name])
    for key, values in tensors.items():
        if key.startswith(_OPTIMIZER):
            kept, _, name = key.removeprefix(_OPTIMIZER).partition("/")
            parameter = parameters[name]
            # AdamW counts its steps on the CPU; its averages stand beside the parameter.
            values = values if values.ndim == 0 else values.to(parameter.device)
            owners[id(parameter)].state[parameter][kept] = values
    return facts


def digest(parameters: Mapping[str, Tensor]) -> str:
    """Return a short name for these very numbers, in order to know them again.

    >>> digest({"a": torch.zeros(2)}) == digest({"a": torch.zeros(2)}) != digest({"a": torch.ones(2)})
    True
    """
    return sha256(save({name: values.detach().cpu().contiguous() for name, values in parameters.items()})).hexdigest()


def read_parameters(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the parameters that a run has reached, and its facts; raises ValueError if the file is damaged."""
    tensors, facts = _read(path)
    return {k.removeprefix(_PARAMETER): values for k, values in tensors.items() if k.startswith(_PARAMETER)}, facts


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safe_open(path, framework="pt") as file:
            facts = json.loads(file.metadata()["facts"])
            return {key: file.get_tensor(key) for key in file.keys()}, facts  # noqa: SIM118  # not a dictionary
    except (OSError, SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is not the state of a training run ({error}). Remove it to start afresh.") from error
